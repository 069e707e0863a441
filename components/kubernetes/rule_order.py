"""Which rules of Ingresses are never reached, because another one that takes all their requests is tried before. Pure.

The vendor's ALB controller tries Ingresses by the annotation `order`, then by namespace and name, and the paths of one as they
are written: `/` before `/tea` takes the requests of `/tea`. Source: its group_loader.go, and `order` in its docs/usage.md.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

PREFIX = "alb.ingress.kubernetes.io/"
USUAL_ORDER = 10


@dataclass(frozen=True)
class Rule:
    """One host and path of an Ingress, as far as it decides which requests it takes."""

    ingress: str
    """Namespace and name."""
    host: str
    path: str
    patterns: tuple[str, ...]
    listeners: frozenset[tuple[str, int]]
    takes_all: bool = True
    """Whether it takes every request of its host and path: a canary by header or cookie does not."""

    def hides(self, later: "Rule") -> bool:
        """Whether a rule that is tried after this one gets no request."""
        if not (self.takes_all and later.listeners <= self.listeners and _covers_host(self.host, later.host)):
            return False
        return all(any(_covers(one, other) for one in self.patterns) for other in later.patterns)

    def __str__(self) -> str:
        return f"{self.host or '*'}{self.path} of Ingress {self.ingress}"


@dataclass(frozen=True)
class Hidden:
    """A rule that is never reached, and the one that takes its requests."""

    rule: Rule
    before: Rule

    @property
    def why(self) -> str:
        """What is said of the rule."""
        return (
            f"is never reached: {self.before} is tried before it (by order, then namespace and name, then as written); "
            "write it first in its Ingress, or give its Ingress a lower order"
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.why}"


def never_reached(ingresses: Sequence[dict[str, Any]]) -> list[Hidden]:
    """Each rule that another one hides. What is known after `up` only hides nothing."""
    rules = [rule for one in sorted(ingresses, key=_rank) for rule in _rules(one)]
    return [
        Hidden(later, before)
        for number, later in enumerate(rules)
        if (before := next((one for one in rules[:number] if one.hides(later)), None))
    ]


def hidden(ingresses: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence on each rule that is never reached."""
    return list(map(str, never_reached(ingresses)))


def clashes(ingresses: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence on each `order` that two Ingresses are given: the controller then makes no rule of either."""
    given: dict[str, list[str]] = {}
    for one in ingresses:
        if order := _note(one, "order"):
            given.setdefault(order, []).append(_name(one))
    return [
        f"order {order} is given to {' and '.join(sorted(names))}: the controller refuses the second; leave it out, or give another"
        for order, names in sorted(given.items())
        if len(names) > 1
    ]


def reachable(paths: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Paths of one Ingress as written, but each before those that would hide it."""
    ordered: list[tuple[Rule, dict[str, Any]]] = []
    for entry in paths:
        rule = _rule({}, "", entry)
        place = next((number for number, (other, _) in enumerate(ordered) if other.hides(rule)), len(ordered))
        takes_the_same = place < len(ordered) and rule.hides(ordered[place][0])
        if takes_the_same:  # the first one written stays first
            place = len(ordered)
        ordered.insert(place, (rule, entry))
    return [entry for _, entry in ordered]


def _rank(ingress: dict[str, Any]) -> tuple[int, str]:
    text = _note(ingress, "order")
    return (int(text) if text.isdecimal() else USUAL_ORDER), _name(ingress)


def _rules(ingress: dict[str, Any]) -> Iterator[Rule]:
    """A canary by weight is no rule of its own."""
    if _note(ingress, "canary") == "true" and _note(ingress, "canary-weight"):
        return
    for rule in _spec(ingress).get("rules") or ():
        for entry in (rule.get("http") or {}).get("paths") or ():
            if isinstance(host := rule.get("host") or "", str) and isinstance(entry.get("path") or "", str):
                yield _rule(ingress, host, entry)


def _rule(ingress: dict[str, Any], host: str, entry: dict[str, Any]) -> Rule:
    path = entry.get("path") or "/*"
    regular = any(_note(ingress, name) for name in ("use-regex", "rewrite-target"))
    limited = _note(ingress, "canary") == "true" or any(
        name.startswith(f"{PREFIX}conditions.") for name in _notes(ingress)
    )
    patterns = _patterns(path, entry.get("pathType"), regular=regular)
    return Rule(_name(ingress), host, path, patterns, frozenset(_listeners(ingress, host)), takes_all=not limited)


def _patterns(path: str, kind: object, *, regular: bool) -> tuple[str, ...]:
    if kind != "Prefix":
        return (path,)
    if path == "/":
        return ("/*",)
    return (f"~*{path}",) if regular else (path.rstrip("/"), f"{path.rstrip('/')}/*")


def _listeners(ingress: dict[str, Any], host: str) -> list[tuple[str, int]]:
    try:
        entries = json.loads(_note(ingress, "listen-ports") or "null")
        if entries is not None:
            return [(protocol, int(port)) for entry in entries for protocol, port in entry.items()]
    except (ValueError, TypeError, AttributeError):
        return []
    secure = {name for entry in _spec(ingress).get("tls") or () for name in entry.get("hosts") or ()}
    redirected = [("HTTP", 80)] if _note(ingress, "ssl-redirect") == "true" else []
    return [*redirected, ("HTTPS", 443) if host in secure or (secure and not host) else ("HTTP", 80)]


def _covers_host(one: str, other: str) -> bool:
    return not one or one == other or (one.startswith("*.") and other.endswith(one[1:]))


def _covers(one: str, other: str) -> bool:
    """Whether a pattern takes all that another one does; of regular expressions only the same."""
    if one == other:
        return True
    simple = one.endswith("*") and not one.startswith("~") and not other.startswith("~")
    return simple and "*" not in one[:-1] and "?" not in one and other.startswith(one[:-1])


def _spec(ingress: dict[str, Any]) -> dict[str, Any]:
    spec = ingress.get("spec")
    return spec if isinstance(spec, dict) else {}


def _metadata(ingress: dict[str, Any]) -> dict[str, Any]:
    metadata = ingress.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _notes(ingress: dict[str, Any]) -> dict[str, Any]:
    notes = _metadata(ingress).get("annotations")
    return notes if isinstance(notes, dict) else {}


def _note(ingress: dict[str, Any], name: str) -> str:
    value = _notes(ingress).get(PREFIX + name)
    return value if isinstance(value, str) else ""


def _name(ingress: dict[str, Any]) -> str:
    metadata = _metadata(ingress)
    return f"{metadata.get('namespace') or 'default'}/{metadata.get('name') or ''}"
