"""Judging certificates, keys and requests that others made."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from mtlsedge_components.x509.checking import (
    ca_problems,
    covers,
    csr_problems,
    csr_public_key,
    key_matches,
    server_problems,
    split_chain,
)
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from tests.unit.test_x509_family import NOW, bare_certificate, family, make_family, make_root

HOSTS = ["www.example.test"]


def test_facts_of_a_root() -> None:
    """Everything an operator sees in a table, in plain values."""
    facts = inspect(family().root.certificate_pem)
    assert facts.is_ca
    assert facts.self_issued
    assert facts.path_length == 1
    assert facts.version == 3
    assert facts.algorithm == "ecdsa-p256"
    assert facts.common_name == "Acme Root"
    assert facts.subject == facts.issuer
    assert facts.purposes == ()


@pytest.mark.parametrize("algorithm", ["ecdsa-p384", "rsa-2048"])
def test_facts_name_the_algorithm(algorithm: str) -> None:
    """The algorithm has the name it has in configuration."""
    assert inspect(family(algorithm).client().certificate).algorithm == algorithm


def test_own_cas_have_no_problem() -> None:
    """Root, intermediate, and an intermediate with its chain can be trusted."""
    house = family()
    for pem in (house.root.certificate_pem, house.chain, house.chain + house.root.certificate_pem):
        assert ca_problems(pem, NOW) == []


def test_problems_of_a_ca_come_all_at_once() -> None:
    """An end entity of yesterday for another purpose has three problems, in one list."""
    server = family().server(days=1).certificate
    problems = ca_problems(server, NOW + timedelta(days=2))
    assert [problem.partition(":")[0] for problem in problems] == ["basicConstraints", "validity", "extendedKeyUsage"]


def test_ca_problems_by_name() -> None:
    """Each thing that keeps a CA from verifying clients is told apart."""
    house = family()
    cases = {
        "no PEM certificate": "",
        "a private key where": house.root.certificate_pem + house.root.private_key_pem,
        "no CA": house.client().certificate,
        "expired at": make_root(now=NOW - timedelta(days=30), days=10).certificate_pem,
        "in the future": make_root(now=NOW + timedelta(days=1)).certificate_pem,
        "certificate 2 did not sign certificate 1": house.root.certificate_pem + house.chain,
        "does not include clientAuth": certificate(purpose=Purpose.SERVER_AUTH),
        "rsa-1024": certificate(key=rsa.generate_private_key(65537, 1024)),
        "ecdsa-secp521r1": certificate(key=ec.generate_private_key(ec.SECP521R1())),
        "does not verify with the certificate's own key": certificate(signer=ec.generate_private_key(ec.SECP256R1())),
        "cut off": house.chain + house.root.certificate_pem[:200],
        "not a certificate": house.chain + house.chain.replace("CERTIFICATE", "CERTIFICATE REQUEST"),
    }
    for message, pem in cases.items():
        (problem,) = ca_problems(pem, NOW)
        assert message in problem


def test_an_old_hash_matters_below_a_root_only(tmp_path: Path) -> None:
    """Nobody trusts a root for its signature, so SHA-1 there is no weakness; in an intermediate it is."""
    make = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha1", "-days", "9")
    run_openssl(tmp_path, *make, "-subj", "/CN=root", "-keyout", "key", "-out", "root")
    by_root = ("-CA", "root", "-CAkey", "key", "-extensions", "v3_ca")
    run_openssl(tmp_path, *make, "-subj", "/CN=issuing", "-keyout", "other", "-out", "issuing", *by_root)
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert ca_problems((tmp_path / "root").read_text(), later) == []
    (problem,) = ca_problems((tmp_path / "issuing").read_text(), later)
    assert problem == "signature: found SHA1; allowed SHA-256 or stronger"


def test_a_ca_for_any_purpose_is_accepted() -> None:
    """Extended key usage `any` or clientAuth in a CA does not restrict clients."""
    assert ca_problems(certificate(purpose=Purpose.ANY_EXTENDED_KEY_USAGE), NOW) == []
    assert ca_problems(certificate(purpose=Purpose.CLIENT_AUTH), NOW) == []


def test_the_tutorials_version_1_root_is_named(tmp_path: Path) -> None:
    """The tutorial's openssl commands make a version 1 certificate: that is what the message says."""
    run_openssl(
        tmp_path, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "csr", "-subj", "/CN=ca"
    )
    run_openssl(tmp_path, "x509", "-req", "-in", "csr", "-signkey", "key", "-out", "ca", "-days", "10")
    problems = ca_problems((tmp_path / "ca").read_text(), NOW + timedelta(minutes=1))
    assert problems[0] == "version: found 1; allowed 3 (a CA says so in an extension)"


def test_an_sm2_ca_is_refused_in_words(tmp_path: Path) -> None:
    """SM2 cannot be used for mutual TLS with ALB; the message names what can."""
    run_openssl(tmp_path, "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", "key")
    run_openssl(tmp_path, "req", "-x509", "-new", "-key", "key", "-sm3", "-out", "ca", "-subj", "/CN=ca")
    pem = (tmp_path / "ca").read_text()
    problems = ca_problems(pem, NOW + timedelta(minutes=1))
    assert any("SM2" in problem and "allowed RSA of 2048 to 4096 bits" in problem for problem in problems)
    assert inspect(pem).algorithm == "unknown"


def test_own_servers_have_no_problem() -> None:
    """A server's certificate alone or with its chain covers its hosts."""
    server = family().server().certificate
    assert server_problems(server, HOSTS, NOW) == []
    assert server_problems(server + family().chain, ["www.example.test", "example.test"], NOW) == []


def test_server_problems_by_name() -> None:
    """Each thing that keeps a server from showing a certificate is told apart."""
    house = family()
    server = house.server().certificate
    cases = {
        "names: 'api.example.test' is not covered": (server, ["www.example.test", "api.example.test"], NOW),
        "validity: expired": (server, HOSTS, NOW + timedelta(days=31)),
        "chain: certificate 2": (server + house.root.certificate_pem, HOSTS, NOW),
        "a private key where": (server + house.server().key, HOSTS, NOW),
        "no PEM certificate": ("garbage", HOSTS, NOW),
    }
    for message, (pem, hosts, now) in cases.items():
        (problem,) = server_problems(pem, hosts, now)
        assert message in problem


def test_a_client_certificate_is_no_server_certificate() -> None:
    """Purpose and names are both reported."""
    problems = server_problems(family().client().certificate, HOSTS, NOW)
    assert problems == [
        "extendedKeyUsage: does not include serverAuth; allowed serverAuth, or no restriction",
        "names: 'www.example.test' is not covered; the certificate's host names: none",
    ]


def test_a_ca_that_only_signs_certificates_is_no_server() -> None:
    """Without digitalSignature there is no TLS 1.3 handshake."""
    assert any("digitalSignature" in problem for problem in server_problems(family().chain, [], NOW))


def test_a_wildcard_covers_one_label() -> None:
    """Case and a final dot do not matter, and a wildcard stands for exactly one label."""
    assert covers("*.example.com", "WWW.example.com.")
    assert covers("WWW.Example.com", "www.example.com")
    assert covers("*.example.com", "*.example.com")
    for host in ("example.com", "a.b.example.com", "wwwexample.com", ""):
        assert not covers("*.example.com", host)


def test_a_key_matches_its_certificate_only() -> None:
    """The certificate's own key matches, another does not, and what cannot be read is an error."""
    client = family().client()
    assert key_matches(client.certificate, client.key)
    assert not key_matches(client.certificate, generate())
    with pytest.raises(CertificateError, match="private key cannot be read"):
        key_matches(client.certificate, client.certificate)


def test_a_chain_is_split_in_order() -> None:
    """Text around the blocks and CRLF line ends go, the certificates stay as they are."""
    house = family()
    parts = [house.client().certificate, house.chain, house.root.certificate_pem]
    text = "subject=alice\r\n" + "\r\n# next\r\n".join(part.replace("\n", "\r\n") for part in parts)
    assert split_chain(text) == parts
    assert split_chain(" \n") == []


@pytest.mark.parametrize(
    "text", ["garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", generate()]
)
def test_what_is_no_chain_is_refused(text: str) -> None:
    """Garbage, a damaged certificate and a private key are errors."""
    with pytest.raises(CertificateError):
        split_chain(text)


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "ecdsa-p384", "rsa-2048"])
def test_a_good_request_gives_its_key(algorithm: str) -> None:
    """A request signed with its own, accepted key has no problem, and its public key comes out."""
    key = generate(algorithm)
    assert csr_problems(request(key)) == []
    assert csr_public_key(request(key)) == public_pem(key)


def test_requests_of_common_tools_are_accepted(tmp_path: Path) -> None:
    """Requests made by openssl and by keytool (which names its block otherwise) pass, with today's hashes."""
    run_openssl(
        tmp_path, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "csr", "-subj", "/CN=a"
    )
    assert csr_problems((tmp_path / "csr").read_text()) == []
    run_openssl(tmp_path, "req", "-new", "-key", "key", "-sha1", "-out", "old", "-subj", "/CN=a")
    assert csr_problems((tmp_path / "old").read_text()) == ["signature: found SHA1; allowed SHA-256 or stronger"]
    relabelled = (tmp_path / "csr").read_text().replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
    assert csr_problems(relabelled) == []


def test_csr_problems_by_name() -> None:
    """A forged signature, a weak key, a key in the file and a certificate in its place are told apart."""
    good = request(generate())
    cases = {
        "signature: does not verify": forged(good),
        "key: found rsa-1024": request(pem_of(rsa.generate_private_key(65537, 1024))),
        "key: found ecdsa-secp521r1": request(pem_of(ec.generate_private_key(ec.SECP521R1()))),
        "found a private key": good + generate(),
        "not a certificate signing request": family().chain,
        "found no PEM": "",
        "several": good + good,
        "cannot be read": good.replace("\n", "\n!", 2),
    }
    for message, pem in cases.items():
        (problem,) = csr_problems(pem)
        assert message in problem
        with pytest.raises(CertificateError, match="certificate signing request"):
            csr_public_key(pem)


def test_a_certificate_without_extensions_is_inspected() -> None:
    """Absent extensions are empty values, no errors."""
    facts = inspect(bare_certificate())
    assert (facts.is_ca, facts.path_length, facts.dns_names, facts.purposes) == (False, None, (), ())


def test_a_ca_of_the_same_name_is_told_apart_by_its_key() -> None:
    """Fingerprints differ where subjects do not; the leaf of one does not chain to the other."""
    ours, theirs = family(), make_family()
    assert inspect(ours.chain).subject == inspect(theirs.chain).subject
    assert inspect(ours.chain).key_fingerprint != inspect(theirs.chain).key_fingerprint
    assert ca_problems(ours.chain + theirs.root.certificate_pem, NOW) != []


def certificate(
    *,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
    signer: ec.EllipticCurvePrivateKey | None = None,
    purpose: x509.ObjectIdentifier | None = None,
) -> str:
    """A CA as somebody else makes it, good unless told otherwise."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Foreign")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW, NOW + timedelta(days=9))
    builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(signer or key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def request(key_pem: str) -> str:
    """A signing request for a key, signed with it."""
    key = serialization.load_pem_private_key(key_pem.encode(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device-7")])
    signed = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def forged(csr_pem: str) -> str:
    """The request with one bit of its signature changed."""
    der = bytearray(x509.load_pem_x509_csr(csr_pem.encode()).public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM).decode()


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """A private key as PKCS#8 PEM."""
    pkcs8 = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()).decode()


def run_openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in a folder; a failure fails the test."""
    subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True)
