"""What is in the certificates this project makes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from mtlsedge_components.x509.building import Request, issue, issue_root
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.unit.test_x509_family import (
    FULL_SUBJECT,
    NO_NAMES,
    NOW,
    family,
    make_family,
)

KEY = generate()
CLIENT = Request(
    Profile.CLIENT, Subject("alice"), SubjectAlternativeNames(email=("alice@example.com",)), 30, public_pem(KEY)
)
SERVER = replace(CLIENT, profile=Profile.SERVER, names=SubjectAlternativeNames(dns=("www.example.test",)))
INTERMEDIATE = replace(CLIENT, profile=Profile.INTERMEDIATE, subject=Subject("Another Issuing"), names=NO_NAMES)
ROOT = replace(INTERMEDIATE, profile=Profile.ROOT, subject=Subject("Another Root"))


def load(pem: str) -> x509.Certificate:
    """The certificate as `cryptography` sees it."""
    return x509.load_pem_x509_certificate(pem.encode())


def extensions(pem: str) -> Mapping[str, tuple[bool, Any]]:
    """Extensions by name: critical, value."""
    return {item.oid._name: (item.critical, item.value) for item in load(pem).extensions}


def usages(pem: str) -> set[str]:
    """Names of the key usages that are set."""
    usage = load(pem).extensions.get_extension_for_class(x509.KeyUsage).value
    names = (
        "digital_signature",
        "key_encipherment",
        "key_cert_sign",
        "crl_sign",
        "content_commitment",
        "key_agreement",
    )
    return {name for name in names if getattr(usage, name)}


def test_subject_attributes_have_their_order() -> None:
    """C, ST, L, O, OU, CN, emailAddress, with the country upper-cased."""
    subject = Subject("alice", **FULL_SUBJECT, email="alice@example.com")
    issued = issue(replace(CLIENT, subject=subject), family().issuing, NOW)
    order = ["C", "ST", "L", "O", "OU", "CN", "emailAddress"]
    names = [item.rfc4514_attribute_name for item in load(issued.certificate_pem).subject]
    assert names[:6] == order[:6]
    assert inspect(issued.certificate_pem).subject == (
        "emailAddress=alice@example.com,CN=alice,OU=Edge,O=Acme,L=北京,ST=Beijing,C=CN"
    )


def test_absent_attributes_are_left_out() -> None:
    """A subject with nothing but a common name is nothing but a common name."""
    assert inspect(issue(CLIENT, family().issuing, NOW).certificate_pem).subject == "CN=alice"


def test_a_root_is_a_ca_that_may_have_a_ca_below() -> None:
    """Critical CA:TRUE with path length 2, critical keyCertSign and cRLSign, both key identifiers, nothing else."""
    pem = issue_root(ROOT, KEY, NOW).certificate_pem
    found = extensions(pem)
    assert found["basicConstraints"] == (True, x509.BasicConstraints(ca=True, path_length=2))
    assert found["keyUsage"][0]
    assert usages(pem) == {"key_cert_sign", "crl_sign"}
    assert found["authorityKeyIdentifier"][1].key_identifier == found["subjectKeyIdentifier"][1].digest
    assert set(found) == {"basicConstraints", "keyUsage", "subjectKeyIdentifier", "authorityKeyIdentifier"}
    assert load(pem).version is x509.Version.v3


@pytest.mark.parametrize("path_length", [0, 1, 2])
def test_a_root_has_the_path_length_asked_for(path_length: int) -> None:
    """The caller decides how many CAs may follow a root."""
    pem = issue_root(replace(ROOT, path_length=path_length), KEY, NOW).certificate_pem
    assert inspect(pem).path_length == path_length


def test_an_intermediate_signs_end_entities_only() -> None:
    """Its path length is 0, and its authority key identifier is the root's subject key identifier."""
    house = family()
    pem = house.issuing.certificate_pem
    assert extensions(pem)["basicConstraints"] == (True, x509.BasicConstraints(ca=True, path_length=0))
    assert usages(pem) == {"key_cert_sign", "crl_sign"}
    root_identifier = extensions(house.root.certificate_pem)["subjectKeyIdentifier"][1].digest
    assert extensions(pem)["authorityKeyIdentifier"][1].key_identifier == root_identifier


def test_a_client_signs_handshakes_and_nothing_else() -> None:
    """Critical CA:FALSE, critical digitalSignature, EKU clientAuth alone, and its names."""
    names = SubjectAlternativeNames(dns=("A.example.com",), email=("a@example.com",), uri=("urn:x:a",))
    pem = issue(replace(CLIENT, names=names), family().issuing, NOW).certificate_pem
    found = extensions(pem)
    assert found["basicConstraints"] == (True, x509.BasicConstraints(ca=False, path_length=None))
    assert found["keyUsage"][0]
    assert usages(pem) == {"digital_signature"}
    assert list(found["extendedKeyUsage"][1]) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    facts = inspect(pem)
    assert (facts.dns_names, facts.emails, facts.uris) == (("a.example.com",), ("a@example.com",), ("urn:x:a",))
    assert facts.purposes == ("clientAuth",)


def test_an_rsa_client_signs_only_but_an_rsa_server_may_decrypt() -> None:
    """KeyEncipherment is for RSA servers alone."""
    house = family("rsa-2048")
    assert usages(house.client().certificate) == {"digital_signature"}
    assert usages(house.server().certificate) == {"digital_signature", "key_encipherment"}
    assert usages(family().server().certificate) == {"digital_signature"}
    assert inspect(house.server().certificate).purposes == ("serverAuth",)


def test_the_signature_hash_fits_the_issuers_key() -> None:
    """SHA-384 under P-384, SHA-256 otherwise, whatever the subject's key."""
    house = make_family("ecdsa-p256", root_algorithm="ecdsa-p384")
    assert isinstance(load(house.root.certificate_pem).signature_hash_algorithm, hashes.SHA384)
    assert isinstance(load(house.issuing.certificate_pem).signature_hash_algorithm, hashes.SHA384)
    assert isinstance(load(house.client().certificate).signature_hash_algorithm, hashes.SHA256)
    assert isinstance(load(family("rsa-2048").client().certificate).signature_hash_algorithm, hashes.SHA256)


def test_validity_begins_before_now_and_lasts_as_asked() -> None:
    """NotBefore allows for slow clocks, notAfter counts from now; both are reported in UTC."""
    issuer = make_family(now=NOW - timedelta(days=1)).issuing
    issued = issue(CLIENT, issuer, NOW.astimezone(timezone(timedelta(hours=8))))
    certificate = load(issued.certificate_pem)
    assert certificate.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert certificate.not_valid_after_utc == NOW + timedelta(days=30)
    assert datetime.fromisoformat(issued.not_after) == NOW + timedelta(days=30)
    assert issued.not_before == f"{NOW - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"


def test_what_is_reported_is_what_the_certificate_says() -> None:
    """Serial, times and fingerprint of `Issued` and of `inspect` are those of the certificate."""
    issued = issue(CLIENT, family().issuing, NOW)
    facts, certificate = inspect(issued.certificate_pem), load(issued.certificate_pem)
    assert int(issued.serial, 16) == certificate.serial_number
    assert len(issued.serial) % 2 == 0
    assert issued.fingerprint == certificate.fingerprint(hashes.SHA256()).hex()
    reported = (issued.serial, issued.not_before, issued.not_after, issued.fingerprint)
    assert reported == (facts.serial, facts.not_before, facts.not_after, facts.fingerprint)
    assert facts.issuer == inspect(family().issuing.certificate_pem).subject


def test_validity_lies_within_the_issuers() -> None:
    """NotAfter is capped to the issuer's, notBefore does not precede it."""
    house = make_family(days=10)
    client = house.client(days=30).issued
    issuer = inspect(house.issuing.certificate_pem)
    assert client.not_after == issuer.not_after
    assert client.not_before == issuer.not_before


def test_an_address_in_the_subject_is_a_name_as_well() -> None:
    """RFC 5280 demands it of every profile, and it is enough for a client."""
    subject = Subject("alice", email="alice@example.com")
    client = issue(replace(CLIENT, subject=subject, names=NO_NAMES), family().issuing, NOW)
    assert inspect(client.certificate_pem).emails == ("alice@example.com",)
    assert inspect(family().root.certificate_pem).emails == ("ca@example.com",)


def test_a_name_given_twice_appears_once() -> None:
    """Duplicates are left out, the order stays."""
    names = SubjectAlternativeNames(dns=("b.example.com", "a.example.com", "B.example.com"))
    issued = issue(replace(CLIENT, names=names), family().issuing, NOW)
    assert inspect(issued.certificate_pem).dns_names == ("b.example.com", "a.example.com")
