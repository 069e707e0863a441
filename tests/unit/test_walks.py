"""The walks in docs/architecture.md: every file and function that a step names is there."""

import re
from itertools import pairwise

import pytest

from tests.unit.settings_sample import PROJECT

PAGE = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
STEP = re.compile(r"^\| (\d+) \| `([\w/.]+)` \| ([^|]+) \|", re.MULTILINE)
STEPS = [(int(number), file, re.findall(r"`(\w+)`", names)) for number, file, names in STEP.findall(PAGE)]
DEFINED = r"^(?:def|class) {0}\b|^(?:[A-Z_]+, )*{0}\b[^\n=]*=[^=]"
"""At the top of a module: a function, a class, or a constant."""


@pytest.mark.parametrize(("file", "names"), [step[1:] for step in STEPS], ids=str)
def test_a_step_names_what_is_there(file: str, names: list[str]) -> None:
    """A file that moved or a function that has another name is corrected in the walk as well."""
    text = (PROJECT / file).read_text(encoding="utf-8")
    assert names
    assert [name for name in names if not re.search(DEFINED.format(name), text, re.MULTILINE)] == []


def test_the_walks_are_read_whole() -> None:
    """Three of them, each counted from 1: a row that the test cannot read would be held by nothing."""
    numbers = [number for number, *_ in STEPS]
    assert numbers.count(1) == PAGE.count("| step | file | functions |") == 3
    assert all(after in (1, before + 1) for before, after in pairwise(numbers))
    assert len(numbers) == len(re.findall(r"^\| \d+ \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", ["read_client", "Client", "rea"])
def test_a_name_that_is_only_used_or_only_begins_so_is_none(name: str) -> None:
    """What a module imports, or a longer name, does not count as its own."""
    text = (PROJECT / "settings" / "clients.py").read_text(encoding="utf-8")
    assert not re.search(DEFINED.format(name), text, re.MULTILINE)
