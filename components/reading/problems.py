"""What is wrong with nested values: every problem, in the order they were written, never a secret."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from mtlsedge_components.reading.secret import Secret

KeyPath = tuple[str | int, ...]
"""Keys and list positions that lead to a value; the first is a full key such as `mtlsedge:listener`."""

LONGEST_SHOWN = 60
"""Characters of a found text or key that a message repeats."""
DEEPEST = 12
"""Levels of nesting that are numbered for sorting; no setting lies deeper."""
PLAIN_KEY = re.compile(r"[\w$/+:-]{1,60}", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One thing a stack file must change: where it is, what was found there, what is allowed."""

    path: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.path}: found {self.found}; allowed: {self.allowed}"


class Findings:
    """Collects problems and weakenings while a configuration is read.

    The first problem of a path wins, and nothing is said about what lies under a value of the wrong type:
    one mistake gives one line.
    """

    def __init__(
        self,
        config: Mapping[str, object],
        secrets: Collection[str] = (),
        holds_secret: Callable[[KeyPath], bool] = lambda _path: False,
    ) -> None:
        """`secrets` are first keys under which no text is shown; `holds_secret` says where no text or number is."""
        self._positions = _positions(config)
        self._secrets = frozenset(secrets)
        self._holds_secret = holds_secret
        self._problems: dict[KeyPath, Problem] = {}
        self._closed: set[KeyPath] = set()
        self.weakenings: list[str] = []

    def add(self, path: KeyPath, found: str, allowed: str) -> None:
        """Notes a problem, unless one is known for this path or the path lies under an unreadable value."""
        if path not in self._problems and not self.is_closed(path):
            self._problems[path] = Problem(render(path), found, allowed)

    def close(self, path: KeyPath) -> None:
        """Says that `path` could not be read and why is known, so that nothing more is said about it or below it."""
        self._closed.add(path)

    def is_closed(self, path: KeyPath) -> bool:
        """Whether `path`, or what it lies under, was closed."""
        return any(path[:size] in self._closed for size in range(len(path) + 1))

    def is_sound(self, path: KeyPath) -> bool:
        """Whether nothing was noted about `path` itself."""
        return path not in self._problems and not self.is_closed(path)

    def weaken(self, path: KeyPath, effect: str) -> None:
        """Notes a long-named setting in force, as `key path: what it does`."""
        self.weakenings.append(f"{render(path)}: {effect}")

    def show(self, path: KeyPath, value: object) -> str:
        """`value` for a message; not a text under a key that holds secrets, and nothing that stands where a key belongs."""
        if isinstance(value, str) and path and path[0] in self._secrets:
            return "(secret)"
        if isinstance(value, str | int | float) and self._holds_secret(path):
            return "(secret)"
        return show(value)

    def problems(self) -> list[Problem]:
        """Every problem, in the order of the configuration; what is missing follows the mapping it is missing from."""
        return [self._problems[path] for path in sorted(self._problems, key=self._position)]

    def _position(self, path: KeyPath) -> int:
        known = (path[:size] for size in range(len(path), 0, -1) if path[:size] in self._positions)
        return self._positions.get(next(known, ()), len(self._positions))


def show(value: object) -> str:
    """A value in few words: short texts and numbers as they are, everything else by its kind."""
    if value is None:
        return "nothing"
    if isinstance(value, Secret):
        return "(secret)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _show_text(value)
    if isinstance(value, int | float):
        return repr(value) if -1e18 < value < 1e18 else "a number far out of range"
    return _show_collection(value)


def render(path: KeyPath) -> str:
    """The path as `pulumi config set --path` spells it: `mtlsedge:domain.names[0]`, `….generations["a.b"]`."""
    return "".join(
        _render_step(step) if position else _render_step(step).removeprefix(".") for position, step in enumerate(path)
    )


def _show_text(value: str) -> str:
    if "-----BEGIN" in value or "PRIVATE KEY" in value:
        return "a PEM text"
    return repr(value) if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]!r}… ({len(value)} characters)"


def _show_collection(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    return f"a value of type {type(value).__name__}"


def _render_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if PLAIN_KEY.fullmatch(step):
        return f".{step}"
    return f"[{json.dumps(step[:LONGEST_SHOWN])}]"


def _positions(config: Mapping[str, object]) -> dict[KeyPath, int]:
    """The path of every value, numbered in the order of the configuration."""
    paths: list[KeyPath] = []
    _walk(config, (), paths)
    return {path: position for position, path in enumerate(paths)}


def _walk(value: object, path: KeyPath, paths: list[KeyPath]) -> None:
    if path:
        paths.append(path)
    if len(path) >= DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, child in value.items():
            _walk(child, (*path, str(key)), paths)
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            _walk(child, (*path, index), paths)
