"""Whether the listener does what `mtlsedge explain` foretells from a client's files."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from livecheck import material
from livecheck.edge import told
from livecheck.questions.model import Answer, Question, World
from mtlsedge.explain.judging import offline
from mtlsedge.explain.material import client_of
from mtlsedge.explain.predicting import NOBODY, Trust, predict
from mtlsedge.verify.identity import Identity
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject

DISAGREED = "; the listener disagreed"


def clients(root: material.Authority) -> dict[str, Identity | None]:
    """A client for each kind of fault that can be made and shown."""
    between = material.below(root, Profile.INTERMEDIATE, Subject("mtlsedge live issuing"))
    return {
        "a good one": material.client(root),
        "no certificate": None,
        "below an intermediate, which is sent": material.client(between, chain=between.pem),
        "below an intermediate, which is not sent": material.client(between),
        "of another CA": material.client(material.root("somebody else")),
        "of a CA with the same name and another key": material.client(material.root("mtlsedge live root")),
        "expired": material.odd_client(root, over=True),
        "for servers only": material.odd_client(root, usages=(ExtendedKeyUsageOID.SERVER_AUTH,)),
        "on the curve P-521": material.odd_client(root, key=ec.generate_private_key(ec.SECP521R1())),
    }


def compared(world: World, identity: Identity | None, anchor: x509.Certificate) -> str:
    """What the files say of a client, what the listener did, and whether that differs."""
    shown = client_of("client", identity.chain_pem, identity.private_key_pem) if identity else NOBODY
    cause = offline(predict(shown, Trust((anchor,)), datetime.now(UTC))).cause
    attempt = world.edge.handshake(identity)
    agrees = attempt.let_in is (cause == "accepted")
    return f"foretold {cause}; {told(attempt)}{'' if agrees else DISAGREED}"


def predictions(world: World) -> Answer:
    """Each client is judged from its files, then connects."""
    world.need_witness(world.topology.client)
    root = world.topology.root
    seen = {name: compared(world, identity, root.certificate) for name, identity in clients(root).items()}
    different = [name for name, text in seen.items() if text.endswith(DISAGREED)]
    return Answer(f"disagreed about: {', '.join(different)}" if different else "as foretold, every client", seen)


QUESTIONS = (
    Question(
        "explain.predictions",
        "Does the listener let in and refuse the clients that `mtlsedge explain` says it does?",
        "each kind of client is judged from its files, then makes one handshake",
        "Each disagreement is a fact about ALB: the page of causes names it, and `explain` says it beforehand.",
        predictions,
    ),
)
