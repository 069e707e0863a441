"""The record of a run: what was asked where and when, and what was answered, without secrets.

Written twice: as JSON, which `local/cloud/live_records.py` reads, and as a page. docs/guides/live-check.md has the format.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from livecheck.page import render
from livecheck.questions.model import Answer, Question
from livecheck.shapes import Shapes

FOLDER, REHEARSALS = Path("docs/reference/live"), Path(".local/live-check")
"""Where records of the real cloud go, and where those of anything else go, which say nothing of it."""
ANSWERED, NOT_ASKED, FAILED = "answered", "not asked", "failed"


@dataclass
class Record:
    """Filled while a run goes on. `place` says what answered, see `calls.place`."""

    run: str
    region: str
    site: str
    place: str
    date: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d"))
    complete: bool = False
    """Whether every question was reached."""
    ended: str = ""
    """Why it ended early."""
    left: list[str] = field(default_factory=list)
    """What could not be deleted."""
    calls: list[str] = field(default_factory=list)
    """`product:Action` of every call that was answered without an error."""
    shapes: Shapes = field(default_factory=dict)
    """Which keys the answers had and what kind of value, see `livecheck.shapes`; no value is in it."""
    answers: list[dict[str, Any]] = field(default_factory=list)

    def answered(self, question: Question, answer: Answer) -> None:
        """An answer, with what was seen."""
        self._add(question, ANSWERED, answer.text, answer.evidence)

    def not_asked(self, question: Question, reason: str) -> None:
        """A question that lacked a premise."""
        self._add(question, NOT_ASKED, reason, {})

    def failed(self, question: Question, reason: str) -> None:
        """A question on whose way a call failed."""
        self._add(question, FAILED, reason, {})

    def write(self, folder: Path) -> Path:
        """Writes the JSON file and the page beside it; the page's path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.date}-{self.region}-{self.run}.json"
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")
        page = path.with_suffix(".md")
        page.write_text(render(asdict(self)))
        return page

    def _add(self, question: Question, state: str, text: str, evidence: Mapping[str, str]) -> None:
        told = {"id": question.id, "question": question.text, "state": state, "answer": text, "means": question.means}
        self.answers.append({**told, "evidence": dict(evidence)})
