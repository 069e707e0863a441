"""One comment for all stacks of a request: a line a stack, worst first, the stacks' own comments folded below. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from mtlsedge.preview.findings import Findings
from mtlsedge.preview.markdown import GITHUB_LIMIT, SMALLEST_LIMIT, code, comment, headline, marker, summary, unjudged

MARKER = "<!-- mtlsedge preview request -->"
"""Last line of the comment; no stack's own marker, which has the project's name and the stack's."""
RESERVE = 400
"""Bytes kept for the sentence about what was left out, and the marker."""
MOST_OF_IT_LINES = 2
"""The list takes at most one part in so many: the details of the worst stacks are worth more than lines of good ones."""
ORDER = ("❌", "🔴", "🟠", "🟡", "🟢", "⚪")
"""Marks of the headlines, worst first."""


def request_comment(
    several: Sequence[Findings],
    missing: Sequence[str] = (),
    limit: int = GITHUB_LIMIT,
    *,
    commit: str = "",
    run: str = "",
) -> str:
    """The comment, at most `limit` bytes. `missing` are stacks that were to be previewed and have no findings.

    What does not fit is left out from the end, the least important first: details, then lines; their number is told.
    `commit` is the one that was judged, `run` the address of the page that has the whole.
    """
    ending = f"Judged: commit {code(commit)}\n\n{MARKER}" if commit else MARKER
    limit = max(limit, SMALLEST_LIMIT) - len(ending.encode()) + len(MARKER)
    if len(several) == 1 and not missing:
        (only,) = several
        return comment(only, limit).replace(marker(only.project, only.stack), ending)
    worst_first = sorted(several, key=lambda one: (ORDER.index(_mark(one)), one.project, one.stack))
    lines = [f"- ❌ {code(name)}: no verdict, its preview did not run" for name in missing]
    told = unjudged(sorted({name for one in several for name in one.unjudged}))
    lines += [f"- ❔ {told}"] if told else []
    lines += [f"- {headline(one).removeprefix('### ')}{_more(one)}" for one in worst_first]
    text, shown = f"### {_title(worst_first, missing)}\n", 0
    for line in lines:
        if len(text.encode()) + len(line.encode()) > limit // MOST_OF_IT_LINES:
            break
        text, shown = f"{text}\n{line}", shown + 1
    if shown < len(lines):
        text += f"\n- … and {len(lines) - shown} more stacks, each better than these or like them"
    return f"{_with_details(text, worst_first, limit, run)}\n\n{ending}\n"


def passes(several: Sequence[Findings], missing: Sequence[str]) -> bool:
    """The one verdict for the whole request: every stack passes, and none is without findings."""
    return bool(several) and not missing and all(one.passes for one in several)


def _with_details(text: str, worst_first: Sequence[Findings], limit: int, run: str) -> str:
    left_out, log = 0, f"[the job's log]({run})" if run else "the job's log"
    for one in worst_first:
        body = (
            comment(replace(one, unjudged=()), SMALLEST_LIMIT * 2).replace(marker(one.project, one.stack), "").strip()
        )
        part = f"\n\n<details><summary>{code_less(f'{one.project}/{one.stack}')}</summary>\n\n{body}\n\n</details>"
        if len(text.encode()) + len(part.encode()) + RESERVE > limit:
            left_out += 1
        else:
            text += part
    return f"{text}\n\nDetails of {left_out} stacks did not fit: {log} has them." if left_out else text


def code_less(text: str) -> str:
    """A name inside HTML, where a code span would not be one: what could be markup is taken from it."""
    return "".join(letter if letter.isalnum() or letter in "-_./" else "_" for letter in text)


def _mark(one: Findings) -> str:
    return headline(one).split()[1]


def _more(one: Findings) -> str:
    said = summary(one)
    return f". {said}" if said else ""


def _title(several: Sequence[Findings], missing: Sequence[str]) -> str:
    total = len(several) + len(missing)
    bad = sum(not one.passes for one in several) + len(missing)
    if missing:
        return f"❌ {total} stacks: {len(missing)} without a verdict, {bad - len(missing)} refused"
    if bad:
        return f"{_mark(several[0])} {bad} of {total} stacks refused"
    return f"{_mark(several[0])} {total} stacks, none refused"
