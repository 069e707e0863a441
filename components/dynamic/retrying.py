"""Trying again, with bounded waits: for calls that were throttled or failed by chance, and for what the cloud shows a little late."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from mtlsedge_components.dynamic.errors import CloudError

R = TypeVar("R")

DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each repetition of a throttled call; the documented limit is 10 calls a second a user."""
UNANSWERED = DELAYS[:3]
"""Seconds before each repetition of a call that got no answer, or a 5xx, where that does no harm."""
STALE = DELAYS[:1]
"""Seconds before the one repetition of a call whose time was refused: a clock that is wrong stays wrong."""
SETTLING = (0.25, 0.5, 1.0)
"""Seconds before each further look at something just created or deleted."""
APPEARING = (*SETTLING, 2.0, 4.0, 8.0, 15.0)
"""The same where nothing can go on without it, and lists may lag behind: half a minute in all."""


def patiently(call: Callable[[], R], *, repeatable: bool) -> R:
    """The call's result, repeated while the service is throttled, once if its time is refused and, if it may be repeated,
    unanswered; then its CloudError.
    """
    throttled, stale, unanswered = iter(DELAYS), iter(STALE), iter(UNANSWERED if repeatable else ())
    while True:
        try:
            return call()
        except CloudError as error:
            left = (
                throttled if error.throttled else stale if error.stale else unanswered if error.unanswered else iter(())
            )
            delay = next(left, None)
            if delay is None:
                raise
        time.sleep(delay)


def settled(look: Callable[[], R], accept: Callable[[R], bool], delays: Sequence[float] = SETTLING) -> R:
    """The first result that is accepted, or the last one when the waiting time is over."""
    result = look()
    for delay in delays:
        if accept(result):
            return result
        time.sleep(delay)
        result = look()
    return result
