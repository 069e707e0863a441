"""What holds for every command of both programs: help with examples, JSON, width, colour, progress, hostile names."""

import io
import json
import os
import re
import shlex
import threading
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest

from mtlsedge import command, progress, report
from tests.unit.test_completion import LEAVES
from tests.unit.test_exit_statuses import PAGE
from tests.unit.verify_stack import NOW, outputs_document, pki

WIDTH = 60
EXAMPLES = re.compile(r"Examples?: (.*)", re.DOTALL)
HOSTILE = 'a<script>alert(1)</script>[red]b[/red]\x1b[31m\x07\x9b31m\u202egnp\u2066|*_`"\n# c'
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def called(program, path) -> str:
    """The words that call a command."""
    return " ".join((program, *path))


@pytest.mark.parametrize(("program", "path", "part"), LEAVES, ids=[called(*one[:2]) for one in LEAVES])
def test_help_has_examples_that_are_of_this_command(program, path, part):
    """Each example calls it by its name, and with options that it has."""
    found = EXAMPLES.search(" ".join((part.help or "").split()))
    assert found
    lines = re.findall(r"`([^`]+)`", found[1])
    assert lines
    options = {name for one in part.params for name in (*one.opts, *one.secondary_opts)}
    for line in lines:
        words = shlex.split(line.removeprefix("python -m "))
        assert words[: len(path) + 1] == [program, *path]
        assert {word for word in words if word.startswith("-")} <= options


def test_every_command_has_json():
    """All but the one that runs until it is ended; `local status --json` says of it what there is to say."""
    with_json = {called(*one[:2]) for one in LEAVES if any("--json" in each.opts for each in one[2].params)}
    assert {called(*one[:2]) for one in LEAVES} - with_json == {"local serve"}


def test_the_page_of_statuses_has_both_programs():
    """Those of the local cloud's command stand in the same table."""
    assert "| `python -m local …` |" in PAGE.read_text()


class Screen(io.StringIO):
    """A terminal that keeps what is written on it."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """No test depends on variables of the machine it runs on; a terminal has few columns."""
    for name in [name for name in os.environ if name.startswith(("MTLSEDGE_", "PULUMI_")) or name == "NO_COLOR"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("TERM", "xterm-256color")


@contextmanager
def screen():
    """Standard output and error are one terminal."""
    made = Screen()
    with redirect_stdout(made), redirect_stderr(made):
        yield made


def on_screen(*arguments: str) -> str:
    """What a terminal is sent by a command."""
    with screen() as made:
        assert command.run(arguments) in (0, 1, 2, 3)
    assert made.getvalue()
    return made.getvalue()


def plain(sent: str) -> str:
    """The same without rich's own colours; where it begins a line anew, a line begins."""
    return re.sub(r"\x1b\[\??[0-9;]*[a-zA-Z]", lambda found: "\n" if found[0].endswith("K") else "", sent).replace(
        "\r", "\n"
    )


def rotation(client: str) -> dict:
    """A stack's standing between two generations."""
    one = {"delivered": "2025", "verdict": HOSTILE, "ifTrusted": {"2026": "locked out"}, "certificates": ["2026"]}
    return {"generations": {"2025": {}, "2026": {}}, "issuing": "2026", "trusted": "2025", "clients": {client: one}}


def outputs(tmp_path, name: str) -> str:
    """The outputs of a stack in which this name stands wherever a name can."""
    document = outputs_document(pki(), rotation=rotation(name), stack=name)
    for section in ("clients", "clientCertificates"):
        document[section][name] = dict(document[section]["alice"])
    document["clientCertificates"][name] |= {"subject": name, "serial": name, "notAfter": NOW.isoformat()}
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(document))
    return str(file)


def readers(file: str, name: str) -> list[list[str]]:
    """Commands that need no cloud, no engine and no network."""
    stack = ["--outputs", file]
    return [
        ["clients", "list", *stack],
        ["clients", "export", name, "--to", "/nowhere", *stack],
        ["expiry", *stack],
        ["rotation", *stack],
        ["explain", "--client", "alice", "--offline", *stack],
        ["explain", "--client", name + "x", "--offline", *stack],
        ["explain", "--cert", file, "--host", name, "--offline"],
        ["verify", "--client", name + "x", *stack],
        ["verify", "--no-api", "--resolver", "127.0.0.1:1", "--timeout", "0.1", "--settle", "0", *stack],
        ["check", f"{name}.yaml"],
        ["diagram", "--settings", f"{name}.yaml"],
        ["no-such-command", name],
    ]


@pytest.mark.parametrize("number", range(len(readers("", ""))))
def test_hostile_names_do_nothing_on_a_terminal(tmp_path, number):
    """No control character and no mark of direction of theirs."""
    assert not FORBIDDEN.search(plain(on_screen(*readers(outputs(tmp_path, HOSTILE), HOSTILE)[number])))


def test_a_hostile_name_is_text_in_a_table(tmp_path, monkeypatch):
    """It is not taken for rich's markup, and its escape sequence is written out."""
    monkeypatch.setenv("COLUMNS", "400")
    sent = on_screen("clients", "list", "--outputs", outputs(tmp_path, HOSTILE))
    assert "[red]b[/red]" in sent
    assert "\\u001b[31m" in sent
    assert "\x1b[31m" not in sent


@pytest.mark.parametrize(
    "name", [["clients", "list"], ["expiry"], ["rotation"], ["explain", "--client", "alice", "--offline"]]
)
def test_a_hostile_name_comes_back_from_json(tmp_path, capsys, name):
    """JSON is ASCII, and says what the name was."""
    command.run([*name, "--json", "--outputs", outputs(tmp_path, HOSTILE)])
    out = capsys.readouterr().out
    assert out.isascii()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", out)
    assert name[0] == "explain" or HOSTILE in strings(json.loads(out))


def strings(value):
    """Every text in a document, and the ends of texts made of several."""
    if isinstance(value, dict):
        return [one for each in value.values() for one in strings(each)]
    if isinstance(value, list):
        return [one for each in value for one in strings(each)]
    return [value, value.removeprefix("client ")] if isinstance(value, str) else []


LONG = "a-client-with-a-name-of-many-words " * 4


@pytest.mark.parametrize("number", range(len(readers("", ""))))
def test_nothing_is_wider_than_the_terminal(tmp_path, number):
    """But a single word, such as a path, which is never cut: the terminal folds it and it can still be copied."""
    sent = plain(on_screen(*readers(outputs(tmp_path, LONG), LONG)[number]))
    assert [line for line in sent.split("\n") if len(line) > WIDTH and len(line.split()) > 1] == []


@pytest.mark.parametrize(("program", "path", "part"), LEAVES, ids=[called(*one[:2]) for one in LEAVES])
def test_no_help_is_wider_than_the_terminal(program, path, part):
    """Of any command."""
    with screen() as made, pytest.raises(SystemExit):
        part.main(["--help"], prog_name=called(program, path))
    assert max(map(len, made.getvalue().split("\n"))) <= WIDTH


def test_no_colour_where_none_is_wanted(tmp_path, monkeypatch):
    """Colours are there on a terminal, and gone with NO_COLOR, from every command."""
    colour = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|38|48)[;m]")
    file = outputs(tmp_path, "bob")
    assert colour.search(on_screen("expiry", "--outputs", file))
    monkeypatch.setenv("NO_COLOR", "1")
    assert [line for line in readers(file, "bob") if colour.search(on_screen(*line))] == []


def test_a_step_that_takes_long_is_told_on_a_terminal(monkeypatch):
    """Once its time is over, again while it goes on, and no more when it is done."""
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(progress, "THEN_SECONDS", 0.01)
    twice, told = threading.Event(), []

    def telling(text, *, err):
        told.append((text, err))
        if len(told) == 2:
            twice.set()

    monkeypatch.setattr(progress, "say", telling)
    with screen(), progress.step("waiting for a friend"):
        assert twice.wait(60)
    assert all(re.fullmatch(r"waiting for a friend \(\d+ s so far\)", text) and err for text, err in told)
    assert "mtlsedge-progress" not in [one.name for one in threading.enumerate()]


def test_a_step_is_silent_where_nobody_looks(monkeypatch, capsys):
    """In a log and a pipe there is no word of it, and no thread."""
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0)
    with progress.step("waiting"):
        assert "mtlsedge-progress" not in [one.name for one in threading.enumerate()]
    assert capsys.readouterr().err == ""


def test_folding_keeps_the_margin_and_long_words():
    """Lines that follow stand further in; a path longer than the terminal is left whole."""
    path = "/a/very/long/path/" * 8
    with screen() as made:
        report.say(f"  written to {path} and then some words that do not fit into what is left of the line")
    lines = made.getvalue().rstrip("\n").split("\n")
    assert lines[0] == "  written to"
    assert lines[1] == f"    {path}"
    assert all(line.startswith("    ") for line in lines[1:])
