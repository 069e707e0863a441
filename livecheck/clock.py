"""How long a live check may take, and what ends it early."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class OutOfTime(Exception):
    """The run's time is over: nothing more is asked."""


class Interrupted(BaseException):
    """Somebody ended the run. No `Exception`: nothing on the way to the deletion may take it for a failed call."""


@dataclass(frozen=True)
class Clock:
    """`seconds` from now on; `poll` is the pause between two looks at a state, `settle` the wait for an effect."""

    seconds: float
    poll: float = 2.0
    settle: float = 60.0
    started: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Raises OutOfTime once the time is over."""
        if time.monotonic() > self.started + self.seconds:
            raise OutOfTime

    def until(self, done: Callable[[], bool], seconds: float) -> bool:
        """Looks every `poll` seconds until `done`, `seconds` at most; whether it came true. Raises OutOfTime."""
        end = time.monotonic() + seconds
        while not (came := done()) and time.monotonic() < end:
            self.check()
            time.sleep(self.poll)
        return came


@contextmanager
def interruptible() -> Iterator[None]:
    """The first signal raises Interrupted, in the middle of whatever is going on; a second one is answered with a line."""

    def end(number: int, _frame: FrameType | None) -> None:
        for other in SIGNALS:  # a second one on the way to the deletion would end what must not end
            signal.signal(other, _note)
        raise Interrupted(signal.Signals(number).name)

    with _handling(end):
        yield


@contextmanager
def uninterruptible() -> Iterator[None]:
    """A signal is answered with a line and changes nothing: for the deletion, which must get to its end."""
    with _handling(_note):
        yield


def _note(number: int, _frame: FrameType | None) -> None:
    line = f"{signal.Signals(number).name}: still deleting what was made; this goes on\n"
    with suppress(OSError):  # straight to the descriptor: the stream may be in the middle of a line
        os.write(2, line.encode())


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
