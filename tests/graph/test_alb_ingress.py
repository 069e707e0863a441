"""The cluster's entry point in the graph: same identifiers as the other entry point's, order of deletion, what may be absent."""

import pulumi
import pytest

from settings.model import Settings
from tests.graph.harness import Graph, graph_of
from tests.unit.kubernetes_sample import KUBERNETES, changed, kubernetes
from tests.unit.settings_sample import local, read


def _graph(path: str = "", value: object = None, *, preview: bool = False) -> Graph:
    return graph_of(read(kubernetes(path, value)), preview=preview)


def _alone() -> Settings:
    absent = {key: {} for key in ("loadBalancer", "listener", "domain", "serverGroups")}
    return read(local({**absent, "kubernetes": KUBERNETES}))


def test_one_authority_one_upload_two_entry_points() -> None:
    """The AlbConfig names the very CA and certificate of the Pulumi listener, and there is one upload of each."""
    graph = _graph()
    (listener,) = (one for one in graph.of("alb/listener:Listener").values() if one.inputs.get("caEnabled"))
    (config,) = graph.of(":AlbConfig").values()
    https = config.inputs["spec"]["listeners"][0]
    assert https["caCertificates"][0]["CertificateId"] == listener.inputs["caCertificates"][0]["certificateId"]
    assert https["certificates"][0]["CertificateId"] == listener.inputs["certificates"]["certificateId"]
    assert len(graph.of(":UploadedCa")) == len(graph.of("ServiceCertificate")) == 1


def test_the_cluster_is_named_and_never_ambient() -> None:
    """Every object goes through a provider with a kubeconfig and an identifier."""
    (provider,) = _graph().of("pulumi:providers:kubernetes").values()
    assert provider.inputs["clusterIdentifier"] == "local"
    assert provider.inputs["kubeconfig"] == ".local/kubeconfig"


def test_ingresses_go_before_the_alb_config() -> None:
    """Ingress depends on class, class on AlbConfig: the engine deletes in reverse, and no finalizer hangs."""
    graph = _graph()
    urns = {node.type.rpartition(":")[2]: urn for urn, node in graph.nodes.items()}
    assert urns["IngressClass"] in graph.nodes[urns["Ingress"]].dependencies
    assert urns["AlbConfig"] in graph.nodes[urns["IngressClass"]].dependencies


def test_the_hosts_cname_points_at_the_awaited_name() -> None:
    """The record of an Ingress host has the name in the AlbConfig's status as its target."""
    record = _graph().of("alidnsRecord:AlidnsRecord")["kubernetes-dns-demo"]
    assert (record.inputs["rr"], record.inputs["value"]) == ("demo", "alb-2.example-alb.test")


def test_adoption_owns_no_alb_config() -> None:
    """An adopted AlbConfig is no resource of the stack: destroy cannot delete it. The others' listeners are an output."""
    graph = _graph("albConfig", {"adopt": "alb"})
    assert graph.of(":AlbConfig") == {}
    assert graph.of(":IngressClass") == {}
    (adopted,) = graph.of(":AdoptedAlbConfig").values()
    assert adopted.inputs["load_balancer_ports"] == [443, 80]
    assert graph.exports["kubernetes"]["foreignListeners"] == ["80/HTTP"]


def test_the_cluster_alone() -> None:
    """Without a load balancer there is no Pulumi listener, and the cluster's entry point is whole."""
    graph = graph_of(_alone())
    assert graph.of("alb/listener:Listener") == {}
    assert len(graph.of(":AlbConfig")) == len(graph.of(":Ingress")) == 1


def test_without_a_cluster_nothing_of_it_is_made() -> None:
    """A stack without mtlsedge:kubernetes needs no kubernetes plugin at all."""
    graph = graph_of(read(local()))
    assert not [node for node in graph.nodes.values() if "ubernetes" in node.type]
    assert "kubernetes" not in graph.exports


def test_a_preview_shows_a_switched_off_verification_as_a_weakening() -> None:
    """Known before `up`: the output `weakenings` and the listener's caEnabled."""
    graph = _graph("listener", {"clientVerification": "off-for-migration"}, preview=True)
    assert graph.exports["weakenings"] == [
        "mtlsedge:kubernetes.listener.clientVerification: clients need no certificate"
    ]
    (config,) = graph.of(":AlbConfig").values()
    assert config.inputs["spec"]["listeners"][0]["caEnabled"] is False


def test_no_records_without_a_domain() -> None:
    """Ingress hosts get no CNAME unless the stack names their zone."""
    assert "kubernetes-dns-demo" not in _graph("domain").of("alidnsRecord:AlidnsRecord")
    assert changed(KUBERNETES, "domain", None).keys() == KUBERNETES.keys() - {"domain"}


def test_a_rule_that_would_never_be_reached_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A canary that comes after what it takes requests from, by its name; with a lower order nothing is said."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_: said.append(message))
    demo = KUBERNETES["ingresses"]["demo"]
    canary = {**demo, "canary": {"header": "x-canary", "headerValue": "yes"}}
    graph_of(read(kubernetes("ingresses", {"demo": demo, "new": {**canary, "order": 1}})))
    assert said == []
    graph_of(read(kubernetes("ingresses", {"demo": demo, "new": canary})))
    assert len(said) == 1
    assert said[0].startswith(
        "demo.example.test/ of Ingress default/new is never reached: demo.example.test/ of Ingress default/demo"
    )
