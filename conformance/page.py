"""The table of verdicts, for the terminal and as the reference page."""

from collections import Counter
from collections.abc import Sequence

from conformance.verdicts import FAILED, OUTSIDE, PASSED, Verdict
from local.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "reference" / "conformance.md"
HEAD = """\
# Upstream's tests against the local cloud

The people who wrote the provider wrote acceptance tests for it, to be run against Alibaba Cloud. `make conformance` builds those of version
{version} and runs the {count} about the resources this project declares against the local cloud, without a change to them. It takes
{minutes} minutes here, and some 12 more for the first build. This page is what it wrote.

{totals}

| resource | test | verdict | why |
| --- | --- | --- | --- |
"""


def page(verdicts: Sequence[Verdict], version: str, seconds: float) -> str:
    """The reference page; times are left out of the rows, so that it changes only when a verdict does."""
    head = HEAD.format(
        version=version, count=len(verdicts), minutes=max(1, round(seconds / 60)), totals=totals(verdicts)
    )
    return head + "".join(map(_row, sorted(verdicts, key=lambda one: (one.resource, one.test))))


def totals(verdicts: Sequence[Verdict]) -> str:
    """How many of each kind, in one line."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    return ", ".join(f"{counts[name]} {name}" for name in (PASSED, FAILED, OUTSIDE)) + "."


def _row(verdict: Verdict) -> str:
    why = verdict.cause.replace("|", "\\|").replace("<", "&lt;")
    return f"| `{verdict.resource}` | `{verdict.test}` | {verdict.outcome} | {why} |\n"
