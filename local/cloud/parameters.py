"""Typed access to the parameters of a call; wrong or missing ones become the error the cloud would answer."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from local.cloud.errors import invalid, missing


class Parameters:
    """The nested parameters of one call (or of one object inside it)."""

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        """`path` is the place of these values in the call, for messages."""
        self.values = values
        self._path = path

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        """A string; `default` when absent."""
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
        return Parameters(value, self._name(name))

    def texts(self, name: str) -> list[str]:
        """A list of strings; one bare value counts as a list of one; empty strings are dropped."""
        value = self.values.get(name) or []
        return [str(item) for item in (value if isinstance(value, list) else [value]) if item != ""]

    def json_texts(self, name: str) -> list[str]:
        """A list of strings sent as JSON text, as ECS takes `InstanceIds`."""
        text = self.text(name)
        try:
            value = json.loads(text) if text else []
        except ValueError:
            raise invalid(self._name(name), "a JSON array is expected") from None
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]

    def objects(self, name: str) -> Iterator["Parameters"]:
        """The objects of a list, each with its own place for messages."""
        value = self.values.get(name) or []
        for number, item in enumerate(value if isinstance(value, list) else [value], 1):
            if not isinstance(item, dict):
                raise invalid(self._name(name), "a list of objects is expected")
            yield Parameters(item, f"{self._name(name)}.{number}")

    def _name(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def echo(call: Parameters, document: dict[str, Any], *names: str) -> None:
    """Copy the strings that were sent, and only those (the echo rule, openapi-contract.md §6.1)."""
    for name in names:
        if name in call:
            document[name] = call.text(name)
