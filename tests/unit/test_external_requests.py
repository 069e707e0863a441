"""Signing requests: what they ask for beyond a client certificate is named, and dropped."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID, NameOID

from mtlsedge_components.x509.building import Request, issue
from mtlsedge_components.x509.checking import csr_problems, csr_public_key
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.ordering import signing_request
from mtlsedge_components.x509.profiles import Profile
from mtlsedge_components.x509.requests import common_name, dropped_wishes
from settings.model import Subject, SubjectAlternativeNames
from tests.unit.test_x509_family import NOW, family
from tests.unit.test_x509_keys import generate

SUBJECT = Subject("device-7", organization="Acme")
NAMES = SubjectAlternativeNames(uri=("urn:example:device-7",))


def test_a_greedy_request_is_reported_line_by_line():
    """Another subject, another name, CA rights, server use, key usages, an unknown extension, a challenge password."""
    wishes = dropped_wishes(greedy_request("root")[0], SUBJECT, NAMES)
    assert wishes == [
        "subject 'CN=root' (it gets 'CN=device-7,O=Acme')",
        "name 'admin.example.com'",
        "basicConstraints CA:TRUE (to be an authority)",
        "keyUsage key cert sign",
        "extendedKeyUsage serverAuth",
        "extension 1.2.3.4",
        "attribute challengePassword",
    ]
    assert "hunter2" not in "".join(wishes)


def test_a_modest_request_is_quiet():
    """Nothing is said of a request that asks for what it gets, or for nothing at all."""
    key = ec.generate_private_key(ec.SECP256R1())
    bare = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    assert dropped_wishes(pem(bare), SUBJECT, NAMES) == []
    assert dropped_wishes(signing_request(generate(), SUBJECT, NAMES), SUBJECT, NAMES) == []


def test_nothing_a_request_asks_for_reaches_the_certificate():
    """The certificate of a greedy request is a plain client certificate with the stack file's names."""
    csr, _ = greedy_request("root")
    request = Request(Profile.CLIENT, SUBJECT, NAMES, 30, csr_public_key(csr))
    facts = inspect(issue(request, family().issuing, NOW).certificate_pem)
    assert (facts.subject, facts.is_ca, facts.purposes) == ("CN=device-7,O=Acme", False, ("clientAuth",))
    assert (facts.dns_names, facts.uris) == ((), ("urn:example:device-7",))


def test_a_request_of_ours_holds_subject_names_and_a_valid_signature():
    """What is ordered elsewhere says who it is for."""
    csr = signing_request(generate("rsa-2048"), SUBJECT, NAMES)
    assert csr_problems(csr) == []
    assert common_name(csr) == "device-7"


@pytest.mark.parametrize(
    "text", ["", "rubbish", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
)
def test_unreadable_requests_are_one_clear_error(text):
    """No traceback of a parser."""
    with pytest.raises(CertificateError, match="certificate signing request"):
        dropped_wishes(text, SUBJECT, NAMES)


def greedy_request(name: str) -> tuple[str, str]:
    """A request (PEM) that asks for far too much, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    usages = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign",
              "encipher_only", "decipher_only")  # fmt: skip
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=3), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, **dict.fromkeys(usages, False)), critical=True
        )
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("admin.example.com")]), critical=False)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), critical=False)
        .add_attribute(AttributeOID.CHALLENGE_PASSWORD, b"hunter2")
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem(request), private.decode()


def pem(request) -> str:
    """As PEM text."""
    return request.public_bytes(serialization.Encoding.PEM).decode()
