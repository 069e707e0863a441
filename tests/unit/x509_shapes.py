"""Certificates and requests of unusual but real shapes, written byte by byte: a good one, and one to three oddities in it.

Each oddity was seen in public bug trackers of TLS libraries and certificate tools, or is a near relative of such a one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.unit import der

Parts = dict[str, Any]
_P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1


@dataclass(frozen=True)
class Shape:
    """A client's certificate (or one between it and the root, or a request), and what is odd about it."""

    role: str
    oddities: tuple[str, ...]
    client: str
    between: str
    root: str
    key: der.Key = field(repr=False)


@lru_cache
def key(kind: str) -> der.Key:
    """One key a kind; names such as rsa-1024 or secp521r1."""
    if kind.startswith("rsa-"):
        return rsa.generate_private_key(65537 if kind.count("-") == 1 else 3, int(kind.split("-")[1]))
    return ec.generate_private_key(
        {
            "p256": ec.SECP256R1(),
            "p256b": ec.SECP256R1(),
            "p384": ec.SECP384R1(),
            "p521": ec.SECP521R1(),
            "k256": ec.SECP256K1(),
            "p224": ec.SECP224R1(),
            "bp256": ec.BrainpoolP256R1(),
        }[kind]
    )


def explicit_curve(holder: ec.EllipticCurvePrivateKey) -> bytes:
    """P-256 by its parameters (RFC 3279 section 2.3.5)."""
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    base = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    field_id = der.seq(der.oid("1.2.840.10045.1.1"), der.integer(_P256))
    curve = der.seq(der.tlv(4, (_P256 - 3).to_bytes(32, "big")), der.tlv(4, b.to_bytes(32, "big")))
    parameters = der.seq(
        der.integer(1), field_id, curve, der.tlv(4, bytes.fromhex(base)), der.integer(order), der.integer(1)
    )
    return der.seq(der.seq(der.oid("1.2.840.10045.2.1"), parameters), der.tlv(3, b"\0" + _point(holder)))


def _point(holder: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = holder.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def compressed_point(holder: ec.EllipticCurvePrivateKey) -> bytes:
    """P-256 by name, the point by one coordinate and a sign."""
    numbers = holder.public_key().public_numbers()
    point = bytes([2 + numbers.y % 2]) + numbers.x.to_bytes(32, "big")
    kind = der.seq(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7"))
    return der.seq(kind, der.tlv(3, b"\0" + point))


def rsa_public(holder: rsa.RSAPrivateKey, algorithm: bytes) -> bytes:
    """An RSA key under another algorithm than its own."""
    numbers = holder.public_key().public_numbers()
    return der.seq(algorithm, der.tlv(3, b"\0" + der.seq(der.integer(numbers.n), der.integer(numbers.e))))


def _extra(*extensions: bytes) -> Callable[[Parts], None]:
    return lambda parts: parts["extensions"].extend(extensions)


def _set(**changes: Any) -> Callable[[Parts], None]:
    return lambda parts: parts.update(changes)


def _signed(kind: str, **changes: Any) -> Callable[[Parts], None]:
    """By a root with a key of this kind."""
    return lambda parts: parts.update({"algorithm": None, "signer": key(kind)} | changes)


def _key(kind: str, **changes: Any) -> Callable[[Parts], None]:
    return lambda parts: parts.update({"public_key": None, "key": key(kind)} | changes)


def _subject(*attributes: tuple[str, bytes]) -> Callable[[Parts], None]:
    return lambda parts: parts.update(subject=der.name(*attributes))


def _only(*extensions: bytes) -> Callable[[Parts], None]:
    """In place of all others."""
    return lambda parts: parts.update(extensions=list(extensions))


def _without(kind: str) -> Callable[[Parts], None]:
    return lambda parts: parts.update(extensions=[one for one in parts["extensions"] if der.oid(kind) not in one[:14]])


CN = der.COMMON_NAME
SUBJECTS: Mapping[str, Callable[[Parts], None]] = {
    "printable": _subject((CN, der.tlv(19, b"ann"))),
    "teletex ascii": _subject((CN, der.tlv(20, b"ann"))),
    "teletex latin-1": _subject((CN, der.tlv(20, b"Ren\xe9"))),
    "bmp": _subject((CN, der.tlv(30, "Añn".encode("utf-16-be")))),
    "universal": _subject((CN, der.tlv(28, "ann".encode("utf-32-be")))),
    "utf-8 wide": _subject((CN, der.utf8("安娜"))),
    "ia5": _subject((CN, der.ia5("ann@example.com"))),
    "numeric": _subject((CN, der.tlv(18, b"12345"))),
    "visible": _subject((CN, der.tlv(26, b"ann"))),
    "printable with @": _subject((CN, der.tlv(19, b"ann@example"))),
    "printable with *": _subject((CN, der.tlv(19, b"*.example"))),
    "common name of 100": _subject((CN, der.utf8("a" * 100))),
    "common name empty": _subject((CN, der.utf8(""))),
    "no subject": _subject(),
    "country of three": _subject((der.COUNTRY, der.tlv(19, b"USA")), (CN, der.utf8("ann"))),
    "two common names": _subject((CN, der.utf8("ann")), (CN, der.utf8("bob"))),
    "unknown attribute": _subject(("1.2.3.4", der.utf8("x")), (CN, der.utf8("ann"))),
    "control characters": _subject((CN, der.utf8("a\x1b[31mnn"))),
    "right to left": _subject((CN, der.utf8("a\u202enn"))),
    "nul": _subject((CN, der.utf8("ann\0.example"))),
    "mail as utf-8": _subject((CN, der.utf8("ann")), (der.EMAIL, der.utf8("ann@example.com"))),
}
NUMBERS: Mapping[str, Callable[[Parts], None]] = {
    "serial 0": _set(serial=0),
    "serial negative": _set(serial=-7),
    "serial of 30 bytes": _set(serial=2**239 + 1),
    "serial 1": _set(serial=1),
    "version 1": lambda parts: parts.update(version=0, extensions=[]),
    "version 1 with extensions": _set(version=0),
    "version 2": _set(version=1),
    "version 4": _set(version=3),
    "end in 9999": _set(end=der.generalized("99991231235959Z")),
    "end as generalized time before 2050": _set(end=der.generalized("20400101000000Z")),
    "end with a fraction": _set(end=der.generalized("20600101000000.5Z")),
    "end with an offset": _set(end=der.tlv(23, b"400101000000+0000")),
    "begin without seconds": _set(begin=der.tlv(23, b"2001010000Z")),
    "begin in 1950": _set(begin=der.tlv(23, b"500101000000Z")),
    "begin in 1970": _set(begin=der.generalized("19700101000000Z")),
    "data after the whole": _set(unwritten=b"\0\0"),
}
KEYS: Mapping[str, Callable[[Parts], None]] = {
    "rsa-1024": _key("rsa-1024"),
    "rsa-2048": _key("rsa-2048"),
    "rsa-2050": _key("rsa-2050"),
    "rsa-3072": _key("rsa-3072"),
    "rsa exponent 3": _key("rsa-2048-3"),
    "p384": _key("p384"),
    "p521": _key("p521"),
    "p224": _key("p224"),
    "k256": _key("k256"),
    "brainpool": _key("bp256"),
    "explicit curve": _key("p256", public_key=explicit_curve(key("p256"))),
    "compressed point": _key("p256", public_key=compressed_point(key("p256"))),
    "pss key": _key("rsa-2048", public_key=rsa_public(key("rsa-2048"), der.seq(der.oid("1.2.840.113549.1.1.10")))),
    "rsa key without null": _key(
        "rsa-2048", public_key=rsa_public(key("rsa-2048"), der.seq(der.oid("1.2.840.113549.1.1.1")))
    ),
}
SIGNATURES: Mapping[str, Callable[[Parts], None]] = {
    "sha1": _signed("rsa-2048", algorithm=der.SHA1_RSA),
    "md5": _signed("rsa-2048", algorithm=der.MD5_RSA),
    "rsa": _signed("rsa-2048"),
    "pss salt 32": _signed("rsa-2048", algorithm=der.pss(32)),
    "pss salt 10": _signed("rsa-2048", algorithm=der.pss(10)),
    "pss salt 0": _signed("rsa-2048", algorithm=der.pss(0)),
    "rsa without null": _signed("rsa-2048", algorithm=der.seq(der.oid("1.2.840.113549.1.1.11"))),
    "ecdsa with null": _signed("p384", algorithm=der.seq(der.oid("1.2.840.10045.4.3.2"), der.tlv(5))),
    "ecdsa sha1": _signed("p384", algorithm=der.ECDSA_SHA1),
}
EXTENSIONS: Mapping[str, Callable[[Parts], None]] = {
    "critical false written out": _extra(der.extension("1.2.3.4", der.tlv(5), critical=False)),
    "unknown critical": _extra(der.extension("1.2.3.4", der.tlv(5), critical=True)),
    "unknown": _extra(der.extension("1.2.3.4", b"anything")),
    "policies": _extra(der.extension("2.5.29.32", der.seq(der.seq(der.oid("1.2.3.4"))))),
    "policies critical": _extra(der.extension("2.5.29.32", der.seq(der.seq(der.oid("1.2.3.4"))), critical=True)),
    "any policy twice": _extra(
        der.extension("2.5.29.32", der.seq(der.seq(der.oid("2.5.29.32.0")), der.seq(der.oid("2.5.29.32.0"))))
    ),
    "crl points critical": _extra(
        der.extension(
            "2.5.29.31", der.seq(der.seq(der.tlv(0xA0, der.tlv(0xA0, der.tlv(0x86, b"http://a.test/"))))), critical=True
        )
    ),
    "issuer names critical": _extra(der.extension("2.5.29.18", der.seq(der.tlv(0x82, b"a.test")), critical=True)),
    "key identifier empty": _extra(der.extension("2.5.29.14", der.tlv(4))),
    "key identifier malformed": _extra(der.extension("2.5.29.14", b"\x04")),
    "authority key identifier malformed": _extra(der.extension("2.5.29.35", b"\x30\x05\x80")),
    "no basic constraints": _without("2.5.29.19"),
    "no key usage": _without("2.5.29.15"),
    "no purposes": _without("2.5.29.37"),
    "ms template": _extra(der.extension("1.3.6.1.4.1.311.20.2", der.tlv(30, "User".encode("utf-16-be")))),
    "ip of five bytes": _extra(der.alternative_names(der.tlv(0x87, b"12345"))),
    "host in latin-1": _extra(der.alternative_names(der.tlv(0x82, b"\xe9.example"))),
    "other name": _extra(
        der.alternative_names(der.tlv(0xA0, der.oid("1.3.6.1.4.1.311.20.2.3"), der.tlv(0xA0, der.utf8("ann@x"))))
    ),
    "registered id": _extra(der.alternative_names(der.tlv(0x88, b"\x2a\x03\x04"))),
    "names empty": _extra(der.alternative_names()),
    "host with underscore": _extra(der.alternative_names(der.tlv(0x82, b"a_b.example"))),
    "host empty": _extra(der.alternative_names(der.tlv(0x82, b""))),
}
OF_CLIENTS: Mapping[str, Callable[[Parts], None]] = {
    "constraints with false": _only(
        der.extension("2.5.29.19", der.seq(der.tlv(1, b"\0"))), der.key_usage(0x80), der.purposes(der.CLIENT_AUTH)
    ),
    "length without ca": _only(
        der.extension("2.5.29.19", der.seq(der.integer(0))), der.key_usage(0x80), der.purposes(der.CLIENT_AUTH)
    ),
    "constraints twice": _extra(der.basic_constraints(ca=False)),
    "ca as client": _only(*der.CA, der.purposes(der.CLIENT_AUTH)),
    "server only": _only(*der.LEAF, der.purposes(der.SERVER_AUTH)),
    "any purpose": _only(*der.LEAF, der.purposes(der.ANY_PURPOSE)),
    "any and client": _only(*der.LEAF, der.purposes(der.ANY_PURPOSE, der.CLIENT_AUTH)),
    "smart card purpose": _only(*der.LEAF, der.purposes("1.3.6.1.4.1.311.20.2.2")),
    "purposes empty": _only(*der.LEAF, der.purposes()),
    "key agreement alone": _only(der.basic_constraints(ca=False), der.key_usage(0x08), der.purposes(der.CLIENT_AUTH)),
    "encipherment alone": _only(der.basic_constraints(ca=False), der.key_usage(0x20), der.purposes(der.CLIENT_AUTH)),
    "no usage at all": _only(der.basic_constraints(ca=False), der.key_usage(0), der.purposes(der.CLIENT_AUTH)),
    "purposes critical": _only(*der.LEAF, der.extension("2.5.29.37", der.seq(der.oid(der.CLIENT_AUTH)), critical=True)),
    "netscape client": _extra(der.extension("2.16.840.1.113730.1.1", der.tlv(3, b"\x07\x80"))),
    "netscape server": _extra(der.extension("2.16.840.1.113730.1.1", der.tlv(3, b"\x06\x40"))),
}
OF_AUTHORITIES: Mapping[str, Callable[[Parts], None]] = {
    "authority not critical": _only(der.extension("2.5.29.19", der.seq(der.tlv(1, b"\xff"))), der.key_usage(0x06)),
    "authority without usage": _only(der.basic_constraints(ca=True)),
    "no cert sign": _only(der.basic_constraints(ca=True), der.key_usage(0x02)),
    "true as one": _only(der.extension("2.5.29.19", der.seq(der.tlv(1, b"\1")), critical=True), der.key_usage(0x06)),
    "length 0": _only(der.basic_constraints(ca=True, length=0), der.key_usage(0x06)),
    "length negative": _only(der.basic_constraints(ca=True, length=-1), der.key_usage(0x06)),
    "length of 1000": _only(der.basic_constraints(ca=True, length=1000), der.key_usage(0x06)),
    "server purpose": _only(*der.CA, der.purposes(der.SERVER_AUTH)),
    "any purpose": _only(*der.CA, der.purposes(der.ANY_PURPOSE)),
    "client purpose": _only(*der.CA, der.purposes(der.CLIENT_AUTH)),
    "constraints empty": _extra(der.extension("2.5.29.30", der.seq(), critical=True)),
    "constraints not critical": _extra(der.extension("2.5.29.30", der.seq(der.tlv(0xA0, der.seq(der.tlv(0x82, b"a.test")))))),
    "constraints with a minimum": _extra(der.extension("2.5.29.30", der.seq(der.tlv(0xA1, der.seq(der.tlv(0x82, b"a.test"), der.tlv(0x80, b"\1")))), critical=True)),
    "constraints with a bad mask": _extra(der.extension("2.5.29.30", der.seq(der.tlv(0xA1, der.seq(der.tlv(0x87, bytes.fromhex("c0000200ff00ff00"))))), critical=True)),
    "explicit policy": _extra(der.extension("2.5.29.36", der.seq(der.tlv(0x80, b"\0")), critical=True)),
    "inhibit any policy": _extra(der.extension("2.5.29.54", der.integer(0), critical=True)),
}  # fmt: skip
COMMON = (SUBJECTS, NUMBERS, KEYS, SIGNATURES, EXTENSIONS)


@lru_cache
def root(signer: der.Key) -> str:
    """The root of a key: there are two, so that a server needs two listeners for all shapes."""
    return der.pem(der.certificate(signer, der.common_name("Root"), der.CA))


def shape(seed: int) -> Shape:
    """The shape of a seed: each oddity alone first, in both roles, then two or three together."""
    singles = [("client", name) for name in _table("client")] + [("authority", name) for name in _table("authority")]
    if seed < len(singles):
        role, name = singles[seed]
        return _made(role, (name,))
    chance = Random(seed)
    role = chance.choice(("client", "client", "authority"))
    return _made(role, tuple(chance.sample(sorted(_table(role)), chance.choice((2, 2, 3)))))


def _table(role: str) -> dict[str, Callable[[Parts], None]]:
    own = OF_CLIENTS if role == "client" else OF_AUTHORITIES
    return {name: change for table in (*COMMON, own) for name, change in table.items()}


def _made(role: str, oddities: tuple[str, ...]) -> Shape:
    """A root, an authority below it, and a client; the oddities are the client's, or the authority's."""
    parts: Parts = {
        "key": key("p256"),
        "subject": der.common_name("ann" if role == "client" else "Between"),
        "extensions": list(der.CLIENT if role == "client" else der.CA),
        "signer": key("p384"),
    }
    for oddity in oddities:
        _table(role)[oddity](parts)
    root_name = der.common_name("Root")
    changed = {name: value for name, value in parts.items() if name not in {"key", "subject", "extensions"}}
    odd = der.pem(
        der.certificate(parts["key"], parts["subject"], tuple(parts["extensions"]), issuer=root_name, **changed)
    )
    if role == "client":
        return Shape(role, oddities, odd, "", root(parts["signer"]), parts["key"])
    client = der.certificate(
        key("p256b"), der.common_name("client"), der.CLIENT, issuer=parts["subject"], signer=parts["key"]
    )
    return Shape(role, oddities, der.pem(client), odd, root(parts["signer"]), key("p256b"))
