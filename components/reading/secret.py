"""A secret from configuration: carried, never looked at, never printed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands read settings as well, and start without the engine's SDK
    import pulumi


class Secret:
    """Wraps a configured secret so that no message, repr or plain property can show it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(…)"

    def output(self) -> "pulumi.Output[str]":
        """The value as a Pulumi secret, to be passed on unchanged."""
        import pulumi

        return pulumi.Output.secret(self._value)

    def reveal(self) -> str:
        """The value itself, for code that runs in `up` only and guards a call with it."""
        return self._value
