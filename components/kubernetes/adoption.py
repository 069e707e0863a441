"""This stack's listeners among those of another owner's AlbConfig: what the whole list has to be. Pure.

`spec.listeners` is one atomic list to the API server, so a writer of one entry writes all of them. Every entry
that is not ours is passed on as it was found.
"""

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtlsedge_components.kubernetes.alb_config_schema import listener_key

Listener = Mapping[str, Any]


DEFAULTS: dict[str, Any] = {
    "caEnabled": False,
    "securityPolicyId": "tls_cipher_policy_1_0",
    "idleTimeout": 15,
    "requestTimeout": 60,
}
"""What the controller takes for a field of an HTTPS listener that is not said [alibaba-cloud.md §1.4, §4.2]."""


class AdoptionRefused(ValueError):
    """The AlbConfig is in a state in which our listeners cannot stand; the text says where and why."""


@dataclass(frozen=True)
class Plan:
    """The list to write, and what is remembered of it."""

    listeners: list[dict[str, Any]]
    held: list[str]
    """Keys (`443/HTTPS`) of the listeners that are ours."""
    shared: list[str]
    """Keys this stack wants and another owner has: a plain HTTP listener serves both."""
    foreign: list[str]
    """Keys of the listeners that are left as they are; those shared among them."""
    before: dict[str, Any]
    """What ours stand in the place of, by key; it is put back on release."""


def adopt(
    live: Sequence[Listener],
    ours: Sequence[Listener],
    *,
    held: Collection[str] = (),
    before: Mapping[str, Any] | None = None,
    take_over: Collection[str] = (),
) -> Plan:
    """The list with this stack's entries in it. Raises AdoptionRefused where another owner's listener stands on one of its ports.

    `held` and `before` are what an earlier plan remembered.
    """
    kept_before = dict(before or {})
    wanted = {listener_key(one): one for one in ours}
    mine = {listener_key(one) for one in live if _is_ours(one, wanted, held)}
    shared = [key for key in _keys(live) if key in wanted and key not in mine and _is_shareable(key, take_over)]
    _refuse_clashes(live, wanted, mine, shared, take_over)
    listeners: list[dict[str, Any]] = []
    for one in live:
        key = listener_key(one)
        if key in wanted and key not in shared:
            if key not in mine:
                kept_before[key] = copy.deepcopy(dict(one))
            stays = key in take_over and says_the_same(one, wanted[key])
            listeners.append(copy.deepcopy(dict(one if stays else wanted[key])))
        elif key in mine:
            listeners += [copy.deepcopy(kept_before.pop(key))] if key in kept_before else []
        else:
            listeners.append(copy.deepcopy(dict(one)))
    present = _keys(listeners)
    listeners += [copy.deepcopy(dict(one)) for key, one in wanted.items() if key not in present]
    now_held = [key for key in wanted if key not in shared]
    foreign = [key for key in _keys(listeners) if key not in now_held]
    return Plan(listeners, now_held, shared, foreign, {key: one for key, one in kept_before.items() if key in now_held})


def release(
    live: Sequence[Listener], ours: Sequence[Listener], held: Collection[str], before: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The list without ours, and with what they replaced."""
    wanted = {listener_key(one): one for one in ours}
    result: list[dict[str, Any]] = []
    for one in live:
        key = listener_key(one)
        if key not in held or not _is_ours(one, wanted, held):
            result.append(copy.deepcopy(dict(one)))
        elif key in before:
            result.append(copy.deepcopy(dict(before[key])))
    return result


def says_the_same(live: Listener, ours: Listener) -> bool:
    """Whether a listener that is taken over is what we would write in its place, but for its description."""
    return _meaning(live) == _meaning(ours)


def seen(
    live: Sequence[Listener],
    ours: Sequence[Listener],
    held: Collection[str],
    before: Mapping[str, Any],
    take_over: Collection[str] = (),
) -> Plan:
    """What a refresh finds: ours as they are now, and the others. One taken over that says the same is as declared."""
    wanted = {listener_key(one): one for one in ours}
    mine = [key for key in held if any(listener_key(one) == key for one in live)]
    shared = [key for key in wanted if key not in held and key in _keys(live)]
    found = [
        copy.deepcopy(dict(wanted[key] if _stays(key, one, wanted, take_over) else one))
        for key in mine
        for one in live
        if listener_key(one) == key
    ]
    found += [copy.deepcopy(dict(wanted[key])) for key in shared]
    order = list(wanted)
    found.sort(key=lambda one: order.index(key) if (key := listener_key(one)) in order else len(order))
    return Plan(found, mine, shared, [key for key in _keys(live) if key not in mine], dict(before))


def port_clashes(
    document: Mapping[str, Any], ours: Sequence[Listener], load_balancer: str, ports: Collection[int]
) -> list[str]:
    """Our ports that a Pulumi listener owns on the very ALB this AlbConfig has; one owner a port."""
    config = (document.get("spec") or {}).get("config") or {}
    status = (document.get("status") or {}).get("loadBalancer") or {}
    if not load_balancer or load_balancer not in (config.get("id"), status.get("id")):
        return []
    return sorted(str(one["port"]) for one in ours if int(one["port"]) in {int(port) for port in ports})


def _stays(key: str, one: Listener, wanted: Mapping[str, Listener], take_over: Collection[str]) -> bool:
    return key in take_over and key in wanted and says_the_same(one, wanted[key])


def _meaning(listener: Listener) -> dict[str, Any]:
    """A listener without its description, with defaults said and switched-off headers left out."""
    said = {**DEFAULTS, **{key: value for key, value in listener.items() if key != "description"}}
    certificates = [
        (str(one.get("CertificateId")), bool(one.get("IsDefault", position == 0)))
        for position, one in enumerate(said.get("certificates") or [])
    ]
    headers = {key: value for key, value in (said.get("xForwardedForConfig") or {}).items() if value}
    acl = dict(said.get("aclConfig") or {})
    acl["aclEntries"] = sorted(acl.get("aclEntries") or [])
    return {**said, "certificates": sorted(certificates), "xForwardedForConfig": headers, "aclConfig": acl}


def _is_ours(one: Listener, wanted: Mapping[str, Listener], held: Collection[str]) -> bool:
    """Remembered as ours, or carrying our mark: then it is from a run whose reply was lost."""
    key = listener_key(one)
    if key in held:
        return True
    description = wanted.get(key, {}).get("description")
    return bool(description) and one.get("description") == description


def _is_shareable(key: str, take_over: Collection[str]) -> bool:
    """A plain HTTP listener has nothing of its own worth declaring: whose it is makes no difference to a redirect."""
    return key.endswith("/HTTP") and key not in take_over


def _refuse_clashes(
    live: Sequence[Listener],
    wanted: Mapping[str, Listener],
    mine: Collection[str],
    shared: Collection[str],
    take_over: Collection[str],
) -> None:
    ports = {str(one["port"]): key for key, one in wanted.items() if key not in shared}
    for one in live:
        key = listener_key(one)
        if key in mine or key in take_over or str(one.get("port")) not in ports:
            continue
        ours = ports[str(one.get("port"))]
        if one.get("protocol") == "QUIC":
            raise AdoptionRefused(
                f"listener {key}: found beside our {ours}; allowed none with mutual authentication:"
                " QUIC has no client certificates, so HTTP/3 would lead past it"
            )
        raise AdoptionRefused(
            f"listener {key}: found another owner's; allowed none on this stack's port, or takeOver: [{key}],"
            " which puts ours in its place until it is released"
        )


def _keys(listeners: Sequence[Listener]) -> list[str]:
    return [listener_key(one) for one in listeners]
