"""Bounded, exponential waiting: for throttled calls, and for what the cloud shows a little late."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from mtlsedge_components.dynamic.errors import CloudError

R = TypeVar("R")

DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each repetition of a throttled call; the documented limit is 10 calls a second a user."""
SETTLING = (0.25, 0.5, 1.0)
"""Seconds before each further look at something just created or deleted."""
APPEARING = (*SETTLING, 2.0, 4.0, 8.0, 15.0)
"""The same where nothing can go on without it, and lists may lag behind: half a minute in all."""


def through_throttling(call: Callable[[], R]) -> R:
    """The call's result, repeated while the service answers that it is throttled; then its CloudError."""
    for delay in DELAYS:
        try:
            return call()
        except CloudError as error:
            if not error.throttled:
                raise
        time.sleep(delay)
    return call()


def settled(look: Callable[[], R], accept: Callable[[R], bool], delays: Sequence[float] = SETTLING) -> R:
    """The first result that is accepted, or the last one when the waiting time is over."""
    result = look()
    for delay in delays:
        if accept(result):
            return result
        time.sleep(delay)
        result = look()
    return result
