"""The stand-in kubernetes plugin, spoken to as the engine does, before a small API server."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from local.plugins.kubernetes import VERSION, connection, objects
from local.toolchain import kubernetes_plugin
from tests.dynamic.fake_cluster import FakeCluster

pytestmark = pytest.mark.slow  # starts the plugin for every test

CHECKOUT = Path(__file__).resolve().parents[2]
URN = "urn:pulumi:local::mtlsedge::mtlsedge:index:AlbIngress$kubernetes:alibabacloud.com/v1:AlbConfig::config"
INGRESS_URN = "urn:pulumi:local::mtlsedge::kubernetes:networking.k8s.io/v1:Ingress::demo"
PATH = "/apis/alibabacloud.com/v1/albconfigs/alb"
INPUTS = {
    "apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": "alb"},
    "spec": {"config": {"edition": "Standard"}, "listeners": [{"port": 443, "caEnabled": True}]},
}  # fmt: skip
INGRESS = {
    "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "demo", "namespace": "default"},
    "spec": {"ingressClassName": "alb"},
}  # fmt: skip


class Plugin:
    """One plugin process."""

    def __init__(self, **config: str) -> None:
        command = [sys.executable, "-u", "-m", "local.plugins.kubernetes", "127.0.0.1:1"]
        self.process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE)
        channel = grpc.insecure_channel(f"127.0.0.1:{int(self.process.stdout.readline())}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct(config)))

    def check(self, news: dict, urn: str = URN, olds: dict | None = None) -> dict[str, Any]:
        request = provider_pb2.CheckRequest(urn=urn, news=struct(news), olds=struct(olds or {}), randomSeed=b"seed")
        return objects.plain(MessageToDict(self.stub.Check(request).inputs))

    def create(self, news: dict, urn: str = URN, **options: Any) -> Any:
        return self.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=struct(news), **options))


def struct(document: dict) -> Struct:
    message = Struct()
    message.update(document)
    return message


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """An empty cluster."""
    running = FakeCluster()
    yield running
    running.stop()


@pytest.fixture
def plugin(cluster: FakeCluster, tmp_path: Path) -> Iterator[Plugin]:
    """A plugin configured for it."""
    started = Plugin(kubeconfig=str(cluster.kubeconfig(tmp_path)), context="fake", clusterIdentifier="c")
    yield started
    started.process.kill()
    started.process.wait()


def test_an_objects_life(plugin: Plugin, cluster: FakeCluster) -> None:
    """Created by apply, read back without a difference, updated in place, seen to drift, deleted, gone."""
    created = plugin.create(INPUTS)
    assert created.id == "alb"
    assert ("PATCH", PATH) in cluster.requests
    request = provider_pb2.ReadRequest(urn=URN, id="alb", inputs=struct(INPUTS), properties=created.properties)
    assert objects.plain(MessageToDict(plugin.stub.Read(request).inputs)) == INPUTS
    cluster.objects[PATH]["spec"]["listeners"][0]["caEnabled"] = False
    drifted = plugin.stub.Read(request).inputs
    diff = plugin.stub.Diff(
        provider_pb2.DiffRequest(urn=URN, id="alb", old_inputs=drifted, olds=created.properties, news=struct(INPUTS))
    )
    assert list(diff.detailedDiff) == ["spec.listeners[0].caEnabled"]
    assert not diff.replaces
    plugin.stub.Update(provider_pb2.UpdateRequest(urn=URN, id="alb", olds=created.properties, news=struct(INPUTS)))
    assert cluster.listeners("alb")[0]["caEnabled"] is True
    plugin.stub.Delete(provider_pb2.DeleteRequest(urn=URN, id="alb", properties=created.properties))
    assert plugin.stub.Read(request).id == ""


def test_an_import_gives_inputs_without_what_the_server_writes(plugin: Plugin, cluster: FakeCluster) -> None:
    """Import reads by id alone: no status, no uid, no owners among the inputs."""
    cluster.alb_config("alb", config={"id": "alb-1"})["status"] = {"loadBalancer": {}}
    found = plugin.stub.Read(provider_pb2.ReadRequest(urn=URN, id="alb"))
    assert MessageToDict(found.inputs) == {**INPUTS, "spec": {"config": {"id": "alb-1"}}}


def test_somebody_elses_object_is_refused_and_our_lost_create_is_found(plugin: Plugin, cluster: FakeCluster) -> None:
    """An object that exists is not taken over; one that this resource's own field manager wrote is."""
    cluster.alb_config("alb", config={})
    with pytest.raises(grpc.RpcError, match="stand-in kubernetes plugin: AlbConfig alb exists already"):
        plugin.create(INPUTS)
    cluster.objects.clear()
    plugin.create(INPUTS)
    assert plugin.create(INPUTS).id == "alb"


def test_an_ingress_is_waited_for(plugin: Plugin, cluster: FakeCluster) -> None:
    """Without an address the create fails and hands its state over; with one it succeeds."""
    with pytest.raises(grpc.RpcError, match="no address in its status") as caught:
        plugin.create(INGRESS, INGRESS_URN, timeout=0.6)
    assert "grpc-status-details-bin" in dict(caught.value.trailing_metadata())
    path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses/demo"
    cluster.objects[path]["status"] = {"loadBalancer": {"ingress": [{"hostname": "alb-1.test"}]}}
    assert plugin.create(INGRESS, INGRESS_URN).id == "default/demo"


def test_an_unreachable_cluster_stops_no_preview(tmp_path: Path, cluster: FakeCluster) -> None:
    """Check, diff and a preview's create work with the API server gone; a real create says what is wrong."""
    kubeconfig = cluster.kubeconfig(tmp_path)
    cluster.stop()
    plugin = Plugin(kubeconfig=str(kubeconfig), context="fake", clusterIdentifier="c")
    assert plugin.check(INPUTS) == INPUTS
    assert plugin.create(INPUTS, preview=True).id == ""
    with pytest.raises(grpc.RpcError, match="the API server does not answer"):
        plugin.create(INPUTS)
    plugin.process.kill()


def test_names_and_namespaces_are_completed(plugin: Plugin) -> None:
    """A resource without a name gets one that stays; a namespaced kind gets a namespace, a cluster-scoped one none."""
    unnamed = {key: value for key, value in INGRESS.items() if key != "metadata"}
    first = plugin.check(unnamed, INGRESS_URN)
    assert first["metadata"]["namespace"] == "default"
    assert first["metadata"]["name"].startswith("demo-")
    assert plugin.check(unnamed, INGRESS_URN, olds=first) == first
    assert "namespace" not in plugin.check(INPUTS)["metadata"]


def test_a_new_name_replaces(plugin: Plugin) -> None:
    """Name, namespace and kind make another object; everything else is an update."""
    news = {**INPUTS, "metadata": {"name": "other"}}
    diff = plugin.stub.Diff(provider_pb2.DiffRequest(urn=URN, id="alb", old_inputs=struct(INPUTS), news=struct(news)))
    assert list(diff.replaces) == ["metadata.name"]


@pytest.mark.parametrize(
    ("olds", "news", "replaced"),
    [
        ({"clusterIdentifier": "a", "kubeconfig": "x"}, {"clusterIdentifier": "a", "kubeconfig": "y"}, False),
        ({"clusterIdentifier": "a"}, {"clusterIdentifier": "b"}, True),
        ({"kubeconfig": "{clusters: [{name: c, cluster: {server: 'https://a'}}], contexts: [{name: c, context: {cluster: c}}]}", "context": "c"},
         {"kubeconfig": "{clusters: [{name: c, cluster: {server: 'https://b'}}], contexts: [{name: c, context: {cluster: c}}]}", "context": "c"}, True),
    ],
)  # fmt: skip
def test_only_another_cluster_replaces(olds: dict, news: dict, replaced: bool) -> None:
    """With an identifier only that counts; without one the API server's address does."""
    assert connection.is_another(olds, news) is replaced


def test_what_the_stand_in_lacks_is_refused_by_name(plugin: Plugin) -> None:
    """Helm settings and rendering to a folder are the vendor's; the refusal says who speaks."""
    news = struct({"renderYamlToDirectory": "x", "clusterIdentifier": "c"})
    failures = plugin.stub.CheckConfig(provider_pb2.CheckRequest(news=news)).failures
    assert [failure.property for failure in failures] == ["renderYamlToDirectory"]
    assert "stand-in" in failures[0].reason


def test_versions_agree() -> None:
    """Plugin, toolchain and the installed package have one version, or the engine looks for another plugin."""
    assert version("pulumi-kubernetes") == VERSION == kubernetes_plugin.VERSION


def test_the_toolchain_installs_the_stand_in_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the vendor's plugin a launcher is written; the vendor's own file is never taken for one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "none"))
    place, source = kubernetes_plugin.install(tmp_path / "home", Path(".venv"), ["yours", "built"])
    assert source == "stand-in"
    assert place.parent.name == "resource-kubernetes-v4.32.0"
    assert place.stat().st_mode & 0o111
    assert kubernetes_plugin.install(tmp_path / "home", Path(".venv"), ["yours", "built"]) == (place, source)


def test_the_users_own_plugin_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor's plugin in the user's plugin cache is linked, and replaces a stand-in that was there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    own = tmp_path / "user" / "plugins" / kubernetes_plugin.FOLDER / kubernetes_plugin.EXECUTABLE
    own.parent.mkdir(parents=True)
    own.write_bytes(b"\x7fELF" + bytes(20_000))
    own.chmod(0o755)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "none"))
    kubernetes_plugin.install(tmp_path / "home", Path(".venv"), ["yours"])
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "user"))
    place, source = kubernetes_plugin.install(tmp_path / "home", Path(".venv"), ["yours"])
    assert source == "yours"
    assert place.resolve() == own
