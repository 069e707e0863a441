"""`python -m mtlsedge`: the operator's command. It reads stacks and clouds; only `deploy` changes one."""

import importlib
import os
import sys
from collections.abc import Sequence

import typer
from typer.completion import completion_init

from mtlsedge.errors import CommandError
from mtlsedge.report import say

COULD_NOT_RUN = 2
COMPLETING = "_MTLSEDGE_COMPLETE"
"""Set by scripts/completion.sh: the command then prints what could follow, and does nothing else."""
PARTS = {
    "check": "check:check",
    "verify": "verify:verify",
    "explain": "explain:explain",
    "clients": "clients:clients_app",
    "authority": "clients:authority_app",
    "sign": "sign:sign",
    "rotation": "rotation:rotation",
    "expiry": "expiry:expiry",
    "orphans": "orphans:orphans",
    "adopt": "adopt:adopt",
    "drift": "drift:drift",
    "diagram": "diagram:diagram",
    "render": "render:render_app",
    "preview": "preview:preview",
    "deploy": "deploy:deploy",
    "comment": "comment:comment",
    "issue": "issue:issue",
    "forge": "forge:forge_app",
    "snapshot": "snapshot:snapshot_app",
    "stack": "stack_new:stack_app",
}
"""Name of each command and group, in the order of the help -> module of `commands` and name in it."""


def build(only: str = "") -> typer.Typer:
    """The command with all its parts; with none but `only` if that is one of them, for imports are most of a start."""
    app = typer.Typer(
        name="mtlsedge",
        help="Mutual TLS on Alibaba Cloud: check a stack, hand out client certificates, find what is left over, draw it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_nothing)
    for name in [only] if only in PARTS else PARTS:
        _add(app, name)
    return app


def _nothing() -> None:
    """What runs before each part; with it a program of one part is still called by that part's name."""


def _names_alone() -> typer.Typer:
    """The command with no more than the names of its parts, which is all that a shell asks for at the first word."""
    app = typer.Typer(add_completion=False)
    app.callback()(_nothing)
    for name in PARTS:
        app.command(name)(_nothing)
    return app


def _add(app: typer.Typer, name: str) -> None:
    module, _, attribute = PARTS[name].partition(":")
    part = getattr(importlib.import_module(f"mtlsedge.commands.{module}"), attribute)
    if isinstance(part, typer.Typer):
        app.add_typer(part, name=name)
    else:
        app.command(name)(part)


def run(arguments: Sequence[str]) -> int:
    """Runs one command; its exit status. What could not run is one line on standard error, and status 2."""
    first, app = arguments[0] if arguments else "", None
    if os.environ.get(COMPLETING):
        completion_init()
        app = build(first) if first in PARTS and len(arguments) > 1 else _names_alone()
    try:
        (app or build(first))(list(arguments), prog_name="python -m mtlsedge", complete_var=COMPLETING)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except CommandError as problem:
        say(f"mtlsedge: {problem}", err=True)
        return COULD_NOT_RUN
    return 0


def main() -> None:
    """The program's entry."""
    sys.exit(run(sys.argv[1:]))
