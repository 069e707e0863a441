"""docs/reference/promises.md: each promise of safety stands where it says, word for word, and its tests are there."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.unit.settings_sample import PROJECT

PAGE = PROJECT / "docs" / "reference" / "promises.md"
HEAD = "| promise | stands in | shown by |"
PLACE = re.compile(r"\[[^\]]+\]\(([^)#]+)[^)]*\)|“([^”]+)”")
TEST = re.compile(r"\[`([^`]+)::(test_\w+)`\]\(([^)]+)\)")


@dataclass(frozen=True)
class Promise:
    """A row of the page."""

    text: str
    places: tuple[tuple[Path, str], ...]
    """Document and words of it."""
    tests: tuple[tuple[Path, str], ...]
    """Module and function."""

    def lost(self) -> list[str]:
        """Words that their document does not have any more."""
        return [f"{page.name}: {words}" for page, words in self.places if words not in plain(page)]

    def missing(self) -> list[str]:
        """Tests that are not there."""
        return [f"{module.name}::{name}" for module, name in self.tests if name not in functions(module)]


def promise(row: str) -> Promise:
    """What a row says. Links are relative to the page."""
    text, places, tests = (cell.strip() for cell in row.strip().strip("|").split(" | "))
    found, page = [], PAGE
    for path, words in PLACE.findall(places):
        page = (PAGE.parent / path).resolve() if path else page
        found += [(page, words)] if words else []
    named = TEST.findall(tests)
    assert found and named and len(named) == tests.count("::"), row
    for path, name, link in named:
        assert (PAGE.parent / link).resolve() == PROJECT / path, f"{path}::{name} links elsewhere"
    return Promise(text, tuple(found), tuple((PROJECT / path, name) for path, name, _ in named))


def rows() -> list[str]:
    """The rows of the tables of promises."""
    tables = PAGE.read_text().split(f"{HEAD}\n")[1:]
    return [line for one in tables for line in one.split("\n\n")[0].splitlines()[1:]]


@cache
def plain(page: Path) -> str:
    """A document's text with each gap as one space: a sentence may go over a line."""
    return " ".join(page.read_text().split())


@cache
def functions(module: Path) -> set[str]:
    """Names of a module's functions."""
    return {node.name for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.FunctionDef)}


PROMISES = [promise(row) for row in rows()]
QUOTED = sorted({page for one in PROMISES for page, _ in one.places})


@pytest.mark.parametrize("one", PROMISES, ids=lambda one: one.text[:60])
def test_a_promise_stands_where_it_is_quoted_and_its_tests_are_there(one):
    """Who changes the sentence or the test looks at the other."""
    assert one.lost() == []
    assert one.missing() == []


def test_every_row_of_security_has_a_promise():
    """An asset, a threat or a place of a key without one would be an answer that nothing shows."""
    security = PROJECT / "SECURITY.md"
    words = {words for one in PROMISES for page, words in one.places if page == security}
    told = [line for line in security.read_text().splitlines() if line.startswith("| ")]
    heads = ("| asset |", "| threat |", "| place |", "| --- |")
    assert [line for line in told if not line.startswith(heads) and not any(one in line for one in words)] == []


@pytest.mark.parametrize("page", QUOTED, ids=lambda page: page.stem)
def test_a_page_with_promises_leads_to_their_tests(page):
    """The reader of a promise is one link away from what shows it."""
    assert "reference/promises.md" in page.read_text() or "](promises.md" in page.read_text()


@pytest.mark.parametrize("folder", ["guides", "runbooks"])
def test_no_guide_is_left_out(folder):
    """A new guide or runbook has its promises on the page."""
    pages = {*(PROJECT / "docs" / folder).glob("*.md")} - {PROJECT / "docs" / folder / "README.md"}
    assert sorted(page.name for page in pages - set(QUOTED)) == []


@pytest.mark.parametrize(
    ("words", "name", "lost", "missing"),
    [
        ("each job says what it needs", "test_no_guide_is_left_out", ["README.md: each job says what it needs"], []),
        ("refuses all others", "test_no_guide", [], ["test_promises.py::test_no_guide"]),
        ("refuses all others", "test_no_guide_is_left_out", [], []),
    ],
)
def test_a_lost_sentence_and_a_test_that_is_gone_are_noticed(words, name, lost, missing):
    """The check knows words that a page does not have, and a function that a module does not have."""
    path = "tests/unit/test_promises.py"
    made = promise(f"| A promise. | [README](../../README.md) “{words}” | [`{path}::{name}`](../../{path}) |")
    assert (made.lost(), made.missing()) == (lost, missing)
