"""A small DER writer, for certificates and requests that no library would make. Keys are made at run time."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
BEGIN, END = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=300)
COMMON_NAME, ORGANIZATION, COUNTRY, EMAIL = "2.5.4.3", "2.5.4.10", "2.5.4.6", "1.2.840.113549.1.9.1"
CLIENT_AUTH, SERVER_AUTH, ANY_PURPOSE = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"


def tlv(tag: int, *content: bytes) -> bytes:
    """A value with its tag and length."""
    body = b"".join(content)
    length = bytes([len(body)]) if len(body) < 128 else len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, *([128 | len(length)] if len(body) >= 128 else []), *length]) + body


def seq(*content: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(0x30, *content)


def integer(number: int) -> bytes:
    """INTEGER, of either sign."""
    magnitude = number if number >= 0 else -number - 1
    return tlv(2, number.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    out = b""
    for arc in (first * 40 + second, *rest):
        groups, left = [arc & 127], arc >> 7
        while left:
            groups.append(128 | left & 127)
            left >>= 7
        out += bytes(reversed(groups))
    return tlv(6, out)


def utf8(text: str) -> bytes:
    """UTF8String."""
    return tlv(12, text.encode())


def ia5(text: str) -> bytes:
    """IA5String."""
    return tlv(22, text.encode("ascii"))


def name(*attributes: tuple[str, bytes]) -> bytes:
    """A distinguished name of (identifier, value) pairs."""
    return seq(*(tlv(0x31, seq(oid(kind), value)) for kind, value in attributes))


def common_name(text: str) -> bytes:
    """A distinguished name of a common name alone."""
    return name((COMMON_NAME, utf8(text)))


def utc(moment: datetime) -> bytes:
    """UTCTime."""
    return tlv(23, f"{moment:%y%m%d%H%M%SZ}".encode())


def generalized(text: str) -> bytes:
    """GeneralizedTime, as it is written."""
    return tlv(24, text.encode())


def extension(dotted: str, value: bytes, *, critical: bool | None = None) -> bytes:
    """An extension; `critical` None leaves the default out, as DER has it."""
    flag = b"" if critical is None else tlv(1, b"\xff" if critical else b"\0")
    return seq(oid(dotted), flag, tlv(4, value))


def basic_constraints(*, ca: bool, length: int | None = None) -> bytes:
    """Critical for a CA."""
    room = b"" if length is None else integer(length)
    return extension("2.5.29.19", seq(tlv(1, b"\xff") if ca else b"", room), critical=True if ca else None)


def key_usage(bits: int) -> bytes:
    """Bits of the first byte: 0x80 digitalSignature, 0x08 keyAgreement, 0x04 keyCertSign, 0x02 cRLSign."""
    unused = (bits & -bits).bit_length() - 1 if bits else 0
    return extension("2.5.29.15", tlv(3, bytes([unused, bits]) if bits else b"\0"), critical=True)


def purposes(*dotted: str) -> bytes:
    """Extended key usage."""
    return extension("2.5.29.37", seq(*map(oid, dotted)))


def alternative_names(*names: bytes) -> bytes:
    """Subject alternative names, each with its tag."""
    return extension("2.5.29.17", seq(*names))


CA, LEAF = (basic_constraints(ca=True), key_usage(0x06)), (basic_constraints(ca=False), key_usage(0x80))
CLIENT = (*LEAF, purposes(CLIENT_AUTH))
ECDSA_SHA256, SHA256_RSA = seq(oid("1.2.840.10045.4.3.2")), seq(oid("1.2.840.113549.1.1.11"), tlv(5))
SHA1_RSA, MD5_RSA = seq(oid("1.2.840.113549.1.1.5"), tlv(5)), seq(oid("1.2.840.113549.1.1.4"), tlv(5))
ECDSA_SHA1 = seq(oid("1.2.840.10045.4.1"))
_HASHES = {SHA1_RSA: hashes.SHA1(), MD5_RSA: hashes.MD5(), ECDSA_SHA1: hashes.SHA1()}


def public(key: Key) -> bytes:
    """SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def usual_algorithm(key: Key) -> bytes:
    """SHA-256 with the key's own kind of signature."""
    return ECDSA_SHA256 if isinstance(key, ec.EllipticCurvePrivateKey) else SHA256_RSA


def pss(salt: int, digest: str = "2.16.840.1.101.3.4.2.1") -> bytes:
    """RSASSA-PSS with one hash for both, and a salt of so many bytes."""
    hashing = seq(oid(digest), tlv(5))
    mask = seq(oid("1.2.840.113549.1.1.8"), hashing)
    return seq(oid("1.2.840.113549.1.1.10"), seq(tlv(0xA0, hashing), tlv(0xA1, mask), tlv(0xA2, integer(salt))))


def signature(key: Key, signed: bytes, algorithm: bytes) -> bytes:
    """As the algorithm says; PSS with the salt that it names."""
    digest = _HASHES.get(algorithm, hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(signed, ec.ECDSA(digest))
    if oid("1.2.840.113549.1.1.10") in algorithm:
        return key.sign(signed, padding.PSS(padding.MGF1(digest), algorithm[-1]), digest)
    return key.sign(signed, padding.PKCS1v15(), digest)


def certificate(
    key: Key,
    subject: bytes,
    extensions: tuple[bytes, ...] = (),
    *,
    issuer: bytes | None = None,
    signer: Key | None = None,
    serial: int | None = None,
    begin: bytes | None = None,
    end: bytes | None = None,
    algorithm: bytes | None = None,
    version: int = 2,
    public_key: bytes | None = None,
    unwritten: bytes = b"",
) -> bytes:
    """A certificate, signed by itself unless `issuer` and `signer` are given; `unwritten` follows the whole."""
    signer = signer or key
    algorithm = algorithm or usual_algorithm(signer)
    signed = seq(
        tlv(0xA0, integer(version)) if version else b"",
        integer(secrets.randbits(120) + 1 if serial is None else serial),
        algorithm,
        subject if issuer is None else issuer,
        seq(begin or utc(BEGIN), end or utc(END)),
        subject,
        public_key or public(key),
        tlv(0xA3, seq(*extensions)) if extensions else b"",
    )
    return seq(signed, algorithm, tlv(3, b"\0" + signature(signer, signed, algorithm))) + unwritten


def request(
    key: Key,
    subject: bytes,
    attributes: tuple[bytes, ...] = (),
    *,
    version: int = 0,
    algorithm: bytes | None = None,
    public_key: bytes | None = None,
    with_attributes: bool = True,
) -> bytes:
    """A certificate signing request."""
    algorithm = algorithm or usual_algorithm(key)
    filled = tlv(0xA0, *attributes) if with_attributes else b""
    signed = seq(integer(version), subject, public_key or public(key), filled)
    return seq(signed, algorithm, tlv(3, b"\0" + signature(key, signed, algorithm)))


def requested(*extensions: bytes) -> bytes:
    """The attribute of a request that asks for extensions."""
    return seq(oid("1.2.840.113549.1.9.14"), tlv(0x31, seq(*extensions)))


def pem(der: bytes, label: str = "CERTIFICATE") -> str:
    """In its armour."""
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def key_pem(key: Key) -> str:
    """A private key, PKCS#8."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
