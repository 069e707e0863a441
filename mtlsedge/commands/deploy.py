"""`mtlsedge deploy`: an `up` that does what was judged, and nothing else."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from mtlsedge.commands.preview import (
    CommentFile,
    JsonFile,
    PolicyPack,
    in_full,
    pack_arguments,
    tell,
    write,
    write_findings,
)
from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson, StackName
from mtlsedge.preview import due
from mtlsedge.preview.engine import Run
from mtlsedge.preview.events import Change
from mtlsedge.preview.markdown import GITHUB_LIMIT
from mtlsedge.report import print_json, say
from mtlsedge.stack import Stack

PLANS = {"PULUMI_EXPERIMENTAL": "true"}
"""The engine has saved plans behind this variable only (3.256)."""
FAILED = 4
"""Exit status when `pulumi up` failed, for whatever reason; it has said which."""
MORE = 1
"""Exit status when there is more to do than was allowed."""

RenewalsOnly = Annotated[
    bool,
    typer.Option("--renewals-only", help="Deploy only if nothing but certificates whose renewal is due would change."),
]
Report = Annotated[
    Path | None, typer.Option("--report", help="With --renewals-only: write what `mtlsedge issue` makes issues of.")
]


def deploy(
    *,
    comment_to: CommentFile = None,
    findings_to: JsonFile = None,
    policy_pack: PolicyPack = None,
    renewals_only: RenewalsOnly = False,
    report_to: Report = None,
    stack: StackName = "",
    as_json: AsJson = False,
) -> None:
    """Previews with the real state, judges, and if that passes lets `pulumi up` do what the preview planned.

    A program may say one thing in a preview and another in `up`: the engine stops at the first step that the saved plan
    does not have. For the trusted job, after review. With --renewals-only it needs no review: it stops at anything else
    than a due renewal. Exit status: 0 deployed, 1 to 3 as `mtlsedge preview` and nothing
    was changed, 4 `pulumi up` failed. With --json the engine's own words go to standard error.

    Examples: `python -m mtlsedge deploy --stack prod --findings findings.json`,
    `python -m mtlsedge deploy --stack prod --renewals-only --report renewals.json`.
    """
    if report_to and not renewals_only:
        raise CommandError("--report needs --renewals-only")
    source = Stack(stack)
    run = Run(Path.cwd(), source.selected(), {**os.environ, **PLANS})
    arguments = pack_arguments(policy_pack)
    with TemporaryDirectory(prefix="mtlsedge-plan-") as folder:  # 0700; the engine encrypts the plan's secrets
        plan = str(Path(folder) / "plan.json")
        findings, seen = in_full(source, run, [*arguments, "--save-plan", plan])
        write_findings(findings, findings_to, comment_to, GITHUB_LIMIT)
        if not as_json:
            tell(findings)
        status = findings.exit_status
        more = due.others(seen) if renewals_only else []
        status = status or (MORE if more else 0)
        is_idle = renewals_only and not due.renewed(seen)
        if not status and not is_idle and run.up("--plan", plan, *arguments, is_quiet=as_json):
            status = FAILED
    if report_to:
        from mtlsedge_components.dynamic.clock import now  # noqa: PLC0415  the package brings Pulumi's SDK: 0.3 s of start-up

        told = due.report(run.stack, f"{now():%Y-%m-%d}", seen, is_done=not status)
        write(report_to, json.dumps(told, indent=2) + "\n")
    if as_json:
        print_json({**findings.to_json(), "deployed": not status})
    elif is_idle and not status:
        say("no renewal is due")
    elif status and status != FAILED:
        say("; ".join([*_told(more), "nothing was deployed"]))
    raise typer.Exit(status)


def _told(more: Sequence[Change]) -> list[str]:
    return [f"more than due renewals would change: {', '.join(one.name for one in more)}"] if more else []
