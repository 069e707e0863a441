"""Properties of a resource as the engine hands them to a provider, put right.

Integers arrive as floats, `__provider` is among the properties, and a value not known before `up` is an object in
some places and a text in others; here it is always the text `UNKNOWN`, which the wire understands too.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

__all__ = ["UNKNOWN", "changed", "has_unknown", "plain", "without"]


def plain(value: Any) -> Any:
    """The value with whole floats as integers and unknowns as `UNKNOWN`, without properties that are None or internal."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if item is not None and not str(key).startswith("__")}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def without(properties: Mapping[str, Any], *dropped: str) -> dict[str, Any]:
    """A copy without some keys."""
    return {key: value for key, value in properties.items() if key not in dropped}


def has_unknown(value: Any) -> bool:
    """Whether the value, or anything inside it, is not known before `up`."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def changed(old: Mapping[str, Any], new: Mapping[str, Any], keys: Iterable[str]) -> list[str]:
    """The keys whose value differs; an unknown value differs from every known one, None is the same as absent."""
    return [key for key in keys if old.get(key) != new.get(key)]
