"""`mtlsedge check`: every problem of a stack file, and what it declares. No engine, plugin, credential or network."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mtlsedge.diagram import outline
from mtlsedge.diagram.declared import from_settings
from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson
from mtlsedge.report import print_json, say
from mtlsedge.stack import Stack
from mtlsedge.stack_file import read_text, settings_of, stack_of
from mtlsedge_components.reading.problems import render
from settings import Problem, Settings, SettingsError
from settings.engine_yaml import lines
from settings.flaws import flaws

PROBLEMS_FOUND = 1


def check(
    stacks: Annotated[
        list[str] | None,
        typer.Argument(help="Stacks or stack files; default: each Pulumi.<stack>.yaml of this folder."),
    ] = None,
    *,
    json_: AsJson = False,
) -> None:
    """Reads stack files by all rules of `pulumi up`: every problem with its line, or what is declared.

    Examples: `python -m mtlsedge check prod`, `python -m mtlsedge check Pulumi.prod.yaml`. Exit status 1 if there is a problem.
    """
    project = Stack("").project()
    reports = {str(file): _report(file, project) for file in _files(stacks or [])}
    if json_:
        print_json(reports)
    else:
        say(_text(reports))
    if any(report["problems"] for report in reports.values()):
        raise typer.Exit(PROBLEMS_FOUND)


def _files(names: list[str]) -> list[Path]:
    files = [Path(name) if name.endswith((".yaml", ".yml")) else Path(f"Pulumi.{name}.yaml") for name in names]
    found = files or sorted(Path.cwd().glob("Pulumi.*.yaml"))
    if not found:
        raise CommandError("found no Pulumi.<stack>.yaml in this folder; `mtlsedge stack new` writes one")
    return [file if files else file.relative_to(Path.cwd()) for file in found]


def _report(file: Path, project: str) -> dict[str, Any]:
    text = read_text(file)
    try:
        settings = settings_of(text, file, project)
    except SettingsError as error:
        at = _lines(text)
        return {"stack": stack_of(file), "problems": [_problem(one, at) for one in error.problems], "declared": []}
    found = flaws(settings, datetime.now(UTC), look_at_keys=False)
    at = _lines(text) if found else {}
    problems = [{"line": _line(flaw.path, at), "path": flaw.path, "problem": flaw.text} for flaw in found]
    return {"stack": stack_of(file), "problems": problems, **_declared(settings)}


def _lines(text: str) -> dict[str, int]:
    """The line of every key below `config`, by its path."""
    return {render(path[1:]): line for path, line in lines(text).items() if path[0] == "config" and path[1:]}


def _problem(problem: Problem, at: Mapping[str, int]) -> dict[str, Any]:
    text = f"found {problem.found}; allowed: {problem.allowed}"
    return {
        "line": _line(problem.path, at),
        "path": problem.path,
        "problem": text,
        "found": problem.found,
        "allowed": problem.allowed,
    }


def _line(path: str, at: Mapping[str, int]) -> int:
    """The line of a key, or of the nearest one above it that stands in the file."""
    near = [one for one in at if path.startswith((one, f"{one}.", f"{one}["))]
    return at[max(near, key=len)] if near else 1


def _declared(settings: Settings) -> dict[str, Any]:
    return {
        "declared": outline.draw(from_settings(settings)).splitlines(),
        "weakenings": list(settings.weakenings),
    }


def _text(reports: Mapping[str, Mapping[str, Any]]) -> str:
    written = []
    for file, report in reports.items():
        written += [f"{file}:{one['line']}: {one['path']}: {one['problem']}" for one in report["problems"]]
        if not report["problems"]:
            written += [f"{file}: no problem", *(f"  {line}" for line in report["declared"])]
            written += [f"  weaker than the default: {one}" for one in report["weakenings"]]
    return "\n".join(written)
