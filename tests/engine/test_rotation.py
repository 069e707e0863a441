"""A whole rotation on the real engine: four one-line changes, with old and new clients before, during and after each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtlsedge_components.x509.rotation import Carried
from tests.engine.preview_changes import AUTHORITY, CLIENTS
from tests.engine.rotating import Rotation
from tests.engine.sandbox import Sandbox
from tests.verifiers import Shown

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]
"""A run of the engine takes seconds, and a loaded machine several times that; a rotation has a dozen."""

NEXT = {"subject": {"country": "CN", "organization": "Acme", "commonName": "Acme Edge Root 2027"}}

LATER = {"subject": {"country": "CN", "organization": "Acme", "commonName": "Acme Edge Root 2028"}}


@pytest.fixture(scope="module")
def rotation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rotation]:
    """The checked-in local stack, up, in a sandbox of its own."""
    sandbox = Sandbox(tmp_path_factory.mktemp("rotation"), number=12)
    sandbox.start()
    try:
        sandbox.init()
        sandbox.up()
        sandbox.export()
        yield Rotation(sandbox)
    finally:
        sandbox.stop()


OLD, NEW = Carried("2026"), Carried("2027", "2026")


def test_four_steps_lock_nobody_out(rotation: Rotation, tmp_path: Path) -> None:
    """Add, issue, record deliveries and trust, retire: whoever is delivered in time gets in at every moment."""
    for name in ("alice", "bob"):
        rotation.hand_out(name, OLD)
    assert all(rotation.agree("2026", tmp_path).values())
    _add(rotation)
    assert all(rotation.agree("2026", tmp_path).values())
    _issue(rotation)
    assert all(rotation.agree("2026", tmp_path).values())
    _trust(rotation)
    assert rotation.agree("2027", tmp_path) == {
        "alice 2026": False, "bob 2026": False, "alice 2027 2026": True, "bob 2027 2026": True,
    }  # fmt: skip
    assert rotation.stack.verify()["mtls.rotated-out"] == "ok"
    _go_back_and_forth(rotation, tmp_path)
    _retire(rotation)
    assert rotation.agree("2027", tmp_path)["alice 2027 2026"]
    rotation.hand_out("alice", Carried("2027"))
    assert rotation.agree("2027", tmp_path)["alice 2027"]


def _add(rotation: Rotation) -> None:
    """Step 1: another generation; nothing that exists is touched but the ledger."""
    rotation.write(AUTHORITY, "selfManaged", "generations", "2027", value=NEXT)
    steps = rotation.stack.steps()
    created = {name for name, operation in steps.items() if operation == "create"}
    assert created and all(name.startswith("authority-2027") for name in created)
    assert set(steps) - created <= {"authority-generations", "mtlsedge-local"}, steps
    rotation.up()


def _issue(rotation: Rotation) -> None:
    """Step 2: clients are issued anew, their old certificates stay; the listener's CA does not move."""
    rotation.publish()
    rotation.step("rotation-2-issued")
    steps = rotation.stack.steps()
    assert {steps[f"client-{name}-leaf@2027"] for name in ("alice", "bob")} == {"create"}
    assert not [name for name in steps if name.endswith("leaf@2026") or name.startswith("ca-")], steps
    rotation.up()
    for name in ("alice", "bob"):
        rotation.hand_out(name, NEW)


def _trust(rotation: Rotation) -> None:
    """Steps 3 and 4: refused, in preview, while anybody's delivery is not written down; then one update in place."""
    rotation.publish()
    with rotation.stack.changed({}):
        rotation.step("rotation-3-delivered")
    rotation.managed("trusted", "2027")
    refused = rotation.refusal()
    assert "locks out alice (" in refused and "bob (" in refused
    rotation.write(CLIENTS, "alice", value={"delivered": "2027"})
    refused = rotation.refusal()
    assert "locks out bob (" in refused and "alice (" not in refused
    rotation.write(CLIENTS, "bob", "delivered", value="2027")
    rotation.step("rotation-4-trusted")
    steps = rotation.stack.steps()
    assert "replace" in steps["ca-ca"] and "update" in [steps[name] for name in steps if "listener" in name], steps
    before = len(rotation.stack.requests())
    delivered = [shown for (_, carries), shown in rotation.held.items() if carries == NEW]
    with rotation.hammered(*delivered):
        rotation.up()
    _listener_kept_its_ca(rotation.stack.requests()[before:])


def _listener_kept_its_ca(requests: list[dict[str, Any]]) -> None:
    """Upload, point the listener at it, delete the old: in this order, and the listener is not made anew."""
    writes = [entry["action"] for entry in requests if entry["action"] in (
        "UploadPCACert", "UpdateListenerAttribute", "DeletePCACert", "CreateListener", "DeleteListener",
    )]  # fmt: skip
    assert writes == ["UploadPCACert", "UpdateListenerAttribute", "DeletePCACert"]


def _go_back_and_forth(rotation: Rotation, folder: Path) -> None:
    """Going back is the same line with the old name: those delivered get in through the bridge, the others again."""
    rotation.managed("trusted", "2026")
    rotation.up()
    assert all(rotation.agree("2026", folder).values())
    rotation.managed("trusted", "2027")
    rotation.up()


def _retire(rotation: Rotation) -> None:
    """Step 5: the old generation goes, with the old certificates; not while it is trusted or anybody's default."""
    generations = rotation.stack.read_config()["config"][AUTHORITY]["selfManaged"]["generations"]
    with_old = dict(generations)
    rotation.publish()
    rotation.step("rotation-5-retired")
    rotation.write(CLIENTS, "bob", "delivered", value=None)
    assert "by default client bob carries it" in rotation.refusal()
    rotation.write(CLIENTS, "bob", "delivered", value="2026")
    assert "a generation that is listed (2027)" in rotation.refusal()
    rotation.write(CLIENTS, "bob", "delivered", value="2027")
    steps = rotation.stack.steps()
    assert {name for name in steps if "2026" in name and steps[name] != "delete"} == set(), (steps, with_old)
    rotation.up()
    shown = json.dumps(rotation.stack.outputs()["rotation"])
    assert '"2026":' not in shown


def test_another_intermediate_needs_no_change_at_the_listener(rotation: Rotation, tmp_path: Path) -> None:
    """Under a stable root the CA of the listener stays; clients of the old and of the new intermediate get in."""
    identifier = rotation.stack.outputs()["caIdentifier"]
    rotation.write(AUTHORITY, "selfManaged", "generations", "2027", "intermediateRevision", value=2)
    rotation.write(CLIENTS, "bob", "delivered", value=None)
    steps = rotation.stack.steps()
    assert steps["authority-2027-intermediate-2"] == "create"
    assert steps["authority-2027-intermediate"] == "delete"
    assert not [name for name in steps if name.startswith("ca-")]
    rotation.up()
    rotation.hand_out("bob", Carried("2027"))
    assert rotation.agree("2027", tmp_path)["bob 2027"]
    assert rotation.stack.outputs()["caIdentifier"] == identifier
    assert _remembered(rotation) == {"alice": "2027"}, (
        "what is declared goes into the state without an update of the ledger"
    )


def _remembered(rotation: Rotation) -> dict[str, str]:
    """What the ledger will be told was delivered before, in the next run."""
    resources = json.loads(rotation.stack.state())["deployment"]["resources"]
    return next(one["inputs"]["delivered"] for one in resources if one["urn"].endswith("::authority-generations"))


def test_a_bridge_back_keeps_old_clients_in(rotation: Rotation, tmp_path: Path) -> None:
    """With `bridgeBack`, a client whose chain alone is delivered anew stays in with its old certificate."""
    rotation.write(AUTHORITY, "selfManaged", "generations", "2028", value=LATER)
    rotation.managed("bridgeBack", True)
    for name in ("alice", "bob"):
        rotation.write(CLIENTS, name, "delivered", value="2027")
    rotation.up()
    rotation.held.clear()
    rotation.hand_out("alice", Carried("2027", "2028"))
    rotation.held["bob", Carried("2027")] = _without_bridge(rotation, "bob")
    rotation.managed("trusted", "2028")
    assert "alice (" in rotation.refusal()
    rotation.write(CLIENTS, "alice", "bridgedBy", value="2028")
    refused = rotation.refusal()
    assert "alice (" not in refused and "bob (" in refused
    rotation.managed("acceptLockout", ["bob"])
    rotation.up()
    assert rotation.agree("2028", tmp_path) == {"alice 2027 2028": True, "bob 2027": False}
    weakenings = rotation.stack.outputs()["weakenings"]
    assert any("acceptLockout" in line and "bob" in line for line in weakenings)
    assert any("bridgeBack" in line for line in weakenings)


def _without_bridge(rotation: Rotation, name: str) -> Shown:
    """What the client was handed before there was a bridge: its certificate and the intermediate."""
    bundle = rotation.stack.outputs()["clients"][name]
    intermediate = bundle["chain"].split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"
    return Shown(bundle["certificate"], intermediate, bundle["privateKey"])
