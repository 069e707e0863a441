"""JSON in calls to the local cloud, which others wrote."""

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """The value; ValueError for what is none, and for what is nested deeper than anything means."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
