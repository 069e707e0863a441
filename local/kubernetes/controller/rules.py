"""Forwarding rules of a listener, from the Ingresses that use it, in the order in which the vendor's controller has them. Pure.

Ingresses by the annotation `order`, then by namespace and name; hosts and paths of one as they are written: a `/` before
`/tea` hides `/tea`. Server groups go by their names. Source: model_build_listener_rules.go, group_loader.go.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.annotations import Annotations
from local.kubernetes.controller.groups import Group, group_of

Json = dict[str, Any]
Listener = tuple[int, str]
"""Port and protocol."""
REDIRECT = {
    "Protocol": "HTTPS",
    "Port": "443",
    "HttpCode": "308",
    "Host": "${host}",
    "Path": "${path}",
    "Query": "${query}",
}
REDIRECTED_PORT, REDIRECTING = 443, (80, "HTTP")
USUAL_ORDER, ORDERS = 10, range(1, 1001)
BEFORE_REDIRECT = ("TrafficLimit", "Cors")


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

    @property
    def place(self) -> tuple[str, str]:
        """What a canary by weight has in common with the path it takes requests from."""
        return self.host, self.path


@dataclass(frozen=True)
class Rule:
    """A rule as wanted; `ServerGroupId` in its actions is the group's name until it is applied."""

    conditions: list[Json]
    actions: list[Json]
    groups: tuple[Group, ...] = field(default=(), compare=False)


def ranked(ingresses: Iterable[Json]) -> list[Json]:
    """Ingresses as they are tried. An order that cannot be read is the usual one here; `check` says so."""

    def rank(ingress: Json) -> tuple[int, str]:
        text = Annotations.of(ingress).text("order")
        return int(text) if text.isdecimal() else USUAL_ORDER, _name(ingress)

    return sorted(ingresses, key=rank)


def check(ingress: Json, orders: Mapping[int, str]) -> int | None:
    """The Ingress's own order, if it is given one. Raises BuildError where it is none, or another Ingress has it.

    `orders` maps those given so far to the names of their Ingresses.
    """
    notes = Annotations.of(ingress)
    if not notes.text("order"):
        return None
    order = notes.number("order", USUAL_ORDER)
    if order not in ORDERS:
        raise BuildError(
            f"explicit Ingress group order must be within [1:1000], Ingress: {_name(ingress)}, order: {order}"
        )
    if order in orders:
        names_ = f"{orders[order]}, {ingress['metadata']['name']}"
        raise BuildError(f"conflict Ingress group order: {order}, conflict ingress :{names_}")
    return order


def paths(ingress: Json) -> list[Path]:
    """Every host and path of an Ingress, as written. The default backend is none: the vendor's controller has no rule for it."""
    spec = ingress.get("spec") or {}
    return [
        Path(
            ingress,
            str(rule.get("host") or ""),
            str(entry.get("path") or ""),
            str(entry.get("pathType")),
            entry["backend"],
        )
        for rule in spec.get("rules") or []
        for entry in (rule.get("http") or {}).get("paths") or []
    ]


def ports(ingress: Json) -> list[Listener]:
    """Listeners of an Ingress: those of `listen-ports`, else 443 where it has TLS hosts and 80 for its other hosts.

    `ssl-redirect` adds port 80 in either case. Raises BuildError.
    """
    notes, spec = Annotations.of(ingress), ingress.get("spec") or {}
    found = [REDIRECTING] if notes.flag("ssl-redirect") else []
    declared = notes.listen_ports()
    if declared is not None:
        return list(dict.fromkeys([*found, *declared]))
    secure = any(entry.get("hosts") for entry in spec.get("tls") or [])
    plain = any(rule.get("host") and not _is_secure(ingress, rule["host"]) for rule in spec.get("rules") or [])
    found += [(80, "HTTP")] if plain or not secure else []
    found += [(REDIRECTED_PORT, "HTTPS")] if secure else []
    return list(dict.fromkeys(found))


def of_listener(ingresses: Iterable[Json], listener: Listener) -> list[Rule]:
    """The rules of one listener from the Ingresses on it, first match first. Raises BuildError."""
    listed = [path for ingress in ranked(ingresses) if listener in ports(ingress) for path in paths(ingress)]
    main = {path.place for path in listed if not path.notes.flag("canary")}
    shares = [path for path in listed if _share(path)]
    return [
        _rule(path, listener, [other for other in shares if other.place == path.place])
        for path in listed
        if path.place in main and not _is_weighed(path) and _is_on(path, listener[1])
    ]


def _rule(path: Path, listener: Listener, canaries: list[Path]) -> Rule:
    extra = path.notes.actions()
    if path.notes.flag("ssl-redirect") and listener[0] != REDIRECTED_PORT:
        redirect = {"Type": "Redirect", "RedirectConfig": REDIRECT}
        return Rule(_conditions(path), _numbered([one for one in extra if one["Type"] in BEFORE_REDIRECT] + [redirect]))
    members = _weighted(path, [] if path.notes.flag("canary") else canaries)
    tuples = [{"ServerGroupId": group.name, "Weight": weight} for group, weight in members]
    forward = {"Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": tuples}}
    return Rule(_conditions(path), _numbered([*extra, forward]), tuple(group for group, _ in members))


def _numbered(actions: list[Json]) -> list[Json]:
    return [{"Order": number, **action} for number, action in enumerate(actions, 1)]


def _weighted(path: Path, canaries: list[Path]) -> list[tuple[Group, int]]:
    """The path's group and those of its canaries, with their shares of 100; without the path's where nothing is left for it."""
    shares = [(group_of(other.ingress, other.backend), _share(other)) for other in canaries]
    left = 100 - sum(weight for _, weight in shares)
    if left < 0 or any(weight < 0 for _, weight in shares):
        raise BuildError("canary-weight: the weights of one host and path must be 0 to 100 together")
    return [(group_of(path.ingress, path.backend), left), *shares] if left else shares


def _conditions(path: Path) -> list[Json]:
    found: list[Json] = [{"Type": "Host", "HostConfig": {"Values": [path.host]}}] if path.host else []
    if values := _values(path):
        found.append({"Type": "Path", "PathConfig": {"Values": values}})
    if path.notes.flag("canary"):
        if header := path.notes.text("canary-by-header"):
            value = path.notes.text("canary-by-header-value")
            found.append({"Type": "Header", "HeaderConfig": {"Key": header, "Values": [value]}})
        if cookie := path.notes.text("canary-by-cookie"):
            found.append({"Type": "Cookie", "CookieConfig": {"Values": [{"Key": cookie, "Value": "always"}]}})
    return found or [{"Type": "Path", "PathConfig": {"Values": ["/*"]}}]


def _values(path: Path) -> list[str]:
    """Path patterns. Raises BuildError for a wildcard where the type allows none."""
    if not path.path or path.type == "ImplementationSpecific":
        return [path.path] if path.path else []
    if path.type == "Prefix" and path.path == "/":
        return ["/*"]
    if path.type == "Prefix" and any(
        path.notes.text(name) not in ("", path.path) for name in ("rewrite-target", "use-regex")
    ):
        return [f"~*{path.path}"]
    if re.search(r"[*?]", path.path):
        raise BuildError(f"{path.type.lower()} path shouldn't contain wildcards: {path.path}")
    return [path.path] if path.type == "Exact" else [path.path.rstrip("/"), f"{path.path.rstrip('/')}/*"]


def _is_on(path: Path, protocol: str) -> bool:
    """Whether a host belongs on a listener: under `tls` on HTTPS, else on HTTP, unless the Ingress says its listeners."""
    if not path.host or path.notes.flag("ssl-redirect") or path.notes.text("listen-ports"):
        return True
    if protocol == "HTTPS":
        return _is_secure(path.ingress, path.host) or not (path.ingress.get("spec") or {}).get("tls")
    return protocol != "HTTP" or not _is_secure(path.ingress, path.host)


def _is_secure(ingress: Json, host: str) -> bool:
    return any(host in (entry.get("hosts") or []) for entry in (ingress.get("spec") or {}).get("tls") or [])


def _share(path: Path) -> int:
    """Percentage of a canary that is chosen by weight alone; 0 for anything else."""
    others = ("canary-by-header", "canary-by-header-value", "canary-by-cookie")
    alone = path.notes.flag("canary") and not any(path.notes.text(name) for name in others)
    return path.notes.number("canary-weight", 0) if alone else 0


def _is_weighed(path: Path) -> bool:
    """Whether a path is a canary with a weight: it is no rule of its own, whatever else it says."""
    return path.notes.flag("canary") and bool(path.notes.text("canary-weight"))


def _name(ingress: Json) -> str:
    return f"{ingress['metadata']['namespace']}/{ingress['metadata']['name']}"
