"""What is in the certificates this project makes, and what it refuses to make."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from components.settings.model import Subject, SubjectAlternativeNames
from components.x509 import (
    CertificateError,
    Issuer,
    Profile,
    Request,
    generate,
    inspect,
    issue,
    issue_root,
    name_problems,
    public_pem,
    subject_problems,
)
from tests.unit.test_x509_family import (
    FULL_SUBJECT,
    NO_NAMES,
    NOW,
    Family,
    bare_certificate,
    family,
    make_family,
    make_root,
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
    """Critical CA:TRUE with path length 1, critical keyCertSign and cRLSign, both key identifiers, nothing else."""
    pem = issue_root(ROOT, KEY, NOW).certificate_pem
    found = extensions(pem)
    assert found["basicConstraints"] == (True, x509.BasicConstraints(ca=True, path_length=1))
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


REFUSED_REQUESTS = {
    "a client without a name": (replace(CLIENT, names=NO_NAMES), "names: found none; allowed at least one of"),
    "a server without a name": (replace(SERVER, names=NO_NAMES), "names: found none; allowed at least one of dns"),
    "a server with a mailbox": (replace(SERVER, names=CLIENT.names), "names: found email; allowed for server: dns"),
    "a CA with a name": (replace(INTERMEDIATE, names=CLIENT.names), "allowed for intermediate: none"),
    "a client's wildcard": (replace(CLIENT, names=SubjectAlternativeNames(dns=("*.a.example",))), "names: dns: found"),
    "no common name": (replace(CLIENT, subject=Subject("")), "commonName: found nothing"),
    "a long common name": (replace(CLIENT, subject=Subject("x" * 65)), "commonName: found 65 characters; allowed 64"),
    "a country of three": (
        replace(CLIENT, subject=Subject("a", country="CHN")),
        "country: found 'CHN'; allowed two letters",
    ),
    "a country of digits": (
        replace(CLIENT, subject=Subject("a", country="86")),
        "country: found '86'; allowed two letters",
    ),
    "a bad address": (replace(CLIENT, subject=Subject("a", email="a b@c")), "email: found 'a b@c'"),
    "control characters": (replace(CLIENT, subject=Subject("a\nb")), "commonName: found control characters"),
    "margins": (replace(CLIENT, subject=Subject(" a")), "commonName: found spaces"),
    "no validity": (replace(CLIENT, validity_days=0), "validityDays: found 0; allowed a whole number 1-36500"),
    "half a day": (replace(CLIENT, validity_days=0.5), "validityDays: found 0.5"),  # type: ignore[arg-type]
    "too long a validity": (replace(CLIENT, validity_days=36_501), "validityDays: found 36501"),
    "a client with a path": (replace(CLIENT, path_length=0), "pathLength: found 0; allowed for client: none"),
    "an intermediate with CAs below": (
        replace(INTERMEDIATE, path_length=1),
        "pathLength: found 1; allowed for intermediate: 0",
    ),
    "a root under an issuer": (ROOT, "profile: found root"),
    "no key": (replace(CLIENT, public_key_pem=""), "the public key cannot be read"),
    "a private key": (replace(CLIENT, public_key_pem=KEY), "the public key cannot be read"),
    "the issuer's key": (
        replace(CLIENT, public_key_pem=public_pem(family().issuing.private_key_pem)),
        "the issuer's own key",
    ),
    "the issuer's name": (
        replace(CLIENT, subject=Subject("Acme Issuing", **FULL_SUBJECT)),
        "subject: found the issuer's own name",
    ),
}


@pytest.mark.parametrize("case", REFUSED_REQUESTS)
def test_a_bad_request_is_refused(case: str) -> None:
    """The message names the setting, what was found, and what is allowed."""
    request, message = REFUSED_REQUESTS[case]
    issuer = family().root if request.profile is Profile.INTERMEDIATE else family().issuing
    with pytest.raises(CertificateError) as refusal:
        issue(request, issuer, NOW)
    assert message in str(refusal.value)


REFUSED_ISSUERS = {
    "a client": (lambda: Issuer(family().client().certificate, KEY), "basicConstraints: found no CA"),
    "another key": (lambda: Issuer(family().issuing.certificate_pem, KEY), "private key belongs to another"),
    "an expired one": (lambda: make_root(now=NOW - timedelta(days=20), days=10), "validity: expired at"),
    "one of tomorrow": (lambda: make_root(now=NOW + timedelta(days=1)), "which is in the future"),
    "a chain without a key": (lambda: Issuer(family().chain, ""), "the private key cannot be read"),
    "no certificate": (lambda: Issuer("", KEY), "found no PEM certificate"),
    "a key as certificate": (lambda: Issuer(KEY, KEY), "found a private key where only a certificate belongs"),
    "one without extensions": (lambda: Issuer(bare_certificate(), KEY), "basicConstraints: found no CA"),
    "one that may not sign": (lambda: own_ca(x509.BasicConstraints(True, None), sign=False), "no keyCertSign"),
}


@pytest.mark.parametrize("case", REFUSED_ISSUERS)
def test_a_bad_issuer_is_refused(case: str) -> None:
    """The message says what the issuer lacks."""
    make, message = REFUSED_ISSUERS[case]
    with pytest.raises(CertificateError) as refusal:
        issue(CLIENT, make(), NOW)
    assert message in str(refusal.value)


@pytest.mark.parametrize("house", [family(), family(intermediate=False)], ids=["intermediate", "root of length 0"])
def test_a_path_length_is_not_exceeded(house: Family) -> None:
    """A CA of path length 0 signs no CA; it signs clients."""
    with pytest.raises(CertificateError, match="path length is 0"):
        issue(INTERMEDIATE, house.issuing, NOW)
    assert issue(CLIENT, house.issuing, NOW).serial


def test_an_issuer_without_limits_or_identifiers_is_served() -> None:
    """A CA made elsewhere may lack path length, key usage and key identifier; its leaves still point at its key."""
    issuer = own_ca(x509.BasicConstraints(True, None), sign=None)
    intermediate = issue(INTERMEDIATE, issuer, NOW).certificate_pem
    expected = x509.AuthorityKeyIdentifier.from_issuer_public_key(load(issuer.certificate_pem).public_key())
    assert extensions(intermediate)["authorityKeyIdentifier"][1] == expected


def test_a_root_is_signed_with_its_own_key_only() -> None:
    """Another key, another profile or a negative path length are refused."""
    refused = (
        (replace(ROOT, public_key_pem=public_pem(generate())), "does not belong to the public key"),
        (CLIENT, "profile: found client; allowed root"),
        (replace(ROOT, path_length=-1), "pathLength: found -1"),
        (replace(ROOT, path_length=True), "pathLength: found True"),
    )
    for request, message in refused:
        with pytest.raises(CertificateError, match=message):
            issue_root(request, KEY, NOW)


def test_times_out_of_range_are_refused() -> None:
    """A time without a zone, before 1950 or after 9999 gives a message, not a stack trace."""
    for now, message in (
        (NOW.replace(tzinfo=None), "without a zone"),
        (datetime(1949, 12, 31, tzinfo=UTC), "allowed 1950 to 9999"),
        (datetime(9999, 12, 2, tzinfo=UTC), "after the year 9999"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=8))), "found the year 1;"),
    ):
        with pytest.raises(CertificateError, match=message):
            issue_root(ROOT, KEY, now)


def test_problems_of_names_come_all_at_once() -> None:
    """Settings can show every problem of a subject and of names in one error."""
    subject = Subject("", country="x1", state="s" * 129, email="nobody")
    assert [line.partition(":")[0] for line in subject_problems(subject)] == ["country", "state", "email", "commonName"]
    names = SubjectAlternativeNames(dns=("a_b.example", "ok.example"), email=("x",), uri=("/relative", "https://host/"))
    assert [line.partition(":")[0] for line in name_problems(names)] == ["dns", "email", "uri", "uri"]
    assert name_problems(SubjectAlternativeNames(dns=("*.example.com",)), wildcards=True) == []


def test_a_key_pasted_as_a_name_is_not_quoted() -> None:
    """Messages quote short names only, nothing that may be key material."""
    names = SubjectAlternativeNames(dns=(KEY,), email=(KEY.splitlines()[1] * 2,))
    text = " ".join(subject_problems(Subject(KEY, country=KEY, email=KEY)) + name_problems(names))
    assert KEY.splitlines()[1] not in text
    assert "PRIVATE" not in text


def own_ca(constraints: x509.BasicConstraints, *, sign: bool | None) -> Issuer:
    """A CA as other tools make it; `sign` None leaves key usage out."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Foreign")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW, NOW + timedelta(days=9))
    builder = builder.add_extension(constraints, critical=False)
    if sign is not None:
        usage = x509.KeyUsage(True, False, False, False, False, sign, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    pkcs8 = serialization.PrivateFormat.PKCS8
    return Issuer(pem, key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()).decode())
