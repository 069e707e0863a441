"""Clients with one fault each, made byte by byte below one trusted root, for `mtlsedge explain` to name."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from cryptography import x509

from mtlsedge.certificates import fingerprint
from mtlsedge.explain.findings import Finding
from mtlsedge.explain.material import client_of
from mtlsedge.explain.predicting import Client, Trust
from tests.unit import der
from tests.unit.x509_shapes import compressed_point, explicit_curve, key, rsa_public

ROOT, ISSUING, HOST = der.common_name("Edge Root"), der.common_name("Edge Issuing"), "www.example.test"
ANN = der.common_name("ann")
WITH_NAME = (*der.CLIENT, der.alternative_names(der.tlv(0x86, b"urn:example:ann")))


@dataclass(frozen=True)
class Case:
    """A client, what is known of the listener, and the cause; `is_shown` False: its own library refuses it before."""

    cause: str
    client: Client
    trust: Trust
    is_shown: bool = True
    note: str = ""

    @property
    def id(self) -> str:
        """For tables: the cause, and which of its kinds."""
        return f"{self.cause} ({self.note})" if self.note else self.cause


@dataclass(frozen=True)
class _Ca:
    name: bytes
    key: der.Key = field(repr=False)
    pem: str = ""


@lru_cache
def root() -> _Ca:
    """The root that every listener trusts."""
    return _Ca(ROOT, key("rsa-2048"), der.pem(der.certificate(key("rsa-2048"), ROOT, der.CA)))


def below(above: _Ca, name: bytes, kind: str, extensions: tuple[bytes, ...] = der.CA, **odd) -> _Ca:
    """A CA below another one."""
    made = der.certificate(key(kind), name, extensions, issuer=above.name, signer=above.key, **odd)
    return _Ca(name, key(kind), der.pem(made))


@lru_cache
def issuing() -> _Ca:
    """The intermediate that signs clients."""
    return below(root(), ISSUING, "p384")


def leaf(
    above: _Ca, extensions: tuple[bytes, ...] = WITH_NAME, *, kind: str = "p256", subject: bytes = ANN, **odd
) -> str:
    """A client's certificate."""
    return der.pem(der.certificate(key(kind), subject, extensions, issuer=above.name, signer=above.key, **odd))


def shown(pem: str, *, kind: str = "p256") -> Client:
    """The client of these certificates, with a key of this kind."""
    return client_of("ann", pem, der.key_pem(key(kind)))


def trust(*known: _Ca, **more) -> Trust:
    """The root, and CAs that are known beside it."""
    return Trust(_loaded(root().pem), tuple(one for ca in known for one in _loaded(ca.pem)), **more)


def _loaded(pem: str) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(pem.encode()))


def cases() -> list[Case]:
    """Every cause that a client's files can have."""
    return [*_of_clients(), *_of_chains(), *_of_generations(), *_of_authorities(), *_of_leaves(), *_of_keys()]


def good() -> Client:
    """A client that the listener lets in."""
    return shown(leaf(issuing()) + issuing().pem)


def _of_clients() -> list[Case]:
    whole = leaf(issuing()) + issuing().pem
    parsed = _loaded(whole)[0]
    request = Client("ann", problems=(Finding("client.request-only", "ann.csr is a request"),))
    return [
        Case("accepted", good(), trust()),
        Case("client.no-certificate", Client("nobody"), trust()),
        Case("client.request-only", request, trust(), is_shown=False),
        Case("client.key-mismatch", shown(whole, kind="p256b"), trust(), is_shown=False),
        Case("client.self-signed", shown(der.pem(der.certificate(key("p256"), ANN, WITH_NAME))), trust()),
        Case("chain.order", shown(issuing().pem + leaf(issuing())), trust(), is_shown=False),
        Case("denied.by-list", good_of(whole), trust(denied=frozenset({fingerprint(parsed)}))),
    ]


def good_of(pem: str) -> Client:
    """The same good certificate each time, so that it can be on a list."""
    return shown(pem)


def _of_chains() -> list[Case]:
    twin = _Ca(
        ISSUING, key("p256b"), der.pem(der.certificate(key("p256b"), ISSUING, der.CA, issuer=ROOT, signer=root().key))
    )
    other = _Ca(
        der.common_name("Other Root"),
        key("p384"),
        der.pem(der.certificate(key("p384"), der.common_name("Other Root"), der.CA)),
    )
    stranger = _Ca(ROOT, key("rsa-3072"), der.pem(der.certificate(key("rsa-3072"), ROOT, der.CA)))
    return [
        Case("chain.intermediate-missing", shown(leaf(issuing())), trust(issuing())),
        Case("chain.intermediate-wrong", shown(leaf(issuing()) + twin.pem), trust()),
        Case("chain.issuer-unknown", shown(leaf(issuing())), trust()),
        Case("ca.unknown", shown(leaf(other) + other.pem), trust()),
        Case("ca.same-name", shown(leaf(stranger)), trust()),
        Case("ca.same-name", shown(leaf(stranger) + stranger.pem), trust(), note="root sent"),
    ]


def _of_generations() -> list[Case]:
    def generation(name: str, kind: str) -> _Ca:
        subject = der.common_name(name)
        return _Ca(subject, key(kind), der.pem(der.certificate(key(kind), subject, der.CA)))

    older, newer = generation("Root 2025", "p256b"), generation("Root 2027", "rsa-3072")
    roots = {"2025": _loaded(older.pem)[0], "2026": _loaded(root().pem)[0], "2027": _loaded(newer.pem)[0]}
    bridge = _Ca(
        newer.name, newer.key, der.pem(der.certificate(newer.key, newer.name, der.CA, issuer=ROOT, signer=root().key))
    )
    plain = trust(generations=roots, trusted_generation="2026")
    return [
        Case("generation.retired", shown(leaf(older)), plain),
        Case("generation.not-yet", shown(leaf(newer)), plain),
        Case("chain.bridge-missing", shown(leaf(newer)), trust(bridge, generations=roots, trusted_generation="2026")),
        Case(
            "accepted",
            shown(leaf(newer) + bridge.pem),
            trust(bridge, generations=roots, trusted_generation="2026"),
            note="through a bridge",
        ),
    ]


def _of_authorities() -> list[Case]:
    between = der.common_name("Between")
    tree = der.seq(der.tlv(0x82, b"allowed.test"))
    subject_tree = der.seq(der.tlv(0xA4, der.name((der.ORGANIZATION, der.utf8("Acme")))))

    def limited(*trees: bytes) -> _Ca:
        extension = der.extension("2.5.29.30", der.seq(der.tlv(0xA0, *trees)), critical=True)
        return below(root(), between, "p384", (*der.CA, extension))

    def through(ca: _Ca, extensions: tuple[bytes, ...] = WITH_NAME) -> Client:
        return shown(leaf(ca, extensions) + ca.pem)

    short = below(root(), between, "p384", (der.basic_constraints(ca=True, length=0), der.key_usage(6)))
    deep = below(short, der.common_name("Below"), "p256b")
    for_servers = below(root(), between, "p384", (*der.CA, der.purposes(der.SERVER_AUTH)))
    unknown = below(root(), between, "p384", (*der.CA, der.extension("1.2.3.4", der.tlv(5), critical=True)))
    demanding = below(
        root(), between, "p384", (*der.CA, der.extension("2.5.29.36", der.seq(der.tlv(0x80, b"\0")), critical=True))
    )
    over = below(root(), between, "p384", end=der.utc(der.BEGIN + timedelta(hours=1)))
    plain = below(root(), between, "p384", der.LEAF)
    acme, inside = (
        limited(subject_tree),
        der.name((der.ORGANIZATION, der.utf8("Acme")), (der.COMMON_NAME, der.utf8("ann"))),
    )
    outside = below(acme, der.common_name("Outside"), "p256b")
    host = (*der.CLIENT, der.alternative_names(der.tlv(0x82, b"other.test")))
    return [
        Case("path.too-long", shown(leaf(deep) + deep.pem + short.pem), trust()),
        Case("names.constrained", through(limited(tree), host), trust(), note="host"),
        Case("names.constrained", through(limited(subject_tree)), trust(), note="subject"),
        Case(
            "names.constrained",
            shown(leaf(outside, subject=inside) + outside.pem + acme.pem),
            trust(),
            note="of an intermediate",
        ),
        Case("names.none-below-constraints", through(limited(tree), der.CLIENT), trust()),
        Case("purpose.issuer", through(for_servers), trust()),
        Case("extension.unknown-critical", through(unknown), trust(), note="of an intermediate"),
        Case("extension.odd", through(demanding), trust()),
        Case("date.issuer", through(over), trust()),
        Case("issuer.not-a-ca", through(plain), trust()),
    ]


def _of_leaves() -> list[Case]:
    unknown = (*WITH_NAME, der.extension("1.2.3.4", der.tlv(5), critical=True))
    agreement = (der.basic_constraints(ca=False), der.key_usage(0x08), der.purposes(der.CLIENT_AUTH))
    written_out = der.extension("2.5.29.19", der.seq(der.tlv(1, b"\0")))
    return [
        _issued("date.expired", end=der.utc(der.BEGIN + timedelta(hours=1))),
        _issued("date.not-yet-valid", begin=der.utc(der.END - timedelta(days=1))),
        _issued("purpose.no-client-auth", (*der.LEAF, der.purposes(der.SERVER_AUTH)), note="a server's"),
        _issued("purpose.no-client-auth", (*der.LEAF, der.purposes(der.ANY_PURPOSE)), note="any purpose"),
        _issued("purpose.ca-as-client", (*der.CA, der.purposes(der.CLIENT_AUTH))),
        _issued("purpose.no-signature", agreement),
        _issued("extension.unknown-critical", unknown),
        _issued("client.unreadable", (written_out, *WITH_NAME[1:])),
    ]


def _of_keys() -> list[Case]:
    pss = rsa_public(key("rsa-2050"), der.seq(der.oid("1.2.840.113549.1.1.10")))
    return [
        _issued("key.pss", kind="rsa-2050", public_key=pss),
        _issued("key.explicit-curve", public_key=explicit_curve(key("p256"))),
        _issued("key.explicit-curve", public_key=compressed_point(key("p256")), note="a point in short"),
        _issued("key.curve", kind="p521", note="P-521"),
        _issued("key.curve", kind="k256", note="secp256k1"),
        _issued("key.small-rsa", kind="rsa-1024"),
        _issued("key.weak", kind="rsa-2048-3", note="exponent 3"),
        _issued("signature.weak", above=root(), algorithm=der.SHA1_RSA, note="SHA-1"),
        _issued("signature.weak", above=root(), algorithm=der.MD5_RSA, note="MD5"),
        _issued("signature.pss-salt", above=root(), algorithm=der.pss(10)),
    ]


def _issued(
    cause: str,
    extensions: tuple[bytes, ...] = WITH_NAME,
    *,
    above: _Ca | None = None,
    kind: str = "p256",
    note: str = "",
    **odd,
) -> Case:
    signer = above or issuing()
    chain = "" if above else signer.pem
    return Case(cause, shown(leaf(signer, extensions, kind=kind, **odd) + chain, kind=kind), trust(), note=note)
