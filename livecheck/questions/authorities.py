"""What a listener makes of CAs and chains: intermediates, bridges, depth, constraints, key sizes, version 1."""

from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from livecheck import material
from livecheck.edge import told, was_let_in
from livecheck.material import Authority
from livecheck.questions.model import Answer, NotAsked, Question, World
from mtlsedge.cloud import CloudProblem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject

DEEPEST = 6
"""Intermediates in the longest chain tried; the product's longest has two."""
ALGORITHMS = ("rsa-2048", "rsa-4096", "ecdsa-p384")


def intermediates(world: World) -> Answer:
    """A client that sends its intermediate, one that forgets it, and one that sends a bridge from another root."""
    world.need_witness(world.topology.client)
    old = world.topology.root
    between = _intermediate(old, "live intermediate")
    new = material.root("mtlsedge live root, new")
    vouched = material.bridge(old, new)
    seen = {
        "sends the intermediate": told(world.edge.handshake(material.client(between, chain=between.pem))),
        "does not send it": told(world.edge.handshake(material.client(between))),
        "of a new root, sends the bridge": told(world.edge.handshake(material.client(new, chain=vouched.pem))),
        "of a new root, without the bridge": told(world.edge.handshake(material.client(new))),
    }
    walks = [name for name, text in seen.items() if "sends the" in name and was_let_in(text)]
    return Answer(f"followed: {', '.join(walks) or 'no chain of the client'}", seen)


def depth(world: World) -> Answer:
    """The longest chain of intermediates that is followed, below a root without a limit."""
    root = material.odd_root("mtlsedge live deep root")
    seen, deepest = {}, 0
    with world.edge.trusting(world.upload(root.pem)):
        world.need_witness(material.odd_client(root))
        link = root
        for number in range(1, DEEPEST + 1):
            link = material.odd_intermediate(f"live intermediate {number}", link)
            seen[f"{number} intermediates"] = told(world.edge.handshake(material.odd_client(link)))
            deepest = number if was_let_in(seen[f"{number} intermediates"]) else deepest
    return Answer(f"chains with {deepest} intermediates are followed; {DEEPEST} were tried", seen)


def constraints(world: World) -> Answer:
    """Clients inside and outside of what their CA may sign, the constraint on an intermediate and on the root itself."""
    limits = x509.NameConstraints([x509.DNSName("example.com"), x509.UniformResourceIdentifier("example.com")], None)
    seen: dict[str, str] = {}
    plain = material.odd_root("mtlsedge live plain root")
    with world.edge.trusting(world.upload(plain.pem)):
        world.need_witness(material.odd_client(plain))
        narrow = material.odd_intermediate("live constrained", plain, limits)
        seen |= _within_limits(world, narrow, "intermediate")
    root = material.odd_root("mtlsedge live constrained root", None, limits)
    with world.edge.trusting(world.upload(root.pem)) as code:
        seen["listener, constrained root"] = code
        world.edge.lets_in(material.odd_client(root))
        seen |= _within_limits(world, root, "root")
    return Answer("; ".join(_judged(seen, where) for where in ("intermediate", "root")), seen)


def _within_limits(world: World, authority: Authority, where: str) -> dict[str, str]:
    """Handshakes of clients with a host or a URI, inside and outside."""
    names: dict[str, x509.GeneralName] = {
        "host inside": x509.DNSName("alice.example.com"),
        "host outside": x509.DNSName("alice.example.org"),
        "URI inside": x509.UniformResourceIdentifier("spiffe://example.com/alice"),
        "URI outside": x509.UniformResourceIdentifier("spiffe://example.org/alice"),
    }
    return {
        f"{where}: {what}": told(world.edge.handshake(material.odd_client(authority, name=name)))
        for what, name in names.items()
    }


def _judged(seen: Mapping[str, str], where: str) -> str:
    """What the handshakes below one CA come to, by kind of name."""
    parts = []
    for kind in ("host", "URI"):
        inside, outside = (was_let_in(seen[f"{where}: {kind} {side}"]) for side in ("inside", "outside"))
        verdict = {(True, False): "obeyed", (True, True): "ignored", (False, False): "refused whatever the name is"}
        parts.append(f"{kind} {verdict.get((inside, outside), 'let in outside only')}")
    return f"constraints of the {where}: {', '.join(parts)}"


def intermediate_in_the_slot(world: World) -> Answer:
    """An intermediate as the listener's CA, uploaded with its root and without: who is let in then."""
    root = material.root("mtlsedge live offline root")
    between, sibling = _intermediate(root, "live issuing"), _intermediate(root, "live sibling")
    seen = {"uploaded without its root": world.builder.calls.code(
        "cas", "UploadPCACert", WarehouseId=world.topology.repository, Cert=between.pem)}  # fmt: skip
    with world.edge.trusting(world.upload(between.pem + root.pem)) as code:
        seen["listener, uploaded with its root"] = code
        below = material.client(between, chain=between.pem)
        world.edge.lets_in(below)
        seen["client below it"] = told(world.edge.handshake(below))
        seen["client below a sibling"] = told(world.edge.handshake(material.client(sibling, chain=sibling.pem)))
        seen["client of the root itself"] = told(world.edge.handshake(material.client(root)))
    trusts = any(was_let_in(seen[name]) for name in ("client below a sibling", "client of the root itself"))
    return Answer(f"the root above the intermediate is {'' if trusts else 'not '}trusted as well", seen)


def kinds(world: World) -> Answer:
    """CAs with other keys, and a version 1 root: upload, listener, handshake."""
    roots = {name: material.root(f"mtlsedge live root {name}", name) for name in ALGORITHMS}
    roots["ecdsa-p521"] = material.odd_root("mtlsedge live root p521", ec.generate_private_key(ec.SECP521R1()))
    roots["version 1"] = material.version_1("mtlsedge live root v1")
    seen = {name: _tried(world, name, root) for name, root in roots.items()}
    taken = [name for name, text in seen.items() if was_let_in(text)]
    return Answer(f"work as a listener's CA: {', '.join(taken) or 'none'}", seen)


def _tried(world: World, name: str, root: Authority) -> str:
    """What became of one CA on its way from the upload to a handshake."""
    try:
        identifier = world.upload(root.pem)
    except CloudProblem as problem:
        return f"upload: {problem.code}"
    with world.edge.trusting(identifier) as code:
        if code != "accepted":
            return f"listener: {code}"
        client = material.client(root) if name in ALGORITHMS else material.odd_client(root)
        world.edge.lets_in(client)
        return told(world.edge.handshake(client))


def private_ca(world: World) -> Answer:
    """The identifier of a private CA straight in the listener's slot."""
    if not world.private_ca:
        raise NotAsked("no private CA was named (--private-ca); a run makes none, since one is bought by the year")
    with world.edge.trusting(world.private_ca) as code:
        seen = {"listener": code}
    return Answer(f"a private CA's own identifier is {'taken' if code == 'accepted' else 'refused'}", seen)


def _intermediate(root: Authority, name: str) -> Authority:
    return material.below(root, Profile.INTERMEDIATE, Subject(name))


QUESTIONS = (
    Question(
        "chain.intermediates",
        "Does ALB walk an intermediate that the client sends, and a bridge between two roots after it?",
        "handshakes of clients that send them and of clients that do not",
        "The rotation guide's bridges rest on it; without them its fallback is the way.",
        intermediates,
    ),
    Question(
        "chain.depth",
        "How deep may a chain be?",
        f"chains of 1 to {DEEPEST} intermediates",
        "The product's longest chain has two.",
        depth,
    ),
    Question(
        "chain.constraints",
        "Are a CA's name constraints obeyed, refused or ignored?",
        "clients with a host or a URI inside and outside, below an intermediate and below a root with constraints",
        "docs/guides/custody.md#limiting-what-a-ca-may-sign has a table of verifiers with a line for ALB.",
        constraints,
    ),
    Question(
        "authority.intermediate",
        "Does a listener given an intermediate with its root after it trust the root as well?",
        "handshakes of clients below the intermediate, below its sibling, and of the root itself",
        'docs/guides/custody.md#offline advises the root; with "not trusted" an intermediate narrows who gets in.',
        intermediate_in_the_slot,
    ),
    Question(
        "authority.kinds",
        "Which key sizes may a CA have, and is a version 1 root taken?",
        "upload, listener and handshake with RSA 2048 and 4096, P-384, P-521, and a version 1 root",
        "`allowVersion1Root` is of use only if it is taken; the settings allow RSA 2048 to 4096, P-256, P-384.",
        kinds,
    ),
    Question(
        "authority.private-ca",
        "Does a listener take a private CA's own identifier?",
        "a change of the listener to the identifier named with --private-ca",
        "`authority.privateCa` rests on it.",
        private_ca,
    ),
)
