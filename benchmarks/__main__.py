"""`make bench`: brings up a stack of its own, measures, prints, and takes it down again."""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.empty_program import no_change
from benchmarks.handshakes import handshakes
from benchmarks.measuring import Comparison, seconds
from benchmarks.scaling import SIZES, per_group
from tests.engine.sandbox import Sandbox


def set_up(stack: Sandbox) -> Comparison:
    """A cached set-up, against starting the interpreter that does it."""
    ensure = seconds(lambda: stack.python("-m", "local.toolchain", "ensure", env=stack.base_environment()))
    nothing = seconds(lambda: stack.python("-c", "pass", env=stack.base_environment()))
    return Comparison("set-up with everything cached", ensure, nothing, "s", "the interpreter doing nothing")


def main() -> None:
    """Print each comparison as soon as it is there."""
    root = Path(tempfile.mkdtemp(prefix="mtlsedge-bench-"))
    stack = Sandbox(root, number=9)
    envoy = shutil.which("envoy", path=str(Path(sys.executable).parent)) or "envoy"
    stack.start()
    try:
        print(set_up(stack), flush=True)
        stack.init()
        stack.up()
        stack.export()
        print(no_change(stack), flush=True)
        print(handshakes(stack, envoy), flush=True)
        for count in SIZES:
            print(per_group(stack, count), flush=True)
        stack.pulumi("destroy", "--yes", "--skip-preview", "--stack", "local")
    finally:
        stack.stop()
        shutil.rmtree(root, ignore_errors=True)


main()
