"""Chains of certificates with constraints, drawn by chance from a seed, each to be judged by several verifiers."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from random import Random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit import der

HOSTS = ("example.com", "a.example.com", "b.a.example.com", "example.org", "other.test")
TREES = ("example.com", "a.example.com", ".example.com", "example.org", "test")
ADDRESSES = ("ann@example.com", "bob@example.com", "ann@a.example.com", "ann@example.org")
MAIL_TREES = ("example.com", ".example.com", "ann@example.com", "example.org")
URIS = ("https://example.com/", "spiffe://a.example.com/x", "https://example.org/", "https://b.a.example.com:1/")
NETWORKS = ("192.0.2.0/24", "192.0.2.128/25", "198.51.100.0/24", "2001:db8::/32")
HOST_ADDRESSES = ("192.0.2.7", "192.0.2.200", "198.51.100.1", "2001:db8::1", "2001:db9::1")
ORGANIZATIONS = ("Acme", "ACME ", "Acme  Corp", "Other")
OTHER_NAME = der.tlv(0xA0, der.oid("1.3.6.1.4.1.311.20.2.3"), der.tlv(0xA0, der.utf8("ann")))


@dataclass(frozen=True)
class Chain:
    """What a client shows and what is trusted, as PEM, and the client's key."""

    leaf: str
    between: tuple[str, ...]
    root: str
    key: ec.EllipticCurvePrivateKey


@dataclass
class _Maker:
    """A CA on the way down."""

    name: bytes
    key: ec.EllipticCurvePrivateKey
    identifier: bytes


@lru_cache
def keys() -> tuple[ec.EllipticCurvePrivateKey, ...]:
    """Enough for one chain."""
    return tuple(ec.generate_private_key(ec.SECP256R1()) for _ in range(6))


def chain(seed: int) -> Chain:
    """The chain of a seed; about half of all are good."""
    chance = Random(seed)
    pool = list(keys())
    above: _Maker | None = None
    made: list[str] = []
    for depth in range(chance.choice((1, 1, 2, 2, 3, 4))):
        text, above = _authority(chance, pool[depth], depth, above)
        made.append(text)
    leaf = _leaf(chance, pool[5], above)
    return Chain(leaf, tuple(reversed(made[1:])), made[0], pool[5])


def _authority(chance: Random, key: ec.EllipticCurvePrivateKey, depth: int, above: _Maker | None) -> tuple[str, _Maker]:
    own = above.name if above and chance.random() < 0.08 else _subject(chance, f"CA {depth}")
    length = chance.choice((None, None, None, 0, 1, 2))
    is_ca, bits = chance.random() > 0.02, 0x06 if chance.random() > 0.02 else 0x02
    identifier = _identifier(key)
    extensions = [
        der.basic_constraints(ca=is_ca, length=length if is_ca else None),
        der.key_usage(bits),
        der.extension("2.5.29.14", der.tlv(4, identifier)),
        *_from_issuer(chance, above),
        *_oddities(chance),
    ]
    if chance.random() < 0.4:
        extensions.append(_constraints(chance))
    if chance.random() < 0.12:
        extensions.append(der.purposes(*_purposes(chance)))
    signed = der.certificate(
        key, own, tuple(extensions), issuer=above.name if above else own, signer=above.key if above else key,
        end=der.utc(der.BEGIN + timedelta(hours=1)) if chance.random() < 0.02 else None,
    )  # fmt: skip
    return der.pem(signed), _Maker(own, key, identifier)


def _leaf(chance: Random, key: ec.EllipticCurvePrivateKey, above: _Maker) -> str:
    extensions = [
        *der.LEAF,
        *_from_issuer(chance, above),
        *_oddities(chance),
        *([der.purposes(*_purposes(chance))] if chance.random() < 0.8 else []),
        *([der.alternative_names(*found)] if (found := _names(chance)) else []),
    ]
    common = chance.choice(("ann", "ann", "ann", *HOSTS[:3]))
    subject = _subject(chance, common, chance.choice(ADDRESSES) if chance.random() < 0.15 else "")
    return der.pem(der.certificate(key, subject, tuple(extensions), issuer=above.name, signer=above.key))


def _subject(chance: Random, common: str, address: str = "") -> bytes:
    organization = ((der.ORGANIZATION, der.utf8(chance.choice(ORGANIZATIONS))),) if chance.random() < 0.7 else ()
    mail = ((der.EMAIL, der.ia5(address)),) if address else ()
    return der.name(*organization, (der.COMMON_NAME, der.utf8(common)), *mail)


def _identifier(key: ec.EllipticCurvePrivateKey) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der.public(key))
    return digest.finalize()[:20]


def _from_issuer(chance: Random, above: _Maker | None) -> list[bytes]:
    if above is None:
        return []
    named = b"another key's digest" if chance.random() < 0.03 else above.identifier
    return [der.extension("2.5.29.35", der.seq(der.tlv(0x80, named)))]


def _oddities(chance: Random) -> list[bytes]:
    """Extensions that nobody knows, seldom critical."""
    if chance.random() > 0.08:
        return []
    return [der.extension("1.2.3.4.5", der.tlv(5), critical=True if chance.random() < 0.5 else None)]


def _purposes(chance: Random) -> tuple[str, ...]:
    return chance.choice(((der.CLIENT_AUTH,),) * 4 + ((der.CLIENT_AUTH, der.SERVER_AUTH), (der.SERVER_AUTH,)))


def _constraints(chance: Random) -> bytes:
    parts = []
    for tag, count in ((0xA0, chance.choice((0, 1, 1, 2))), (0xA1, chance.choice((0, 0, 1, 1)))):
        if count:
            parts.append(der.tlv(tag, *(der.seq(_tree(chance)) for _ in range(count))))
    if not parts:
        parts = [der.tlv(0xA0, der.seq(_tree(chance)))]
    return der.extension("2.5.29.30", der.seq(*parts), critical=True)


def _tree(chance: Random) -> bytes:
    kind = chance.choice(("dns", "dns", "email", "uri", "ip", "subject", "other"))
    match kind:
        case "dns":
            return der.tlv(0x82, chance.choice(TREES).encode())
        case "email":
            return der.tlv(0x81, chance.choice(MAIL_TREES).encode())
        case "uri":
            return der.tlv(0x86, chance.choice(TREES[:4]).encode())
        case "ip":
            network = ipaddress.ip_network(chance.choice(NETWORKS))
            return der.tlv(0x87, network.network_address.packed + network.netmask.packed)
        case "subject":
            return der.tlv(0xA4, der.name((der.ORGANIZATION, der.utf8(chance.choice(("Acme", "acme  corp"))))))
    return OTHER_NAME


def _names(chance: Random) -> list[bytes]:
    found = []
    for chances, tag, pool in ((0.4, 0x82, HOSTS), (0.3, 0x81, ADDRESSES), (0.3, 0x86, URIS)):
        if chance.random() < chances:
            found += [der.tlv(tag, one.encode()) for one in chance.sample(pool, chance.choice((1, 1, 2)))]
    if chance.random() < 0.2:
        found.append(der.tlv(0x87, ipaddress.ip_address(chance.choice(HOST_ADDRESSES)).packed))
    if chance.random() < 0.04:
        found.append(OTHER_NAME)
    return found
