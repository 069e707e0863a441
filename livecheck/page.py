"""The record of a live check as a page for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from livecheck.calls import REAL


def render(record: Mapping[str, Any]) -> str:
    """The page as Markdown; what did not come from the real cloud says so in its title and its first sentence."""
    return "\n".join([*_head(record), *(line for answer in record["answers"] for line in _section(answer))]) + "\n"


def _head(record: Mapping[str, Any]) -> Iterator[str]:
    real = record["place"] == REAL
    yield f"# Live check of {record['date']}, {record['place']}"
    yield ""
    if not real:
        yield f"**Answered by: {record['place']}. Nothing here is a fact about Alibaba Cloud.**"
        yield ""
    yield f"Run {record['run']}, region {record['region']}, certificate site {record['site']}. " + _ending(record)
    yield ""


def _ending(record: Mapping[str, Any]) -> str:
    reached = "Every question was reached." if record["complete"] else f"Ended early: {record['ended']}."
    left = f" **Not deleted: {', '.join(record['left'])}.**" if record["left"] else " Everything was deleted."
    return reached + left


def _section(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {answer['question']}"
    yield ""
    yield f"`{answer['id']}`, {answer['state']}: {_cell(answer['answer'])}."
    yield ""
    yield f"What it changes here: {answer['means']}"
    yield ""
    if answer["evidence"]:
        yield from ("| tried | seen |", "| --- | --- |")
        yield from (f"| {_cell(tried)} | {_cell(seen)} |" for tried, seen in answer["evidence"].items())
        yield ""


def _cell(text: str) -> str:
    """One line without anything that Markdown or HTML would take for its own: a cloud's answer is not ours."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>|&#" else sign for sign in line)
