"""Which server certificate a real Envoy shows: by the name that is asked for, and by the kinds of key that the client takes."""

import subprocess

import pytest

from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS

ELLIPTIC, RSA, BOTH = "ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A listener whose default certificate has an RSA key, and additional ones of both kinds."""
    folder, store = tmp_path_factory.mktemp("names"), edge.MemoryStore()
    plane = DataPlane(store, folder / "envoy", store_folder=folder)
    root = edge.issue("Server Root", ca=True)
    certificates = [
        ("default-rsa", "rsa", ["www.example.test"], 30),
        ("www-ec", "ec", ["www.example.test"], 10),
        ("both-rsa", "rsa", ["both.example.test"], 30),
        ("both-ec", "ec", ["both.example.test"], 20),
        ("wild-rsa-short", "rsa", ["*.wild.test"], 20),
        ("wild-rsa-long", "rsa", ["*.wild.test"], 60),
        ("exact-rsa", "rsa", ["exact.wild.test"], 90),
        ("only-ec", "ec", ["only-ec.example.test"], 10),
    ]
    ids = []
    for number, (name, kind, names, days) in enumerate(certificates, 1):
        issued = edge.issue(name, root, usage="server", names=names, key=kind, days=days)
        ids.append({"CertificateId": edge.put_server_certificate(store, folder, number, issued)})
    edge.put_group(store, "none", [])
    edge.put_load_balancer(store, "alb-n", 112)
    edge.put_listener(
        store, "lsn-n", "alb-n", free_port("127.0.10.112"), "none", Certificates=ids[:1], AdditionalCertificates=ids[1:]
    )
    plane.start()
    assert plane.await_applied()
    yield edge.place(store, "lsn-n")
    plane.stop()


@pytest.mark.parametrize(
    ("name", "algorithms", "shown"),
    [
        ("www.example.test", BOTH, "www-ec"),
        ("www.example.test", ELLIPTIC, "www-ec"),
        ("www.example.test", RSA, "default-rsa"),
        ("both.example.test", BOTH, "both-ec"),
        ("both.example.test", RSA, "both-rsa"),
        ("BOTH.example.test", BOTH, "both-ec"),
        ("a.wild.test", BOTH, "wild-rsa-long"),
        ("exact.wild.test", BOTH, "exact-rsa"),
        ("wild.test", BOTH, "default-rsa"),
        ("elsewhere.test", BOTH, "default-rsa"),
        (None, BOTH, "default-rsa"),
        ("only-ec.example.test", ELLIPTIC, "only-ec"),
    ],
)
@pytest.mark.parametrize("version", ["-tls1_3", "-tls1_2"])
def test_the_best_certificate_that_the_client_can_check_is_shown(world, name, algorithms, shown, version):
    """By exact name, wildcard, or the default; ECC before RSA; the longest validity. A wildcard does not stand for the name above it."""
    assert _shown(world, name, algorithms, version) == shown


def test_a_client_without_elliptic_keys_is_not_served_an_elliptic_certificate(world):
    """Where a name has no other: the handshake ends, and no certificate of another name is shown in its place."""
    assert _shown(world, "only-ec.example.test", RSA, "-tls1_3") is None


def _shown(place, name, algorithms, version):
    """Common name of the certificate, or None where the handshake fails."""
    asked = ["-servername", name] if name else ["-noservername"]
    command = ["openssl", "s_client", "-connect", "{}:{}".format(*place), "-sigalgs", algorithms, version, *asked]
    ended = subprocess.run(
        command, input="", capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    ).stdout
    begin = ended.find("-----BEGIN CERTIFICATE-----")
    if begin < 0:
        return None
    leaf = edge.x509.load_pem_x509_certificate(ended[begin:].encode())
    return leaf.subject.get_attributes_for_oid(edge.NameOID.COMMON_NAME)[0].value
