"""How long the provider waited of its own accord: silence between its calls, read from the request log."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

SHORTEST_WAIT_SECONDS = 2.5
"""The provider's compiled-in delays are 3 s and more (openapi-contract.md §5); shorter gaps are work."""


def silent_seconds(entries: Iterable[Mapping[str, Any]], since: datetime) -> float:
    """Seconds in which nobody called between the first and the last call after `since`, short gaps left out."""
    times = sorted(moment for entry in entries if (moment := datetime.fromisoformat(entry["time"])) >= since)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    return sum(gap for gap in gaps if gap >= SHORTEST_WAIT_SECONDS)
