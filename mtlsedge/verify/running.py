"""Runs the table and reports it, for people or for programs."""

import json
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mtlsedge.errors import CommandError
from mtlsedge.verify.result import Finding, Result, Status, failed
from mtlsedge.verify.table import CORE, Check
from mtlsedge.verify.target import Target

STYLES = {Status.OK: "green", Status.FAILED: "bold red", Status.NOT_CHECKED: "yellow"}


def run(target: Target, checks: Sequence[Check]) -> Iterator[Result]:
    """Each check's result, as it comes."""
    for check in checks:
        finding = _guarded(check, target)
        remedy = check.remedy if finding.status is Status.FAILED else ""
        yield Result(check.id, check.title, finding.status, finding.did, finding.saw, remedy, finding.evidence)


def _guarded(check: Check, target: Target) -> Finding:
    """A check that breaks is a failed row, not the end of the others; what the operator got wrong ends the run."""
    try:
        return check.run(target)
    except CommandError:
        raise
    except Exception as problem:  # noqa: BLE001 - one broken check must not hide the others
        return failed("started the check", f"the check itself broke: {type(problem).__name__}")


def exit_status(results: Iterable[Result]) -> int:
    """1 when a check failed; 3 when none did but a core row could not be checked, so nothing is proved; else 0."""
    found = list(results)
    if any(result.status is Status.FAILED for result in found):
        return 1
    return 3 if any(_is_core(result) and result.status is Status.NOT_CHECKED for result in found) else 0


def _is_core(result: Result) -> bool:
    return result.id.endswith(CORE)


def as_json(stack: str, results: Sequence[Result]) -> str:
    """The report for programs."""
    checks = [vars(result) for result in results]
    counts = {status.value: sum(result.status is status for result in results) for status in Status}
    return json.dumps({"stack": stack, "counts": counts, "checks": checks}, indent=2)


def show(console: Console, results: Sequence[Result], *, details: bool) -> None:
    """The report for people: a row a check, and under it what to do about a failure."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for column in ("check", "status", "saw"):
        table.add_column(column, no_wrap=column != "saw", overflow="fold")
    for result in results:
        status = Text(result.status.value, style=STYLES[result.status])
        table.add_row(Text(result.id), status, _seen(result, details=details))
    console.print(table)
    console.print(_summary(results))


def _seen(result: Result, *, details: bool) -> Text:
    text = Text()
    if details:
        text.append(f"{result.title}\n", style="bold").append(f"{result.did}\n", style="dim")
    text.append(result.saw)
    return text.append(f"\n→ {result.remedy}", style="bold") if result.remedy else text


def _summary(results: Sequence[Result]) -> Text:
    text = Text("\n")
    for status in Status:
        count = sum(result.status is status for result in results)
        text.append(f"{count} {status.value}   ", style=STYLES[status] if count else "dim")
    return text
