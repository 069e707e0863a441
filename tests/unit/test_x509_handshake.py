"""Certificates used for what they are for: mutual TLS handshakes over loopback."""

import socket
import ssl
import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mtlsedge_components.x509.checking import key_matches
from mtlsedge_components.x509.keys import generate, public_pem
from tests.unit.test_x509_family import NOW, Family, Leaf, family, make_family
from tests.waiting import PATIENCE_SECONDS

HOST = "www.example.test"
VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])


@dataclass(frozen=True)
class Presented:
    """What a client presents: a leaf and the chain it sends along."""

    leaf: Leaf | None
    chain: str = ""


@VERSIONS
@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "ecdsa-p384", "rsa-2048"])
@pytest.mark.parametrize("intermediate", [True, False], ids=["intermediate", "root only"])
def test_a_good_client_is_served(algorithm: str, intermediate: bool, version: ssl.TLSVersion, tmp_path: Path) -> None:
    """A server that trusts the root alone accepts a client that sends its chain; both sides verify strictly."""
    house = family(algorithm, intermediate=intermediate)
    assert handshake(tmp_path, house, Presented(house.client(), house.chain), version) == "alice"


@VERSIONS
def test_no_certificate_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """A client without a certificate gets no answer."""
    assert "PEER_DID_NOT_RETURN_A_CERTIFICATE" in handshake(tmp_path, family(), Presented(None), version)


@VERSIONS
def test_a_stranger_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """A client of another authority is refused."""
    stranger = make_family(title="Other")
    verdict = handshake(tmp_path, family(), Presented(stranger.client(), stranger.chain), version)
    assert "CERTIFICATE_VERIFY_FAILED" in verdict


@VERSIONS
def test_a_ca_of_the_same_name_with_another_key_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """Names do not count: root and intermediate called like ours are a stranger's."""
    double = make_family()
    assert x509_name(double.root.certificate_pem) == x509_name(family().root.certificate_pem)
    for chain in (double.chain, family().chain):
        verdict = handshake(tmp_path, family(), Presented(double.client(), chain), version)
        assert "CERTIFICATE_VERIFY_FAILED" in verdict


@VERSIONS
def test_an_expired_client_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """Our own CA's client whose time is over is refused."""
    house = make_family(now=NOW - timedelta(days=60))
    expired = house.client(days=30, now=NOW - timedelta(days=40))
    verdict = handshake(tmp_path, house, Presented(expired, house.chain), version)
    assert "certificate has expired" in verdict
    assert handshake(tmp_path, house, Presented(house.client(), house.chain), version) == "alice"


@VERSIONS
def test_a_server_only_certificate_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """Our own server certificate is not taken from a client."""
    house = family()
    verdict = handshake(tmp_path, house, Presented(house.server("alice.example.test"), house.chain), version)
    assert "CERTIFICATE_VERIFY_FAILED" in verdict
    assert "purpose" in verdict


@VERSIONS
def test_a_client_without_its_chain_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """The root alone is trusted, so a leaf of the intermediate needs the intermediate."""
    verdict = handshake(tmp_path, family(), Presented(family().client()), version)
    assert "unable to get local issuer certificate" in verdict


def test_a_certificate_with_another_key_cannot_be_presented(tmp_path: Path) -> None:
    """TLS libraries refuse the pair before any handshake, and so does `key_matches`."""
    client, other = family().client(), generate()
    assert not key_matches(client.certificate, other)
    assert "KEY_VALUES_MISMATCH" in handshake(
        tmp_path, family(), Presented(replace(client, key=other), family().chain), ssl.TLSVersion.TLSv1_3
    )


@VERSIONS
def test_a_certificate_with_its_key_exchanged_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """Alice's certificate with the thief's key written into it: the issuer's signature no longer fits."""
    verdict = handshake(tmp_path, family(), Presented(with_another_key(family().client()), family().chain), version)
    assert "CERTIFICATE_VERIFY_FAILED" in verdict
    assert "signature" in verdict


@VERSIONS
def test_a_client_is_no_issuer(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """What a client signs with its own certificate, as if it were a CA, is refused."""
    house = family()
    client = house.client()
    forged = signed_by_a_client(client)
    verdict = handshake(tmp_path, house, Presented(forged, client.certificate + house.chain), version)
    assert "CERTIFICATE_VERIFY_FAILED" in verdict


def handshake(folder: Path, house: Family, presented: Presented, version: ssl.TLSVersion) -> str:
    """The common name the server saw, or why one side refused."""
    try:
        client = client_context(folder, house, presented, version)
    except ssl.SSLError as error:
        return str(error)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    verdicts: list[str] = []
    thread = threading.Thread(target=serve_once, args=(listener, server_context(folder, house, version), verdicts))
    thread.start()
    answer = ask(listener.getsockname(), client)
    thread.join(timeout=PATIENCE_SECONDS)
    listener.close()
    (verdict,) = verdicts
    assert (answer == "welcome") == (verdict == "alice"), "both sides see the same result"
    return verdict


def serve_once(listener: socket.socket, context: ssl.SSLContext, verdicts: list[str]) -> None:
    """Accept one connection and greet it if its handshake succeeds."""
    connection, _ = listener.accept()
    connection.settimeout(10)
    try:
        with context.wrap_socket(connection, server_side=True) as secure:
            certificate = secure.getpeercert() or {}
            secure.sendall(b"welcome")
            names = dict(pair for group in certificate["subject"] for pair in group)
            verdicts.append(str(names["commonName"]))
    except OSError as error:
        verdicts.append(str(error))
        connection.close()


def ask(address: tuple[str, int], context: ssl.SSLContext) -> str:
    """The server's greeting, or what ended the handshake."""
    try:
        with (
            socket.create_connection(address, timeout=PATIENCE_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=HOST) as secure,
        ):
            return secure.recv(100).decode()  # TLS 1.3 tells a client of its refusal at the first read only
    except OSError as error:
        return str(error)


def server_context(folder: Path, house: Family, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Demands a client certificate below the root, nothing else trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    context.minimum_version = context.maximum_version = version
    context.load_verify_locations(cadata=house.root.certificate_pem)
    load_pair(folder / "server", context, house.server(HOST), house.chain)
    return context


def client_context(folder: Path, house: Family, presented: Presented, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Verifies the server's chain and host name, and presents what it is given."""
    context = ssl.create_default_context(cadata=house.root.certificate_pem)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    context.minimum_version = context.maximum_version = version
    if presented.leaf:
        load_pair(folder / "client", context, presented.leaf, presented.chain)
    return context


def load_pair(stem: Path, context: ssl.SSLContext, leaf: Leaf, chain: str) -> None:
    """Give the context a certificate with its chain, and the key."""
    certificate, key = stem.with_suffix(".crt"), stem.with_suffix(".key")
    certificate.write_text(leaf.certificate + chain)
    key.write_text(leaf.key)
    context.load_cert_chain(certificate, key)


def with_another_key(client: Leaf) -> Leaf:
    """The same certificate, signature included, around another public key of the same kind."""
    thief = generate()
    before, after = (point(public_pem(key)) for key in (client.key, thief))
    der = x509.load_pem_x509_certificate(client.certificate.encode()).public_bytes(serialization.Encoding.DER)
    forged = x509.load_der_x509_certificate(der.replace(before, after))
    pem = forged.public_bytes(serialization.Encoding.PEM).decode()
    return Leaf(replace(client.issued, certificate_pem=pem), thief)


def point(public_key: str) -> bytes:
    """The curve point of an EC public key, as it stands in a certificate."""
    key = serialization.load_pem_public_key(public_key.encode())
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def signed_by_a_client(client: Leaf) -> Leaf:
    """Another alice, signed with the key of a client as if it were a CA."""
    key = generate()
    certificate = x509.load_pem_x509_certificate(client.certificate.encode())
    builder = x509.CertificateBuilder(
        certificate.subject,
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alice")]),
        serialization.load_pem_public_key(public_pem(key).encode()),
        9,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )
    signer = serialization.load_pem_private_key(client.key.encode(), None)
    pem = builder.sign(signer, certificate.signature_hash_algorithm).public_bytes(serialization.Encoding.PEM).decode()
    return Leaf(replace(client.issued, certificate_pem=pem), key)


def x509_name(pem: str) -> x509.Name:
    """The subject of a certificate."""
    return x509.load_pem_x509_certificate(pem.encode()).subject
