"""`mtlsedge rotation` on what the program itself says at each step of the guide."""

import json
from pathlib import Path

import pytest

from mtlsedge.command import run
from tests.graph import samples
from tests.graph.harness import graph_of, local_graph
from tests.graph.test_rotation_graph import rotating

NEW = {"delivered": "2027"}
STEPS = {
    1: (rotating(), 'mtlsedge:authority.selfManaged.issuing: "2027"'),
    2: (rotating(issuing="2027", alice=NEW), 'mtlsedge:clients.bob.delivered: "2027", once it has connected'),
    3: (rotating(issuing="2027", alice=NEW, bob=NEW), 'mtlsedge:authority.selfManaged.trusted: "2027"'),
    4: (rotating(issuing="2027", trusted="2027", alice=NEW, bob=NEW), "generations: remove '2026'"),
}
"""Step of the guide that is done -> the stack then, and the line that comes next."""


def written(folder: Path, settings: object) -> list[str]:
    """The command's arguments for a file with the stack's outputs."""
    file = folder / "outputs.json"
    file.write_text(json.dumps({"rotation": graph_of(settings).exports["rotation"]}))
    return ["rotation", "--outputs", str(file)]


@pytest.mark.parametrize("step", STEPS)
def test_it_names_the_step_and_the_line_that_comes_next(
    step: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At each step of the guide, with every client in the table; exit status 0 while nobody is locked out."""
    settings, line = STEPS[step]
    assert run(written(tmp_path, settings)) == 0
    shown = capsys.readouterr().out
    assert f"step {step} of 4 is done" in shown
    assert line in shown
    assert "alice" in shown and "bob" in shown


def test_a_client_that_is_locked_out_is_an_exit_status_and_a_thing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Left behind on purpose: its row says so, and what it needs; the old generation stays until then."""
    arguments = written(tmp_path, rotating(issuing="2027", trusted="2027", alice=NEW))
    assert run([*arguments, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    rows = {row["client"]: row for row in found["rows"]}
    assert (rows["alice"]["now"], rows["alice"]["next"]) == ("accepted", "")
    assert (rows["bob"]["now"], rows["bob"]["if_moved"]) == ("locked out", "accepted")
    assert rows["bob"]["next"] == "install its certificate of 2027"
    assert found["next"].endswith("remove '2026', once bob carries 2027")


def test_without_a_rotation_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One generation: nothing to do, and how one begins."""
    assert run(written(tmp_path, samples.LOCAL)) == 0
    shown = capsys.readouterr().out
    assert "no rotation is under way" in shown
    assert 'add another one, such as "2027"' in shown
    assert run([*written(tmp_path, samples.LOCAL), "--json"]) == 0
    assert {row["if_moved"] for row in json.loads(capsys.readouterr().out)["rows"]} == {""}


@pytest.mark.parametrize("outputs", [{"urls": []}, {"rotation": {}}, {"rotation": {"generations": {}, "clients": 5}}])
def test_what_is_no_rotation_is_one_line(
    outputs: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An authority of another kind, or another version's outputs: exit status 2, no traceback."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs))
    assert run(["rotation", "--outputs", str(file)]) == 2
    assert capsys.readouterr().err.startswith("mtlsedge: the ")


def test_the_local_stack_says_what_the_program_says() -> None:
    """The output is the one that the program exports, by its own name."""
    assert set(local_graph().exports["rotation"]) == {"issuing", "trusted", "generations", "clients"}
