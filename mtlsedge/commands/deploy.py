"""`mtlsedge deploy`: an `up` that does what was judged, and nothing else."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from mtlsedge.commands.preview import (
    CommentFile,
    JsonFile,
    PolicyPack,
    in_full,
    pack_arguments,
    tell,
    write_findings,
)
from mtlsedge.options import AsJson, StackName
from mtlsedge.preview.engine import Run
from mtlsedge.preview.markdown import GITHUB_LIMIT
from mtlsedge.report import print_json, say
from mtlsedge.stack import Stack

PLANS = {"PULUMI_EXPERIMENTAL": "true"}
"""The engine has saved plans behind this variable only (3.256)."""
FAILED = 4
"""Exit status when `pulumi up` failed, for whatever reason; it has said which."""


def deploy(
    *,
    comment_to: CommentFile = None,
    findings_to: JsonFile = None,
    policy_pack: PolicyPack = None,
    stack: StackName = "",
    as_json: AsJson = False,
) -> None:
    """Previews with the real state, judges, and if that passes lets `pulumi up` do what the preview planned.

    A program may say one thing in a preview and another in `up`: the engine stops at the first step that the saved plan
    does not have. For the trusted job, after review. Exit status: 0 deployed, 1 to 3 as `mtlsedge preview` and nothing
    was changed, 4 `pulumi up` failed. With --json the engine's own words go to standard error.

    Example: `python -m mtlsedge deploy --stack prod --findings findings.json`.
    """
    source = Stack(stack)
    run = Run(Path.cwd(), source.selected(), {**os.environ, **PLANS})
    arguments = pack_arguments(policy_pack)
    with TemporaryDirectory(prefix="mtlsedge-plan-") as folder:  # 0700; the engine encrypts the plan's secrets
        plan = str(Path(folder) / "plan.json")
        findings = in_full(source, run, [*arguments, "--save-plan", plan])
        write_findings(findings, findings_to, comment_to, GITHUB_LIMIT)
        if not as_json:
            tell(findings)
        status = findings.exit_status
        if not status and run.up("--plan", plan, *arguments, is_quiet=as_json):
            status = FAILED
    if as_json:
        print_json({**findings.to_json(), "deployed": not status})
    elif findings.exit_status:
        say("nothing was deployed")
    raise typer.Exit(status)
