"""Where the parts of the benchmark run: one sandbox, whose stack is brought up for those that need it."""

from dataclasses import dataclass, field

from tests.engine.sandbox import Sandbox


@dataclass
class Workplace:
    """A sandbox with its local cloud running, and what was asked for on the command line."""

    stack: Sandbox
    clients: int
    """Clients of the stack that `up` brings up."""
    sizes: tuple[int, ...]
    """Numbers of server groups, or of clients, in the stacks that are previewed."""
    skip_checkpoints: bool = False
    """Have the engine keep no state while it works: never done outside of measurements."""
    _is_up: bool = field(default=False, init=False)

    def up(self) -> Sandbox:
        """The sandbox with the stack of the console tutorial up and its files exported."""
        if not self._is_up:
            self.stack.up()
            self.stack.export()
            self._is_up = True
        return self.stack

    def down(self) -> None:
        """Destroys the stack, if it was brought up."""
        if self._is_up:
            self.stack.pulumi("destroy", "--yes", "--skip-preview", "--stack", "local")
