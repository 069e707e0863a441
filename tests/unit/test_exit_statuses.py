"""The page of exit statuses says what the commands' own help says."""

import re

import pytest

from mtlsedge.command import PARTS, build
from tests.unit.settings_sample import PROJECT

PAGE = PROJECT / "docs" / "reference" / "exit-statuses.md"
COLUMNS = (1, 3, 4)
SAID = re.compile(r"Exit status:? (.*?)\.(?:\s|$)", re.DOTALL)


def documented() -> dict[str, set[int]]:
    """Command -> the statuses that the page has for it, beside 0 and 2."""
    rows = re.findall(r"^\| `([a-z]+)` \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    return {
        name: {status for status, cell in zip(COLUMNS, cells.split("|"), strict=True) if cell.strip()}
        for name, cells in rows
    }


def helped() -> dict[str, set[int]]:
    """Command -> the statuses that its help speaks of, beside 0 and 2."""
    found = {}
    for command in build().registered_commands:
        said = SAID.search((command.callback.__doc__ or "") if command.callback else "")
        if said:
            numbers = re.sub(r"\b1 to 3\b", "1 2 3", said[1])
            found[str(command.name)] = {int(one) for one in re.findall(r"\b[0-9]\b", numbers)} - {0, 2}
    return found


def test_the_page_has_the_statuses_of_the_commands_help() -> None:
    """The same commands, and for each the same statuses."""
    assert documented() == helped()


def test_every_command_that_ends_otherwise_says_so() -> None:
    """A module that ends a command with a status of its own has a help that speaks of it."""
    ending = {
        name
        for name, place in PARTS.items()
        if "typer.Exit(" in (PROJECT / "mtlsedge" / "commands" / f"{place.partition(':')[0]}.py").read_text()
    }
    assert ending == set(helped())


@pytest.mark.parametrize(("line", "read"), [("Exit status 1 if it fails.", {1}), ("It ends with 1.", None)])
def test_only_the_word_exit_status_counts(line: str, read: set[int] | None) -> None:
    """The near miss of a sentence about an exit status is none."""
    said = SAID.search(line)
    assert (said and {int(one) for one in re.findall(r"\b[0-9]\b", said[1])}) == read
