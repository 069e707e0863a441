"""Who notices a change while or after it is made: clients, connections, servers, names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mtlsedge.preview import alb_config
from mtlsedge.preview import topology as t
from mtlsedge.preview.events import Change, Preview
from mtlsedge.preview.weakenings import find as find_weakenings

SECONDS_WITHOUT = 5
"""How long a changed server is out of its group: the provider removes and adds it (openapi-contract.md §13, seen)."""


@dataclass(frozen=True)
class Effect:
    """Something that somebody notices. `who` are names, for programs; `what` is a sentence about them."""

    kind: str
    who: tuple[str, ...]
    what: str


def find(preview: Preview) -> list[Effect]:
    """Every effect, those that lock somebody out first."""
    return [effect for rule in RULES for effect in rule(preview)]


def _locked_out(preview: Preview) -> Iterator[Effect]:
    holders = dict.fromkeys(sorted(t.owner(one) for one in t.client_certificates(preview) if one.old is not None))
    if preview.locked_out is not None:
        holders = {name: None for name in holders if name in preview.locked_out}
    if holders and any(one.kind == "authority-replaced" for one in find_weakenings(preview)):
        what = "are refused with the certificate they carry now, from the moment the listener trusts the other CA"
        yield Effect("clients-locked-out", tuple(holders), what)
    for one in t.listeners(preview, "HTTPS"):
        if one.old is not None and not t.verifies(one.old) and t.verifies(one.new):
            yield Effect("clients-locked-out", ("clients without a certificate",), "are refused from now on")


def _clients_removed(preview: Preview) -> Iterator[Effect]:
    """Clients that keep no certificate; one of a retired generation may go while another stays."""
    ends: dict[str, list[str]] = {}
    for one in t.client_certificates(preview):
        ends.setdefault(t.owner(one), []).append(
            "" if one.new is not None else str(one.outputs.get("not_after") or "it expires")
        )
    for name, dates in sorted(ends.items()):
        if all(dates):
            what = "gets no new certificate; the present one works until"
            yield Effect("client-removed", (name,), f"{what} {max(dates)[:10]}, the load balancer knows no revocation")


def _connections(preview: Preview) -> Iterator[Effect]:
    for one in t.of_type(preview, t.LISTENER):
        if one.old is None or one.operation not in ("replace", "delete"):
            continue
        protocol, port = one.old.get("listenerProtocol", ""), _number(one.old.get("listenerPort"))
        door = f"{protocol} port {port}"
        if one.operation == "delete":
            yield Effect("connections-dropped", (door,), "closes: every connection drops, new ones are refused")
        elif (new := _number((one.new or {}).get("listenerPort"))) != port:
            yield Effect(
                "connections-dropped", (door,), f"moves to port {new}: every connection drops, {port} is refused"
            )
        else:
            yield Effect("connections-dropped", (door,), "is replaced: every connection drops")
    for one in t.of_type(preview, t.LOAD_BALANCER):
        if one.operation in ("replace", "delete"):
            verb = "is replaced" if one.operation == "replace" else "is deleted"
            yield Effect("connections-dropped", (one.name,), f"{verb}: every connection drops, and its address is lost")
        elif one.old and one.new and (gone := sorted(_zones(one.old) - _zones(one.new))):
            joined = ", ".join(sorted(_zones(one.new) - _zones(one.old))) or "none"
            yield Effect(
                "zones-changed", tuple(gone), f"removed from the load balancer (new: {joined}): connections there drop"
            )


def _zones(inputs: t.Inputs) -> set[str]:
    return {str(entry.get("zoneId", "")) for entry in inputs.get("zoneMappings") or ()}


def _servers(preview: Preview) -> Iterator[Effect]:
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
    for one in t.of_type(preview, t.ACL, t.LISTENER):
        if one.new is None:
            continue
        before, after = _allowed(one, one.old), _allowed(one, one.new)
        if before is None and after and one.is_change:
            yield Effect("networks-refused", ("every network",), f"is refused, except {', '.join(sorted(after))}")
        elif before is not None and after is not None and (gone := tuple(sorted(before - after))):
            yield Effect("networks-refused", gone, f"no longer on the list: only {', '.join(sorted(after)) or 'none'}")


def _allowed(one: Change, inputs: t.Inputs | None) -> set[str] | None:
    """The networks of a list, or of a listener that has one itself; None where there is none."""
    if one.type == t.LISTENER:
        return alb_config.allowed(inputs)
    return t.networks(inputs) if inputs is not None else None


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
    _locked_out, _networks, _connections, _servers, _names, _hosts, _headers, _clients_removed,
)  # fmt: skip
