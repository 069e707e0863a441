"""Who notices a change while or after it is made: clients, connections, servers, names."""

from collections.abc import Callable, Iterator, Mapping

from exposure import alb_config, networks
from exposure.access_lists import EVERY, REFUSED, AccessList
from mtlsedge.preview import access_lists, let_in
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.effect import Effect
from mtlsedge.preview.events import Preview
from mtlsedge.preview.weakenings import find as find_weakenings
from mtlsedge_components.kubernetes import rule_order

SECONDS_WITHOUT = 5
"""How long the alicloud provider takes a changed server of a group's own list out (openapi-contract.md §13, seen)."""


def find(preview: Preview) -> list[Effect]:
    """Every effect, those that lock somebody out first."""
    return [effect for rule in RULES for effect in rule(preview)]


def _locked_out(preview: Preview) -> Iterator[Effect]:
    holders = dict.fromkeys(sorted(t.owner(one) for one in t.client_certificates(preview) if one.old is not None))
    if preview.locked_out is not None:
        holders = {name: None for name in holders if name in preview.locked_out}
    if holders and any(one.kind == "authority-replaced" for one in preview.once(find_weakenings)):
        what = "are refused with the certificate they carry now, from the moment the listener trusts the other CA"
        yield Effect("clients-locked-out", tuple(holders), what)
    for one in t.listeners(preview, "HTTPS"):
        if one.old is not None and not t.verifies(one.old) and t.verifies(one.new):
            yield Effect("clients-locked-out", ("clients without a certificate",), "are refused from now on")


def _connections(preview: Preview) -> Iterator[Effect]:
    for one in t.of_type(preview, t.LISTENER):
        if one.old is None or one.operation not in ("replace", "delete"):
            continue
        protocol, port = one.old.get("listenerProtocol", ""), _number(one.old.get("listenerPort"))
        listener = f"{protocol} port {port}"
        if one.operation == "delete":
            yield Effect("connections-dropped", (listener,), "closes: every connection drops, new ones are refused")
        elif (new := _number((one.new or {}).get("listenerPort"))) != port:
            yield Effect(
                "connections-dropped", (listener,), f"moves to port {new}: every connection drops, {port} is refused"
            )
        else:
            yield Effect("connections-dropped", (listener,), "is replaced: every connection drops")
    for one in t.of_type(preview, t.LOAD_BALANCER):
        if one.operation in ("replace", "delete"):
            verb = "is replaced" if one.operation == "replace" else "is deleted"
            yield Effect("connections-dropped", (one.name,), f"{verb}: every connection drops, and its address is lost")
    for one in t.of_type(preview, t.LOAD_BALANCER, t.ZONES):
        if one.operation == "update" and (gone := sorted(t.zones(one.old) - t.zones(one.new))):
            joined = ", ".join(sorted(t.zones(one.new) - t.zones(one.old))) or "none"
            what = f"removed from the load balancer (new: {joined}): connections there drop"
            yield Effect("zones-changed", tuple(gone), what)


def _servers(preview: Preview) -> Iterator[Effect]:
    for one in t.of_type(preview, t.SERVERS):
        if one.operation == "update":
            yield from _changed_servers(t.group_name(one), t.members(one.old), t.members(one.new))


def _changed_servers(group: str, before: Mapping[str, t.Inputs], after: Mapping[str, t.Inputs]) -> Iterator[Effect]:
    """Servers that are managed by themselves: a weight changes in place."""
    drained = tuple(name for name in before if name in after and before[name].get("weight") and _drained(after[name]))
    if drained and all(name in drained or _drained(server) for name, server in after.items()):
        yield Effect("group-out", drained, f"get no more requests of group {group}, all of them: nobody answers")
    elif drained:
        yield Effect("servers-drained", drained, f"get no new requests of group {group}")
    if gone := tuple(name for name in before if name not in after):
        yield Effect("servers-removed", gone, f"removed from group {group}")
    if added := tuple(name for name in after if name not in before):
        yield Effect("servers-added", added, f"added to group {group}")


def _drained(server: t.Inputs) -> bool:
    return server.get("weight") == 0


def _listed_servers(preview: Preview) -> Iterator[Effect]:
    """Servers in a group's own list, as other programs have them: the provider removes what changed and adds it again."""
    for one in t.of_type(preview, t.SERVER_GROUP):
        if one.operation not in ("update", "replace") or one.old is None or one.new is None:
            continue
        before, after = t.members(one.old), t.members(one.new)
        group, replaced = t.group_name(one), one.operation == "replace"
        changed = tuple(name for name in before if name in after and (replaced or before[name] != after[name]))
        gone = tuple(name for name in before if name not in after)
        if changed and not set(before) - set(changed) - set(gone):
            what = f"out of group {group} for about {SECONDS_WITHOUT} s, all at once: nobody answers meanwhile"
            yield Effect("group-out", changed, f"{what}. Change half of them first")
        elif changed:
            yield Effect("servers-out", changed, f"out of group {group} for about {SECONDS_WITHOUT} s")
        if gone:
            yield Effect("servers-removed", gone, f"removed from group {group}")
        if added := tuple(name for name in after if name not in before):
            yield Effect("servers-added", added, f"added to group {group}")


def _hidden_rules(preview: Preview) -> Iterator[Effect]:
    """Of the Ingresses together: which one is tried first decides for all."""
    ingresses = [one for one in preview.changes if one.type == alb_config.INGRESS]
    before = rule_order.hidden([dict(one.old) for one in ingresses if one.old is not None])
    for each in rule_order.never_reached([dict(one.new) for one in ingresses if one.new is not None]):
        if str(each) not in before:
            yield Effect("rule-hidden", (str(each.rule),), each.why)


def _names(preview: Preview) -> Iterator[Effect]:
    for one in t.of_type(preview, t.RECORD):
        if one.old is None or one.old.get("type") == "TXT":
            continue
        if one.operation == "delete":
            yield Effect("names-moved", (t.host(one.old),), "no longer resolves")
        elif one.new is not None and t.host(one.new) != t.host(one.old):
            yield Effect("names-moved", (t.host(one.old),), f"no longer resolves; {t.host(one.new)} does instead")
        elif one.new is not None and one.new.get("value") != one.old.get("value"):
            target = str(one.new["value"]) if t.is_known(one.new.get("value")) else "an address known after `up`"
            yield Effect("names-moved", (t.host(one.old),), f"moves to {target}")


def _hosts(preview: Preview) -> Iterator[Effect]:
    """Names that Ingresses answer."""
    for one in preview.changes:
        if one.type == alb_config.INGRESS and (gone := alb_config.hosts(one.old) - alb_config.hosts(one.new)):
            instead = ", ".join(sorted(alb_config.hosts(one.new) - alb_config.hosts(one.old)))
            what = f"no longer answered by Ingress {one.name}"
            yield Effect("names-moved", tuple(sorted(gone)), f"{what}; {instead} is instead" if instead else what)


def _networks(preview: Preview) -> Iterator[Effect]:
    found = (_refused(use.before, use.after) for use in preview.once(access_lists.uses))
    yield from dict.fromkeys(one for one in found if one is not None)


def _refused(before: AccessList, after: AccessList) -> Effect | None:
    """Networks that are let in before and refused after, as far as they can be told."""
    gone = [one for one in before.opened(after) if one == EVERY or networks.parsed(one)]
    if EVERY in gone:
        allowed = ", ".join(sorted(after.entries)) or "none"
        return Effect("networks-refused", ("every network",), f"is refused, except {allowed}")
    if not gone:
        return None
    if after.kind == REFUSED:
        return Effect("networks-refused", tuple(gone), "is on the list of refused networks")
    return Effect(
        "networks-refused", tuple(gone), f"no longer on the list: only {', '.join(sorted(after.entries)) or 'none'}"
    )


def _headers(preview: Preview) -> Iterator[Effect]:
    for one in t.listeners(preview, "HTTPS"):
        before, after = t.headers(one.old), t.headers(one.new)
        renamed = [fact for fact in before if fact in after and before[fact] != after[fact]]
        for fact in renamed:
            yield Effect(
                "headers-renamed", (before[fact],), f"is called {after[fact]} now: servers read the old name in vain"
            )


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


RULES: tuple[Callable[[Preview], Iterator[Effect]], ...] = (
    _locked_out, _networks, _connections, _servers, _listed_servers, _names, _hosts, _hidden_rules, _headers, let_in.find,
)  # fmt: skip
