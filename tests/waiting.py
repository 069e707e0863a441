"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 120
"""Ends a test that would hang. No behaviour has this limit: it only has to be longer than a busy machine takes."""

Found = TypeVar("Found")


def eventually(read: Callable[[], Found], good: Callable[[Found], object] = bool, every: float = 0.05) -> Found:
    """What is read once it is good, read `every` so many seconds. What is not there yet, or half
    written, is an answer that is not good.

    Raises AssertionError with the last answer when the patience is over.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        last: object
        try:
            if good(found := read()):
                return found
            last = found
        except (OSError, LookupError, ValueError) as error:
            last = error
        assert time.monotonic() < deadline, f"not in {PATIENCE_SECONDS} s; last: {last!r}"
        time.sleep(every)
