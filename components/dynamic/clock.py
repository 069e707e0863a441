"""The one place where the time enters.

`MTLSEDGE_NOW` (ISO 8601, for example `2026-12-01T00:00:00Z`; without an offset it is read as UTC) pins it:
a reproducible preview sets it, and so do tests. Never set it for an `up`: certificates would be made as of then.
"""

import os
from datetime import UTC, datetime

VARIABLE = "MTLSEDGE_NOW"


def now() -> datetime:
    """The present, or the pinned time, in UTC; raises ValueError if the variable holds no ISO 8601 time."""
    pinned = os.environ.get(VARIABLE, "")
    if not pinned:
        return datetime.now(UTC)
    try:
        time = datetime.fromisoformat(pinned)
    except ValueError:
        raise ValueError(f"{VARIABLE}: found {pinned[:40]!r}; allowed an ISO 8601 time") from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
