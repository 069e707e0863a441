"""The table of scenarios, for the terminal and as the reference page."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "reference" / "controller.md"
PASSED, FAILED, FACT = "as expected", "failed", "a fact about the controller"
HEAD = """\
# The vendor's own ALB controller against the local cloud

The vendor's controller for ALB Ingress is open source (alibaba/alibaba-load-balancer-controller). `make conformance ALB_CONTROLLER=PATH` builds
it from a checkout, sets it on a local cluster in place of this project's own, and lets it work against the local cloud, which refuses every
parameter that it does not know. Without a checkout it is cloned where the network allows, and otherwise left out, which is said.
This page is what it wrote; the source was {version}.

{totals}

| scenario | result | first cause |
| --- | --- | --- |
"""


@dataclass(frozen=True)
class Result:
    """What became of a scenario."""

    name: str
    outcome: str
    cause: str = ""


def page(results: Sequence[Result], version: str, differences: str) -> str:
    """The reference page, with where this project's own controller differs."""
    rows = "".join(f"| {one.name} | {one.outcome} | {_cell(one.cause)} |\n" for one in results)
    return HEAD.format(version=version, totals=totals(results)) + rows + differences


def totals(results: Sequence[Result]) -> str:
    """How many of each kind, in one line."""
    return ", ".join(f"{sum(one.outcome == kind for one in results)} {kind}" for kind in (PASSED, FAILED, FACT)) + "."


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
