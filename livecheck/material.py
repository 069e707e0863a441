"""The certificates of a run: good ones as the product makes them, and odd ones that it refuses to make.

All keys are made for one run, stay in memory (a server's key goes to the certificate service) and guard nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mtlsedge.verify.identity import Identity
from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames

DAYS = 7
SKEW = timedelta(minutes=5)
HOST = "live.mtlsedge.invalid"
"""Name in the server's certificate; nobody here judges it."""
CLIENT = Subject("alice", country="SG", organization="Acme, Inc.", unit="Edge")
"""The good client's name: several parts and a comma, so that the order and the quoting of a header show."""
OWN_NAME = x509.DNSName("alice.example.com")
VERSION_3 = bytes.fromhex("a003020102")
ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Authority:
    """A CA that signs; `chain` is what a client below it sends along, or an upload needs after it."""

    pem: str
    key_pem: str = field(repr=False)
    chain: str = ""

    @property
    def certificate(self) -> x509.Certificate:
        """The CA's certificate."""
        return x509.load_pem_x509_certificate(self.pem.encode())


def root(name: str, algorithm: str = "ecdsa-p256") -> Authority:
    """A root as the product makes it."""
    key = generate(algorithm)
    request = Request(Profile.ROOT, Subject(name), SubjectAlternativeNames(), DAYS, public_pem(key))
    return Authority(issue_root(request, key, datetime.now(UTC)).certificate_pem, key)


def below(issuer: Authority, profile: Profile, subject: Subject, algorithm: str = "ecdsa-p256") -> Authority:
    """What the product issues below a CA: an intermediate, a client, a server."""
    key = generate(algorithm)
    return _issued(issuer, profile, subject, key)


def bridge(old: Authority, new: Authority) -> Authority:
    """The new root's name and key, signed by the old root: what a client of the new one sends to the old one's friends."""
    name = str(new.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    return _issued(old, Profile.BRIDGE, Subject(name), new.key_pem)


def client(issuer: Authority, algorithm: str = "ecdsa-p256", *, chain: str = "") -> Identity:
    """A good client of the product's."""
    made = below(issuer, Profile.CLIENT, CLIENT, algorithm)
    return Identity(made.pem + chain, made.key_pem)


def server(issuer: Authority) -> Authority:
    """A server's certificate of the product's."""
    return below(issuer, Profile.SERVER, Subject(HOST))


def odd_root(name: str, key: Key | None = None, *more: x509.ExtensionType) -> Authority:
    """A root without a limit on what may follow it; `more` are critical extensions."""
    return _odd(name, None, key, extensions=[*_ca_extensions(), *((one, True) for one in more)])


def odd_intermediate(name: str, issuer: Authority, *more: x509.ExtensionType) -> Authority:
    """An intermediate without a limit on what may follow it; `more` are critical extensions."""
    return _odd(name, issuer, None, extensions=[*_ca_extensions(), *((one, True) for one in more)])


def odd_client(
    issuer: Authority,
    *,
    usages: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CLIENT_AUTH,),
    key: Key | None = None,
    over: bool = False,
    more: tuple[x509.ExtensionType, ...] = (),
    name: x509.GeneralName = OWN_NAME,
) -> Identity:
    """A client with one thing odd: its purposes, its key, its dates (`over`), an extension, or its names."""
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName([name]), False),
        *((one, False) for one in more),
    ]
    if usages:
        extensions.append((x509.ExtendedKeyUsage(list(usages)), False))
    made = _odd("alice", issuer, key, extensions=extensions, over=over)
    return Identity(made.pem + issuer.chain, made.key_pem)


def version_1(name: str) -> Authority:
    """A root without version and extensions, as the vendor's tutorial makes it with openssl.

    The library makes version 3 only, so its version is cut out and the rest signed again (RFC 5280 §4.1).
    """
    made = _odd(name, None, None, extensions=[])
    key = serialization.load_pem_private_key(made.key_pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - what `_odd` makes
    signed = _sequence(made.certificate.tbs_certificate_bytes.partition(VERSION_3)[2])
    signature = b"\0" + key.sign(signed, ec.ECDSA(hashes.SHA256()))
    whole = _sequence(signed + ECDSA_WITH_SHA256 + b"\x03" + bytes([len(signature)]) + signature)
    return Authority(_text(x509.load_der_x509_certificate(whole)), made.key_pem)


def _issued(issuer: Authority, profile: Profile, subject: Subject, key: str) -> Authority:
    hosts = {Profile.CLIENT: ("alice.example.com",), Profile.SERVER: (HOST,)}.get(profile, ())
    request = Request(profile, subject, SubjectAlternativeNames(dns=hosts), DAYS, public_pem(key))
    made = issue(request, Issuer(issuer.pem, issuer.key_pem), datetime.now(UTC))
    return Authority(made.certificate_pem, key)


def _ca_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return [(x509.BasicConstraints(ca=True, path_length=None), True), (usage, True)]


def _odd(
    name: str,
    issuer: Authority | None,
    key: Key | None,
    *,
    extensions: list[tuple[x509.ExtensionType, bool]],
    over: bool = False,
) -> Authority:
    own, now = key or ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - (timedelta(days=2) if over else SKEW))
        .not_valid_after(now - timedelta(hours=1) if over else now + timedelta(days=DAYS))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    signer: Any = serialization.load_pem_private_key(issuer.key_pem.encode(), None) if issuer else own
    pem = _text(builder.sign(signer, hashes.SHA256()))
    return Authority(pem, _pem(own), pem + issuer.chain if issuer else "")


def _pem(key: Key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _sequence(content: bytes) -> bytes:
    """A DER SEQUENCE of these values."""
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return b"\x30" + (bytes([size]) if size < 128 else bytes([0x80 | len(octets)]) + octets) + content
