"""What `mtlsedge drift --json` found, or a run of renewals did, as issues for people. Pure.

Names come from a cloud that somebody edited: each stands in a code span, where nothing is a link, a mention or HTML.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtlsedge.errors import CommandError
from mtlsedge.preview.markdown import code, plain

MOST = 100
"""Findings listed; the rest is counted, for a host takes no text of any length."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Issue:
    """Title and text; no text when there is nothing to say any more."""

    title: str
    body: str
    marker: str


NOT_OURS = "found no findings; make them with `mtlsedge drift --json`, or `deploy --report`"
DRIFT = (
    "The cloud of {stack} is not as `up` left it, or a certificate is near its end:",
    "This text is kept up to date by the drift job, which closes the issue when nothing is left.",
)
STOPPED = (
    "Renewals of {stack} stopped, for a run that nobody watches does nothing else. What is in the way:",
    "This text is kept up to date by the renewals' job, which closes the issue when nothing is in the way.",
)
RENEWED = ("Renewed by itself on {stack}:", "Close this issue when everybody has the new certificate.")
"""First and last sentence of each kind of issue."""


Entry = Mapping[str, str]


def issues(document: Any) -> list[Issue]:
    """The issues of `drift --json`, or of `deploy --renewals-only --report`. Raises CommandError for anything else."""
    if not isinstance(document, Mapping):
        raise CommandError(NOT_OURS)
    stack = str(document.get("stack", ""))
    if not STACK.fullmatch(stack):
        raise CommandError(f"found the stack {stack!r}; allowed: letters, digits, dots, dashes and underscores")
    if document.get("about") != "renewals":
        return [
            _issue(f"Drift: {stack}", stack, _found(document, "findings"), DRIFT, f"drift {stack}", _weaker(document))
        ]
    day = str(document.get("day", ""))
    if not DAY.fullmatch(day):
        raise CommandError(f"found the day {day[:20]!r}; allowed: YYYY-MM-DD")
    stopped, renewed = _found(document, "findings"), _found(document, "renewed")
    told = [_issue(f"Renewals stopped: {stack}", stack, stopped, STOPPED, f"renewals {stack}")]
    if renewed:  # a later run of the day takes nothing of it back: a person closes it
        mark = f"renewed {stack} {day} {_digest(renewed)}"
        told.append(_issue(f"Renewed: {stack}, {day}", stack, renewed, RENEWED, mark))
    return told


def _digest(found: Sequence[Entry]) -> str:
    """What tells two runs of a day apart that renewed different certificates."""
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:8]


def _found(document: Mapping[str, Any], key: str) -> list[dict[str, str]]:
    try:
        return [{part: str(one[part]) for part in ("part", "name", "detail", "remedy")} for one in document[key]]
    except (KeyError, TypeError):
        raise CommandError(NOT_OURS) from None


def _weaker(document: Mapping[str, Any]) -> list[dict[str, str]]:
    try:
        return [{part: str(one[part]) for part in ("label", "name", "detail")} for one in document.get("lessSafe", ())]
    except (KeyError, TypeError):
        raise CommandError(NOT_OURS) from None


def _issue(
    title: str, stack: str, found: Sequence[Entry], sentences: tuple[str, str], mark: str, weaker: Sequence[Entry] = ()
) -> Issue:
    marker = f"<!-- mtlsedge {mark} -->"
    if not found:
        return Issue("", "", marker)
    lines = [
        f"- {plain(one['part'])} {code(one['name'])}: {plain(one['detail'])}\n  {plain(one['remedy'])}"
        for one in found[:MOST]
    ]
    warned = [f"- **{plain(one['label'])}** {code(one['name'])}: {plain(one['detail'])}" for one in weaker[:MOST]]
    more = [f"- … and {len(found) - MOST} more"] if len(found) > MOST else []
    first, last = sentences
    text = [
        *(["By these changes the stack may be less safe than `up` left it:", "\n".join(warned)] if warned else []),
        first.replace("{stack}", code(stack)),
        "\n".join([*lines, *more]),
        last,
        marker,
    ]
    return Issue(title, "\n\n".join(text) + "\n", marker)
