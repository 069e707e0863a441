"""The local cluster as a program: ready, survives kills, keeps what it has, and gives nobody more than the documents say."""

import os
import re
import signal
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from local.kubernetes import objects
from local.kubernetes.client import (
    ALB_CONFIG,
    ENDPOINTS,
    EVENT,
    INGRESS,
    INGRESS_CLASS,
    MERGE,
    SECRET,
    SERVICE,
    ApiError,
    Client,
    Kind,
)
from tests.local.cluster_support import (
    BOTH,
    HTTP,
    ClusterSandbox,
    Pki,
    albconfig,
    https,
    ingress,
    ingress_class,
    remove_all,
    running,
)  # fmt: skip
from tests.local.edge_support import https as get
from tests.local.edge_support import tls_context
from tests.waiting import eventually

pytestmark = pytest.mark.engine
POD = Kind("", "v1", "pods", "Pod")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running(tmp_path_factory.mktemp("programs"), 22) as sandbox:
        yield sandbox


def children(sandbox: ClusterSandbox) -> dict[str, int]:
    """Program name -> process id of what the supervisor runs."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(sandbox.cloud_pid())], capture_output=True, text=True, check=False
    ).stdout
    found = (re.match(r"\s*(\d+) \S*/(etcd|kube-apiserver|envoy) ", line + " ") for line in listed.splitlines())
    return {match[2]: int(match[1]) for match in found if match}


def refused(client: Client, *request) -> int:
    """HTTP status of a request that must not be answered."""
    with pytest.raises(ApiError) as caught:
        client.request(*request)
    return caught.value.status


def test_a_pod_is_taken(cluster):
    """In the namespace `default` there is the service account that every pod has; nothing starts it."""
    pod = {"metadata": {"name": "idle", "namespace": "default"}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    made = cluster.client().create(POD, pod)
    assert made["spec"]["serviceAccountName"] == "default"
    cluster.client().delete(POD, "idle", "default")


def test_stack_has_the_documented_rights(cluster):
    """The service account may do exactly what docs/guides/kubernetes-rbac.yaml says: other kinds and namespaces are refused."""
    stack = cluster.client("stack")
    assert stack.list(ALB_CONFIG)["items"] == []
    assert stack.list(INGRESS, "default")["items"] == []
    assert {"coffee", "tea", "web"} <= {one["metadata"]["name"] for one in stack.list(SERVICE, "default")["items"]}
    assert refused(stack, "GET", SECRET.path("default")) == 403
    assert refused(stack, "GET", INGRESS.path("kube-system")) == 403
    assert refused(stack, "DELETE", SERVICE.path("default", "web")) == 403
    assert refused(stack, "PATCH", ALB_CONFIG.path(None, "alb", "status"), {}) in (403, 415)


RIGHTS = [
    (role["kind"], resource, verb)
    for role in objects.stack_rights()
    if role["kind"] in ("ClusterRole", "Role")
    for rule in role["rules"]
    for resource in rule["resources"]
    for verb in rule["verbs"]
]
"""Every right that docs/guides/kubernetes-rbac.yaml gives: kind of role, resource, verb."""
RESOURCES = {kind.plural: kind for kind in (ALB_CONFIG, INGRESS_CLASS, INGRESS, SERVICE, ENDPOINTS, EVENT)}
REQUESTS = {
    "get": ("GET", "x", {}),
    "list": ("GET", "", {}),
    "watch": ("GET", "", {"watch": "true", "timeoutSeconds": "1"}),
    "create": ("POST", "", {"dryRun": "All"}),
    "update": ("PUT", "x", {"dryRun": "All"}),
    "patch": ("PATCH", "x", {"dryRun": "All"}),
    "delete": ("DELETE", "x", {"dryRun": "All"}),
}
"""What the API server takes for each verb: method, name, query. Whether there is an `x` is looked at after the right."""


@pytest.mark.parametrize(("kind", "resource", "verb"), RIGHTS)
def test_one_verb_less_fails(cluster, kind, resource, verb):
    """Each right is the one in force: without it just this request is refused, and with it again it is let through."""
    role = next(one for one in objects.stack_rights() if one["kind"] == kind)
    less = [
        rule | {"verbs": [one for one in rule["verbs"] if one != verb or resource not in rule["resources"]]}
        for rule in role["rules"]
    ]
    admin = cluster.client()
    assert _is_let_through(cluster, resource, verb)
    admin.merge(objects.KINDS[kind], role, {"rules": less})
    try:
        eventually(lambda: not _is_let_through(cluster, resource, verb))
        others = {other for _, same, other in RIGHTS if same == resource} - {verb}
        assert [other for other in others if not _is_let_through(cluster, resource, other)] == []
    finally:
        admin.merge(objects.KINDS[kind], role, {"rules": role["rules"]})
    eventually(lambda: _is_let_through(cluster, resource, verb))


def _is_let_through(cluster: ClusterSandbox, resource: str, verb: str) -> bool:
    """Whether the stack's account may; a request that is let through may still be about nothing, or nonsense."""
    method, name, query = REQUESTS[verb]
    path = RESOURCES[resource].path("default", name)
    try:
        cluster.client("stack").request(
            method,
            path,
            {} if method in ("POST", "PUT", "PATCH") else None,
            content=MERGE if method == "PATCH" else "application/json",
            query=query,
        )
    except ApiError as error:
        return error.status != 403
    return True


def test_nobody_is_anonymous(cluster):
    """A request without a token, or with another one, is turned away."""
    known = cluster.client()
    stranger = Client(known.host, known.port, known.ca_file, "wrong")
    assert refused(stranger, "GET", "/version") == 401


def test_access_is_the_owners_alone(cluster):
    """Kubeconfig, tokens and keys have mode 0600; the kubeconfig names its context and holds no other user's token."""
    folder = cluster.local / "cloud" / "kubernetes"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (cluster.local / "kubeconfig", folder / "tokens.csv", folder / "tokens.json", folder / "api-server.pem",
                 folder / "service-account.pem", folder / "admin.kubeconfig"):  # fmt: skip
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    document = yaml.safe_load((cluster.local / "kubeconfig").read_text())
    assert document["current-context"] == "mtlsedge-local"
    assert [user["name"] for user in document["users"]] == ["mtlsedge"]


def test_services_have_endpoints(cluster):
    """Every Service of the tutorial leads to two addresses, in Endpoints and in EndpointSlices alike."""
    admin = cluster.client()
    for name in objects.SERVICES:
        subset = admin.get(ENDPOINTS, name, "default")["subsets"][0]
        slices = admin.get(objects.KINDS["EndpointSlice"], f"{name}-local", "default")["endpoints"]
        assert [one["ip"] for one in subset["addresses"]] == [one["addresses"][0] for one in slices]
        assert len(slices) == 2


def test_anything_goes_into_an_albconfig(cluster):
    """As on a managed cluster: unknown fields and wrong types are kept, and the status is apart from the spec."""
    stack = cluster.client("stack")
    made = stack.apply(ALB_CONFIG, {"metadata": {"name": "odd"}, "spec": {"litseners": 3}, "status": {"x": 1}})
    assert made["spec"] == {"litseners": 3}
    assert "x" not in (made.get("status") or {})
    stack.delete(ALB_CONFIG, "odd")


@pytest.mark.parametrize("program", ["kube-apiserver", "etcd"])
def test_killed_program_comes_back(cluster, program):
    """kill -9 of the API server or of etcd: the supervisor starts it again, and what was in it is there."""
    cluster.client("stack").apply(INGRESS_CLASS, ingress_class("kept"))
    before = children(cluster)
    os.kill(before[program], signal.SIGKILL)
    eventually(lambda: children(cluster).get(program) not in (None, before[program]))
    eventually(lambda: _answers(cluster))
    assert cluster.client("stack").get(INGRESS_CLASS, "kept")


def _answers(cluster) -> bool:
    try:
        return cluster.client().text("/readyz")[0] == 200
    except OSError:
        return False


def test_everything_survives_a_killed_supervisor(cluster, tmp_path):
    """kill -9 of the supervisor ends its children; the next start has the same port, tokens and objects, and goes on."""
    pki, network, stack = Pki(tmp_path), cluster.network(), cluster.client("stack")
    ca, certificate = cluster.upload_ca(pki.root.pem), cluster.upload_certificate(pki.server, "survivor")
    stack.apply(ALB_CONFIG, albconfig(network, HTTP, https(certificate, ca)))
    stack.apply(INGRESS_CLASS, ingress_class())
    stack.apply(INGRESS, ingress(listen_ports=BOTH))
    eventually(lambda: len(cluster.rows("rules")) == 2)
    before, ids = (
        (cluster.local / "kubeconfig").read_text(),
        [row["LoadBalancerId"] for row in cluster.rows("balancers")],
    )
    running_children, writes = children(cluster), _writes(cluster)
    cluster.kill_cloud()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in running_children.values()))
    cluster.start_cloud()
    assert (cluster.local / "kubeconfig").read_text() == before
    eventually(
        lambda: len(cluster.requests()) > len(writes) and cluster.requests()[-1]["action"] == "ListUserCertificateOrder"
    )
    assert _writes(cluster) == writes, "a look at what is as it should be changes nothing"
    stack.apply(INGRESS, ingress("tea", "tea.example.test", "tea", listen_ports=BOTH))
    eventually(lambda: len(cluster.rows("rules")) == 4)
    assert [row["LoadBalancerId"] for row in cluster.rows("balancers")] == ids
    answer = get(cluster.place(443), tls_context(pki.root.pem, pki.client), name="demo.example.test")
    assert answer.status == 200
    remove_all(cluster)


def _writes(cluster) -> list[dict]:
    return [one for one in cluster.requests() if one.get("writes")]


def test_deletion_in_the_foreground_ends(cluster):
    """As the vendor's provider deletes: the object goes at once, but not past somebody's finalizer."""
    client = cluster.client()
    for name, finalizers in (("goes", []), ("held", ["example.test/held"])):
        document = ingress_class(name=name)
        document["metadata"]["finalizers"] = finalizers
        client.apply(INGRESS_CLASS, document)
        client.request("DELETE", INGRESS_CLASS.path(None, name), {"propagationPolicy": "Foreground"})
    eventually(lambda: client.get(INGRESS_CLASS, "goes") is None)
    held = client.get(INGRESS_CLASS, "held")
    assert set(held["metadata"]["finalizers"]) == {"example.test/held", "foregroundDeletion"}
    client.merge(INGRESS_CLASS, held, {"metadata": {"finalizers": ["foregroundDeletion"]}})
    eventually(lambda: client.get(INGRESS_CLASS, "held") is None)
