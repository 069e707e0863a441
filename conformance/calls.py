"""Which actions of the local cloud a test was answered: kept beside what it printed, counted for the coverage page."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from conformance.verdicts import PASSED, Verdict
from local.cloud.request_log import entries
from local.cloud.witnesses import FILE


def note(request_log: Path, beginning: int, logs: Path, test: str) -> None:
    """Keep what the log of a test's own cloud has after its beginning, which is what furnished the account."""
    with request_log.open() as lines:
        lines.seek(beginning)
        calls = {f"{one['product']}:{one['action']}" for one in entries(lines) if one["status"] == 200}
    (logs / f"{test}.calls.json").write_text(json.dumps(sorted(calls)))


def write(verdicts: Iterable[Verdict], logs: Path, file: Path = FILE) -> None:
    """How many tests that passed were answered each action; one whose calls were not kept counts for none."""
    kept = [logs / f"{one.test}.calls.json" for one in verdicts if one.outcome == PASSED]
    counts = Counter(call for one in kept if one.exists() for call in json.loads(one.read_text()))
    file.write_text(json.dumps(dict(sorted(counts.items())), indent=1) + "\n")
