"""Which actions upstream's own tests called, as `make conformance` counted it, for the coverage page."""

import json
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "conformance-calls.json"
"""`product:Action` -> how many tests that passed were answered it."""


def load(file: Path = FILE) -> Mapping[str, int]:
    """The counts; none before the first run that wrote them."""
    return {str(call): int(count) for call, count in json.loads(file.read_text()).items()} if file.exists() else {}
