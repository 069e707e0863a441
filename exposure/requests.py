"""Sets of requests, as a forwarding rule's conditions describe them: hosts, paths, and what else it asks for.

Every answer errs to one side: `contains` and `disjoint` say yes only if it is certain.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exposure.facts import is_known

Values = tuple[str, ...]
LONGEST = 256
"""Letters of a pattern that are compared; ALB takes 128."""


@dataclass(frozen=True)
class Requests:
    """Requests to some hosts and paths that fulfil other conditions as well. Empty hosts or paths: any."""

    hosts: Values = ()
    paths: Values = ()
    others: frozenset[str] = frozenset()
    """Conditions on headers, methods, cookies and addresses, each in its JSON form."""

    def contains(self, other: "Requests") -> bool:
        """Whether each request of the other is certainly one of these."""
        return (
            _contain(self.hosts, other.hosts)
            and _contain(self.paths, other.paths)
            and self.others <= other.others
            and all(map(is_known, self.others))
        )

    def is_disjoint(self, other: "Requests") -> bool:
        """Whether certainly no request is of both."""
        return _disjoint(self.hosts, other.hosts) or _disjoint(self.paths, other.paths)

    def may_take(self, host: str, path: str) -> bool:
        """Whether a request for a host and path, about which nothing else is known, may be one of these."""
        return _may_match(self.hosts, host) and _may_match(self.paths, path)

    def example(self, without: Sequence["Requests"], hosts: Sequence[str]) -> tuple[str, str] | None:
        """A host and a path that ask for one of these requests and for none of the others; None if there is none to find.

        `hosts` are names to choose from where these are requests to any host.
        """
        if self.others:
            return None
        pairs = ((host, path) for host in _concrete(self.hosts, hosts) for path in _concrete(self.paths, SOME_PATHS))
        return next((pair for pair in pairs if not any(taken.may_take(*pair) for taken in without)), None)


EVERYTHING = Requests()
SOME_PATHS = ("/", "/x", "/x/x.html")


def asked_by(conditions: Any) -> Requests:
    """The requests that all of a rule's `ruleConditions` describe; one that cannot be read describes unknown ones."""
    hosts: list[Values] = []
    paths: list[Values] = []
    others: set[str] = set()
    for one in conditions if isinstance(conditions, Sequence) and not isinstance(conditions, str) else (conditions,):
        if not isinstance(one, Mapping):
            others.add(str(one))
        elif one.get("type") == "Host" and (values := _values(one.get("hostConfig"))):
            hosts.append(tuple(value.lower() for value in values))
        elif one.get("type") == "Path" and (values := _values(one.get("pathConfig"))):
            paths.append(values)
        else:
            others.add(json.dumps(one, sort_keys=True, default=str))
    others |= {f"{kind}{json.dumps(rest)}" for kind, rest in (("Host", hosts[1:]), ("Path", paths[1:])) if rest}
    return Requests(hosts[0] if hosts else (), paths[0] if paths else (), frozenset(others))


def _values(block: Any) -> Values:
    values = block.get("values") if isinstance(block, Mapping) else None
    return tuple(map(str, values)) if isinstance(values, Sequence) and not isinstance(values, str) else ()


def _contain(outer: Values, inner: Values) -> bool:
    if not outer or any(_is_any(one) for one in outer):
        return True
    return bool(inner) and all(any(_covers(wide, one) for wide in outer) for one in inner)


def _is_any(pattern: str) -> bool:
    return pattern in ("*", "/*")


def _covers(wide: str, narrow: str) -> bool:
    """Whether a pattern takes every text that another takes. `~` begins a regular expression, equal only to itself."""
    if not (is_known(wide) and is_known(narrow)):
        return False
    is_expression = wide.startswith("~") or narrow.startswith("~")
    return wide == narrow or (not is_expression and _takes(wide, narrow))


def _takes(pattern: str, text: str) -> bool:
    """Whether `*` (any letters) and `?` (one letter) of a pattern take a text, whose own `*` only a `*` takes."""
    if max(len(pattern), len(text)) > LONGEST:
        return False
    ends = {0}
    for letter in pattern:
        if letter == "*":
            ends = set(range(min(ends), len(text) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(text) and _is_taken(letter, text[end])}
        if not ends:
            return False
    return len(text) in ends


def _is_taken(letter: str, by: str) -> bool:
    return letter == by or (letter == "?" and by != "*")


def _may_match(patterns: Values, text: str) -> bool:
    return not patterns or any(not is_known(one) or one[:1] == "~" or _takes(one, text) for one in patterns)


def _concrete(patterns: Values, otherwise: Sequence[str]) -> list[str]:
    """A text that each pattern takes; those that cannot be read or are regular expressions give none."""
    readable = [one for one in patterns if is_known(one) and one[:1] != "~"]
    return [one.replace("*", "x").replace("?", "x") for one in readable] if patterns else list(otherwise)


def _disjoint(left: Values, right: Values) -> bool:
    return bool(left and right) and all(_apart(one, other) for one in left for other in right)


def _apart(one: str, other: str) -> bool:
    """Whether two patterns take nothing in common: what stands before their first wildcards differs."""
    if not (is_known(one) and is_known(other)) or "~" in (one[:1], other[:1]):
        return False
    if not set(one + other) & set("*?"):
        return one != other
    heads = [
        text[: min([text.find(mark) for mark in "*?" if mark in text], default=len(text))] for text in (one, other)
    ]
    length = min(map(len, heads))
    return heads[0][:length] != heads[1][:length]
