"""What `mtlsedge drift --json` found, as an issue for people. Pure.

Names come from a cloud that somebody edited: each stands in a code span, where nothing is a link, a mention or HTML.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtlsedge.errors import CommandError
from mtlsedge.preview.markdown import code, plain

MOST = 100
"""Findings listed; the rest is counted, for a host takes no text of any length."""
STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Issue:
    """Title and text; no text when there is nothing to say any more."""

    title: str
    body: str
    marker: str


def issue(document: Mapping[str, Any]) -> Issue:
    """The issue about one stack's findings. Raises CommandError for anything that is none of `drift --json`."""
    try:
        stack = str(document["stack"])
        found = [{key: str(one[key]) for key in ("part", "name", "detail", "remedy")} for one in document["findings"]]
        weaker = [{key: str(one[key]) for key in ("label", "name", "detail")} for one in document.get("lessSafe", ())]
    except (AttributeError, KeyError, TypeError):
        raise CommandError("found no findings; make them with `mtlsedge drift --json`") from None
    if not STACK.fullmatch(stack):
        raise CommandError(f"found the stack {stack!r}; allowed: letters, digits, dots, dashes and underscores")
    marker = f"<!-- mtlsedge drift {stack} -->"
    if not found:
        return Issue("", "", marker)
    lines = [
        f"- {plain(one['part'])} {code(one['name'])}: {plain(one['detail'])}\n  {plain(one['remedy'])}"
        for one in found[:MOST]
    ]
    warned = [f"- **{plain(one['label'])}** {code(one['name'])}: {plain(one['detail'])}" for one in weaker[:MOST]]
    more = [f"- … and {len(found) - MOST} more"] if len(found) > MOST else []
    text = [
        *(["By these changes the stack may be less safe than `up` left it:", "\n".join(warned)] if warned else []),
        f"The cloud of {code(stack)} is not as `up` left it, or a certificate is near its end:",
        "\n".join([*lines, *more]),
        "This text is kept up to date by the drift job, which closes the issue when nothing is left.",
        marker,
    ]
    return Issue(f"Drift: {stack}", "\n\n".join(text) + "\n", marker)
