"""Cloud and cluster end in the middle of the controller's work, at every write and at chosen moments: the next start goes on."""

import json
import subprocess
from pathlib import Path

import pytest

from local.kubernetes.client import ALB_CONFIG, INGRESS, INGRESS_CLASS, ApiError
from local.kubernetes.controller.openapi import CloudError
from tests.local.cluster_support import (
    BOTH,
    HTTP,
    Pki,
    albconfig,
    https,
    ingress,
    ingress_class,
    running,
)  # fmt: skip
from tests.waiting import eventually

pytestmark = pytest.mark.engine
MOST_WRITES = 40
"""A loop over the controller's writes ends by itself long before; more would be a controller that never rests."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running(tmp_path_factory.mktemp("deaths"), 24) as sandbox:
        yield sandbox


def test_the_cloud_dies_after_each_write_of_the_controller(cluster, tmp_path):
    """Cloud, controller, API server and etcd end after the first write, after the second, …, of making and of taking down:
    the next start goes on, nothing is lost, doubled or left behind.
    """
    pki, network, stack = Pki(tmp_path), cluster.network(), cluster.client("stack")
    ca, certificate = cluster.upload_ca(pki.root.pem), cluster.upload_certificate(pki.server, "each-write")
    items = ((INGRESS_CLASS, ingress_class()), (INGRESS, ingress(listen_ports=BOTH)),
             (ALB_CONFIG, albconfig(network, HTTP, https(certificate, ca))))  # fmt: skip

    def made() -> bool:
        return [len(_rows(cluster, kind)) for kind in ("balancers", "listeners", "groups", "rules")] == [1, 2, 2, 2]

    killed = {"making": 0, "taking down": 0}
    for place in range(MOST_WRITES):
        _die_after(cluster, place)
        for kind, item in items:
            stack.apply(kind, item)
        killed["making"] += _live_again(cluster, made)
        _die_after(cluster, place)
        for kind, name in ((INGRESS, "demo"), (INGRESS_CLASS, "alb"), (ALB_CONFIG, "alb")):
            stack.delete(kind, name, "default" if kind is INGRESS else None)
        killed["taking down"] += _live_again(cluster, lambda: _objects(cluster) == [])
        assert [_rows(cluster, kind) for kind in ("balancers", "listeners", "rules", "groups", "acls")] == [
            [],
            [],
            [],
            [],
            [],
        ]
        if max(killed.values()) <= place:
            break
    _forget_deaths(cluster)
    assert min(killed.values()) >= 5, killed
    assert max(killed.values()) < MOST_WRITES, killed


def _die_after(cluster, writes: int) -> None:
    """Ask the cloud to end after so many more writes; what an earlier round did not use up is forgotten."""
    _forget_deaths(cluster)
    fault = json.dumps({"kind": "kill", "after": writes})
    cluster.python("-m", "local", "faults", "--add", fault, env=cluster.base_environment())


def _forget_deaths(cluster) -> None:
    """The next test's writes are its own."""
    cluster.python("-m", "local", "faults", "--clear", env=cluster.base_environment())


def _live_again(cluster, done) -> bool:
    """Wait until the cloud has died or all is done; start it again where it died, and wait. Whether it had died."""
    pid = cluster.cloud_pid()
    eventually(lambda: not _is_alive(pid) or done())
    if died := not _is_alive(pid):
        cluster.start_cloud()
        eventually(done)
    return died


def _is_alive(pid: int) -> bool:
    stat_file = Path(f"/proc/{pid}/stat")
    return stat_file.exists() and stat_file.read_text().rpartition(")")[2].split()[0] != "Z"


def _rows(cluster, kind: str) -> list:
    """What the account holds; nothing is known while the cloud is dead."""
    try:
        return cluster.rows(kind)
    except (OSError, CloudError):
        return []


def _objects(cluster) -> list | None:
    """AlbConfigs and Ingresses in the cluster; None while it does not answer."""
    try:
        return [
            one["metadata"]["name"] for kind in (ALB_CONFIG, INGRESS) for one in cluster.client().list(kind)["items"]
        ]
    except (OSError, ApiError):
        return None


@pytest.mark.parametrize("nap", [0.05, 0.3, 0.6, 1.0])
def test_controller_goes_on_where_it_was_killed(cluster, tmp_path, nap):
    """kill -9 in the middle of the controller's work: after the next start there is one ALB with everything on it."""
    pki, network, stack = Pki(tmp_path), cluster.network(), cluster.client("stack")
    ca, certificate = cluster.upload_ca(pki.root.pem), cluster.upload_certificate(pki.server, f"kill-{nap}")
    for kind, item in ((INGRESS_CLASS, ingress_class()), (INGRESS, ingress(listen_ports=BOTH)),
                       (ALB_CONFIG, albconfig(network, HTTP, https(certificate, ca)))):  # fmt: skip
        stack.apply(kind, item)
    subprocess.run(["sleep", str(nap)], check=True)
    cluster.kill_cloud()
    cluster.start_cloud()
    eventually(lambda: len(cluster.rows("rules")) == 2)
    assert [len(cluster.rows(kind)) for kind in ("balancers", "listeners", "groups")] == [1, 2, 2]
    for kind, name in ((INGRESS, "demo"), (INGRESS_CLASS, "alb"), (ALB_CONFIG, "alb")):
        stack.delete(kind, name, "default" if kind is INGRESS else None)
    subprocess.run(["sleep", str(nap / 3)], check=True)
    cluster.kill_cloud()
    cluster.start_cloud()
    eventually(lambda: not cluster.client().list(ALB_CONFIG)["items"] and not cluster.client().list(INGRESS)["items"])
    assert [cluster.rows(kind) for kind in ("balancers", "listeners", "rules", "groups")] == [[], [], [], []]
