"""Servers behind a listener that another one reaches from now on, with a certificate, and asks less for."""

from collections.abc import Iterator

from exposure import proof
from exposure.facts import UNKNOWN, is_known, switch
from exposure.proof import Proof
from exposure.reach import Routes, is_https, may_be_any
from mtlsedge.preview import access_lists, balancer_groups, tls_policies
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview

Found = Iterator[tuple[str, str, str, str]]
SAID = {
    proof.AUTHORITY: ("authority-replaced", "servers for clients of another CA", "a listener that trusts another CA"),
    proof.NETWORKS: ("networks-widened", "servers for more networks", "a listener that lets in more networks"),
    proof.FLOOR: ("tls-floor-lowered", "servers over older TLS", "a listener that takes older TLS"),
    proof.CIPHERS: ("tls-weaker", "servers over weaker TLS", "a listener with a weaker TLS policy"),
    proof.ADDRESS: ("public-address", "servers at a public address", "a listener of a load balancer on the Internet"),
}
"""Part of a proof -> kind, label, and who asks less of it."""


def find(preview: Preview) -> Found:
    """Each part of the proof that a listener with verification asks less of, for servers that it did not reach before."""
    for one, less in preview.once(_comparisons):
        for part, is_certain in less:
            if is_certain:
                kind, label, who = SAID[part]
                yield kind, label, one.name, f"servers are reached by {who}"


def undecided(preview: Preview) -> Iterator[tuple[str, str]]:
    """Listener, and what of its proof cannot be told to be as strong."""
    for one, less in preview.once(_comparisons):
        for part, is_certain in less:
            if not is_certain:
                yield one.name, f"whether servers are reached by {SAID[part][2]}"


def _comparisons(preview: Preview) -> list[tuple[Change, list[tuple[str, bool]]]]:
    """Listeners that reach more of the served servers than before, each with what it asks less than who reached them."""
    before, after = preview.once(t.before), preview.once(t.after)
    listeners = list(t.of_type(preview, t.LISTENER))
    old = [(one, _reached(before, one, after=False)) for one in listeners]
    served = frozenset().union(*(had for _, had in old))
    found = []
    for one, had in old:
        if not _verifies(one):
            continue
        reached = _reached(after, one, after=True) - had
        if isinstance((one.new or {}).get("defaultActions"), str):
            reached |= {UNKNOWN}
        less = dict(part for server in sorted(reached & served) for part in _least(preview, one, server, old))
        unseen = served - had - reached
        same = unseen if any(map(may_be_any, reached)) else filter(may_be_any, unseen if reached else ())
        maybe = (part for server in sorted(same) for part, _ in _least(preview, one, server, old))
        less = dict.fromkeys(maybe, False) | less
        if less:
            found.append((one, sorted(less.items())))
    return found


def _verifies(one: Change) -> bool:
    return one.new is not None and is_https(one.new) and switch(one.new.get("caEnabled")) is not False


def _reached(routes: Routes, one: Change, *, after: bool) -> frozenset[str]:
    resource = t.resource(one, after=after)
    return frozenset() if resource is None else frozenset().union(*(each.servers for each in routes.reached(resource)))


def _least(
    preview: Preview, one: Change, server: str, old: list[tuple[Change, frozenset[str]]]
) -> list[tuple[str, bool]]:
    """What a listener asks less than the one, of those that reached a server before, to which it comes nearest."""
    now = _proof(preview, one, after=True)
    before = (_proof(preview, was, after=False) for was, mine in old if server in mine)
    return min((now.asks_less_than(was) for was in before), key=len, default=[])


def _proof(preview: Preview, one: Change, *, after: bool) -> Proof:
    inputs = (one.new if after else one.old) or {}
    encrypts = is_https(inputs)
    trusted = [each for each in t.trusted(inputs) if is_known(each)]
    return Proof(
        asks=encrypts and (t.verifies(inputs) or (after and switch(inputs.get("caEnabled")) is None)),
        authorities=frozenset(trusted),
        networks=access_lists.of_listener(preview, one, after=after),
        encrypts=encrypts,
        policy=tls_policies.of_listener(preview, one, after=after),
        is_public=_is_public(preview, inputs, after=after),
        narrowing=balancer_groups.of_listener(preview, one, after=after),
    )


def _is_public(preview: Preview, inputs: t.Inputs, *, after: bool) -> bool | None:
    """By its load balancer; one that is known after `up` only may be any new one."""
    key = inputs.get("loadBalancerId")
    said = []
    for one in t.of_type(preview, t.LOAD_BALANCER):
        at = one.new if after else one.old
        if at is not None and (one.is_made if after and not is_known(key) else one.id == key):
            said += [at.get(name) for name in ("addressType", "ipv6AddressType")]
    if "Internet" in said:
        return True
    return False if "Intranet" in said and all(one is None or is_known(one) for one in said) else None
