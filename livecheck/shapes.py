"""The shape of the cloud's answers: which keys they had and what kind of value, never a value."""

from collections.abc import Iterator, Mapping
from typing import Any

Shapes = dict[str, dict[str, list[str]]]
"""`product:Action` -> path of a key (`Rules[].RuleId`) -> the kinds of value that were seen there."""
ERRORS = "errors"
"""Stands for an action: what errors had beside their code."""


def note(shapes: Shapes, action: str, body: Any) -> None:
    """Adds an answer to what was seen of its action."""
    seen = shapes.setdefault(action, {})
    for path, kind in _kinds(body):
        kinds = seen.setdefault(path, [])
        if kind not in kinds:
            kinds.append(kind)
            kinds.sort()


def _kinds(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, below in value.items():
            yield from _kinds(below, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for below in value:
            yield from _kinds(below, f"{path}[]")
    else:
        yield path, _kind(value)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "flag"
        case int() | float():
            return "number"
        case str():
            return "text" if value else "empty text"
        case list():
            return "empty list"
    return "empty object"
