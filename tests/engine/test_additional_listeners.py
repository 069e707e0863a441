"""HTTPS listeners with CAs of their own beside the first: made, used, left alone and taken away on the engine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtlsedge.verify.table import CHECKS
from tests.engine.sandbox import Sandbox
from tests.engine.test_curl import REFUSED, as_client, curl
from tests.waiting import eventually

pytestmark = pytest.mark.engine

PORTS = {"partners": 9443, "field": 9444}
ADDITIONAL = {
    "partners": {
        "authority": {"selfManaged": {"generations": {"2026": {"subject": {"commonName": "Acme Partners Root 2026"}}}}},
        "clients": {"carrier": {}},
        "listener": {"port": 9443, "default": "web", "forwardClientCertificate": {"subject": "x-client-subject"}},
    },
    "field": {
        "authority": {"external": {"certificateFile": "field-ca.pem"}},
        "listener": {"port": 9444, "default": "web", "allowFrom": ["127.0.0.0/8"]},
    },
}
CREATED_ONLY = {"create", "read"}


@pytest.fixture(scope="module")
def beside(stack: Sandbox) -> Iterator[Sandbox]:
    """The local stack with two more listeners; what was there is as before when they are gone."""
    before, ids = stack.objects(), stack.outputs()["loadBalancer"]
    (stack.root / "passphrase").write_text("a passphrase of some length")
    stack.python(
        "-m", "mtlsedge", "authority", "new", "--common-name", "Field Root", "--to", "field", "--passphrase-file", "passphrase"
    )  # fmt: skip
    (stack.root / "field-ca.pem").write_text((stack.root / "field" / "root.crt").read_text())
    with stack.changed({"mtlsedge:additionalListeners": ADDITIONAL}):
        assert set(stack.steps().values()) <= {*CREATED_ONLY, "update"}
        stack.up()
        stack.export()
        assert stack.outputs()["loadBalancer"] == ids
        yield stack
    stack.up()
    assert stack.objects() == before
    stack.export()


def test_nothing_changes_in_a_second_up(beside: Sandbox) -> None:
    """Quiet, with and without a look at the cloud."""
    beside.preview("--expect-no-changes")
    beside.preview("--refresh", "--expect-no-changes")


def test_every_row_of_verify_is_ok_where_the_stack_has_a_key(beside: Sandbox) -> None:
    """The rows of both kinds of listener; of a CA whose key is elsewhere nobody can be let in, which is said."""
    rows = beside.verify()
    assert set(rows) > {check.id for check in CHECKS}
    assert {row: status for row, status in rows.items() if not row.startswith("field.") and status != "ok"} == {}
    assert rows["partners.mtls.accepted"] == rows["partners.mtls.other-listener"] == rows["mtls.other-listener"] == "ok"
    assert rows["field.mtls.accepted"] == "not checked"


def test_each_listener_lets_its_own_clients_in(beside: Sandbox) -> None:
    """A client of one listener is refused by the others, and so is one without a certificate."""
    clients = beside.local / "clients"
    alice, carrier = as_client(clients / "alice"), as_client(clients / "carrier")
    eventually(lambda: curl(beside, *carrier, declared=PORTS["partners"]).stdout, lambda answer: "200 OK" in answer)
    assert "200 OK" in curl(beside, *alice).stdout
    for refused in (
        curl(beside, *carrier),
        curl(beside, *alice, declared=PORTS["partners"]),
        curl(beside, declared=PORTS["partners"]),
        curl(beside, *alice, declared=PORTS["field"]),
        curl(beside, *carrier, declared=PORTS["field"]),
    ):
        assert refused.returncode in REFUSED, refused.stdout


def test_the_command_knows_whose_client_it_is(beside: Sandbox, tmp_path: Path) -> None:
    """`explain` asks the client's own listener; with another it says what is so; `rotation` and `expiry` know both CAs."""
    told = json.loads(beside.python("-m", "mtlsedge", "explain", "--client", "carrier", "--json").stdout)
    assert told["cause"] == "accepted"
    folder = beside.local / "clients" / "carrier"
    elsewhere = beside.python("-m", "mtlsedge", "explain", "--folder", str(folder), "--json", check=False)
    assert json.loads(elsewhere.stdout)["verdict"] == "refused"
    rotation = json.loads(beside.python("-m", "mtlsedge", "rotation", "--listener", "partners", "--json").stdout)
    assert [row["client"] for row in rotation["rows"]] == ["carrier"]
    lives = {row["what"] for row in json.loads(beside.python("-m", "mtlsedge", "expiry", "--json").stdout)}
    assert {"trusted CA", "trusted CA of partners", "trusted CA of field", "client carrier", "client alice"} <= lives
    beside.python("-m", "mtlsedge", "authority", "export", "--listener", "partners", "--to", str(tmp_path))
    own = beside.outputs()["listeners"]["partners"]["authority"]["certificate"]
    assert own.strip() in (tmp_path / "ca.crt").read_text()


def test_no_key_stands_in_the_state_in_clear(beside: Sandbox) -> None:
    """Keys of the other CA and its clients are secrets as those of the first."""
    assert "PRIVATE KEY" not in beside.state()
