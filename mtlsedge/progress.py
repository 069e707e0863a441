"""Progress of the command's slow steps, shown on a terminal."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mtlsedge.report import say

FIRST_SECONDS = 2.0
"""A step that is over by then needs no word."""
THEN_SECONDS = 10.0


@contextmanager
def step(text: str) -> Iterator[None]:
    """Says on standard error what is under way, if that is a terminal: after two seconds, and every ten thereafter."""
    if not sys.stderr.isatty():
        yield
        return
    over = threading.Event()
    teller = threading.Thread(target=_tell, args=(text, over), name="mtlsedge-progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _tell(text: str, over: threading.Event) -> None:
    began, wait = time.monotonic(), FIRST_SECONDS
    while not over.wait(wait):
        say(f"{text} ({time.monotonic() - began:.0f} s so far)", err=True)
        wait = THEN_SECONDS
