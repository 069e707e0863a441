"""What a client meets at a real Envoy under each behaviour of the data plane."""

import hashlib
import ssl
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization

from local.backends import Fleet
from local.behaviours import KIND
from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import eventually

REFUSED = (ssl.SSLError, ConnectionError)
FORGED = {"x-forwarded-clientcert-issuerdn": "CN=forged", "x-client-fingerprint": "forged"}


class World:
    """One Envoy with one listener that verifies clients, and clients good and bad."""

    def __init__(self, folder):
        self.folder, self.store = folder, edge.MemoryStore()
        root = edge.issue("Acme Root", ca=True, days=3000)
        between = edge.intermediate(root)
        stranger = edge.issue("Other Root", ca=True, days=3000)
        self.clients = {
            "below": edge.leaf_below(between, "below"),
            "direct": edge.issue("direct", root),
            "stranger": edge.issue("stranger", stranger),
            "none": None,
        }
        server_root = edge.issue("Server Root", ca=True, days=3000)
        web = edge.issue("web", server_root, usage="server", names=["www.example.test"])
        self.fleet = Fleet(self.store, folder)
        self.plane = DataPlane(self.store, folder / "envoy", store_folder=folder)
        self._topology(root, edge.put_server_certificate(self.store, folder, 1, web))

    def _topology(self, root, certificate):
        store = self.store
        store.put("cas.ca_certificate", "ca-1", {"Identifier": "ca-1", "Cert": root.pem})
        edge.put_group(store, "sgp-b", [edge.server(edge.put_instance(store, 1, 61), free_port())])
        edge.put_load_balancer(store, "alb-b", 61)
        headers = {"XForwardedForClientCertFingerprintEnabled": True,
                   "XForwardedForClientCertFingerprintAlias": "x-client-fingerprint"}  # fmt: skip
        edge.put_listener(store, "lsn-b", "alb-b", free_port("127.0.10.61"), "sgp-b", CaEnabled=True,
                          Certificates=[{"CertificateId": certificate}], XForwardedForConfig=headers,
                          CaCertificates=[{"CertificateId": "ca-1"}])  # fmt: skip

    def behave(self, **chosen):
        """These answers and no others."""
        for one in list(self.store.list(KIND)):
            self.store.delete(KIND, one["Switch"])
        for name, answer in chosen.items():
            switch = name.replace("_", "-")
            self.store.put(KIND, switch, {"Switch": switch, "Answer": answer})
        self.plane.reconcile()

    def outcome(self, name, headers=None):
        """HTTP status, or "alert"."""
        client = self.clients[name]
        shown = client.write(self.folder, name) if client else None
        try:
            answer = edge.https(
                edge.place(self.store, "lsn-b"), edge.tls_context(client=shown), "/echo", headers=headers
            )
        except REFUSED:
            return "alert", {}
        return answer.status, answer.echo["headers"] if answer.status == 200 else {}

    def becomes(self, **expected):
        """What each client meets, once Envoy has taken a change up."""
        return eventually(lambda: {name: self.outcome(name)[0] for name in expected}, lambda found: found == expected)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("behave"))
    made.fleet.start()
    made.plane.start()
    assert made.plane.await_applied()
    edge.await_checked(made.plane, made.store)
    yield made
    made.plane.stop()
    made.fleet.stop()


def test_a_refusal_is_an_alert_or_a_400(world: World):
    """Without a certificate and with a stranger's; the good ones are let in under both, and the server never sees the others."""
    world.behave()
    expected = {"below": 200, "direct": 200, "stranger": "alert", "none": "alert"}
    assert world.becomes(**expected) == expected
    world.behave(client_refusal="400")
    expected = {"below": 200, "direct": 200, "stranger": 400, "none": 400}
    assert world.becomes(**expected) == expected


def test_a_chain_is_walked_or_not(world: World):
    """A client below an intermediate gets in or not, by an alert or by a 400; one that the root signed always does."""
    world.behave(chain_walk="direct")
    expected = {"below": "alert", "direct": 200, "stranger": "alert"}
    assert world.becomes(**expected) == expected
    world.behave(chain_walk="direct", client_refusal="400")
    expected = {"below": 400, "direct": 200, "stranger": 400}
    assert world.becomes(**expected) == expected


def test_a_fingerprint_has_one_of_two_forms(world: World):
    """SHA-256 or SHA-1 of the DER, in small letters."""
    der = world.clients["direct"].certificate.public_bytes(serialization.Encoding.DER)
    for answer, expected in (("sha1", hashlib.sha1(der).hexdigest()), ("sha256", hashlib.sha256(der).hexdigest())):
        world.behave(fingerprint=answer)
        found = eventually(
            lambda: world.outcome("direct")[1].get("x-client-fingerprint"),
            lambda seen, wanted=expected: seen == wanted,
            20,
        )
        assert found == expected


def test_headers_that_a_client_sends(world: World):
    """Those that the listener does not set are removed or passed on; one that it sets never is the client's."""
    for answer, expected in (("passed", "CN=forged"), ("removed", None)):
        world.behave(forged_headers=answer)
        seen = eventually(
            lambda: world.outcome("direct", FORGED)[1],
            lambda found: found.get("x-forwarded-clientcert-issuerdn") == expected, 20,  # noqa: B023
        )  # fmt: skip
        assert seen.get("x-forwarded-clientcert-issuerdn") == expected
        assert seen["x-client-fingerprint"] not in (None, "forged")


def test_lists_of_allowed_networks_without_an_entry(world: World):
    """Let everybody in or nobody; with an entry that is not the client's, nobody under either answer."""
    relation = {"AclType": "White", "AclRelations": [{"AclId": "acl-empty", "Status": "Associated"}]}
    world.store.put("alb.acl", "acl-empty", {"AclId": "acl-empty", "AclEntries": []})
    world.store.change("alb.listener", "lsn-b", AclConfig=relation)
    try:
        for answer, expected in (("everybody", 200), ("nobody", "alert"), ("everybody", 200)):
            world.behave(empty_white_list=answer)
            assert world.becomes(direct=expected) == {"direct": expected}
        world.store.put("alb.acl", "acl-empty", {"AclId": "acl-empty", "AclEntries": [{"Entry": "10.0.0.0/8"}]})
        world.behave()
        assert world.becomes(direct="alert") == {"direct": "alert"}
    finally:
        world.store.change("alb.listener", "lsn-b", AclConfig={"AclRelations": []})
        world.behave()
