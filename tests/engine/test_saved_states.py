"""States that earlier versions made still preview quietly: nobody's stack is rebuilt because names moved in the code."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from mtlsedge.preview import events
from mtlsedge.preview.events import Preview
from mtlsedge.preview.workspace import without_secrets
from mtlsedge.snapshot.document import Snapshot, parse
from tests.engine.sandbox import Sandbox, copy_project

pytestmark = pytest.mark.engine

STATES = sorted(path.parent for path in (Path(__file__).parent / "states").glob("*/snapshot.json"))
CREATED_BY_THE_FIRST_UP = {"0.1.0": ("load-balancer-zones", "mtlsedge", "server-groups-web-servers")}
"""Saved state -> records that one `up` under the newest code adds without a call that changes anything (CHANGELOG)."""
Previewing = Callable[[Path, Snapshot], Preview]


def saved(state: Path) -> Snapshot:
    """A saved state."""
    return parse((state / "snapshot.json").read_text(), str(state))


@pytest.fixture
def previewing(stack: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Previewing:
    """The newest program's preview of a saved state with its own stack file, at the time it was saved; no secret, no cloud."""
    for name in ("PATH", "PULUMI_HOME"):
        monkeypatch.setenv(name, stack.environment()[name])
    copy_project(tmp_path)

    def preview(state: Path, snapshot: Snapshot) -> Preview:
        (tmp_path / f"Pulumi.{snapshot.stack}.yaml").write_text((state / "stack.yaml").read_text())
        moment = (state / "saved-at").read_text().strip()
        with without_secrets(tmp_path, snapshot.stack, snapshot) as (run, unknown):
            assert unknown == ()
            return events.read(replace(run, environment={**run.environment, "MTLSEDGE_NOW": moment}).preview())

    return preview


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_saved_state_previews_quietly_under_the_newest_code(previewing: Previewing, state: Path) -> None:
    """The whole preview, without an error; only what CHANGELOG names is created, and not one resource is touched."""
    preview = previewing(state, saved(state))
    assert (preview.incomplete, preview.errors) == ("", ())
    assert len(preview.changes) > 40
    changed = {change.name: change.operation for change in preview.changes if change.is_change}
    assert changed == dict.fromkeys(CREATED_BY_THE_FIRST_UP.get(state.name, ()), "create")


def test_a_name_that_moved_is_noticed(previewing: Previewing) -> None:
    """Were a resource called otherwise in the code than in the state, it would show as one more and one less."""
    snapshot = saved(STATES[-1])
    text = json.dumps(snapshot.deployment)
    assert "::client-alice-key" in text
    moved = replace(snapshot, deployment=json.loads(text.replace("::client-alice-key", "::alices-key")))
    preview = previewing(STATES[-1], moved)
    operations = {change.name: change.operation for change in preview.changes if change.is_change}
    assert operations["client-alice-key"] == "create"
    assert operations["alices-key"] == "delete"


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_saved_state_holds_no_secret_and_no_place_of_a_machine(state: Path) -> None:
    """Digests stand for keys; no encryption of them is there either, and no path but the project's own."""
    text = (state / "snapshot.json").read_text()
    assert "mtlsedge-digest-" in text
    for trace in ("PRIVATE KEY", "ciphertext", '"v1:', "encryptionsalt", "LTAI", "/tmp/", "/root/", "/work/", "/home/"):
        assert trace not in text, trace
    assert not [
        key
        for key, value in yaml.safe_load((state / "stack.yaml").read_text())["config"].items()
        if "secure" in str(value)
    ]
