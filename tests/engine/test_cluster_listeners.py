"""Two HTTPS listeners of one AlbConfig, a CA each: made, used, left alone and taken away on the engine."""

import json
import subprocess
from collections.abc import Iterator

import pytest
import yaml

from tests.engine.sandbox import Sandbox
from tests.engine.test_curl import REFUSED, as_client
from tests.engine.test_kubernetes import ClusterSandbox
from tests.waiting import eventually

pytestmark = pytest.mark.engine

FIRST, BESIDE = 443, 8443
HOSTS = {FIRST: "demo.example.test", BESIDE: "orders.example.test"}
HEADERS = {
    "subject": "x-client-subject", "issuer": "x-client-issuer", "fingerprint": "x-client-fingerprint", "verification": "x-client-verify",
}  # fmt: skip
PARTNERS = {
    "authority": {"selfManaged": {"generations": {"2026": {"subject": {"commonName": "Acme Partners Root 2026"}}}}},
    "clients": {"carrier": {}},
    "listener": {"port": BESIDE, "forwardClientCertificate": HEADERS},
}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterSandbox]:
    """A cluster's entry point that runs already, and then one more listener for one of its Ingresses; what was there is as before when it is gone."""
    sandbox = ClusterSandbox(tmp_path_factory.mktemp("two"), number=38, cluster=True)
    sandbox.start()
    try:
        sandbox.init()
        document = sandbox.read_config()
        cluster = document["config"]["mtlsedge:kubernetes"]
        cluster["ingresses"]["orders"] = {"host": HOSTS[BESIDE], "service": "web:80"}
        sandbox.write_config(document)
        sandbox.up()
        sandbox.export()
        before, spec = sandbox.outputs()["kubernetes"], sandbox.alb_config("alb")["spec"]
        moved = {**cluster["ingresses"], "orders": {**cluster["ingresses"]["orders"], "listener": "partners"}}
        more = {**cluster, "additionalListeners": {"partners": PARTNERS}, "ingresses": moved}
        with sandbox.changed({"mtlsedge:kubernetes": more}):
            sandbox.up()
            sandbox.export()
            now = sandbox.outputs()["kubernetes"]
            assert {key for key in before if now[key] != before[key]} == {"hosts", "paths"}
            assert sandbox.alb_config("alb")["spec"]["listeners"][: len(spec["listeners"])] == spec["listeners"]
            yield sandbox
        sandbox.up()
        assert sandbox.outputs()["kubernetes"] == before
        assert sandbox.alb_config("alb")["spec"] == spec
        sandbox.pulumi("destroy", "--yes", "--skip-preview", "--stack", "local")
        assert sandbox.kubectl("get", "ingress,ingressclass", "-A", "-o", "name").strip() == ""
        assert "albconfig.alibabacloud.com/alb" not in sandbox.kubectl("get", "albconfig", "-o", "name").split()
    finally:
        sandbox.stop()


def _visit(sandbox: ClusterSandbox, declared: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """curl at one listener of the AlbConfig, by the name of its Ingress."""
    options = ("--include", "--http1.1", "--cacert", str(sandbox.local / "server-ca.crt"))
    return sandbox.curl(*options, *arguments, f"https://{HOSTS[declared]}/", declared=declared)


def _as(sandbox: Sandbox, name: str) -> list[str]:
    return as_client(sandbox.local / "clients" / name)


def test_nothing_changes_in_a_second_up(two: ClusterSandbox) -> None:
    """Quiet, with and without a look at the cloud and the cluster."""
    two.preview("--expect-no-changes")
    two.preview("--refresh", "--expect-no-changes")


def test_each_listener_lets_its_own_clients_in(two: ClusterSandbox) -> None:
    """A client of one listener is refused by the other, and so is one without a certificate."""
    alice, carrier = _as(two, "alice"), _as(two, "carrier")
    eventually(lambda: _visit(two, BESIDE, *carrier).stdout, lambda answer: "200 OK" in answer)
    assert "200 OK" in _visit(two, FIRST, *alice).stdout
    for refused in (
        _visit(two, FIRST, *carrier), _visit(two, BESIDE, *alice), _visit(two, BESIDE), _visit(two, FIRST),
    ):  # fmt: skip
        assert refused.returncode in REFUSED, refused.stdout


def test_every_row_of_verify_is_ok(two: ClusterSandbox) -> None:
    """The rows of the load balancer, of the cluster's first listener, and of the one beside it."""
    rows = two.verify()
    assert {row: status for row, status in rows.items() if status != "ok"} == {}
    for row in ("mtls.stranger", "mtls.other-listener"):
        assert {row, f"kubernetes.{row}", f"partners.{row}"} <= set(rows)
    assert "partners.mtls.every-path" in rows
    alone = two.verify("--listener", "partners")
    assert alone and all(row.startswith("partners.") for row in alone)


def test_the_command_knows_whose_client_it_is(two: ClusterSandbox) -> None:
    """`explain` asks the client's own listener, `rotation` and `expiry` know both CAs, `render` writes what is in the cluster."""
    told = json.loads(two.python("-m", "mtlsedge", "explain", "--client", "carrier", "--json").stdout)
    assert told["cause"] == "accepted"
    rotation = json.loads(two.python("-m", "mtlsedge", "rotation", "--listener", "partners", "--json").stdout)
    assert [row["client"] for row in rotation["rows"]] == ["carrier"]
    assert rotation["next"].startswith("mtlsedge:kubernetes.additionalListeners.partners.authority.selfManaged")
    lives = {row["what"] for row in json.loads(two.python("-m", "mtlsedge", "expiry", "--json").stdout)}
    assert {"trusted CA", "trusted CA of partners", "client carrier", "client alice"} <= lives
    text = two.python("-m", "mtlsedge", "render", "kubernetes", "--stack", "local").stdout
    rendered = next(one for one in yaml.safe_load_all(text) if one["kind"] == "AlbConfig")
    assert two.alb_config("alb")["spec"] == rendered["spec"]


def test_no_key_stands_in_the_state_in_clear(two: ClusterSandbox) -> None:
    """Keys of the other CA and its clients are secrets as those of the first."""
    assert "PRIVATE KEY" not in two.state()
