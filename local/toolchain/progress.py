"""What a person sees during a long step: one line when it starts, elapsed time while it runs, one when it ends."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

TTY_SECONDS = 1
"""How often the elapsed time is rewritten on a terminal."""
LOG_SECONDS = 60
"""How often a line is added where output goes to a file."""


def say(text: str) -> None:
    """One line to the person, on standard error: standard output belongs to the answer."""
    print(f"• {text}", file=sys.stderr, flush=True)


@contextmanager
def step(what: str, usually: str) -> Iterator[None]:
    """Announce `what` and show the time it takes; `usually` is the honest estimate ("about 10 minutes")."""
    say(f"{what}: usually {usually}")
    started = time.monotonic()
    finished = threading.Event()
    ticker = threading.Thread(target=_tick, args=(what, started, finished), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        finished.set()
        ticker.join()
    say(f"{what}: done in {elapsed(started)}")


def elapsed(started: float) -> str:
    """Minutes and seconds since `started` (a `time.monotonic()` value)."""
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    return f"{minutes}:{seconds:02d}"


def _tick(what: str, started: float, finished: threading.Event) -> None:
    terminal = sys.stderr.isatty()
    while not finished.wait(TTY_SECONDS if terminal else LOG_SECONDS):
        if terminal:
            print(f"\r  {elapsed(started)} ", end="", file=sys.stderr, flush=True)
        else:
            print(f"  {what}: {elapsed(started)} so far", file=sys.stderr, flush=True)
    if terminal:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
