"""`mtlsedge preview`: what a change would do, for the people who have to approve it."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson, StackName
from mtlsedge.preview import confined, connection, events
from mtlsedge.preview.engine import Run
from mtlsedge.preview.findings import Findings, judge, untouched
from mtlsedge.preview.markdown import GITHUB_LIMIT, SMALLEST_LIMIT, comment
from mtlsedge.preview.terminal import lines
from mtlsedge.preview.touched import Difference
from mtlsedge.preview.workspace import Conditions, without_secrets
from mtlsedge.report import print_json, say
from mtlsedge.snapshot.document import Snapshot, parse
from mtlsedge.stack import Stack
from mtlsedge.stack_file import configuration
from mtlsedge_components.importing import one_at_a_time

SnapshotFile = Annotated[
    Path | None,
    typer.Option("--snapshot", help="Preview against this public snapshot, without secrets or credentials."),
]
BaseFolder = Annotated[
    Path | None,
    typer.Option(
        "--base", help="Checkout of the branch that judges: a stack that nothing touches that differs is not previewed."
    ),
]
Stacks = Annotated[
    str,
    typer.Option("--stacks", help="With --base: all stacks that are previewed; the stack files of others are named."),
]
FirstStack = Annotated[bool, typer.Option("--first", help="The stack has no snapshot yet: everything is new.")]
CommentFile = Annotated[Path | None, typer.Option("--comment", help="Write the pull request's comment to this file.")]
JsonFile = Annotated[Path | None, typer.Option("--findings", help="Write the findings as JSON to this file.")]
PolicyPack = Annotated[
    list[Path] | None, typer.Option("--policy-pack", help="Run this policy pack as well; repeatable.")
]
Unconfined = Annotated[
    bool,
    typer.Option(
        confined.FLAG,
        help="Run the program beside its judge, with all rights of this account: for programs that you trust.",
    ),
]
Longest = Annotated[
    int,
    typer.Option(
        "--longest", min=0, show_default=False,
        help=f"With --snapshot or --first: longest wait for the engine, in seconds; default: {confined.SECONDS}.",
    ),
]  # fmt: skip
ProgramEnvironment = Annotated[
    Path | None,
    typer.Option(
        "--program-environment",
        help="Virtual environment that the project's .venv may lead to, for a program whose packages are not this command's.",
    ),
]
Limit = Annotated[int, typer.Option("--limit", min=SMALLEST_LIMIT, help="Longest comment the host takes, in bytes.")]


UNCONFINED = f"whether the program changed its own verdict: it ran beside its judge ({confined.FLAG})"
"""What a preview of an unconfined program says, so that a reviewer sees it."""


def preview(  # noqa: PLR0913  (each argument is an option)
    *,
    snapshot: SnapshotFile = None,
    first: FirstStack = False,
    base: BaseFolder = None,
    stacks: Stacks = "",
    comment_to: CommentFile = None,
    findings_to: JsonFile = None,
    policy_pack: PolicyPack = None,
    program_unconfined: Unconfined = False,
    longest: Longest = 0,
    program_environment: ProgramEnvironment = None,
    limit: Limit = GITHUB_LIMIT,
    as_json: AsJson = False,
    stack: StackName = "",
) -> None:
    """Says what becomes less safe, who is affected, what renews, and the rest. Changes nothing.

    With --snapshot or --first no passphrase, key or credential is needed, nor passed on to the program, and the program
    runs in a place of its own without network (made by bubblewrap): run it on pull requests from anybody. Exit status: 0 passes, 1 a weakening without its setting, a policy that forbids, or
    no whole preview, 2 could not run, 3 something that could make it less safe cannot be told, and nothing else is wrong.

    Examples: `python -m mtlsedge preview --stack prod`, `python -m mtlsedge preview --stack prod --snapshot prod.json --comment comment.md`.
    """
    if base and not (first or snapshot):
        raise CommandError("--base needs --snapshot or --first")
    if stacks and not base:
        raise CommandError("--stacks needs --base")
    if longest and not (first or snapshot):
        raise CommandError("--longest needs --snapshot or --first")
    if first and snapshot:
        raise CommandError("--first is for a stack without a snapshot: give one of --first and --snapshot")
    source, arguments = Stack(stack), pack_arguments(policy_pack)
    if first or snapshot:
        published = _read(snapshot) if snapshot else None
        name = stack or (published.stack if published else "")
        request = _difference(base) if base and (name or stacks) else None
        if request and name and not request.touches(name):
            findings = untouched(source.project(), name)
        else:
            conditions = Conditions(not program_unconfined, policy_pack or [], longest, program_environment)
            findings = _in_public(source.project(), name, published, conditions)
        findings = replace(findings, unjudged=request.unjudged(stacks.split()) if request and stacks else ())
    else:
        findings, _ = in_full(source, Run(Path.cwd(), source.selected()), arguments)
    write_findings(findings, findings_to, comment_to, limit)
    if as_json:
        print_json(findings.to_json())
    else:
        tell(findings)
    raise typer.Exit(findings.exit_status)


def pack_arguments(packs: Sequence[Path] | None) -> list[str]:
    """The engine's arguments that run the policy packs."""
    return [part for pack in packs or () for part in ("--policy-pack", str(pack.absolute()))]


def in_full(source: Stack, run: Run, arguments: list[str]) -> tuple[Findings, events.Preview]:
    """The findings of a preview with the stack's own state and secrets, and the preview."""
    project = source.project()
    seen, chart = _seen(run, project, arguments, lambda: _resources(Stack(run.stack)))
    return replace(judge(project, run.stack, seen), diagram=chart), seen


def write_findings(findings: Findings, findings_to: Path | None, comment_to: Path | None, limit: int) -> None:
    """Write the files that were asked for. Raises CommandError if one cannot be written."""
    write(findings_to, json.dumps(findings.to_json(), indent=2) + "\n")
    write(comment_to, comment(findings, limit))


def tell(findings: Findings) -> None:
    """Print the findings for people."""
    for line in lines(findings):
        say(line)


def _seen(
    run: Run, project: str, arguments: list[str], resources: Callable[[], Sequence[Mapping[str, Any]]]
) -> tuple[events.Preview, str]:
    """The engine's preview with the providers it says nothing of, and the picture; both are made while it works."""
    with ThreadPoolExecutor(max_workers=2) as beside:
        chart, before = beside.submit(_chart, project, run.stack), beside.submit(resources)
        seen = events.read(run.preview(*arguments))
    providers = connection.implied(configuration(Path.cwd(), run.stack), before.result())
    return replace(seen, providers=tuple(providers)), chart.result()


def _resources(stack: Stack) -> Sequence[Mapping[str, Any]]:
    """What the state holds; nothing of a stack without one."""
    return (stack.state().get("deployment") or {}).get("resources") or ()


def _chart(project: str, stack: str) -> str:
    """The topology that the stack file declares; none of a stack that is not ours or has mistakes, which the engine tells."""
    # Half of what this command imports is for this picture alone: here it is read while the engine works.
    with one_at_a_time:
        from mtlsedge.diagram import mermaid  # noqa: PLC0415
        from mtlsedge.diagram.sources import of_stack_file  # noqa: PLC0415

    try:
        return mermaid.draw(of_stack_file(Path(f"Pulumi.{stack}.yaml"), project))
    except CommandError:
        return ""


def _in_public(project: str, name: str, snapshot: Snapshot | None, conditions: Conditions) -> Findings:
    if not name:
        raise CommandError("--first needs --stack NAME")
    if snapshot and (snapshot.project, snapshot.stack) != (project, name):
        raise CommandError(f"the snapshot is of {snapshot.project}/{snapshot.stack}; this is {project}/{name}")
    with without_secrets(Path.cwd(), name, snapshot, conditions) as (run, unknown):
        before = snapshot.deployment["resources"] if snapshot else ()
        seen, chart = _seen(run, project, pack_arguments(conditions.packs), lambda: before)
    if snapshot and snapshot.deployment["resources"] and seen.knows_nothing_before:
        raise CommandError("the engine took no notice of the snapshot: this version of it keeps its states elsewhere")
    found = replace(judge(project, name, seen, unknown), diagram=chart)
    found = found if snapshot else found.as_first()
    return found if conditions.confine else found.noting(UNCONFINED)


def _difference(base: Path) -> Difference | None:
    """What the request changes. Where that cannot be told it touches the stack, and no other stack is named."""
    try:
        return Difference.between(base, Path.cwd())
    except CommandError as problem:
        say(f"{problem}; so the stack is previewed", err=True)
        return None


def _read(path: Path) -> Snapshot:
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as problem:
        raise CommandError(f"cannot read {path}: {problem.strerror}; --first is for a stack without one") from None


def write(path: Path | None, text: str) -> None:
    """Write a file that was asked for. Raises CommandError if it cannot be written."""
    if path is None:
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise CommandError(f"cannot write {path}: {problem.strerror}") from None
