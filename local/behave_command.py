"""`python -m local behave`: which answer the local cloud gives to each thing that is not known of the real one."""

import json
import urllib.error
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from local.behaviour_records import chosen as chosen_by
from local.behaviours import SWITCHES, Answers, Switch, checked, page
from local.control import control
from local.problems import fail


def behave(
    choices: Annotated[
        list[str] | None, typer.Argument(help="SWITCH=ANSWER, several if need be; a SWITCH alone is explained.")
    ] = None,
    *,
    record: Annotated[
        Path | None,
        typer.Option("--from", help="Choose what a record of make live-check (JSON) says of the real cloud."),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Back to the likeliest answers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What holds, for programs: switch -> answer.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the reference page and do nothing else.")] = False,
) -> None:
    """List, explain and choose the behaviours of the running local cloud.

    Examples: `python -m local behave`, `python -m local behave --clear`.
    """
    if markdown:
        print("\n".join(page()))
        return
    try:
        told = chosen_by(record) if record else {}
    except (OSError, ValueError) as problem:
        raise fail(f"--from {record}: {problem}") from None
    names = [text for text in choices or [] if "=" not in text]
    try:
        shown = _switches(names)
        chosen = told | checked(dict(_pair(text) for text in choices or [] if "=" in text))
    except ValueError as problem:
        raise fail(str(problem)) from None
    held = _asked({"clear": True} if clear else None)
    if chosen:
        held = _asked(chosen)
    if as_json:
        print(json.dumps({switch.name: held.of(switch) for switch in shown}, indent=1))
        return
    for switch in shown:
        _explain(switch, held) if names else print(_line(switch, held))


def _pair(text: str) -> tuple[str, str]:
    name, _, answer = text.partition("=")
    return name, answer


def _switches(names: list[str]) -> list[Switch]:
    checked({name: next((one.default for one in SWITCHES if one.name == name), "") for name in names})
    return [switch for switch in SWITCHES if not names or switch.name in names]


def _asked(wish: Mapping[str, object] | None) -> Answers:
    """What holds once the running local cloud was told; exit with a message when none runs or it refuses."""
    try:
        return Answers(control("behaviours", wish)["Behaviours"])
    except urllib.error.HTTPError as error:
        raise fail(json.loads(error.read())["Message"]) from None
    except OSError:
        raise fail("the local cloud does not answer; `python -m local start`") from None


def _line(switch: Switch, held: Answers) -> str:
    """One switch: its answer, a star if it is not the likeliest, and the others."""
    answer = held.of(switch)
    others = ", ".join(one.name for one in switch.answers if one.name != answer)
    return f"{switch.name:22} {answer + ('' if answer == switch.default else ' *'):30} not {others}"


def _explain(switch: Switch, held: Answers) -> None:
    print(f"{switch.name}: {switch.asks}")
    for answer in switch.answers:
        notes = [note for note, holds in (("likeliest", answer.name == switch.default),
                                          ("chosen", answer.name == held.of(switch))) if holds]  # fmt: skip
        marked = f" ({', '.join(notes)})" if notes else ""
        print(f"  {answer.name}{marked}: {answer.means}")
        print(f"    source: {answer.source}")
