"""The Kubernetes tutorial's own test: a real handshake for an Ingress host, and everything that follows AlbConfig."""

import base64
import ssl
import subprocess

import pytest

from local.kubernetes.client import ALB_CONFIG, INGRESS, INGRESS_CLASS, SECRET
from local.kubernetes.cluster import KUBECTL
from local.kubernetes.controller.openapi import tags_of
from local.kubernetes.part import programs
from local.places import Places
from tests.local.cluster_support import (
    BOTH,
    HTTP,
    Pki,
    albconfig,
    https,
    ingress,
    ingress_class,
    remove_all,
    running,
)
from tests.local.edge_support import https as get
from tests.local.edge_support import plain, tls_context
from tests.waiting import eventually

pytestmark = pytest.mark.engine
HOST = "demo.example.test"


class Tutorial:
    """A stack with the tutorial's objects in it, and a PKI."""

    def __init__(self, sandbox, folder):
        self.sandbox, self.pki = sandbox, Pki(folder)
        self.network = sandbox.network()
        self.ca = sandbox.upload_ca(self.pki.root.pem)
        self.certificate = sandbox.upload_certificate(self.pki.server, "server")
        self.stack, self.admin = sandbox.client("stack"), sandbox.client()

    def apply(self, *listeners, **config):
        self.stack.apply(ALB_CONFIG, albconfig(self.network, *listeners, **config))

    def deploy(self, *, listeners=None, **notes):
        self.apply(*(listeners or (HTTP, https(self.certificate, self.ca))))
        self.stack.apply(INGRESS_CLASS, ingress_class())
        self.stack.apply(INGRESS, ingress(listen_ports=BOTH, ssl_redirect="true", **notes))
        eventually(self.address)

    def address(self):
        found = self.admin.get(INGRESS, "demo", "default") or {}
        return ((found.get("status") or {}).get("loadBalancer") or {}).get("ingress")

    def get(self, client=None, name=HOST, port=443):
        """Status for a client, or None when the handshake is refused."""
        try:
            return get(self.sandbox.place(port), tls_context(self.pki.root.pem, client), name=name).status
        except (ssl.SSLError, ConnectionError):
            return None

    def await_served(self, client=None):
        """Until the client gets an answer of a server; before the first health check each gets a 503."""
        eventually(lambda: self.get(client), lambda status: status == 200)

    def calls(self, action):
        """Lines of the cloud's log about an action."""
        text = (self.sandbox.local / "cloud" / "requests.jsonl").read_text()
        return [line for line in text.splitlines() if f'"action": "{action}"' in line]

    def said(self, name, text):
        """Whether an event about an object contains a text."""
        return any(text in message for message in self.sandbox.messages(name))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster"), 21) as started:
        yield started


@pytest.fixture(scope="module")
def shared(sandbox, tmp_path_factory):
    return Tutorial(sandbox, tmp_path_factory.mktemp("pki"))


@pytest.fixture
def tutorial(shared):
    yield shared
    remove_all(shared.sandbox)


def test_client_certificate_is_demanded(tutorial):
    """A certificate of the CA is let in; none, and one of another CA, is refused in the handshake."""
    tutorial.deploy()
    tutorial.await_served(tutorial.pki.client)
    assert tutorial.get() is None
    assert tutorial.get(tutorial.pki.stranger) is None


def test_each_https_listener_trusts_its_own_ca(tutorial, tmp_path):
    """Clients of one CA are let in at its port and refused at the other's; an Ingress answers on the port that it names."""
    partners = Pki(tmp_path)
    beside = https(tutorial.certificate, tutorial.sandbox.upload_ca(partners.root.pem), port=8443)
    tutorial.deploy(listeners=(HTTP, https(tutorial.certificate, tutorial.ca), beside))
    tutorial.stack.apply(INGRESS, ingress("partners", listen_ports='[{"HTTPS":8443}]'))
    tutorial.await_served(tutorial.pki.client)
    eventually(lambda: tutorial.get(partners.client, port=8443), lambda status: status == 200)
    assert tutorial.get(tutorial.pki.client, port=8443) is None
    assert tutorial.get(partners.client) is None
    assert tutorial.get(port=8443) is None
    tutorial.admin.delete(INGRESS, "partners", "default")
    eventually(lambda: tutorial.get(partners.client, port=8443), lambda status: status not in (None, 200))
    assert tutorial.get(tutorial.pki.client) == 200


def test_verification_off_and_on_again(tutorial):
    """`caEnabled: false` with the list kept answers without a certificate; switched on again it refuses."""
    tutorial.deploy()
    tutorial.await_served(tutorial.pki.client)
    tutorial.apply(HTTP, https(tutorial.certificate, tutorial.ca, enabled=False))
    tutorial.await_served()
    assert [one["CertificateId"] for one in tutorial.sandbox.listener(443)["CaCertificates"]] == [tutorial.ca]
    tutorial.apply(HTTP, https(tutorial.certificate, tutorial.ca))
    eventually(lambda: tutorial.get() is None)
    tutorial.await_served(tutorial.pki.client)


def test_http_is_redirected(tutorial):
    """Port 80 answers 308 to the same place on HTTPS and forwards nothing."""
    tutorial.deploy()
    answer = eventually(lambda: plain(tutorial.sandbox.place(80), "/a?b=c", name=HOST))
    assert answer.status == 308
    assert answer.headers["location"] == f"https://{HOST}:{tutorial.sandbox.place(443)[1]}/a?b=c"


def test_unknown_host_gets_no_backend(tutorial):
    """What no rule takes goes to the group without servers: 503, with a client certificate too."""
    tutorial.deploy()
    tutorial.await_served(tutorial.pki.client)
    assert tutorial.get(tutorial.pki.client, name="other.example.test") in (None, 503)


def test_kubectl_shows_the_tutorial(tutorial):
    """`kubectl get ingress` shows class, host, address and ports; `get albconfig` the managed cluster's columns."""
    tutorial.deploy()
    folder = tutorial.sandbox.local
    kubectl = [programs(Places(folder)) / KUBECTL, "--kubeconfig", folder / "kubeconfig"]
    shown = subprocess.run([*kubectl, "get", "ingress"], capture_output=True, text=True, check=True).stdout
    row = shown.splitlines()[1].split()
    assert row[:3] == ["demo", "alb", HOST]
    assert row[3].endswith(".alb.aliyuncs.com")
    assert "80, 443" in shown
    table = subprocess.run([*kubectl, "get", "albconfig"], capture_output=True, text=True, check=True).stdout
    assert table.split()[:6] == ["NAME", "ALBID", "DNSNAME", "PORT&PROTOCOL", "CERTID", "AGE"]
    assert tutorial.sandbox.status()["id"] in table


def test_wrong_ca_is_said(tutorial):
    """A CA that is not there is an event with the API's code; what served before goes on."""
    tutorial.deploy()
    tutorial.await_served(tutorial.pki.client)
    tutorial.apply(HTTP, https(tutorial.certificate, "0" * 32))
    eventually(lambda: tutorial.said("alb", "ResourceNotFound.CaCertificate"))
    assert tutorial.get(tutorial.pki.client) == 200
    assert tutorial.get() is None


def test_a_certificate_that_does_not_exist_is_said_once_and_leaves_the_status_empty(tutorial):
    """One event on the AlbConfig however often it is tried again; the ALB is there, its status waits until all is applied."""
    tutorial.apply(HTTP, https("1-ap-southeast-1", tutorial.ca))
    eventually(lambda: tutorial.said("alb", "ResourceNotFound.Certificate"))
    assert tutorial.sandbox.status() == {}
    tries = eventually(lambda: len(tutorial.calls("CreateListener")) > 3 and tutorial.sandbox.messages("alb"))
    assert len([one for one in tries if "ResourceNotFound.Certificate" in one]) == 1
    tutorial.apply(HTTP)
    eventually(lambda: tutorial.sandbox.status().get("dnsname"))


def test_what_counts_only_when_the_alb_is_made_is_said_when_it_is_changed(tutorial):
    """Tags and name follow; the address type stays and is told by its key path."""
    tutorial.apply(HTTP)
    eventually(lambda: tutorial.sandbox.status().get("dnsname"))
    document = albconfig(tutorial.network, HTTP, tags=[{"key": "team", "value": "edge"}], addressType="Intranet")
    document["spec"]["config"]["name"] = "renamed"
    tutorial.stack.apply(ALB_CONFIG, document)
    eventually(lambda: tutorial.said("alb", "spec.config.addressType does not change an ALB that exists"))
    (row,) = eventually(
        lambda: [one for one in tutorial.sandbox.rows("balancers") if tags_of(one).get("team") == "edge"]
    )
    assert (row["LoadBalancerName"], row["AddressType"]) == ("renamed", "Internet")
    tutorial.sandbox.api("alb", "DisableDeletionProtection", ResourceId=row["LoadBalancerId"])
    tutorial.apply(HTTP)
    identifier = {"LoadBalancerId": row["LoadBalancerId"]}
    eventually(
        lambda: tutorial.sandbox.api("alb", "GetLoadBalancerAttribute", **identifier)["DeletionProtectionConfig"][
            "Enabled"
        ]
    )


def test_an_alb_that_was_deleted_by_hand_is_not_made_again(tutorial):
    """The controller says so, and the AlbConfig can go."""
    tutorial.apply(HTTP)
    identifier = eventually(lambda: tutorial.sandbox.status().get("id"))
    tutorial.sandbox.api("alb", "DisableDeletionProtection", ResourceId=identifier)
    tutorial.sandbox.api("alb", "DeleteLoadBalancer", LoadBalancerId=identifier)
    tutorial.apply(HTTP, edition="Standard")
    eventually(lambda: tutorial.said("alb", f"ALB loadBalancer : {identifier} has been deleted on the console"))
    assert tutorial.sandbox.rows("balancers") == []


def test_an_ingress_by_the_older_annotation_is_served(tutorial):
    """`kubernetes.io/ingress.class` in place of spec.ingressClassName."""
    tutorial.deploy()
    older = ingress("older", "older.example.test", tls=False)
    del older["spec"]["ingressClassName"]
    older["metadata"]["annotations"]["kubernetes.io/ingress.class"] = "alb"
    tutorial.stack.apply(INGRESS, older)
    eventually(lambda: "older.example.test" in str(tutorial.sandbox.rows("rules")))


def test_missing_listener_is_said(tutorial):
    """An Ingress on a port that AlbConfig lacks hears of it; the ports that are there serve it."""
    tutorial.deploy(listeners=(https(tutorial.certificate, tutorial.ca),))
    eventually(lambda: tutorial.said("demo", "listener is not exist in albconfig alb, port: 80, protocol: HTTP"))
    tutorial.await_served(tutorial.pki.client)


def test_text_instead_of_boolean_is_said(tutorial):
    """`caEnabled: "true"` is taken by the API server and refused by the controller in Go's words; nothing is made."""
    tutorial.apply(https(tutorial.certificate, tutorial.ca, enabled="true"))
    eventually(
        lambda: tutorial.said(
            "alb", "cannot unmarshal string into Go struct field ListenerSpec.spec.listeners.caEnabled"
        )
    )
    assert tutorial.sandbox.rows("balancers") == []


def test_certificate_is_searched_by_host(tutorial):
    """A listener without certificates gets the account's one for the host; a host without one is named in an event."""
    listener = {key: value for key, value in https("", tutorial.ca).items() if key != "certificates"}
    tutorial.deploy(listeners=(HTTP, listener))
    tutorial.await_served(tutorial.pki.client)
    tutorial.stack.apply(INGRESS, ingress("lost", "lost.example.org", listen_ports=BOTH))
    eventually(lambda: tutorial.said("alb", "none certificate found for host: lost.example.org"))
    assert tutorial.get(tutorial.pki.client) == 200


def test_secret_is_uploaded_and_swept(tutorial, tmp_path):
    """A Secret's certificate is uploaded and served by SNI beside AlbConfig's; without the Ingress it goes."""
    other = Pki(tmp_path / "other", "shop.example.test").server
    chain = other.pem + "".join(one.pem for one in other.chain)
    data = {
        "tls.crt": base64.b64encode(chain.encode()).decode(),
        "tls.key": base64.b64encode(other.key_pem.encode()).decode(),
    }
    meta = {"name": "shop", "namespace": "default"}
    tutorial.admin.apply(SECRET, {"metadata": meta, "type": "kubernetes.io/tls", "data": data})
    tutorial.deploy()
    tutorial.stack.apply(INGRESS, ingress("shop", "shop.example.test", secret="shop", listen_ports=BOTH))
    eventually(lambda: len((tutorial.sandbox.status().get("listeners") or [{}])[0].get("certificates") or []) == 2)
    listed = tutorial.sandbox.api("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"]
    assert [row["Name"].startswith("default-shop-") for row in listed] == [False, True]
    tutorial.stack.delete(INGRESS, "shop", "default")
    eventually(
        lambda: (
            len(tutorial.sandbox.api("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"])
            == 1
        )
    )
    tutorial.admin.delete(SECRET, "shop", "default")


def test_acl_entries_become_a_list(tutorial):
    """`aclEntries` make an ACL of the controller's own, changed with them and deleted with them."""
    entries = {"aclType": "White", "aclEntries": ["127.0.0.0/8"]}
    tutorial.deploy(listeners=(HTTP, https(tutorial.certificate, tutorial.ca, aclConfig=entries)))
    eventually(lambda: tutorial.sandbox.listener(443).get("AclConfig", {}).get("AclRelations"))
    tutorial.await_served(tutorial.pki.client)
    tutorial.apply(HTTP, https(tutorial.certificate, tutorial.ca))
    eventually(lambda: tutorial.sandbox.rows("acls") == [])


def test_albconfig_goes_while_ingresses_use_it(tutorial):
    """As the vendor's controller has it: an AlbConfig that is deleted first takes ALB, listeners and groups with it; its
    Ingress stays, answers nowhere, and can go afterwards.
    """
    tutorial.deploy()
    tutorial.await_served(tutorial.pki.client)
    tutorial.stack.delete(ALB_CONFIG, "alb")
    eventually(lambda: not tutorial.sandbox.alb_config())
    assert [tutorial.sandbox.rows(kind) for kind in ("balancers", "listeners", "rules", "groups")] == [[], [], [], []]
    tutorial.stack.delete(INGRESS, "demo", "default")
    eventually(lambda: not tutorial.admin.get(INGRESS, "demo", "default"))


def test_listener_that_goes_from_the_array_goes(tutorial):
    """A listener missing from the array is deleted, with an Ingress on it as well."""
    tutorial.deploy()
    tutorial.apply(https(tutorial.certificate, tutorial.ca))
    eventually(lambda: [row["ListenerPort"] for row in tutorial.sandbox.rows("listeners")] == [443])


def listeners_of(tutorial, balancer):
    """Listeners of an ALB, by their ports."""
    rows = [row for row in tutorial.sandbox.rows("listeners") if row["LoadBalancerId"] == balancer]
    return sorted(rows, key=lambda row: row["ListenerPort"])


def test_reused_alb_keeps_foreign_listeners(tutorial):
    """A reused ALB: a listener that is not ours is not touched, a clash is said, deleting only takes our tags."""
    tutorial.apply(HTTP)
    own = eventually(lambda: tutorial.sandbox.status().get("id"))
    vpc = tutorial.network["vpc"]
    zones = [{"ZoneId": zone, "VSwitchId": switch} for zone, switch in tutorial.network["zones"].items()]
    api = tutorial.sandbox.api
    foreign = api("alb", "CreateLoadBalancer", VpcId=vpc, AddressType="Internet", LoadBalancerEdition="Standard",
                  LoadBalancerBillingConfig={"PayType": "PostPay"}, ZoneMappings=zones)["LoadBalancerId"]  # fmt: skip
    eventually(lambda: api("alb", "GetLoadBalancerAttribute", LoadBalancerId=foreign)["LoadBalancerStatus"] == "Active")
    group = api(
        "alb", "CreateServerGroup", ServerGroupName="theirs", VpcId=vpc, HealthCheckConfig={"HealthCheckEnabled": False}
    )
    forward = [
        {
            "Type": "ForwardGroup",
            "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": group["ServerGroupId"]}]},
        }
    ]
    api("alb", "CreateListener", LoadBalancerId=foreign, ListenerPort=80, ListenerProtocol="HTTP", DefaultActions=forward,
        ListenerDescription="theirs")  # fmt: skip
    second = albconfig(tutorial.network, HTTP, https(tutorial.certificate, tutorial.ca), name="reuse", id=foreign)
    tutorial.stack.apply(ALB_CONFIG, second)
    eventually(
        lambda: tutorial.said("reuse", f"listener 80/HTTP of alb {foreign} is already in use, set forceOverride")
    )
    eventually(lambda: [row["ListenerPort"] for row in listeners_of(tutorial, foreign)] == [80, 443])
    assert tutorial.sandbox.status("reuse") == {}, "it is written once everything is applied"
    tutorial.stack.delete(ALB_CONFIG, "reuse")
    eventually(lambda: not tutorial.sandbox.alb_config("reuse"))
    rows = listeners_of(tutorial, foreign)
    assert {row["ListenerPort"]: row["ListenerDescription"] for row in rows}[80] == "theirs"
    assert own != foreign
    for row in rows:
        api("alb", "DeleteListener", ListenerId=row["ListenerId"])
    api("alb", "DeleteLoadBalancer", LoadBalancerId=foreign)
    for row in tutorial.sandbox.rows("groups"):
        if row["VpcId"] == vpc and "fake-svc" in row["ServerGroupName"] and "reuse" in row["ServerGroupName"]:
            api("alb", "DeleteServerGroup", ServerGroupId=row["ServerGroupId"])
    api("alb", "DeleteServerGroup", ServerGroupId=group["ServerGroupId"])
