"""Both tutorials in one stack: the cluster's front beside the load balancer's, under the real engine."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from local.toolchain import cache
from local.toolchain.parts import KUBERNETES
from tests.engine.sandbox import Sandbox

pytestmark = pytest.mark.engine
HOST = "demo.example.test"
CLUSTER = {
    "kubeconfig": ".local/kubeconfig",
    "clusterIdentifier": "local",
    "albConfig": {"name": "alb"},
    "listener": {"forwardClientCertificate": {"subject": "x-client-subject"}},
    "ingresses": {"demo": {"host": HOST, "service": "web:80"}},
    "domain": {"zone": "example.test"},
    "statusTimeout": 90,
}
FOREIGN = [
    {"port": 8080, "protocol": "HTTP", "x-note": "theirs"},
    {"port": 9090, "protocol": "HTTP", "gzipEnabled": False},
]


class ClusterSandbox(Sandbox):
    """A sandbox whose local cloud has a cluster, and whose stack has both fronts."""

    def __post_init__(self) -> None:
        super().__post_init__()
        document = self.checked_in_config()
        document["config"]["mtlsedge:kubernetes"] = CLUSTER
        self.write_config(document)

    def base_environment(self) -> dict[str, str]:
        """The variable decides about the cluster whatever the checked-in stack file says."""
        return super().base_environment() | {"MTLSEDGE_LOCAL_KUBERNETES": "1"}

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """kubectl as the cluster's administrator."""
        admin = next(self.local.rglob("admin.kubeconfig"))
        command = [cache.folder(KUBERNETES) / "kubectl", "--kubeconfig", admin, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=60, check=True)
        return done.stdout

    def alb_config(self, name: str) -> dict[str, Any]:
        """An AlbConfig as it stands, with its field owners."""
        return dict(json.loads(self.kubectl("get", "albconfig", name, "-o", "json", "--show-managed-fields")))

    def curl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The tutorial's own request at the Ingress's address, with the server's chain checked."""
        self.python("-m", "local", "endpoints")
        listeners = json.loads((self.local / "endpoints.json").read_text())["listeners"]
        front = next(
            one for one in listeners if one["declaredPort"] == 443 and one["loadBalancerId"] == self.load_balancer()
        )
        connect = f"{HOST}:443:{front['address']}:{front['port']}"
        command = ["curl", "-sS", "--max-time", "10", "--connect-to", connect, "--cacert", self.local / "server-ca.crt"]
        return subprocess.run(
            [*command, *arguments, f"https://{HOST}/"], capture_output=True, text=True, timeout=30, check=False
        )

    def load_balancer(self) -> str:
        """The ALB of the AlbConfig."""
        return str(self.outputs()["kubernetes"]["loadBalancerId"])

    def client(self) -> tuple[str, ...]:
        """curl's arguments that present alice's certificate."""
        folder = self.local / "clients" / "alice"
        return ("--cert", str(folder / "alice.crt"), "--key", str(folder / "alice.key"))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterSandbox]:
    """Both fronts, up and exported."""
    sandbox = ClusterSandbox(tmp_path_factory.mktemp("both"), number=25)
    sandbox.start()
    try:
        sandbox.init()
        sandbox.up()
        sandbox.export()
        yield sandbox
    finally:
        sandbox.stop()


def test_previews_are_quiet_after_up(both: ClusterSandbox) -> None:
    """Neither a plain nor a refreshing preview shows a change: status, finalizers and defaults are no differences."""
    both.preview("--expect-no-changes")
    both.preview("--refresh", "--expect-no-changes")


def test_the_ingress_has_class_host_address_and_ports(both: ClusterSandbox) -> None:
    """`kubectl get ingress` shows what the tutorial shows."""
    row = both.kubectl("get", "ingress", "demo").splitlines()[1]
    assert all(text in row for text in ("alb", HOST, both.outputs()["kubernetes"]["dnsName"], "80, 443"))


def test_the_certificate_decides_who_is_answered(both: ClusterSandbox) -> None:
    """With the client's certificate the Ingress answers, without one the handshake fails; the server is checked too."""
    answered = both.curl(*both.client())
    assert answered.returncode == 0 and answered.stdout, answered.stderr
    assert both.curl().returncode != 0


def test_a_manual_edit_that_turns_verification_off_shows_as_drift(both: ClusterSandbox) -> None:
    """`kubectl edit` with caEnabled: false is a difference in the next refreshing preview, and `up` repairs it."""
    patch = '[{"op":"replace","path":"/spec/listeners/0/caEnabled","value":false}]'
    both.kubectl("patch", "albconfig", "alb", "--type=json", "-p", patch)
    shown = both.preview("--refresh", "--expect-no-changes", "--diff", check=False)
    assert shown.returncode != 0
    assert "caEnabled" in shown.stdout
    both.up("--refresh")
    assert both.alb_config("alb")["spec"]["listeners"][0]["caEnabled"] is True


def test_rendered_manifests_are_those_in_the_cluster(both: ClusterSandbox) -> None:
    """`mtlsedge render kubernetes` says of each object exactly what its spec in the cluster says."""
    text = both.python("-m", "mtlsedge", "render", "kubernetes", "--stack", "local").stdout
    for document in yaml.safe_load_all(text):
        name = document["metadata"]["name"]
        live = json.loads(both.kubectl("get", document["kind"].lower(), name, "-o", "json"))
        assert live["spec"] == document["spec"]
        assert (document["metadata"].get("annotations") or {}).items() <= (
            live["metadata"].get("annotations") or {}
        ).items()


def test_somebody_elses_alb_config_is_adopted_changed_and_released(both: ClusterSandbox) -> None:
    """Its two listeners stay equal as JSON and keep their owner; the preview names them; leaving takes out ours alone."""
    config = {
        "name": "theirs",
        "addressType": "Internet",
        "zoneMappings": both.alb_config("alb")["spec"]["config"]["zoneMappings"],
    }
    document = {
        "apiVersion": "alibabacloud.com/v1",
        "kind": "AlbConfig",
        "metadata": {"name": "theirs"},
        "spec": {"config": config, "listeners": FOREIGN},
    }
    both.kubectl("create", "-f", "-", stdin=json.dumps(document))
    adopting = CLUSTER | {"albConfig": {"adopt": "theirs"}, "ingressClass": {"name": "theirs", "create": True}}
    with both.changed({"mtlsedge:kubernetes": adopting}):
        shown = both.preview("--diff").stdout
        assert "8080/HTTP" in shown and "9090/HTTP" in shown
        both.up()
        both.preview("--refresh", "--expect-no-changes")
        _require_theirs(both, ours=2)
    slower = adopting | {"listener": {"idleTimeout": 30}}
    with both.changed({"mtlsedge:kubernetes": slower}):
        both.up()
        _require_theirs(both, ours=2)
    both.up()
    _require_theirs(both, ours=0)
    both.kubectl("delete", "albconfig", "theirs", "--timeout=50s")  # its ALB lies in the stack's own network


def _require_theirs(sandbox: ClusterSandbox, *, ours: int) -> None:
    live = sandbox.alb_config("theirs")
    assert live["spec"]["listeners"][:2] == FOREIGN
    assert len(live["spec"]["listeners"]) == 2 + ours
    owners = [
        one["manager"]
        for one in live["metadata"]["managedFields"]
        if "f:listeners" in one["fieldsV1"].get("f:spec", {})
    ]
    assert owners == ["kubectl-create"]


def test_destroy_leaves_nothing(both: ClusterSandbox) -> None:
    """Ingress, class and AlbConfig are gone, in an order in which no finalizer hangs."""
    both.pulumi("destroy", "--yes", "--skip-preview", "--stack", "local")
    assert both.kubectl("get", "ingress,ingressclass", "-A", "-o", "name").strip() == ""
    assert "albconfig.alibabacloud.com/alb" not in both.kubectl("get", "albconfig", "-o", "name").split()
