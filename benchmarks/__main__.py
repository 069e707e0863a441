"""`make bench`: brings up a stack of its own, measures, prints, and takes it down again."""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.certificates import certificates
from benchmarks.empty_program import no_change
from benchmarks.handshakes import handshakes
from benchmarks.scaling import scaling
from benchmarks.setting_up import cached
from benchmarks.workplace import Workplace
from tests.engine.sandbox import Sandbox

PARTS: dict[str, Callable[[Workplace], Iterator[object]]] = {
    "set-up": cached,
    "certificates": certificates,
    "scaling": scaling,
    "no-change": no_change,
    "handshakes": handshakes,
}
"""Every part by the name it is asked for with, in the order they run; those that need the stack up come last."""
SANDBOX_NUMBER = 9


def main() -> None:
    """Print each comparison as soon as it is there."""
    asked = _arguments()
    if asked.list:
        print("\n".join(f"{name:<14} {(part.__doc__ or '').splitlines()[0]}" for name, part in PARTS.items()))
        return
    root = Path(tempfile.mkdtemp(prefix="mtlsedge-bench-"))
    stack = Sandbox(root, number=SANDBOX_NUMBER)
    place = Workplace(stack, asked.clients, tuple(asked.groups), asked.skip_checkpoints)
    try:
        stack.start()
        stack.init()
        _measure(place, asked.parts or list(PARTS))
        place.down()
    finally:
        stack.stop()
        shutil.rmtree(root, ignore_errors=True)


def _measure(place: Workplace, parts: Sequence[str]) -> None:
    for name in (name for name in PARTS if name in parts):
        for result in PARTS[name](place):
            load = os.getloadavg()[0]
            print(f"[{name}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {load:.1f}] {result}\n", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help="what to measure; default: all")
    parser.add_argument("--list", action="store_true", help="list the parts and end")
    parser.add_argument("--clients", type=int, default=100, help="clients of the stack that is brought up (100)")
    parser.add_argument("--groups", type=int, nargs="+", default=[10, 100, 1000], help="server groups (10 100 1000)")
    parser.add_argument("--skip-checkpoints", action="store_true", help="the engine keeps no state during `up`")
    return parser.parse_args()


main()
