"""Typed access to the parameters of a call; wrong or missing ones become the error the cloud would answer.

What is read is written down, so that the dispatcher can tell a parameter that no code of the action looked at.
"""

from collections.abc import Collection, Iterator
from typing import Any

from local.cloud.errors import invalid, missing
from local.cloud.json_texts import parsed


class Parameters:
    """The nested parameters of one call (or of one object inside it)."""

    def __init__(self, values: dict[str, Any], path: str = "", read: set[str] | None = None) -> None:
        """`path` is the place of these values in the call, for messages; `read` are the places read so far."""
        self.values = values
        self._path = path
        self._read: set[str] = set() if read is None else read

    def __contains__(self, name: str) -> bool:
        self._read.add(self._name(name))
        return name in self.values

    def pass_over(self, *names: str) -> None:
        """Take parameters, with all that is in them, which have no effect here; the reason stands where this is called."""
        self._read.update(f"{self._name(name)}.*" for name in names)

    def unread(self, *exempt: str) -> list[str]:
        """The places of values that nothing read and nothing passed over."""
        values = {name: value for name, value in self.values.items() if name not in exempt}
        return [place for place in _places(values, self._path) if not self._was_read(place)]

    def _was_read(self, place: str) -> bool:
        parts = place.split(".")
        return place in self._read or any(
            f"{'.'.join(parts[:count])}.*" in self._read for count in range(1, len(parts) + 1)
        )

    def text(self, name: str, default: str = "") -> str:
        """A string; `default` when absent."""
        self._read.add(self._name(name))
        value = self.values.get(name, default)
        if isinstance(value, dict | list):
            raise invalid(self._name(name), "a single value is expected")
        return str(value)

    def required(self, name: str) -> str:
        """A string that must be there and not empty."""
        value = self.text(name)
        if not value:
            raise missing(self._name(name))
        return value

    def choice(self, name: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of `allowed`; required when there is no default."""
        value = self.text(name, "") or (default if default is not None else self.required(name))
        if value not in allowed:
            raise invalid(self._name(name), f"allowed are {', '.join(sorted(allowed))}")
        return value

    def any_case(self, name: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of `allowed`, sent in any case: the vendor's own controller writes types in small letters."""
        spelled = {value.lower(): value for value in allowed}
        return spelled[
            Parameters({name: self.text(name).lower()}, self._path).choice(
                name, spelled, default.lower() if default is not None else None
            )
        ]

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`; required when there is no default."""
        value = self.text(name, "")
        if not value:
            if default is None:
                raise missing(self._name(name))
            return default
        try:
            number = int(value)
        except ValueError:
            raise invalid(self._name(name), "a whole number is expected") from None
        if not low <= number <= high:
            raise invalid(self._name(name), f"allowed are {low} to {high}")
        return number

    def boolean(self, name: str, *, default: bool = False) -> bool:
        """`true` or `false` in any case; `default` when absent."""
        value = self.text(name, "").lower()
        if value not in ("", "true", "false"):
            raise invalid(self._name(name), "allowed are true, false")
        return default if value == "" else value == "true"

    def mapping(self, name: str) -> "Parameters":
        """A nested object; empty when absent."""
        value = self.values.get(name) or {}
        if not isinstance(value, dict):
            raise invalid(self._name(name), "an object is expected")
        return Parameters(value, self._name(name), self._read)

    def texts(self, name: str) -> list[str]:
        """A list of strings; one bare value counts as a list of one; empty strings are dropped."""
        self._read.add(self._name(name))
        value = self.values.get(name) or []
        return [str(item) for item in (value if isinstance(value, list) else [value]) if item != ""]

    def json_texts(self, name: str) -> list[str]:
        """A list of strings sent as JSON text, as ECS takes `InstanceIds`."""
        text = self.text(name)
        try:
            value = parsed(text) if text else []
        except ValueError:
            raise invalid(self._name(name), "a JSON array is expected") from None
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]

    def objects(self, name: str) -> Iterator["Parameters"]:
        """The objects of a list, each with its own place for messages."""
        value = self.values.get(name) or []
        for number, item in enumerate(value if isinstance(value, list) else [value], 1):
            if not isinstance(item, dict):
                raise invalid(self._name(name), "a list of objects is expected")
            yield Parameters(item, f"{self._name(name)}.{number}", self._read)

    def _name(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _places(value: Any, path: str) -> Iterator[str]:
    """The place of each value that holds no others; a list of plain values has one place, as it is read at once."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _places(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, 1):
            yield from _places(item, f"{path}.{number}")
    else:
        yield path


def echo(call: Parameters, document: dict[str, Any], *names: str) -> None:
    """Copy the strings that were sent, and only those (the echo rule, openapi-contract.md §6.1)."""
    for name in names:
        if name in call:
            document[name] = call.text(name)
