"""Both tutorials in one stack: the cluster's entry point beside the load balancer's, under the real engine."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from local.toolchain import cache
from local.toolchain.parts import KUBERNETES
from tests.engine.preview_changes import ADOPTED
from tests.engine.published import publish, told_alike
from tests.engine.sandbox import Sandbox
from tests.engine.test_secrets import holders, is_documented, planted_keys, spellings

pytestmark = pytest.mark.engine
HOST = "demo.example.test"
HTTP_ERROR = 22
"""curl's exit status for an answer of 400 or above."""
COMPARED = {
    "adopted-albconfig-mtls-off": "Client verification off",
    "adopted-albconfig-idle-timeout": "`kubernetes-listeners`",
}
"""Recorded edits of somebody else's AlbConfig whose comment with secrets is compared with the one without -> words in it."""
FOREIGN = [
    {"port": 8080, "protocol": "HTTP", "x-note": "theirs"},
    {"port": 9090, "protocol": "HTTP", "gzipEnabled": False},
]


class ClusterSandbox(Sandbox):
    """The checked-in stack, both entry points, and the tutorial's tools to look at the cluster's."""

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """kubectl as the cluster's administrator."""
        admin = next(self.local.rglob("admin.kubeconfig"))
        command = [cache.folder(KUBERNETES) / "kubectl", "--kubeconfig", admin, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=60, check=True)
        return done.stdout

    def alb_config(self, name: str) -> dict[str, Any]:
        """An AlbConfig as it stands, with its field owners."""
        return dict(json.loads(self.kubectl("get", "albconfig", name, "-o", "json", "--show-managed-fields")))

    def curl(self, *arguments: str, declared: int = 443) -> subprocess.CompletedProcess[str]:
        """curl, led to the address and port at which a listener of the cluster is served here."""
        self.python("-m", "local", "endpoints")
        listeners = json.loads((self.local / "endpoints.json").read_text())["listeners"]
        wanted = declared, self.load_balancer()
        place = next(one for one in listeners if (one["declaredPort"], one["loadBalancerId"]) == wanted)
        command = ["curl", "-sS", "--max-time", "10", "--connect-to", f"::{place['address']}:{place['port']}"]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=30, check=False)

    def visit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The Ingress's host by its name, the server's chain checked."""
        return self.curl("--fail", "--cacert", str(self.local / "server-ca.crt"), *arguments, f"https://{HOST}/")

    def load_balancer(self) -> str:
        """The ALB of the AlbConfig."""
        return str(self.outputs()["kubernetes"]["loadBalancerId"])

    def client(self) -> tuple[str, ...]:
        """curl's arguments that present alice's certificate."""
        folder = self.local / "clients" / "alice"
        return ("--cert", str(folder / "alice.crt"), "--key", str(folder / "alice.key"))


ZEROS_OF_AN_ALB = {
    "id": "", "resourceGroupId": "", "edition": "", "addressAllocatedMode": "", "addressIpVersion": "", "forceOverride": False,
    "accessLogConfig": {"logProject": "", "logStore": ""}, "billingConfig": {"payType": "", "bandWidthPackageId": ""},
}  # fmt: skip
ZEROS_OF_A_LISTENER = {
    "aclConfig": {"aclType": "", "aclEntries": [], "aclIds": []}, "logConfig": {}, "quicConfig": {"quicListenerId": "", "quicUpgradeEnabled": False},
    "certificates": [], "caEnabled": False, "caCertificates": [], "securityPolicyId": "", "description": "",
}  # fmt: skip
"""What the vendor's open-source controller writes into an AlbConfig beside what is said, when it looks at an Ingress."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterSandbox]:
    """Both entry points, up and exported."""
    sandbox = ClusterSandbox(tmp_path_factory.mktemp("both"), number=25, cluster=True)
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
    answered = both.visit(*both.client())
    assert answered.returncode == 0 and answered.stdout, answered.stderr
    assert both.visit().returncode != 0


def test_the_tutorials_own_command_answers(both: ClusterSandbox) -> None:
    """`curl -H HOST:demo.example.test https://ADDRESS --cert client.crt --key client.key -k`, as the tutorial ends."""
    address = f"https://{both.outputs()['kubernetes']['dnsName']}/"
    host = ("--fail", "-k", "-H", f"HOST:{HOST}")
    answered = both.curl(*host, *both.client(), address)
    assert answered.returncode == 0 and answered.stdout, answered.stderr
    assert both.curl(*host, address).returncode != 0
    assert both.curl("--fail", "-k", "-H", "HOST:other.example.test", *both.client(), address).returncode == HTTP_ERROR


def test_verify_judges_both_entry_points(both: ClusterSandbox) -> None:
    """Every row is green, the cluster's beside the load balancer's."""
    rows = both.verify()
    assert {row for row, status in rows.items() if status != "ok"} == set()
    assert {"mtls.stranger", "kubernetes.mtls.stranger", "kubernetes.health.servers"} <= set(rows)


def test_no_key_of_the_stack_reaches_the_cluster(both: ClusterSandbox) -> None:
    """Neither etcd nor a log, manifest or kubeconfig holds a key in any spelling: the cluster knows certificates by identifier."""
    needles = [needle for pem in planted_keys(both).values() for needle in spellings(pem)]
    found = holders(both.root, needles)
    assert found, "the hunt must find the exported keys, or it finds nothing at all"
    assert {path for path in found if not is_documented(both, path)} == set()
    assert any("etcd" in str(path) for path in holders(both.root, [b"kube-system"])), "etcd's files are hunted through"


def test_no_orphans_after_an_undisturbed_up(both: ClusterSandbox) -> None:
    """What the controller made is no orphan of the stack's, though the state does not know it."""
    assert both.orphans() == []


def test_verification_is_switched_off_and_on_again(both: ClusterSandbox) -> None:
    """Off, the list of CAs stays, nobody needs a certificate, and the cluster's row alone turns red; on, it is as before."""
    cluster = both.read_config()["config"]["mtlsedge:kubernetes"]
    off = {**cluster, "listener": {**cluster["listener"], "clientVerification": "off-for-migration"}}
    with both.changed({"mtlsedge:kubernetes": off}):
        assert "clientVerification: clients need no certificate" in both.preview("--diff").stdout
        both.up()
        listener = both.alb_config("alb")["spec"]["listeners"][0]
        assert listener["caEnabled"] is False and len(listener["caCertificates"]) == 1
        assert both.visit().returncode == 0
        assert [row for row, status in both.verify().items() if status == "failed"] == [
            "kubernetes.mtls.no-certificate"
        ]
    both.up()
    assert both.visit().returncode != 0
    assert both.visit(*both.client()).returncode == 0


def test_a_manual_edit_that_turns_verification_off_shows_as_drift(both: ClusterSandbox) -> None:
    """An edit with caEnabled: false is a difference in the next refreshing preview. `up` repairs it where kubectl made it,
    and otherwise stops with the editor's name until it is told to force."""
    patch = '[{"op":"replace","path":"/spec/listeners/0/caEnabled","value":false}]'
    both.kubectl("patch", "albconfig", "alb", "--type=json", "-p", patch)
    both.up("--refresh")
    assert both.alb_config("alb")["spec"]["listeners"][0]["caEnabled"] is True
    both.kubectl("patch", "albconfig", "alb", "--type=json", "-p", patch, "--field-manager=console")
    shown = both.preview("--refresh", "--expect-no-changes", "--diff", check=False)
    assert shown.returncode != 0
    assert "caEnabled" in shown.stdout
    refused = both.up("--refresh", check=False)
    assert refused.returncode != 0
    assert '"console"' in refused.stdout
    assert both.alb_config("alb")["spec"]["listeners"][0]["caEnabled"] is False
    both.up("--refresh", env=both.environment() | {"PULUMI_K8S_ENABLE_PATCH_FORCE": "true"})
    assert both.alb_config("alb")["spec"]["listeners"][0]["caEnabled"] is True
    both.preview("--refresh", "--expect-no-changes")


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


def test_what_the_vendors_controller_writes_into_the_objects_is_no_change(both: ClusterSandbox) -> None:
    """Labels with a hash, and every field of its own types with its zero, under another manager: previews stay quiet.

    A change of what it wrote too stops with that manager's name, and goes through when `up` is told to force.
    """
    spec = both.alb_config("alb")["spec"]
    listeners = [{**ZEROS_OF_A_LISTENER, **one} for one in spec["listeners"]]
    label = {"metadata": {"labels": {"alb.ingress.kubernetes.io/hash": "5f1c"}}}
    written = {**label, "spec": {"config": {**ZEROS_OF_AN_ALB, **spec["config"]}, "listeners": listeners}}
    patch = ("patch", "--type=merge", "--field-manager=manager", "-p")
    both.kubectl(patch[0], "albconfig", "alb", *patch[1:], json.dumps(written))
    both.kubectl(patch[0], "ingress", "demo", *patch[1:], json.dumps(label))
    both.preview("--expect-no-changes")
    both.preview("--refresh", "--expect-no-changes")
    cluster = both.read_config()["config"]["mtlsedge:kubernetes"]
    with both.changed({"mtlsedge:kubernetes": {**cluster, "listener": {**cluster["listener"], "idleTimeout": 30}}}):
        refused = both.up(check=False)
        assert refused.returncode != 0 and '"manager"' in refused.stdout
        both.up(env=both.environment() | {"PULUMI_K8S_ENABLE_PATCH_FORCE": "true"})
        assert both.alb_config("alb")["spec"]["listeners"][0]["idleTimeout"] == 30
        both.preview("--refresh", "--expect-no-changes")
    both.up()


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
    cluster = both.read_config()["config"]["mtlsedge:kubernetes"]
    adopting = cluster | {"albConfig": {"adopt": "theirs"}, "ingressClass": {"name": "theirs", "create": True}}
    with both.changed({"mtlsedge:kubernetes": adopting}):
        shown = both.preview("--diff").stdout
        assert "8080/HTTP" in shown and "9090/HTTP" in shown
        both.up()
        both.preview("--refresh", "--expect-no-changes")
        _require_theirs(both, ours=2)
        _compare(both)
    slower = adopting | {"listener": {"idleTimeout": 30}}
    with both.changed({"mtlsedge:kubernetes": slower}):
        both.up()
        _require_theirs(both, ours=2)
    both.up()
    _require_theirs(both, ours=0)
    both.kubectl("delete", "albconfig", "theirs", "--timeout=50s")  # its ALB lies in the stack's own network


def _compare(sandbox: ClusterSandbox) -> None:
    """A pull request's preview tells of each recorded edit what the one with secrets tells."""
    publish(sandbox, "snapshot.json")
    for name, told in COMPARED.items():
        document = sandbox.read_config()
        ADOPTED[name](document["config"])
        with sandbox.changed(document["config"]):
            told_alike(sandbox, told)


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
