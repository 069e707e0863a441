"""A real Envoy that trusts a CA with name constraints: who is inside is let in, who is outside is refused."""

import ssl

import pytest

from local.proxy import DataPlane
from settings.model import Subject
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.unit.test_name_constraints import (
    BELOW,
    CASES,
    EXCLUDED,
    MAILBOX,
    NARROW,
    PERMITTED,
    constrained,
    names,
    signed_regardless,
)

REFUSED = (ssl.SSLError, ConnectionError)
SETS = (PERMITTED, EXCLUDED, BELOW, MAILBOX, NARROW)


class Listener:
    """One Envoy with a listener for each set of constraints, and nothing behind it: an answer of 503 is let in."""

    def __init__(self, folder):
        self.folder, self.store = folder, edge.MemoryStore()
        self.plane = DataPlane(self.store, folder / "envoy", store_folder=folder)
        self.houses = [constrained(limits) for limits in SETS]
        server = edge.put_server_certificate(self.store, folder, 1, edge.issue("web", usage="server", names=["a.test"]))
        host = edge.unused_host()
        edge.put_group(self.store, "sgp-none", [])
        edge.put_load_balancer(self.store, "alb-limits", host)
        for number, house in enumerate(self.houses):
            ca = f"ca-{number}"
            self.store.put("cas.ca_certificate", ca, {"Identifier": ca, "Cert": house.root.certificate_pem})
            edge.put_listener(
                self.store, f"lsn-{number}", "alb-limits", free_port(f"127.0.10.{host}"), "sgp-none",
                Certificates=[{"CertificateId": server}], CaEnabled=True, CaCertificates=[{"CertificateId": ca}],
            )  # fmt: skip

    def lets_in(self, limits, subject, found) -> bool:
        """Whether the listener answers a client with these names, signed by the constrained authority's own key."""
        number = SETS.index(limits)
        house, files = self.houses[number], (self.folder / "client.crt", self.folder / "client.key")
        leaf = signed_regardless(house, found, subject)
        files[1].touch(mode=0o600)
        files[0].write_text(leaf.certificate + house.chain)
        files[1].write_text(leaf.key)
        try:
            edge.https(edge.place(self.store, f"lsn-{number}"), edge.tls_context(client=files))
        except REFUSED:
            return False
        return True


@pytest.fixture(scope="module")
def listener(tmp_path_factory):
    """The Envoy of this module."""
    made = Listener(tmp_path_factory.mktemp("limits"))
    made.plane.start()
    assert made.plane.await_applied()
    yield made
    made.plane.stop()


@pytest.mark.parametrize("case", CASES)
def test_envoy_agrees_with_our_verdict(listener, case):
    """Host names, addresses and URIs, permitted and excluded: BoringSSL judges all of them as we do."""
    limits, found, is_inside = CASES[case]
    assert listener.lets_in(limits, Subject("ann"), found) is is_inside


def test_names_in_the_subject(listener):
    """An address there counts; a common name that reads as a host does not, unlike with OpenSSL: we refuse it before."""
    host = names("a.example.com")
    assert not listener.lets_in(PERMITTED, Subject("ann", email="ann@example.org"), host)
    assert listener.lets_in(PERMITTED, Subject("ann", email="ann@example.com"), host)
    assert listener.lets_in(PERMITTED, Subject("ann.example.org"), names(email="ann@example.com"))
