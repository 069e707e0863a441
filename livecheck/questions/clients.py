"""How the listener meets clients: refusals, purposes, key sizes, revocation, resumption."""

import ssl

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from livecheck import material
from livecheck.edge import told, was_let_in
from livecheck.questions.model import Answer, Question, World
from mtlsedge.verify.identity import Identity

NOBODY = "http://192.0.2.1/"
"""An address nobody has (RFC 5737): a revocation list and a responder that never answer."""
ALGORITHMS = ("rsa-2048", "rsa-4096", "ecdsa-p256", "ecdsa-p384")


def refusals(world: World) -> Answer:
    """Without, with a stranger's, a namesake's, an expired certificate."""
    world.need_witness(world.topology.client)
    clients: dict[str, Identity | None] = {
        "no certificate": None,
        "a stranger's": material.client(material.root("somebody else")),
        "of a CA with the same name and another key": material.client(material.root("mtlsedge live root")),
        "expired": material.odd_client(world.topology.root, over=True),
    }
    seen = _handshakes(world, clients)
    alerts = [text for text in seen.values() if text.startswith("refused")]
    how = "HTTP 400" if any("HTTP" in text for text in alerts) else "the handshake or the connection ends"
    if len(alerts) < len(seen):
        return Answer("not every bad client is refused: see what was seen", seen)
    return Answer(f"all are refused: {how}", seen)


def purposes(world: World) -> Answer:
    """A certificate for servers only, and one that names no purpose."""
    world.need_witness(world.topology.client)
    root = world.topology.root
    seen = _handshakes(
        world,
        {
            "serverAuth only": material.odd_client(root, usages=(ExtendedKeyUsageOID.SERVER_AUTH,)),
            "no extended key usage": material.odd_client(root, usages=()),
        },
    )
    enforced = seen["serverAuth only"].startswith("refused")
    return Answer(f"the purpose clientAuth is {'' if enforced else 'not '}enforced", seen)


def keys(world: World) -> Answer:
    """Clients with keys of each kind."""
    world.need_witness(world.topology.client)
    clients: dict[str, Identity | None] = {name: material.client(world.topology.root, name) for name in ALGORITHMS}
    clients["ecdsa-p521"] = material.odd_client(world.topology.root, key=ec.generate_private_key(ec.SECP521R1()))
    seen = _handshakes(world, clients)
    taken = [name for name, text in seen.items() if was_let_in(text)]
    return Answer(f"let in: {', '.join(taken) or 'none'}", seen)


def revocation(world: World) -> Answer:
    """A certificate that names a revocation list and a responder that do not answer."""
    world.need_witness(world.topology.client)
    place = [x509.UniformResourceIdentifier(NOBODY)]
    points = x509.CRLDistributionPoints([x509.DistributionPoint(place, None, None, None)])
    responder = x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place[0])])
    client = material.odd_client(world.topology.root, more=(points, responder))
    seen = _handshakes(world, {"list and responder that do not answer": client})
    if any(was_let_in(text) for text in seen.values()):
        return Answer("let in: a listener does not insist on a revocation list or a responder", seen)
    return Answer("not let in: a listener may ask for revocation", seen)


def resumption(world: World) -> Answer:
    """A second connection with the first one's session, by TLS version."""
    world.need_witness(world.topology.client)
    versions = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
    seen = {name: world.edge.resumes(world.topology.client, version) for name, version in versions.items()}
    return Answer("; ".join(f"{name}: {text}" for name, text in seen.items()), seen)


def _handshakes(world: World, clients: "dict[str, Identity | None]") -> dict[str, str]:
    return {name: told(world.edge.handshake(identity)) for name, identity in clients.items()}


QUESTIONS = (
    Question(
        "client.refusals",
        "What does a client see without, with a stranger's, or with an expired certificate: a TLS alert, or HTTP 400?",
        "one handshake each",
        "`verify` takes either for a refusal; with an answer it may insist on one.",
        refusals,
    ),
    Question(
        "client.purposes",
        "Is the purpose clientAuth enforced?",
        "handshakes with a certificate for servers only, and with one without a purpose",
        "If not, a server certificate of the same CA is let in: the guide on custody says so then.",
        purposes,
    ),
    Question(
        "client.keys",
        "Which keys of clients are accepted?",
        "a handshake with RSA 2048 and 4096, P-256, P-384, P-521",
        "The settings allow RSA 2048 to 4096, P-256 and P-384.",
        keys,
    ),
    Question(
        "client.revocation",
        "Does a listener look at revocation lists or OCSP?",
        "a handshake with a certificate whose list and responder do not answer; a listener that looks and does not insist is not told apart",
        "SECURITY.md says that ALB checks no revocation list.",
        revocation,
    ),
    Question(
        "session.resumption",
        "Is a session resumed, and with which TLS version?",
        "two connections of one client, the second with the first one's session",
        "A resumed session outlives a change of the CA for its lifetime: the runbook for a stolen key says so then.",
        resumption,
    ),
)
