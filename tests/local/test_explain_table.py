"""The table of causes: what `mtlsedge explain` says, and what four servers do, in real handshakes."""

import re

import pytest

from mtlsedge.explain.causes import CAUSES
from tests.local import explain_guide
from tests.local.explain_servers import MAKERS
from tests.local.explain_table import CANNOT, ELSEWHERE, NOT_IN_FILES, PAGE, page, rows, situations

pytestmark = pytest.mark.slow
EXPLAINED = {("cannot-tell (an access list)", "Envoy")}
"""Where the cause cannot be told; the page explains each."""


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The rows of one run."""
    folder = tmp_path_factory.mktemp("causes")
    return [*rows(folder), *situations(folder)]


def test_no_cause_is_wrong(table) -> None:
    """At least 40 causes; where curl was refused too, the cause that was made; where it was let in, that."""
    assert {row.id: row.servers for row in table if row.wrong} == {}
    assert len({row.cause for row in table}) >= 40


def test_three_causes_at_most_are_left_untold(table) -> None:
    """Those that the page explains."""
    untold = {(row.id, name) for row in table for name, (said, _) in row.servers.items() if said == "cannot-tell"}
    assert untold == EXPLAINED
    assert len(untold) <= 3


def test_every_server_has_every_fault_that_it_can_have(table) -> None:
    """A handshake, or the reason why it has none; no reason beside a handshake, and no server but these four."""
    without = {(row.cause, name) for row in table for name in MAKERS if name not in row.servers}
    assert without == set(CANNOT)
    assert {name for row in table for name in row.servers} == set(MAKERS)


def test_files_alone_say_the_cause_wherever_they_can(table) -> None:
    """Before any connection: every fault of a client's own files but weak numbers, which no server minds."""
    assert [row.id for row in table if row.offline not in {row.cause, NOT_IN_FILES}] == ["key.weak (exponent 3)"]


def test_every_cause_has_real_material(table) -> None:
    """In the table, or as the page says in the other one."""
    assert set(CAUSES) - {row.cause for row in table} == set(ELSEWHERE)


def test_the_page_is_of_this_run(table) -> None:
    """`python -m tests.local.explain_table` makes it anew."""
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
