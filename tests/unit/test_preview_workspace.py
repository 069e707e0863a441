"""The throw-away place of a preview without secrets: what is written where, and what is refused before it is."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from mtlsedge import command
from mtlsedge.errors import CommandError
from mtlsedge.preview import confined
from mtlsedge.preview.engine import TIMEOUT_SECONDS
from mtlsedge.preview.workspace import Conditions, without_secrets
from mtlsedge.snapshot.document import Snapshot

STACK_URN = "urn:pulumi:dev::mtlsedge::pulumi:pulumi:Stack::mtlsedge-dev"
RESOURCE = {"urn": STACK_URN, "type": "pulumi:pulumi:Stack"}
SNAPSHOT = Snapshot("mtlsedge", "dev", {"manifest": {}, "resources": [RESOURCE], "metadata": {}}, {})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one stack file, as the working directory."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: mtlsedge\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:theirs\nconfig: {mtlsedge:ttl: 600}\n")
    monkeypatch.chdir(folder)
    return folder


def written(folder: Path) -> dict[str, str]:
    """Relative path -> text of every file below a folder; what is linked is not ours."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_the_snapshot_is_the_stacks_state(project: Path) -> None:
    """Under the lock that the stack file names too, which is not the project's own; and it ends with the place."""
    with without_secrets(project, "dev", SNAPSHOT) as (run, unknown):
        place = run.folder.parent
        found = written(place)
    checkpoint = json.loads(found["state/.pulumi/stacks/mtlsedge/dev.json"])["checkpoint"]
    salt = checkpoint["latest"]["secrets_providers"]["state"]["salt"]
    assert (checkpoint["stack"], checkpoint["latest"]["resources"]) == ("organization/mtlsedge/dev", [RESOURCE])
    assert salt in found["project/Pulumi.dev.yaml"] and "theirs" not in found["project/Pulumi.dev.yaml"]
    assert unknown == () and not place.exists()


@pytest.mark.parametrize(
    ("conditions", "seconds"),
    [
        (Conditions(), confined.SECONDS),
        (Conditions(confine=False), TIMEOUT_SECONDS),
        (Conditions(longest=7), 7),
        (Conditions(confine=False, longest=7), 7),
    ],
)
def test_the_engine_is_given_so_long(project: Path, conditions: Conditions, seconds: int) -> None:
    """What is asked for, else less for a program that nobody trusts."""
    with without_secrets(project, "dev", None, conditions) as (run, _):
        assert run.seconds == seconds


def test_a_first_stack_has_no_state(project: Path) -> None:
    """The stack is there, and nothing in it."""
    with without_secrets(project, "dev", None) as (run, _):
        state = json.loads(written(run.folder.parent)["state/.pulumi/stacks/mtlsedge/dev.json"])
    assert state["checkpoint"] == {"stack": "organization/mtlsedge/dev"}


@pytest.mark.parametrize(
    "name", ["../../elsewhere", "..", ".hidden", "/tmp/elsewhere", "a/b", "", "a" * 101, "-x", "a\nb"]
)
def test_a_name_that_leads_out_of_the_place_is_refused(project: Path, name: str) -> None:
    """A pull request names its project; the name is part of a path here."""
    (project / "Pulumi.yaml").write_text(json.dumps({"name": name, "runtime": "python"}))
    with pytest.raises(CommandError, match="found the name"), without_secrets(project, "dev", None):
        pass


@pytest.mark.parametrize("name", ["mtlsedge", "Acme.edge-1_x", "_a", "a" * 100])
def test_every_name_the_engine_takes_is_taken(project: Path, name: str) -> None:
    """Letters, digits, dots, dashes and underscores."""
    (project / "Pulumi.yaml").write_text(json.dumps({"name": name, "runtime": "python"}))
    with without_secrets(project, "dev", None) as (run, _):
        assert f"state/.pulumi/stacks/{name}/dev.json" in written(run.folder.parent)


@pytest.mark.parametrize(("old", "status"), [(None, 2), ({"inputs": {}}, 0)])
def test_an_engine_that_takes_no_notice_of_the_snapshot_is_no_preview(project, monkeypatch, capfd, old, status) -> None:
    """Everything would be new and nothing would be lost; with one resource that the engine knows it is a preview."""
    stack = {
        "op": "create" if old is None else "same",
        "urn": STACK_URN,
        "type": RESOURCE["type"],
        "old": old,
        "new": {},
    }
    summary = {"summaryEvent": {"result": "succeeded", "resourceChanges": {stack["op"]: 1}}}
    events = [json.dumps(one) for one in ({"resourcePreEvent": {"metadata": stack}}, summary)]
    engine = project.parent / "bin" / "pulumi"
    engine.parent.mkdir()
    engine.write_text(f"#!{sys.executable}\nprint({chr(10).join(events)!r})\n")
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{engine.parent}:{os.environ['PATH']}")
    (project.parent / "snapshot.json").write_text(SNAPSHOT.to_json())
    assert command.run(["preview", "--stack", "dev", "--snapshot", str(project.parent / "snapshot.json")]) == status
    assert ("took no notice of the snapshot" in capfd.readouterr().err) is (status == 2)


@pytest.mark.parametrize(("text", "told"), [("[a]", "found no mapping"), ("a: [", "is not YAML")])
def test_a_project_file_that_is_none_is_one_line(project: Path, capfd, text: str, told: str) -> None:
    """The operator's mistake is told as such, without a traceback."""
    (project / "Pulumi.yaml").write_text(text)
    assert command.run(["preview", "--stack", "dev", "--first"]) == 2
    assert told in capfd.readouterr().err


@pytest.mark.parametrize("name", ["Pulumi.dev.yaml", "components", "Pulumi.prod.yaml"])
def test_a_link_out_of_the_project_is_refused(project: Path, capfd, name: str) -> None:
    """What it names may be a secret of the machine that runs the preview; the error does not quote it."""
    (project.parent / "secret").write_text("config: {planted: a-secret-of-this-machine}\n")
    (project / name).unlink(missing_ok=True)
    (project / name).symlink_to(project.parent / "secret")
    assert command.run(["preview", "--stack", "dev", "--first"]) == 2
    told = capfd.readouterr().err
    assert f"links that lead out of the project: {name}" in told and "a-secret" not in told


def test_a_link_inside_the_project_is_followed(project: Path) -> None:
    """A stack file may be a link to another file of the project."""
    (project / "Pulumi.dev.yaml").rename(project / "stacks.yaml")
    (project / "Pulumi.dev.yaml").symlink_to("stacks.yaml")
    with without_secrets(project, "dev", None) as (run, _):
        assert "ttl" in (run.folder / "Pulumi.dev.yaml").read_text()
