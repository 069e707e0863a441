"""Completion in a shell: what the commands answer it, and the line that installs it."""

import os
import shutil
import subprocess
import sys

import pytest
from typer.main import get_command

from local import __main__ as local
from mtlsedge import command
from tests.unit.settings_sample import PROJECT

SCRIPT = PROJECT / "scripts" / "completion.sh"
PROGRAMS = {"mtlsedge": get_command(command.build()), "local": get_command(local.app)}


def leaves(part, *path):
    """Every command below a part, with the words that call it."""
    below = getattr(part, "commands", None)
    return [(path, part)] if below is None else [one for name in below for one in leaves(below[name], *path, name)]


LEAVES = [(program, path, found) for program, part in PROGRAMS.items() for path, found in leaves(part)]


def answered(monkeypatch, capsys, program: str, *words: str) -> list[str]:
    """What the program answers a shell whose line ends with the last of these words."""
    monkeypatch.setenv(f"_{program.upper()}_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join((program, *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    if program == "mtlsedge":
        assert command.run(words) == 0
    else:
        monkeypatch.setattr(sys, "argv", [program, *words])
        with pytest.raises(SystemExit):
            local.main()
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(("program", "path", "part"), LEAVES, ids=lambda value: str(value)[:40])
def test_every_option_of_every_command_is_offered(monkeypatch, capsys, program, path, part):
    """After the command's own words and two dashes, all its options and no other."""
    options = {
        name
        for parameter in part.params
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("--")
    }
    assert set(answered(monkeypatch, capsys, program, *path, "--")) == options | {"--help"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_first_words_are_the_commands(monkeypatch, capsys, program):
    """All of them after nothing; those that begin so after a beginning; none after a beginning that none has."""
    names = set(PROGRAMS[program].commands)
    begin = min(names)[:2]
    assert set(answered(monkeypatch, capsys, program, "")) == names
    assert set(answered(monkeypatch, capsys, program, begin)) == {one for one in names if one.startswith(begin)}
    assert answered(monkeypatch, capsys, program, "nonesuch") == []


def test_values_of_an_option_are_offered(monkeypatch, capsys, tmp_path):
    """The forms of a choice, and the stacks whose file is in this folder."""
    assert answered(monkeypatch, capsys, "mtlsedge", "expiry", "--format", "i") == ["icalendar"]
    for name in ("Pulumi.prod.yaml", "Pulumi.dev.yaml", "Pulumi.yaml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert answered(monkeypatch, capsys, "mtlsedge", "expiry", "--stack", "") == ["dev", "prod"]
    assert answered(monkeypatch, capsys, "mtlsedge", "expiry", "--stack", "p") == ["prod"]


def bash(*words: str) -> list[str]:
    """What bash would offer for a line, after the documented line was read by a shell without any setting."""
    line = " ".join(f"'{word}'" for word in words)
    script = f". {SCRIPT}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _mtlsedge_complete; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.slow
def test_one_line_installs_both_in_bash():
    """Of the interpreter that was typed, whichever that is; another line of Python's is left alone."""
    assert bash(sys.executable, "-m", "") == ["mtlsedge", "local"]
    assert bash(sys.executable, "-m", "mtlsedge", "veri") == ["verify"]
    assert bash(sys.executable, "-m", "mtlsedge", "clients", "e") == ["export"]
    assert bash(sys.executable, "-m", "local", "handshakes", "--re") == ["--refused"]
    assert bash(sys.executable, "-m", "pytest", "-") == []
    assert bash(sys.executable, "x.py", "") == []


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("zsh"), reason="not on this machine: zsh")
def test_the_same_line_installs_both_in_zsh():
    """What zsh is to evaluate names the command."""
    words = f"_mtlsedge_words zsh {sys.executable} mtlsedge veri"
    done = subprocess.run(
        ["zsh", "-f", "-c", f". {SCRIPT}; {words}"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert '"verify"' in done.stdout
