"""`mtlsedge check`: every problem of a stack file with its line, or what is declared; nothing but the file is needed."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtlsedge.command import run
from tests.unit.test_x509_family import make_family

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the project's Pulumi.yaml and the stack file `dev`."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(project, *pairs):
    """The stack file `bad`: the one of `dev` with texts replaced, each of which stands there."""
    text = (project / "Pulumi.dev.yaml").read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    (project / "Pulumi.bad.yaml").write_text(text)
    return text.splitlines()


@pytest.mark.parametrize("name", ["dev", "local", "staging", "prod"])
def test_the_checked_in_stack_files_have_no_problem(name, capsys, monkeypatch):
    """And what each declares is shown: listener, server groups, clients."""
    monkeypatch.chdir(ROOT)
    assert run(["check", name]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Pulumi.{name}.yaml: no problem\n")
    for part in ("HTTPS :443, client certificate demanded", "Server group web", "Certificate authority"):
        assert part in shown


def test_every_problem_has_its_line(project, capsys):
    """Of a wrong value its own; of a missing key that of the mapping it is missing from. The exit status is 1."""
    text = changed(
        project, ("port: 443", "port: 70000"), ("idleTimeout: 15", "idleTimeout: on"), ("serverGroup: api, ", "")
    )
    assert run(["check", "bad"]) == 1
    found = {line.split(": ")[1]: line for line in capsys.readouterr().out.splitlines()}
    for path, written in (
        ("mtlsedge:listener.port", "port: 70000"),
        ("mtlsedge:listener.idleTimeout", "idleTimeout: on"),
        ("mtlsedge:listener.rules.api.serverGroup", "      api: {priority"),
    ):
        number = next(number for number, line in enumerate(text, start=1) if written in line)
        assert found[path].startswith(f"Pulumi.bad.yaml:{number}: ")
        assert "; allowed: " in found[path]


def test_programs_get_json(project, capsys):
    """One report a file: problems with line, path, found and allowed, or what is declared."""
    changed(project, ("port: 443", "port: 70000"))
    assert run(["check", "--json"]) == 1
    reports = json.loads(capsys.readouterr().out)
    assert set(reports) == {"Pulumi.bad.yaml", "Pulumi.dev.yaml"}
    assert reports["Pulumi.bad.yaml"]["problems"][0]["found"] == "70000"
    assert reports["Pulumi.dev.yaml"]["problems"] == []
    assert reports["Pulumi.dev.yaml"]["declared"]


def test_certificates_are_judged_as_well(project, capsys):
    """What only the time shows is told with its line, in lines and in JSON, as `pulumi preview` tells it: an ended CA."""
    house = make_family(now=datetime(2010, 1, 1, tzinfo=UTC), days=30)
    (project / "ca.pem").write_text(house.root.certificate_pem)
    lines = [
        "config:", "  alicloud:region: ap-southeast-1", "  alicloud:accountType: International",
        "  mtlsedge:certificateSite: international", "  mtlsedge:authority:", "    external:",
        "      certificateFile: ca.pem",
    ]  # fmt: skip
    (project / "Pulumi.old.yaml").write_text("\n".join(lines))
    assert run(["check", "old"]) == 1
    (said,) = capsys.readouterr().out.splitlines()
    assert said.startswith("Pulumi.old.yaml:7: mtlsedge:authority.external.certificateFile: ")
    assert run(["check", "--json", "old"]) == 1
    (told,) = json.loads(capsys.readouterr().out)["Pulumi.old.yaml"]["problems"]
    assert f"Pulumi.old.yaml:7: {told['path']}: {told['problem']}" == said


def test_what_is_weaker_is_said(project, capsys):
    """A stack file that switches verification off passes, and the reader is told."""
    changed(project, ("clientVerification: required", "clientVerification: off-for-migration"))
    assert run(["check", "Pulumi.bad.yaml"]) == 0
    shown = capsys.readouterr().out
    assert "NO client certificate demanded" in shown
    assert "weaker than the default: " in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: &x {a: *x}", "levels of nesting"),
        ("config: [", "is not YAML: line 1"),
        ("config: {a: 1, a: 2}", "stands twice"),
        ("[]", "found no mapping"),
        ("{}", "found no `config`"),
    ],
)
def test_what_is_no_stack_file_is_one_line(project, capsys, text, said):
    """No traceback; exit status 2."""
    (project / "Pulumi.bad.yaml").write_text(text)
    assert run(["check", "bad"]) == 2
    assert said in capsys.readouterr().err


def test_it_needs_no_engine_plugin_credential_or_network(project):
    """With an empty PATH, an empty home and no variable it says the same."""
    done = subprocess.run(
        [sys.executable, "-m", "mtlsedge", "check", "dev"],
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(project / "nobody"), "https_proxy": "http://127.0.0.1:1"},
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "no problem" in done.stdout


def test_the_readmes_stack_file_has_no_problem(project, capsys):
    """The first thing that a reader sees can be used as it stands, with ids of one's own."""
    block = (ROOT / "README.md").read_text().partition("```yaml\n")[2].partition("```")[0]
    assert len(block.splitlines()) <= 17
    (project / "Pulumi.readme.yaml").write_text(block)
    assert run(["check", "readme"]) == 0
    assert "HTTPS :443, client certificate demanded" in capsys.readouterr().out
