"""The table of steps, for the terminal and as the reference page."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from conformance.tofu import guide
from conformance.tofu.source import VERSION
from conformance.tofu.steps import FAILED, PASSED, Result
from conformance.upstream import ACCEPTANCE
from local.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "reference" / "opentofu.md"
TOPOLOGY = Path(__file__).resolve().parent / "topology"
HEAD = """\
# OpenTofu with the vendor's provider against the local cloud

A second engine is a witness: what is quiet in Pulumi could be quiet because the bridge or this program hides it. `make conformance` runs
[the console half of the local stack in HCL](../../conformance/tofu/topology/main.tf) with OpenTofu {engine} and the vendor's provider {provider},
neither changed, on a local cloud of its own that refuses every parameter it does not know. This page is what it wrote.

HCL has no resource for keys and certificates of one's own, for the upload of a CA certificate, and for client certificates: the server's
certificate and the identifier of an uploaded CA are variables there. OpenTofu keeps the server's key in clear in its state.

An unchanged configuration of your own runs against the local cloud as well: [Terraform and OpenTofu](../guides/terraform.md). The last rows are that
page, its configuration and its commands. What was run, the topology and the guide's configuration together, has the SHA-256 `{digest}`.

{totals}

| step | result | what OpenTofu said |
| --- | --- | --- |
"""


def page(results: Sequence[Result]) -> str:
    """The reference page."""
    head = HEAD.format(engine=VERSION, provider=ACCEPTANCE.version, totals=totals(results), digest=digest())
    return head + "".join(f"| {one.step} | {one.outcome} | {_cell(one.seen)} |\n" for one in results)


def digest() -> str:
    """Of the configurations: a page made from others is out of date."""
    texts = [
        (TOPOLOGY / "main.tf").read_text(),
        guide.configuration(),
        *(line for one in guide.commands() for line in one),
    ]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def totals(results: Sequence[Result]) -> str:
    """How many of each kind, in one line."""
    return ", ".join(f"{sum(one.outcome == kind for one in results)} {kind}" for kind in (PASSED, FAILED)) + "."


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
