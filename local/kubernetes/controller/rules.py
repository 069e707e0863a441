"""Forwarding rules of a listener, from the Ingresses that use it. Pure: server groups go by their names.

Assumed of the managed controller: rules are tried by the annotation `order`, then Exact before Prefix, longer paths
first; a path of type ImplementationSpecific is taken as it is written.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local.kubernetes.controller import names
from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.annotations import DEFAULT_ORDER, Annotations
from local.kubernetes.controller.groups import Group, group_of

Json = dict[str, Any]
REDIRECT = {
    "Protocol": "HTTPS",
    "Port": "443",
    "HttpCode": "308",
    "Host": "${host}",
    "Path": "${path}",
    "Query": "${query}",
}
_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


@dataclass(frozen=True)
class Path:
    """One host and path of one Ingress, and where it leads."""

    ingress: Json
    host: str
    path: str
    type: str
    backend: Json

    @property
    def notes(self) -> Annotations:
        """The Ingress's annotations."""
        return Annotations.of(self.ingress)


@dataclass(frozen=True)
class Rule:
    """A rule as wanted; `ServerGroupId` in its actions is the group's name until it is applied."""

    name: str
    conditions: list[Json]
    actions: list[Json]
    groups: tuple[Group, ...] = field(default=(), compare=False)


def paths(ingress: Json) -> list[Path]:
    """Every host and path of an Ingress; the default backend takes all that is left."""
    spec = ingress.get("spec") or {}
    found = [
        Path(
            ingress,
            str(rule.get("host") or ""),
            str(entry.get("path") or "/"),
            str(entry.get("pathType")),
            entry["backend"],
        )
        for rule in spec.get("rules") or []
        for entry in (rule.get("http") or {}).get("paths") or []
    ]
    if backend := spec.get("defaultBackend"):
        found.append(Path(ingress, "", "/", "Prefix", backend))
    return found


def ports(path: Path) -> list[tuple[int, str]]:
    """Listeners a path belongs on: those of `listen-ports`, otherwise 443 for hosts under `tls` and 80 for others."""
    declared = path.notes.listen_ports()
    if declared is not None:
        return declared
    secure = {host for entry in (path.ingress.get("spec") or {}).get("tls") or [] for host in entry.get("hosts") or []}
    return [(443, "HTTPS")] if path.host in secure else [(80, "HTTP")]


def of_listener(found: Iterable[Path], protocol: str) -> list[Rule]:
    """The rules of one listener, first match first."""
    listed = list(found)
    weights = [path for path in listed if _is_weighed(path)]
    ordered = sorted((path for path in listed if path not in weights), key=_rank)
    return [_rule(path, protocol, [other for other in weights if _same_place(other, path)]) for path in ordered]


def _rank(path: Path) -> tuple[Any, ...]:
    """Canaries by header or cookie come before what they take requests from."""
    meta = path.ingress["metadata"]
    order = path.notes.number("order", DEFAULT_ORDER)
    general = (not path.host, path.host.startswith("*"), path.host)
    return (not path.notes.flag("canary"), order, general, _TYPES.index(path.type) if path.type in _TYPES else 3,
            -len(path.path), meta["namespace"], meta["name"])  # fmt: skip


def _rule(path: Path, protocol: str, canaries: list[Path]) -> Rule:
    meta = path.ingress["metadata"]
    name = names.physical(meta["namespace"], meta["name"], names.digest(path.host, path.path, path.type))
    if protocol == "HTTP" and path.notes.flag("ssl-redirect"):
        return Rule(name, _conditions(path), [{"Order": 1, "Type": "Redirect", "RedirectConfig": REDIRECT}])
    members = _weighted(path, canaries)
    tuples = [{"ServerGroupId": group.name, "Weight": weight} for group, weight in members]
    forward = {"Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": tuples}}
    actions = [{"Order": number, **action} for number, action in enumerate([*path.notes.actions(), forward], 1)]
    return Rule(name, _conditions(path), actions, tuple(group for group, _ in members))


def _weighted(path: Path, canaries: list[Path]) -> list[tuple[Group, int]]:
    """The path's group and those of its canaries, with their shares of 100."""
    shares = [
        (group_of(other.ingress, other.backend), other.notes.number("canary-weight", 0)) for other in canaries[:4]
    ]
    left = 100 - sum(weight for _, weight in shares)
    if left < 0 or any(weight < 0 for _, weight in shares):
        raise BuildError("canary-weight: the weights of one host and path must be 0 to 100 together")
    return [(group_of(path.ingress, path.backend), left), *shares]


def _conditions(path: Path) -> list[Json]:
    found: list[Json] = [{"Type": "Host", "HostConfig": {"Values": [path.host]}}] if path.host else []
    found.append({"Type": "Path", "PathConfig": {"Values": _values(path)}})
    if not path.notes.flag("canary"):
        return found
    if header := path.notes.text("canary-by-header"):
        value = path.notes.text("canary-by-header-value", "always")
        found.append({"Type": "Header", "HeaderConfig": {"Key": header, "Values": [value]}})
    if cookie := path.notes.text("canary-by-cookie"):
        found.append({"Type": "Cookie", "CookieConfig": {"Values": [{"Key": cookie, "Value": "always"}]}})
    return found


def _values(path: Path) -> list[str]:
    """Path patterns. Raises BuildError for a wildcard where the type allows none."""
    if path.notes.flag("use-regex"):
        return [f"~*{path.path}"]
    if path.type == "ImplementationSpecific":
        return [path.path]
    if re.search(r"[*?]", path.path):
        raise BuildError(f"{path.type} path shouldn't contain wildcards: {path.path}")
    if path.type == "Exact":
        return [path.path]
    return ["/*"] if path.path == "/" else [path.path.rstrip("/"), f"{path.path.rstrip('/')}/*"]


def _is_weighed(path: Path) -> bool:
    """Whether a path is a canary that is chosen by weight alone."""
    others = ("canary-by-header", "canary-by-cookie")
    return path.notes.flag("canary") and not any(path.notes.text(name) for name in others)


def _same_place(one: Path, other: Path) -> bool:
    same = (one.host, one.path, one.type) == (other.host, other.path, other.type)
    return same and not other.notes.flag("canary")
