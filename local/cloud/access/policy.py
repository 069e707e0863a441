"""A RAM policy document: reading it, and what it says to one action. Pure.

Known from the vendor's documents: what no statement allows is denied, a Deny wins over every Allow, `*` stands for any
characters, Action and Resource take one value or a list. Not known: whether names are compared in exact case, what `?`
does, and which object RAM checks for which action. So an Allow is compared in exact case and a Deny in any case (whatever
RAM does, it refuses no more than this), and what cannot be decided here is refused when the policy is read.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["Allow", "ExplicitDeny", "ImplicitDeny"]
EFFECTS = ("Allow", "Deny")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*]+")
_RESOURCE = re.compile(r"\*|acs:(?P<product>\*|[a-z0-9-]+):(?P<region>\*|[a-z0-9-]*):(?P<account>\*|[0-9]*):\*")
_KEYS = {"Effect", "Action", "NotAction", "Resource"}


class PolicyError(ValueError):
    """A document that is no policy, or one this module cannot decide; every problem, one a line."""


@dataclass(frozen=True)
class Request:
    """What is asked for: the action's name in RAM, where, and in whose account."""

    action: str
    region: str
    account: str


@dataclass(frozen=True)
class Statement:
    """One statement; `inverted` when its patterns are those of NotAction."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    inverted: bool = False

    def concerns(self, request: Request) -> bool:
        """Whether it speaks about the action and about where it is asked for."""
        # What lets a call in, an Allow or an exception from a Deny, must be met in exact case.
        exact = (self.effect == "Allow") != self.inverted
        named = any(_matches(pattern, request.action, exact=exact) for pattern in self.actions)
        return named != self.inverted and any(_covers(pattern, request) for pattern in self.resources)


@dataclass(frozen=True)
class Policy:
    """The statements attached to one identity."""

    statements: tuple[Statement, ...]

    def verdict(self, request: Request) -> Verdict:
        """Deny wins; what nothing allows is denied."""
        effects = {statement.effect for statement in self.statements if statement.concerns(request)}
        if "Deny" in effects:
            return "ExplicitDeny"
        return "Allow" if effects else "ImplicitDeny"


def read(document: Any) -> Policy:
    """The policy of a parsed JSON document; PolicyError names everything that is wrong with it."""
    if problems := [*_problems(document)]:
        raise PolicyError("\n".join(problems))
    return Policy(tuple(_statement(item) for item in _listed(document["Statement"])))


def _problems(document: object) -> Iterable[str]:
    if not isinstance(document, Mapping):
        yield f"found {type(document).__name__}; allowed an object with Version and Statement"
        return
    yield from (
        f"{key}: found it; allowed Version and Statement" for key in sorted({*document} - {"Version", "Statement"})
    )
    if document.get("Version") != "1":
        yield f'Version: found {document.get("Version")!r}; allowed "1"'
    statements = _listed(document.get("Statement") or [])
    if not statements:
        yield "Statement: found none; allowed one or more"
    for number, statement in enumerate(statements):
        yield from (f"Statement[{number}]{problem}" for problem in _statement_problems(statement))


def _statement_problems(statement: object) -> Iterable[str]:
    if not isinstance(statement, Mapping):
        yield f": found {type(statement).__name__}; allowed an object"
        return
    for key in sorted({*statement} - _KEYS - _narrowed(statement)):
        yield f".{key}: found it; allowed {', '.join(sorted(_KEYS))} (the local cloud decides no other element)"
    if statement.get("Effect") not in EFFECTS:
        yield f".Effect: found {statement.get('Effect')!r}; allowed Allow or Deny"
    if ("Action" in statement) == ("NotAction" in statement):
        yield ".Action: found both or neither of Action and NotAction; allowed exactly one"
    yield from _value_problems(
        statement,
        "NotAction" if "NotAction" in statement else "Action",
        _ACTION,
        "* or product:Name, * for any characters",
    )
    yield from _value_problems(
        statement, "Resource", _RESOURCE, "* or acs:<product>:<region>:<account>:* (which object RAM checks is unknown)"
    )


def _narrowed(statement: Mapping[str, Any]) -> set[str]:
    """A condition is taken where it cannot matter here: on actions of RAM, which the local cloud does not offer."""
    actions = [str(action) for action in _listed(statement.get("Action", []))]
    return {"Condition"} if actions and all(action.startswith("ram:") for action in actions) else set()


def _value_problems(statement: Mapping[str, Any], key: str, form: "re.Pattern[str]", allowed: str) -> Iterable[str]:
    values = _listed(statement.get(key, []))
    if not values and (key in statement or key == "Resource"):
        yield f".{key}: found nothing; allowed {allowed}"
    for value in values:
        if not isinstance(value, str) or not form.fullmatch(value):
            yield f".{key}: found {value!r}; allowed {allowed}"


def _statement(item: Mapping[str, Any]) -> Statement:
    inverted = "NotAction" in item
    actions = _listed(item["NotAction" if inverted else "Action"])
    return Statement(item["Effect"], tuple(actions), tuple(_listed(item["Resource"])), inverted)


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _matches(pattern: str, text: str, *, exact: bool) -> bool:
    """Whether a pattern, in which `*` stands for any characters, is the whole of a text."""
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, text, re.NOFLAG if exact else re.IGNORECASE) is not None


def _covers(pattern: str, request: Request) -> bool:
    """Whether a resource pattern covers all objects of the action's product in the region and account."""
    parts = _RESOURCE.fullmatch(pattern)
    if parts is None or pattern == "*":
        return parts is not None
    wanted = {"product": request.action.partition(":")[0], "region": request.region, "account": request.account}
    return all(parts[key] in ("*", value) for key, value in wanted.items())
