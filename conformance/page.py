"""The table of verdicts, for the terminal and as the reference page."""

from collections import Counter
from collections.abc import Sequence

from conformance.account import BELIEVED
from conformance.verdicts import FAILED, OUTSIDE, PASSED, Verdict
from local.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "reference" / "conformance.md"
HEAD = """\
# Upstream's tests against the local cloud

The people who wrote the provider wrote acceptance tests for it, to be run against Alibaba Cloud. `make conformance` builds those of version
{version} and runs the {count} about the resources this project declares against the local cloud, without a change to them. A parameter
that the local cloud does not know fails a test. It takes {minutes} minutes here, and some 12 more for the first build. This page is what it wrote.

The tests get what their authors' account has: a network, and two CAs by their identifiers (`conformance/account.py`). Some clients call a product
at its public name, whatever endpoint the environment says; a proxy leads the names of STS and DNS to the local cloud, and those of Log Service
to a fixture. Where the tests contradict what other sources say of the real cloud, the local cloud is asked to [behave](behaviours.md) as they
have it: {believed}.

{totals}

| resource | test | verdict | why |
| --- | --- | --- | --- |
"""


def page(verdicts: Sequence[Verdict], version: str, seconds: float) -> str:
    """The reference page; times are left out of the rows, so that it changes only when a verdict does."""
    head = HEAD.format(
        version=version,
        count=len(verdicts),
        minutes=max(1, round(seconds / 60)),
        totals=totals(verdicts),
        believed=", ".join(f"`{switch}={answer}`" for switch, answer in BELIEVED.items()),
    )
    return head + "".join(map(_row, sorted(verdicts, key=lambda one: (one.resource, one.test))))


def totals(verdicts: Sequence[Verdict]) -> str:
    """How many of each kind, in one line."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    return ", ".join(f"{counts[name]} {name}" for name in (PASSED, FAILED, OUTSIDE)) + "."


def _row(verdict: Verdict) -> str:
    why = verdict.cause.replace("|", "\\|").replace("<", "&lt;")
    return f"| `{verdict.resource}` | `{verdict.test}` | {verdict.outcome} | {why} |\n"
