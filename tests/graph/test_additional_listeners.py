"""HTTPS listeners beside the first: a CA and clients of their own, and nothing of the first one's changed."""

from dataclasses import replace

from settings.additional_listener import AdditionalListener
from settings.model import (
    ExternalAuthority,
    ForwardingRule,
    IdentifierAuthority,
    Listener,
    ReferencedServerCertificate,
    SelfManagedAuthority,
)
from tests.graph import samples
from tests.graph.harness import Graph, graph_of, local_graph
from tests.unit.kubernetes_sample import KUBERNETES, changed
from tests.unit.settings_sample import local, read

PARTNERS = AdditionalListener(
    authority=SelfManagedAuthority({"2026": samples.generation("2026")}, issuing="2026", trusted="2026"),
    clients={"carrier": samples.client("carrier")},
    listener=Listener(
        default="web", port=9443, redirect_http=False, allow_from={"203.0.113.0/24": "office"},
        rules={"api": ForwardingRule("api", "web", 10, paths=("/api/*",))},
    ),
)  # fmt: skip
UPLOADED = AdditionalListener(
    authority=IdentifierAuthority("0e40"), listener=Listener(default="web", port=9444, redirect_http=False)
)
SEVERAL = samples.local(additional_listeners={"partners": PARTNERS, "uploaded": UPLOADED})


def test_what_was_there_stays_as_it_was() -> None:
    """A stack that gains a listener keeps every URN and every input, but for the outputs of the stack."""
    before, after = local_graph(), graph_of(SEVERAL)
    assert {urn: after.nodes[urn] for urn in before.nodes} == before.nodes
    assert len(after.nodes) > len(before.nodes)


def test_each_listener_trusts_its_own_ca() -> None:
    """One CA a listener: the first's, the one that is made for the second, the one that was uploaded before."""
    graph = graph_of(SEVERAL)
    listeners = graph.of("alb/listener:Listener")
    trusted = {
        name: one.inputs["caCertificates"][0]["certificateId"] for name, one in listeners.items() if "https" in name
    }
    uploads = graph.of(":UploadedCa")
    assert set(uploads) == {"ca-ca", "partners/ca-ca"}
    assert len(set(trusted.values())) == 3
    assert trusted["load-balancer/uploaded/https-listener"] == "0e40"
    assert all(one.inputs["caEnabled"] for name, one in listeners.items() if "https" in name)
    assert {name: one.inputs["listenerPort"] for name, one in listeners.items()} == {
        "load-balancer-https-listener": 443, "load-balancer-http-listener": 80,
        "load-balancer/partners/https-listener": 9443, "load-balancer/uploaded/https-listener": 9444,
    }  # fmt: skip


def test_there_is_one_repository_for_all() -> None:
    """Two that look for one name at once would make two, and both would delete it; without a first upload the next one's is it."""
    graph = graph_of(SEVERAL)
    assert set(graph.of(":CaRepositoryEntry")) == {"ca-entry"}
    assert {one.inputs["warehouse_id"] for one in graph.of(":UploadedCa").values()} == {7}
    bare = samples.local(
        authority=IdentifierAuthority("0e40"), clients={}, server_certificate=ReferencedServerCertificate("1-ap-southeast-1"),
        additional_listeners={"a": UPLOADED, "b": PARTNERS, "c": replace(PARTNERS, clients={})},
    )  # fmt: skip
    assert set(graph_of(bare).of(":CaRepositoryEntry")) == {"b/ca-entry"}


def test_an_access_list_is_the_listeners_own() -> None:
    """`allowFrom` of one listener restricts that one."""
    graph = graph_of(SEVERAL)
    (attached,) = graph.of("alb/listenerAclAttachment:ListenerAclAttachment").values()
    assert attached.inputs["listenerId"] == "load-balancer/partners/https-listener-id"


def test_names_and_ids_of_roles_have_the_listeners_name() -> None:
    """Two listeners may have a rule of one name; `names` and `adopt` tell them apart."""
    named = replace(
        SEVERAL,
        listener=samples.listener(rules={"api": ForwardingRule("api", "web", 10, paths=("/api/*",))}).listener,
        names={"listener/partners": "edge-partners", "rule/partners/api": "edge-partners-api"},
        adopt={"listener/uploaded": "lsn-7"},
    )
    graph = graph_of(named)
    listeners, rules = graph.of("alb/listener:Listener"), graph.of("alb/rule:Rule")
    assert listeners["load-balancer/partners/https-listener"].inputs["listenerDescription"] == "edge-partners"
    assert listeners["load-balancer/uploaded/https-listener"].import_id == "lsn-7"
    assert rules["load-balancer/partners/https-rule-api"].inputs["ruleName"] == "edge-partners-api"
    assert rules["load-balancer-https-rule-api"].inputs["ruleName"] == "mtlsedge-local-rule-api"


def test_outputs_have_each_listener_and_every_client() -> None:
    """Clients stand together, as their names differ; a listener says which are its own."""
    exports = graph_of(SEVERAL).exports
    assert set(exports["clientCertificates"]) == {"alice", "bob", "carrier"}
    partners, uploaded = exports["listeners"]["partners"], exports["listeners"]["uploaded"]
    assert (partners["port"], partners["clients"], partners["urls"]) == (
        9443,
        ["carrier"],
        ["https://www.example.test:9443/"],
    )
    assert partners["authority"]["subject"] == "CN=Acme Edge Root 2026,C=CN"
    assert set(partners["rotation"]["clients"]) == {"carrier"}
    assert (uploaded["caIdentifier"], uploaded["clients"], "authority" in uploaded) == ("0e40", [], False)


def test_one_external_ca_on_several_listeners_is_uploaded_once() -> None:
    """Each listener trusts that upload: of two, one would be deleted with its listener while the other still trusts it."""
    from tests.unit.test_x509_family import family

    same = ExternalAuthority(family().root.certificate_pem)
    other = ExternalAuthority(family("rsa-2048").root.certificate_pem)
    listeners = {"a": same, "b": other, "c": same, "d": other}
    beside = {
        name: AdditionalListener(authority=one, listener=Listener(default="web", port=9440 + at, redirect_http=False))
        for at, (name, one) in enumerate(listeners.items())
    }
    graph = graph_of(samples.local(additional_listeners=beside))
    assert set(graph.of(":UploadedCa")) == {"ca-ca", "a/ca-ca", "b/ca-ca"}
    trusted = {
        name.split("/")[1]: one.inputs["caCertificates"][0]["certificateId"]
        for name, one in graph.of("alb/listener:Listener").items()
        if "/" in name
    }
    assert trusted["a"] == trusted["c"] != trusted["b"] == trusted["d"]
    first = samples.local(
        authority=same, clients={}, server_certificate=ReferencedServerCertificate("1-ap-southeast-1"), additional_listeners=beside
    )  # fmt: skip
    assert set(graph_of(first).of(":UploadedCa")) == {"ca-ca", "b/ca-ca"}


def test_an_external_ca_is_uploaded_too(tmp_path: object) -> None:
    """Of a CA whose key is elsewhere the certificate is uploaded, and no key is made."""
    from tests.unit.test_x509_family import family

    external = replace(UPLOADED, authority=ExternalAuthority(family().root.certificate_pem))
    graph = graph_of(samples.local(additional_listeners={"partners": external}))
    assert "partners/ca-ca" in graph.of(":UploadedCa")
    assert not [name for name in graph.of(":PrivateKey") if name.startswith("partners/")]


def test_it_answers_only_behind_the_security_groups() -> None:
    """As the first listener: none may be reached before the load balancer stands in its groups."""
    balancer = replace(samples.LOCAL.load_balancer, security_groups=("sg-1",))
    graph = graph_of(replace(SEVERAL, load_balancer=balancer))
    listener = graph.of("alb/listener:Listener")["load-balancer/partners/https-listener"]
    assert "load-balancer-security-group-sg-1" in {urn.rsplit("::", 1)[-1] for urn in listener.dependencies}


def _in_cluster(path: str = "", value: object = None) -> Graph:
    """A cluster's AlbConfig with one more listener, and an Ingress on it; one thing changed."""
    suppliers = {
        "authority": {"selfManaged": {"generations": {"2026": {"subject": {"commonName": "Suppliers Root"}}}}},
        "clients": {"depot": {}},
        "listener": {"port": 8443, "allowFrom": ["198.51.100.0/24"], "fields": {"gzipEnabled": False}},
    }
    orders = {"host": "orders.example.test", "service": "orders:80", "listener": "suppliers"}
    cluster = changed(changed(KUBERNETES, "additionalListeners", {"suppliers": suppliers}), "ingresses.orders", orders)
    return graph_of(read(local({"kubernetes": changed(cluster, path, value) if path else cluster})))


def test_each_listener_of_an_alb_config_trusts_its_own_ca() -> None:
    """The first one's and the redirect are what they were; the other shows the same server certificates."""
    graph = _in_cluster()
    (config,) = graph.of(":AlbConfig").values()
    (before,) = graph_of(read(local({"kubernetes": KUBERNETES}))).of(":AlbConfig").values()
    first, plain, beside = config.inputs["spec"]["listeners"]
    assert [first, plain] == before.inputs["spec"]["listeners"]
    assert (beside["port"], beside["protocol"], beside["caEnabled"]) == (8443, "HTTPS", True)
    assert beside["certificates"] == first["certificates"]
    first_ca, own_ca = (
        graph.exports["caIdentifier"],
        graph.exports["kubernetes"]["listeners"]["suppliers"]["caIdentifier"],
    )
    assert first["caCertificates"] == [{"CertificateId": first_ca}]
    assert beside["caCertificates"] == [{"CertificateId": own_ca}]
    assert beside["description"] == "ingress-auto-listener-8443-mtlsedge-local/suppliers"
    assert (beside["aclConfig"]["aclEntries"], beside["gzipEnabled"]) == (["198.51.100.0/24"], False)


def test_an_ingress_answers_on_the_listener_that_it_names() -> None:
    """And there alone: neither on the first one nor on plain HTTP, which would lead to the first one."""
    notes = {
        name: one.inputs["metadata"]["annotations"]
        for name, one in _in_cluster().of("networking.k8s.io/v1:Ingress").items()
    }
    prefix = "alb.ingress.kubernetes.io/"
    assert notes["kubernetes-orders"][f"{prefix}listen-ports"] == '[{"HTTPS":8443}]'
    assert f"{prefix}ssl-redirect" not in notes["kubernetes-orders"]
    assert notes["kubernetes-demo"][f"{prefix}listen-ports"] == '[{"HTTP":80},{"HTTPS":443}]'


def test_an_adopted_alb_config_gets_every_listener() -> None:
    """Put in together, so that they are taken out together."""
    (adopted,) = _in_cluster("albConfig", {"adopt": "alb", "takeOver": ["8443/HTTPS"]}).of(":AdoptedAlbConfig").values()
    assert [one["port"] for one in adopted.inputs["listeners"]] == [443, 80, 8443]


def test_outputs_of_the_cluster_have_each_listener() -> None:
    """In the words of the first one; the hosts of each are those of its own Ingresses."""
    exports = _in_cluster().exports
    cluster, beside = exports["kubernetes"], exports["kubernetes"]["listeners"]["suppliers"]
    assert (cluster["hosts"], beside["hosts"]) == (["demo.example.test"], ["orders.example.test"])
    assert (cluster["port"], beside["port"], beside["clients"]) == (443, 8443, ["depot"])
    assert [one["hosts"] for one in beside["paths"]] == [["orders.example.test"]]
    assert beside["caIdentifier"] != exports["caIdentifier"]
    assert set(beside["rotation"]["clients"]) == {"depot"}
    assert set(exports["clientCertificates"]) == {"alice", "bob", "depot"}
    assert "listeners" not in exports
    assert "listeners" not in graph_of(read(local({"kubernetes": KUBERNETES}))).exports["kubernetes"]


def test_one_external_ca_on_both_entry_points_is_uploaded_once() -> None:
    """The load balancer's listener and the AlbConfig's trust one upload, which neither deletes under the other."""
    from tests.unit.test_x509_family import family

    same = ExternalAuthority(family().root.certificate_pem)
    console = AdditionalListener(authority=same, listener=Listener(default="web", port=9443, redirect_http=False))
    cluster = AdditionalListener(authority=same, listener=Listener(default="", port=8443, redirect_http=False))
    settings = read(local({"kubernetes": KUBERNETES}))
    graph = graph_of(
        replace(
            settings,
            additional_listeners={"a": console},
            kubernetes=replace(settings.kubernetes, additional_listeners={"b": cluster}),
        )
    )
    assert set(graph.of(":UploadedCa")) == {"ca-ca", "a/ca-ca"}
    (config,) = graph.of(":AlbConfig").values()
    listener = graph.of("alb/listener:Listener")["load-balancer/a/https-listener"]
    trusted = config.inputs["spec"]["listeners"][-1]["caCertificates"][0]["CertificateId"]
    assert trusted == listener.inputs["caCertificates"][0]["certificateId"]
