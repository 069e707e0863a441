"""A declared value is known, known after `up` only, or a secret. What is not known is never taken for harmless."""

from collections.abc import Mapping
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a text that is known after `up` only."""
HIDDEN = "[secret]"
"""What stands in place of a secret."""


def is_known(value: Any) -> bool:
    """Whether a single value can be read."""
    return not (isinstance(value, str) and value in (UNKNOWN, HIDDEN))


def switch(value: Any) -> bool | None:
    """A boolean as the provider reads it (`"true"` is on); None if it cannot be read. Absent is off."""
    if not is_known(value):
        return None
    return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


def block(value: Any) -> Mapping[str, Any]:
    """A block of properties; one that cannot be read, or is not there, has none."""
    return value if isinstance(value, Mapping) else {}


def is_wholly_known(value: Any) -> bool:
    """Whether a value and everything in it can be read."""
    if isinstance(value, Mapping):
        return all(is_wholly_known(one) for one in value.values())
    return all(is_wholly_known(one) for one in value) if isinstance(value, list | tuple) else is_known(value)
