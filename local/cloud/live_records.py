"""What `make live-check` brought home from the real cloud: its dated records, as far as the coverage page tells of them.

A record whose `place` is not the real cloud is a rehearsal: it is counted and otherwise left out.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference" / "live"
REAL = "Alibaba Cloud"
Record = Mapping[str, Any]


def load(folder: Path = FOLDER) -> list[Record]:
    """The folder's records, oldest first."""
    return sorted((json.loads(path.read_text()) for path in folder.glob("*.json")), key=lambda record: record["date"])


def answered(records: Sequence[Record]) -> dict[str, str]:
    """`product:Action` -> the last date the real cloud answered it without an error."""
    return {call: record["date"] for record in _real(records) for call in record["calls"]}


def section(records: Sequence[Record]) -> Iterator[str]:
    """The page's lines on the open questions: the newest answer of each, or that nobody has asked."""
    yield "## Open questions"
    yield ""
    newest = {answer["id"]: (record, answer) for record in _real(records) for answer in _answers(record)}
    rehearsals = len(records) - len(_real(records))
    if not newest:
        yield "Nobody has asked the real cloud yet: [how](../guides/live-check.md)."
    if rehearsals:
        yield f"Records of a local cloud, which answer nothing: {rehearsals}."
    yield ""
    if newest:
        yield from ("| question | answer of the real cloud | date, region |", "| --- | --- | --- |")
        yield from (_row(record, answer) for record, answer in newest.values())
        yield ""


def _real(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record["place"] == REAL]


def _answers(record: Record) -> list[Record]:
    return [answer for answer in record["answers"] if answer["state"] == "answered"]


def _row(record: Record, answer: Record) -> str:
    cells = (answer["question"], answer["answer"], f"{record['date']}, {record['region']}")
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    """One line without anything that Markdown or HTML would take for its own: a cloud's answer is not ours."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>|&#" else sign for sign in line)
