"""A no-change `up` of the whole stack against that of a program without resources."""

from benchmarks.measuring import Comparison, in_turn, seconds
from tests.engine.sandbox import Sandbox

ROUNDS = 5
PROJECT = "name: empty\nruntime:\n  name: python\n  options: {toolchain: pip, virtualenv: .venv}\n"


def no_change(stack: Sandbox) -> Comparison:
    """Needs a stack that is up; makes an empty project beside it, in the same backend and plugin home."""
    empty = stack.root / "empty"
    empty.mkdir(exist_ok=True)
    (empty / "Pulumi.yaml").write_text(PROJECT)
    (empty / "__main__.py").write_text("import pulumi\n")
    if not (empty / ".venv").exists():
        (empty / ".venv").symlink_to(stack.root / ".venv")
    beside = ("pulumi", "--cwd", str(empty), "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "local")
    stack.run("pulumi", "--cwd", str(empty), "stack", "init", "local", "--non-interactive", check=False)
    stack.run(*beside)
    stack.up()
    ours, other = in_turn(lambda: seconds(stack.up), lambda: seconds(lambda: stack.run(*beside)), ROUNDS)
    return Comparison("no-change up", ours, other, "s", "`pulumi up` of a program without resources")
