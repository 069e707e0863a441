"""The record of lives under each behaviour, and the page made of it."""

from local.behaviours import SWITCHES
from tests.engine import record_behaviours as runs


def line(answers: dict[str, str], **results: str) -> dict[str, object]:
    """A life in the record."""
    return {
        "answers": answers, "date": "2026-11-27", "seconds": {"up": 20.4, "quiet": 10.2},
        "results": {"up": "ok", **results}, "requests": {"good": 10, "bad": 20},
    }  # fmt: skip


def test_the_reference_page_is_the_one_of_the_record() -> None:
    """`make behaviours` wrote both, or a change of the switches has to write the page again: `record_behaviours --page`."""
    assert runs.PAGE.read_text() == runs.whole_page()


def test_the_sample_holds_every_answer_that_is_combined_and_not_the_likeliest() -> None:
    """Two lives in `make test` stand for all."""
    held = {pair for row in runs.SAMPLE for pair in row.items()}
    left_out = {*runs.ALONE, *runs.UNTOUCHED}
    assert held == {
        (one.name, answer.name) for one in SWITCHES if one.name not in left_out for answer in one.answers[1:]
    }


def test_each_answer_is_played_alone_and_the_likeliest_first() -> None:
    """But for those that the stack of the lives never asks."""
    rows = runs.singles()
    assert rows[0] == {}
    assert {name for row in rows[1:] for name in row} == {one.name for one in SWITCHES} - set(runs.UNTOUCHED)
    assert [list(row) for row in rows[1:3]] == [["private-key"], ["certificate-chain"]]


def test_a_failure_stands_in_the_table_with_its_cause_and_the_others_stay() -> None:
    """Alone, with others, and in the list of lives."""
    page = "\n".join(
        runs.page([
            line({}),
            line({"pem-end": "stripped"}, quiet="error: 1 change"),
            line({"pem-end": "newline", "ca-in-use": "allowed"}),
        ])
    )  # fmt: skip
    assert "Lives: 3, of which 2 went well throughout. Requests beside them: 90;" in page
    assert "| pem-end | as-sent | ok | not run |" in page
    assert "| pem-end | stripped | fails at quiet: error: 1 change | not run |" in page
    assert "| pem-end | newline | not run | 1 of 1 ok |" in page
    assert "| pem-end=stripped | fails at quiet: error: 1 change | 31 | 10, 20 | 2026-11-27 |" in page


def test_a_cause_is_one_line() -> None:
    """The error that says most, without what a table cannot hold."""
    said = "pulumi up ended with 255\nDiagnostics:\n  error: update failed\n  error: a|b is wrong\n"
    assert runs.cause(said) == "error: a\\|b is wrong"
    changed = (
        "~ alicloud:alb/rule:Rule: (update)\n    [urn=x]\nerror: no changes were expected but changes were proposed"
    )
    assert runs.cause(changed) == "~ alicloud:alb/rule:Rule: (update)"
    assert runs.cause("wrote {'CreateRule': 1}") == "wrote {'CreateRule': 1}"
    assert runs.cause("ok") == "ok"
