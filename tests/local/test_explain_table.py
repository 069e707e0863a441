"""The table of causes: what `mtlsedge explain` says, and what four servers do, in real handshakes."""

import re
from pathlib import Path

import pytest

from mtlsedge.explain.causes import CAUSES
from tests.local import explain_guide
from tests.local.explain_table import page, rows, situations

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs/reference/causes.md"
ELSEWHERE = {"dns.no-address", "dns.elsewhere", "date.clock-skew", "cannot-tell", "certificate.refused", "key.weak",
             "key.unknown", "signature.unknown"}  # fmt: skip
"""Causes of which tests/unit/test_explain.py makes the material: no server is needed, or none has them."""


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The rows of one run."""
    folder = tmp_path_factory.mktemp("causes")
    return [*rows(folder), *situations(folder)]


def test_no_cause_is_wrong_and_none_is_left_untold(table) -> None:
    """At least 40 causes; where curl was refused too, the cause that was made; where it was let in, that."""
    assert {row.id: row.servers for row in table if row.wrong} == {}
    said = [said for row in table for said, _ in row.servers.values()]
    assert "cannot-tell" not in said
    assert len({row.cause for row in table}) >= 40


def test_files_alone_say_the_cause_wherever_they_can(table) -> None:
    """Before any connection: every fault of a client's own files but weak numbers, which no server minds."""
    assert [row.id for row in table if row.offline not in {row.cause, "-"}] == ["key.weak (exponent 3)"]


def test_every_cause_has_real_material(table) -> None:
    """None is listed that no test makes."""
    assert set(CAUSES) - {row.cause for row in table} - ELSEWHERE == set()


def test_the_page_is_of_this_run(table) -> None:
    """`python -m tests.local.explain_table > docs/reference/causes.md` makes it anew."""
    assert PAGE.read_text() == page(table)


def test_the_guide_shows_what_is_printed(tmp_path) -> None:
    """Each of its outputs, word for word but for dates; `python -m tests.local.explain_guide` writes them anew."""
    shown, printed = explain_guide.blocks(explain_guide.PAGE.read_text()), explain_guide.outputs(tmp_path)
    assert len(shown) >= 10
    assert {key: _undated(text) for key, text in shown.items()} == {
        key: _undated(text) for key, text in printed.items()
    }


def _undated(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "DATE", text)
