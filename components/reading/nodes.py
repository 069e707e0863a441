"""Walks a nested configuration: typed reads that know their key path and note a problem instead of raising.

A read that fails notes its problem and answers with a stand-in of the right type, so that everything else is
still checked; `load` throws the result away when there is any problem.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mtlsedge_components.reading.problems import Findings, KeyPath

Text = TypeVar("Text", bound=str)


PRINTED_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [-+]\d{4} \S+")
"""What the engine makes of a date without quotes: 2026-01-01 becomes 2026-01-01 00:00:00 +0000 UTC."""


@dataclass(frozen=True)
class Form:
    """What a text must look like: `meaning` says it to people, `accepts` decides, `expression` says it to editors.

    The expression stands for the whole text, in what Python and ECMA 262 have in common; it may let more pass.
    """

    meaning: str
    accepts: Callable[[str], object]
    expression: str = ""


@dataclass(frozen=True)
class Node:
    """A value of the configuration, or its absence (None), and the path that leads to it."""

    value: object
    path: KeyPath
    findings: Findings

    def refuse(self, allowed: str, found: str = "") -> None:
        """Notes a problem here; `found` replaces the value in the message."""
        self.findings.add(self.path, found or self.findings.show(self.path, self.value), allowed)

    def refuse_as_unknown(self, known: Sequence[str], siblings: Mapping[object, object]) -> None:
        """Notes that this key is not known, and names the nearest known one.

        That one was probably meant: if it is absent it is not reported as missing as well.
        """
        nearest = _nearest(str(self.path[-1]), known)
        keys = ", ".join(known)
        self.refuse(f"{nearest[0]}, the nearest of {keys}" if nearest else f"the keys {keys}", found="an unknown key")
        for key in set(nearest) - set(siblings):
            self.findings.close((*self.path[:-1], key))

    def refuse_as_unknown_name(self, what: str, known: Sequence[str]) -> None:
        """Notes that this text names nothing that is known, and which known name is the nearest."""
        nearest = _nearest(str(self.value), known)
        names = ", ".join(known) or "none is declared"
        self.refuse(f"{what}: {nearest[0]}, the nearest of {names}" if nearest else f"{what}: {names}")

    def child(self, key: str | int, value: object) -> "Node":
        """The value under `key`."""
        return Node(value, (*self.path, key), self.findings)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was noted about this value; a stand-in answers for one that is not."""
        return self.findings.is_sound(self.path)

    def at(self, *keys: str) -> "Node":
        """The value that lies under `keys`; absent if there is none."""
        node = self
        for key in keys:
            node = node.child(key, node.value.get(key) if isinstance(node.value, Mapping) else None)
        return node

    def text(self, form: Form) -> str:
        """A text of the given form, or ""."""
        if isinstance(self.value, str) and PRINTED_DATE.fullmatch(self.value):
            self.refuse("text, in quotes", found=f"a date, which the engine hands over as {self.value!r}")
            return ""
        if isinstance(self.value, str) and form.accepts(self.value):
            return self.value
        self._refuse_as_text(form)
        return ""

    def _refuse_as_text(self, form: Form) -> None:
        """YAML and `pulumi config set --path` read 4711, 1e3 or true as a number or a switch, not as text."""
        number = _whole(self.value)
        digits = str(self.value if number is None else number)
        if isinstance(self.value, bool) and form.accepts(digits.lower()):
            self.refuse("text, in quotes (or --type string)", found=f"the switch {digits.lower()}")
        elif isinstance(self.value, int | float) and not isinstance(self.value, bool) and form.accepts(digits):
            self.refuse(
                "text, in quotes (or --type string)",
                found=f"the number {self.findings.show(self.path, number or self.value)}",
            )
        else:
            self.refuse(form.meaning)

    def integer(self, low: int, high: int, meaning: str, hint: str = "") -> int:
        """A whole number in a range, ends included; JSON's 5.0 counts as 5, true and "5" do not count."""
        number = _whole(self.value)
        if number is not None and low <= number <= high:
            return number
        self.refuse(f"{meaning} from {low} to {high}{hint}")
        return low

    def flag(self) -> bool:
        """True or false."""
        if isinstance(self.value, bool):
            return self.value
        self.refuse("true or false")
        return False

    def choice(self, options: Sequence[Text], hint: str = "") -> Text:
        """One of a few words; `hint` is added to what is allowed."""
        for option in options:
            if isinstance(self.value, str) and self.value == option:
                return option
        self.refuse(f"{'one of ' if len(options) > 1 else ''}{', '.join(options)}{hint}")
        return options[0]

    def texts(self, form: Form) -> tuple[str, ...]:
        """A list of texts, each once."""
        if not isinstance(self.value, list | tuple):
            self.refuse(f"a list, each entry {form.meaning}")
            self.findings.close(self.path)
            return ()
        items = [self.child(index, item) for index, item in enumerate(self.value)]
        for index, item in enumerate(items):
            if item.value in self.value[:index]:
                item.refuse("each entry once")
        return tuple(item.text(form) for item in items)

    def section(self, known: Sequence[str], refused: Mapping[str, str] | None = None) -> "Section":
        """A mapping with known keys. `refused` names keys people may expect, with the reason they are not taken."""
        values = self._mapping(f"a mapping with keys of {', '.join(known)}")
        for key, value in values.items():
            child = self.child(str(key), value)
            if refused and str(key) in refused:
                child.refuse(refused[str(key)])
            elif key not in known:
                child.refuse_as_unknown(known, values)
        return Section(self, values)

    def entries(self, name: Form) -> Iterator[tuple[str, "Node"]]:
        """The values of a mapping from names of the operator's choice, in the file's order."""
        for key, value in self._mapping("a mapping from names to values").items():
            child = self.child(str(key), value)
            if isinstance(key, str) and name.accepts(key):
                yield key, child
            else:
                child.refuse(f"as key {name.meaning}", found=f"the key {self.findings.show(self.path, str(key))}")
                self.findings.close(child.path)

    def _mapping(self, allowed: str) -> Mapping[object, object]:
        if isinstance(self.value, Mapping):
            return self.value
        self.refuse(allowed)
        self.findings.close(self.path)
        return {}


@dataclass(frozen=True)
class Section:
    """A mapping whose keys are known. A key that is absent, or null, gives `default`; without one it is required."""

    node: Node
    values: Mapping[object, object]

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def __getitem__(self, key: str) -> Node:
        return self.node.child(key, self.values.get(key))

    def present(self, keys: Sequence[str]) -> list[str]:
        """Those of `keys` that have a value."""
        return [key for key in keys if key in self]

    def text(self, key: str, form: Form, default: str | None = None) -> str:
        """See `Node.text`."""
        return default if key not in self and default is not None else self[key].text(form)

    def integer(self, key: str, low: int, high: int, meaning: str, default: int | None = None, hint: str = "") -> int:
        """See `Node.integer`."""
        return default if key not in self and default is not None else self[key].integer(low, high, meaning, hint)

    def flag(self, key: str, *, default: bool) -> bool:
        """See `Node.flag`."""
        return self[key].flag() if key in self else default

    def choice(self, key: str, options: Sequence[Text], default: Text | None = None, hint: str = "") -> Text:
        """See `Node.choice`."""
        return default if key not in self and default is not None else self[key].choice(options, hint)

    def texts(self, key: str, form: Form) -> tuple[str, ...]:
        """See `Node.texts`; absent gives an empty one."""
        return self[key].texts(form) if key in self else ()

    def entries(self, key: str, name: Form) -> Iterator[tuple[str, Node]]:
        """See `Node.entries`; absent gives none."""
        return self[key].entries(name) if key in self else iter(())

    def one_of(self, keys: Sequence[str]) -> str:
        """The one key of `keys` that has a value, or "" after noting that there is none, or more than one."""
        present = self.present(keys)
        if len(present) == 1:
            return present[0]
        if present or not any(self.node.findings.is_closed(self[key].path) for key in keys):
            self.node.refuse(f"exactly one of {', '.join(keys)}", found=" and ".join(present) or "none")
        return ""

    def only(self, keys: Sequence[str], beside: str) -> None:
        """Notes every value under a key other than `keys`: they mean nothing beside the key `beside`."""
        for key in self.values:
            if isinstance(key, str) and key in self and key not in keys:
                self[key].refuse(f"nothing beside {beside}")


def _whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _nearest(word: str, known: Sequence[str]) -> list[str]:
    """The known word that was probably meant, if one is near enough."""
    return difflib.get_close_matches(word, known, n=1, cutoff=0.5)
