"""The coverage page takes the real cloud's answers from the records of live checks, and nothing from a rehearsal."""

import json

from local.cloud import live_records
from local.cloud.coverage import render_coverage


def record(place: str, date: str, answer: str, **more):
    """A record with one answer and one call."""
    told = {"id": "chain.depth", "question": "How deep may a chain be?", "state": "answered", "answer": answer}
    return {
        "place": place,
        "date": date,
        "region": "eu-central-1",
        "answers": [told],
        "calls": ["alb:CreateListener"],
        **more,
    }


def listener_row(page: str) -> str:
    """The row of one call."""
    return next(line for line in page.splitlines() if line.startswith("| CreateListener |"))


def test_an_answer_of_the_real_cloud_is_on_the_page():
    """Question, answer, date and region; the call's row has the date."""
    page = render_coverage([record("Alibaba Cloud", "2027-01-02", "four links")])
    assert "| How deep may a chain be? | four links | 2027-01-02, eu-central-1 |" in page
    assert listener_row(page).endswith("| 2027-01-02 |")


def test_a_rehearsal_gives_no_answer():
    """A record of a local cloud is counted and otherwise left out, also one whose place nobody knows."""
    page = render_coverage(
        [record("local cloud", "2027-01-02", "four links"), record("elsewhere", "2027-01-03", "five")]
    )
    assert "four links" not in page
    assert "five" not in page
    assert "Nobody has asked the real cloud yet" in page
    assert "Records of a local cloud, which answer nothing: 2." in page
    assert listener_row(page).endswith("|  |")


def test_the_newest_answer_counts_and_an_unanswered_question_does_not(tmp_path):
    """By date, whatever the files are called; what failed or was not asked is no answer."""
    older, newer = record("Alibaba Cloud", "2027-01-02", "four"), record("Alibaba Cloud", "2027-02-02", "six")
    failed = record("Alibaba Cloud", "2027-03-03", "Throttling")
    failed["answers"][0]["state"] = "failed"
    for name, one in {"c": older, "a": newer, "b": failed}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(one))
    page = render_coverage(live_records.load(tmp_path))
    assert "| six | 2027-02-02" in page
    assert "four" not in page
    assert "Throttling" not in page


def test_an_answer_cannot_break_the_page():
    """What a cloud says is a cell, never a column, a link or a tag."""
    page = render_coverage([record("Alibaba Cloud", "2027-01-02", "a | b\n<img src=x> [c](d)")])
    assert r"| a \| b \<img src=x\> \[c\](d) |" in page
