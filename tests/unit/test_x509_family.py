"""Families of certificates (root, intermediate, leaves), made as a stack makes them, judged by other people's tools.

The other x509 tests take their certificates from here.
"""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography import x509 as cryptography_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store
from pkilint import loader
from pkilint.pkix import certificate, extension, name
from pkilint.validation import ValidationFindingSeverity, ValidatorContainer

from mtlsedge_components.x509.building import Issued, Issuer, Request, issue, issue_root
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import NameConstraints, Subject, SubjectAlternativeNames

NOW = datetime.now(UTC).replace(microsecond=0)
NO_NAMES = SubjectAlternativeNames()
FULL_SUBJECT = {"country": "cn", "state": "Beijing", "locality": "北京", "organization": "Acme", "unit": "Edge"}


@dataclass(frozen=True)
class Leaf:
    """An end entity: its certificate and its key."""

    issued: Issued
    key: str

    @property
    def certificate(self) -> str:
        """The certificate's PEM."""
        return self.issued.certificate_pem


@dataclass(frozen=True)
class Family:
    """A root, what issues, and the chain between a leaf and the root."""

    root: Issuer
    issuing: Issuer
    chain: str
    algorithm: str

    def client(
        self,
        common_name: str = "alice",
        *,
        days: int = 30,
        now: datetime = NOW,
        names: SubjectAlternativeNames | None = None,
    ) -> Leaf:
        """A client certificate with a key of the family's algorithm."""
        names = names or SubjectAlternativeNames(
            email=(f"{common_name}@example.com",), uri=(f"https://example.com/clients/{common_name}",)
        )
        return self._leaf(Profile.CLIENT, common_name, names, days, now)

    def server(self, *hosts: str, days: int = 30, now: datetime = NOW) -> Leaf:
        """A server certificate for some hosts."""
        hosts = hosts or ("www.example.test", "example.test")
        return self._leaf(Profile.SERVER, hosts[0], SubjectAlternativeNames(dns=hosts), days, now)

    def _leaf(
        self, profile: Profile, common_name: str, names: SubjectAlternativeNames, days: int, now: datetime
    ) -> Leaf:
        key = generate(self.algorithm)
        subject = Subject(common_name, **FULL_SUBJECT, email="ops@example.com")
        return Leaf(issue(Request(profile, subject, names, days, public_pem(key)), self.issuing, now), key)


def make_family(
    algorithm: str = "ecdsa-p256",
    *,
    intermediate: bool = True,
    now: datetime = NOW,
    days: int = 3650,
    title: str = "Acme",
    root_algorithm: str = "",
    constraints: NameConstraints | None = None,
) -> Family:
    """A new family; its leaves' keys have its algorithm, its root may have another; its CAs share the constraints."""
    depth = 1 if intermediate else 0
    root = make_root(
        root_algorithm or algorithm, path_length=depth, now=now, days=days, title=title, constraints=constraints
    )
    if not intermediate:
        return Family(root, root, "", algorithm)
    key = generate(algorithm)
    subject = Subject(f"{title} Issuing", **FULL_SUBJECT)
    request = Request(Profile.INTERMEDIATE, subject, NO_NAMES, days, public_pem(key), name_constraints=constraints)
    issued = issue(request, root, now)
    return Family(root, Issuer(issued.certificate_pem, key), issued.certificate_pem, algorithm)


def make_root(
    algorithm: str = "ecdsa-p256",
    *,
    path_length: int | None = 1,
    now: datetime = NOW,
    days: int = 3650,
    title: str = "Acme",
    constraints: NameConstraints | None = None,
) -> Issuer:
    """A new root with a key of its own."""
    key = generate(algorithm)
    subject = Subject(f"{title} Root", **FULL_SUBJECT, email="ca@example.com")
    request = Request(Profile.ROOT, subject, NO_NAMES, days, public_pem(key), path_length, name_constraints=constraints)
    return Issuer(issue_root(request, key, now).certificate_pem, key)


@lru_cache
def family(algorithm: str = "ecdsa-p256", *, intermediate: bool = True) -> Family:
    """A family that tests share; certificates are values, so sharing one is safe."""
    return make_family(algorithm, intermediate=intermediate)


COMBINATIONS = [
    (algorithm, intermediate)
    for algorithm in ("ecdsa-p256", "ecdsa-p384", "rsa-2048")
    for intermediate in (True, False)
]
every_combination = pytest.mark.parametrize(("algorithm", "intermediate"), COMBINATIONS)


@every_combination
def test_openssl_accepts_the_client_strictly(algorithm: str, intermediate: bool, tmp_path: Path) -> None:
    """OpenSSL's strict mode finds the client fit to be a TLS client."""
    house = family(algorithm, intermediate=intermediate)
    assert openssl_verdict(tmp_path, house, house.client().certificate, "sslclient") == ""


@every_combination
def test_openssl_accepts_the_server_strictly(algorithm: str, intermediate: bool, tmp_path: Path) -> None:
    """OpenSSL's strict mode finds the server fit to be a TLS server for its host."""
    house = family(algorithm, intermediate=intermediate)
    assert (
        openssl_verdict(
            tmp_path, house, house.server().certificate, "sslserver", "-verify_hostname", "www.example.test"
        )
        == ""
    )


@every_combination
def test_pkilint_finds_no_error(algorithm: str, intermediate: bool) -> None:
    """Nothing the authority issues has a finding of pkilint at error level."""
    house = family(algorithm, intermediate=intermediate)
    certificates = [
        house.root.certificate_pem,
        house.issuing.certificate_pem,
        house.client().certificate,
        house.server().certificate,
    ]
    assert [pkilint_errors(pem) for pem in certificates] == [[], [], [], []]


@pytest.mark.slow
def test_a_root_of_4096_bits_is_as_good(tmp_path: Path) -> None:
    """The tutorial's RSA-4096 root passes the same judges, above ECDSA issuers and leaves."""
    house = make_family(root_algorithm="rsa-4096")
    client = house.client().certificate
    assert inspect(house.root.certificate_pem).algorithm == "rsa-4096"
    assert openssl_verdict(tmp_path, house, client, "sslclient") == ""
    assert pkilint_errors(house.root.certificate_pem) + pkilint_errors(client) == []


EACH_KIND = (
    SubjectAlternativeNames(dns=("device-7.example.com",)),
    SubjectAlternativeNames(email=("Bob.O'Neil+edge@example.com",)),
    SubjectAlternativeNames(uri=("https://clients.internal/edge/prod/Device_7.b",)),
)


@pytest.mark.parametrize("names", EACH_KIND)
def test_clients_with_each_kind_of_name_pass(names: SubjectAlternativeNames, tmp_path: Path) -> None:
    """One name of any kind is enough for the strict judges."""
    client = family().client(names=names).certificate
    assert openssl_verdict(tmp_path, family(), client, "sslclient") == ""
    assert pkilint_errors(client) == []


@pytest.mark.parametrize("uri", ["spiffe://example.com/device/7", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"])
def test_uris_that_are_no_web_addresses_pass_openssl_only(uri: str, tmp_path: Path) -> None:
    """Allowed where an operator asks for them (RFC 5280 has any scheme), though pkilint knows web addresses only."""
    client = family().client(names=SubjectAlternativeNames(uri=(uri,))).certificate
    assert openssl_verdict(tmp_path, family(), client, "sslclient") == ""
    assert [error.partition(":")[0] for error in pkilint_errors(client)] == ["pkix.invalid_uri_syntax"]


def test_wildcard_servers_pass_openssl_only(tmp_path: Path) -> None:
    """Allowed for servers (RFC 6125), though RFC 5280, and so pkilint's RFC 5280 linter, knows no wildcards."""
    server = family().server("*.example.test").certificate
    assert openssl_verdict(tmp_path, family(), server, "sslserver", "-verify_hostname", "www.example.test") == ""
    assert [error.partition(":")[0] for error in pkilint_errors(server)] == ["pkix.invalid_domain_name_syntax"]


def test_pkilint_would_find_an_error() -> None:
    """The linter is awake: a certificate without extensions is reported."""
    assert pkilint_errors(bare_certificate()) != []


def test_a_second_path_validator_agrees() -> None:
    """The verifier of `cryptography` (written in Rust, webpki rules) accepts client and server."""
    house = family()
    load = cryptography_x509.load_pem_x509_certificate
    policy = PolicyBuilder().store(Store([load(house.root.certificate_pem.encode())])).time(NOW)
    chain = [load(house.chain.encode())]
    verified = policy.build_client_verifier().verify(load(house.client().certificate.encode()), chain)
    assert len(verified.chain) == 3
    server = policy.build_server_verifier(cryptography_x509.DNSName("www.example.test"))
    assert len(server.verify(load(house.server().certificate.encode()), chain)) == 3


def test_a_leaf_is_refused_for_the_other_purpose(tmp_path: Path) -> None:
    """A client certificate is no server's, and the reverse."""
    house = family()
    assert "unsuitable certificate purpose" in openssl_verdict(tmp_path, house, house.client().certificate, "sslserver")
    assert "unsuitable certificate purpose" in openssl_verdict(tmp_path, house, house.server().certificate, "sslclient")


def test_outdated_certificates_are_refused(tmp_path: Path) -> None:
    """OpenSSL refuses a certificate once its validity is over."""
    later = str(int((NOW + timedelta(days=31)).timestamp()))
    verdict = openssl_verdict(tmp_path, family(), family().client().certificate, "sslclient", "-attime", later)
    assert "certificate has expired" in verdict


def bare_certificate() -> str:
    """A version 3 certificate without any extension, as no profile makes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name_ = cryptography_x509.Name([cryptography_x509.NameAttribute(cryptography_x509.NameOID.COMMON_NAME, "bare")])
    builder = cryptography_x509.CertificateBuilder(name_, name_, key.public_key(), 1, NOW, NOW + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def openssl_verdict(folder: Path, house: Family, leaf: str, purpose: str, *options: str) -> str:
    """What `openssl verify -x509_strict` objects to; "" if nothing."""
    for file, text in (("root", house.root.certificate_pem), ("chain", house.chain), ("leaf", leaf)):
        (folder / file).write_text(text)
    chain = ["-untrusted", "chain"] if house.chain else []
    command = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "root", *chain, *options, "leaf"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 and done.stdout == "leaf: OK\n" else done.stdout + done.stderr


def pkilint_errors(pem: str) -> list[str]:
    """Findings of `lint_pkix_cert` at error level and above."""
    document = loader.load_pem_certificate(pem, "certificate")
    return [
        f"{finding.finding.code}: {finding.message}"
        for result in _linter().validate(document.root)
        for finding in result.finding_descriptions
        if finding.finding.severity <= ValidationFindingSeverity.ERROR
    ]


@lru_cache
def _linter() -> ValidatorContainer:
    """The validators of pkilint's own command `lint_pkix_cert`."""
    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )
