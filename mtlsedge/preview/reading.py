"""Reads findings that another job wrote: every key, form, length and count is checked before anything of them is shown.

The verdicts are worked out anew from what was read; the file's own are not looked at.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from mtlsedge.diagram import mermaid
from mtlsedge.errors import CommandError
from mtlsedge.preview.effect import Effect
from mtlsedge.preview.findings import Findings, Row
from mtlsedge.preview.renewals import Renewal
from mtlsedge.preview.weakenings import SECTION, Weakening

LARGEST_BYTES = 8_000_000
"""Of a file. A stack of 1,000 server groups that is all new writes some 0.4 MB."""
LONGEST_LIST = 20_000
LONGEST_TEXT = 20_000
"""Characters; an error of the engine can be long."""
MOST_RESOURCES = 1_000_000
MOST_STACKS = 500
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""Of a project or a stack, as the engine takes them."""
SLUG = re.compile(r"[a-z][a-z0-9-]{0,63}")
"""Of a kind of finding, or of the engine's operation."""
DAY = re.compile(r"(?:\d{4}-\d\d-\d\d)?")
RESULTS = ("passes", "refused")
"""Keys for programs that read the file; worked out anew here."""

Form = Callable[[Any, str], Any]


def several(text: str) -> list[Findings]:
    """The findings of the stacks in one text, one document after the other. Raises CommandError for anything else."""
    if len(text) > LARGEST_BYTES:
        raise CommandError(f"found {len(text)} characters of findings; allowed are {LARGEST_BYTES}")
    decoder, rest = json.JSONDecoder(), text.strip()
    found: list[Findings] = []
    while rest:
        if len(found) == MOST_STACKS:
            raise CommandError(f"found the findings of more than {MOST_STACKS} stacks")
        try:
            document, end = decoder.raw_decode(rest)
        except (ValueError, RecursionError):
            raise CommandError("found no findings: the text is not JSON") from None
        found.append(from_json(document))
        rest = rest[end:].lstrip()
    names = [one.stack for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise CommandError(f"found findings of one stack twice: {', '.join(twice)}")
    return found


def from_json(document: Any) -> Findings:
    """The findings in a document of `preview --findings`. Raises CommandError that names the first wrong key."""
    read = _record(FINDINGS, document, "findings", ignored=RESULTS)
    return Findings(**{**read, "diagram": read["diagram"] if mermaid.is_ours(read["diagram"]) else ""})


def _record(forms: Mapping[str, Form], value: Any, where: str, ignored: tuple[str, ...] = ()) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "an object")
    if unknown := sorted(set(value) - set(forms) - set(ignored)):
        raise _wrong(f"{where}.{unknown[0][:100]}", "no such key")
    if missing := sorted(set(forms) - set(value)):
        raise _wrong(f"{where}.{missing[0]}", "the key")
    return {key: form(value[key], f"{where}.{key}") for key, form in forms.items()}


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise _wrong(where, f"a text of at most {LONGEST_TEXT} characters")
    return value


def _matching(pattern: re.Pattern[str], what: str) -> Form:
    def read(value: Any, where: str) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise _wrong(where, what)
        return value

    return read


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(where, "true or false")
    return value


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_RESOURCES:
        raise _wrong(where, f"a number from 0 to {MOST_RESOURCES}")
    return value


def _list(form: Form) -> Form:
    def read(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            raise _wrong(where, f"a list of at most {LONGEST_LIST} entries")
        return tuple(form(entry, f"{where}[{number}]") for number, entry in enumerate(value))

    return read


def _rows(kind: type, forms: Mapping[str, Form]) -> Form:
    every = {field.name: forms.get(field.name, _text) for field in fields(kind)}
    return _list(lambda value, where: kind(**_record(every, value, where)))


def _wrong(where: str, allowed: str) -> CommandError:
    return CommandError(f"found no findings: {where} is not as `mtlsedge preview --findings` writes it ({allowed})")


_TEXTS = _list(_text)
_SLUG = _matching(SLUG, "a word of small letters, digits and dashes")
_NAME = _matching(NAME, "letters, digits, _, - and .")
FINDINGS: Mapping[str, Form] = {
    "project": _NAME,
    "stack": _NAME,
    "failure": _text,
    "errors": _TEXTS,
    "policies": _TEXTS,
    "weakenings": _rows(Weakening, {"kind": _SLUG, "at": _matching(SECTION, "the path of a listener's settings")}),
    "effects": _rows(Effect, {"kind": _SLUG, "who": _TEXTS}),
    "renewals": _rows(Renewal, {"until": _matching(DAY, "a day, or nothing")}),
    "unknown": _TEXTS,
    "rows": _rows(Row, {"operation": _SLUG, "changed": _TEXTS, "is_component": _flag}),
    "unchanged": _count,
    "diagram": _text,
    "is_untouched": _flag,
    "unjudged": _TEXTS,
}
