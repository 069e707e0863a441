"""`make bench`: brings up a stack of its own, measures, prints, and takes it down again."""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import clients, console
from benchmarks.api import api
from benchmarks.certificates import certificates
from benchmarks.empty_program import no_change
from benchmarks.engines import engines
from benchmarks.handshakes import handshakes
from benchmarks.local_cloud import local_cloud
from benchmarks.previewing import comments, snapshots
from benchmarks.scaling import scaling
from benchmarks.setting_up import cached, cold
from benchmarks.workplace import Workplace
from tests.engine.sandbox import Sandbox

PARTS: dict[str, Callable[[Workplace], Iterator[object]]] = {
    "set-up": cached,
    "certificates": certificates,
    "api": api,
    "console-pages": console.pages,
    "console-stream": console.streaming,
    "scaling": scaling,
    "clients": clients.previews,
    "clients-up": clients.ups,
    "engines": engines,
    "no-change": no_change,
    "preview": comments,
    "snapshot": snapshots,
    "handshakes": handshakes,
    "local-cloud": local_cloud,
    "set-up-cold": cold,
}
"""Every part by the name it is asked for with, in the order they run; those that need the stack up come late."""
ON_REQUEST = ("set-up-cold", "engines")
"""What downloads or builds for many minutes."""
SANDBOX_NUMBER = 9


def main() -> None:
    """Print each comparison as soon as it is there."""
    asked = _arguments()
    if asked.list:
        print("\n".join(_described(name, part.__doc__ or "") for name, part in PARTS.items()))
        return
    root = Path(tempfile.mkdtemp(prefix="mtlsedge-bench-"))
    stack = Sandbox(root, number=SANDBOX_NUMBER)
    place = Workplace(stack, asked.clients, asked.sizes, asked.skip_checkpoints)
    try:
        stack.start()
        stack.init()
        _measure(place, asked.parts or [name for name in PARTS if name not in ON_REQUEST])
        place.down()
    finally:
        stack.stop()
        shutil.rmtree(root, ignore_errors=True)


def _measure(place: Workplace, parts: Sequence[str]) -> None:
    for name in (name for name in PARTS if name in parts):
        for result in PARTS[name](place):
            load = os.getloadavg()[0]
            print(f"[{name}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {load:.1f}] {result}\n", flush=True)


def _described(name: str, doc: str) -> str:
    return f"{name:<14} {doc.splitlines()[0]}{' Only when asked for.' if name in ON_REQUEST else ''}"


def _sizes(text: str) -> tuple[int, ...]:
    """Two or more of each, since it is the cost of one more that is measured."""
    sizes = tuple(int(size) for size in text.split(","))
    if min(sizes) < 2:
        raise argparse.ArgumentTypeError("two or more of each")
    return sizes


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help="what to measure; default: all")
    parser.add_argument("--list", action="store_true", help="list the parts and end")
    parser.add_argument("--clients", type=int, default=100, help="clients of the stack that is brought up (100)")
    parser.add_argument(
        "--sizes", type=_sizes, default="10,100,1000", help="server groups, or clients, in a preview (10,100,1000)"
    )
    parser.add_argument("--skip-checkpoints", action="store_true", help="the engine keeps no state during `up`")
    return parser.parse_args()


if __name__ == "__main__":
    main()
