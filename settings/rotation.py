"""Generations side by side: which one issues, which one is trusted, what clients carry, and who may be locked out."""

from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.rotation import Carried, bridge_partner, by_age, carried, handed_out, verdict
from settings.authority_model import GENERATION, SELF_MANAGED, Generation, SelfManagedAuthority
from settings.model import Settings

BRIDGE_DEPTH = 2
"""CAs below a root that vouches for another one: that bridge, and the other generation's intermediate."""
MOST_NAMED = 10
"""Clients that one message names."""
MOST_GENERATIONS = 2
"""The one that goes and the one that comes: a chain holds one bridge, so nobody could be given the third's certificate
before the first has left (docs/decisions/0006)."""


def read_rotation(section: Section, generations: dict[str, Generation]) -> SelfManagedAuthority:
    """`issuing` and `trusted` are the oldest generation unless said; generations are taken in order of age."""
    names = by_age(generations) or ("",)
    _check_generations(section["generations"], generations)
    bridge_back = SELF_MANAGED.value(section, "bridgeBack")
    accept_lockout = SELF_MANAGED.value(section, "acceptLockout")
    _check_imported(section["generations"], generations, bridge_back=bridge_back)
    _note_weakenings(section, accept_lockout, bridge_back=bridge_back)
    return SelfManagedAuthority(
        generations={name: generations[name] for name in by_age(generations)},
        issuing=_read_choice(section, "issuing", names),
        trusted=_read_choice(section, "trusted", names),
        bridge_back=bridge_back,
        accept_lockout=accept_lockout,
    )


def _read_choice(section: Section, key: str, names: tuple[str, ...]) -> str:
    """One of the generations; of none, which is reported where they stand, nothing is said here as well."""
    return section.choice(key, names, default=names[0]) if names[0] else ""


def _note_weakenings(section: Section, accept_lockout: tuple[str, ...], *, bridge_back: bool) -> None:
    """Noted while reading: the settings take over what is known by then."""
    if bridge_back:
        effect = "an older generation is accepted by a newer one, so a stolen key of the old CA stays of use"
        section.node.findings.weaken(section["bridgeBack"].path, effect)
    if accept_lockout:
        effect = f"may be locked out: {', '.join(sorted(accept_lockout))}"
        section.node.findings.weaken(section["acceptLockout"].path, effect)


def read_revision(generation: Section) -> int:
    """The number of a generation's intermediate; the next one begins with another key below the same root."""
    if "intermediateRevision" in generation and generation["intermediate"].value is False:
        generation["intermediateRevision"].refuse("nothing beside intermediate: false")
    revision: int = GENERATION.value(generation, "intermediateRevision")
    return revision


def what_clients_carry(settings: Settings, authority: SelfManagedAuthority) -> dict[str, Carried]:
    """Of every client, by name."""
    generations = tuple(authority.generations)
    return {
        name: carried(generations, client.delivered, client.bridged_by) for name, client in settings.clients.items()
    }


def check_rotation(
    settings: Settings, authority: SelfManagedAuthority, authority_node: Node, clients_node: Node
) -> None:
    """What clients carry is listed, and nobody is locked out who is not written down in `acceptLockout`."""
    if not authority.generations:
        return
    _check_accepted(settings, authority, authority_node.at("selfManaged", "acceptLockout"))
    locked_out = {}
    for name, carries in what_clients_carry(settings, authority).items():
        found = verdict(carries, authority.trusted)
        if _check_delivery(settings, authority, clients_node.at(name)) and found.is_locked_out:
            locked_out[name] = found.why
    unsaid = {name: why for name, why in locked_out.items() if name not in authority.accept_lockout}
    if unsaid:
        _refuse_lockout(authority_node.at("selfManaged", "trusted"), authority.trusted, unsaid)
    elif set(settings.clients) - set(authority.accept_lockout):
        _check_issuing(authority, authority_node.at("selfManaged", "issuing"))


def _check_issuing(authority: SelfManagedAuthority, node: Node) -> None:
    """What is handed out from now on lets its holder in; a client that renews in time never fails a handshake."""
    bundle = handed_out(tuple(authority.generations), authority.issuing, bridge_back=authority.bridge_back)
    found = verdict(bundle, authority.trusted)
    if found.is_locked_out:
        node.refuse(
            f"{authority.trusted}, the trusted one, or one that it lets in: every client that fetches its certificate"
            " would be locked out",
            found=f"{authority.issuing!r} ({found.why})",
        )


def _refuse_lockout(node: Node, trusted: str, locked_out: dict[str, str]) -> None:
    shown = [f"{name} ({why})" for name, why in sorted(locked_out.items())[:MOST_NAMED]]
    rest = [f"and {len(locked_out) - MOST_NAMED} more"] if len(locked_out) > MOST_NAMED else []
    node.refuse(
        "a generation that lets in what every client carries: hand out the new certificates and write `delivered` down"
        " before, or name in acceptLockout who may be locked out",
        found=f"{trusted!r}, which locks out {', '.join([*shown, *rest])}",
    )


def _check_generations(node: Node, generations: dict[str, Generation]) -> None:
    if node.value == {}:
        node.refuse("at least one generation")
    if len(generations) > MOST_GENERATIONS:
        node.refuse(
            f"at most {MOST_GENERATIONS} generations at a time: remove the oldest first",
            found=f"{len(generations)} generations",
        )
    subjects: dict[object, str] = {}
    for name in by_age(generations):
        subject = generations[name].subject
        if subject in subjects:
            node.at(name, "subject").refuse(
                "a subject of its own: by its name verifiers tell one CA from another",
                found=f"that of generation {subjects[subject]}",
            )
        subjects[subject] = name


def _check_imported(node: Node, generations: dict[str, Generation], *, bridge_back: bool) -> None:
    """Bridges of imported roots: one is signed if the root leaves room for it, none is made for them yet.

    The name in a bridge has to be the root's own, byte by byte, and one made elsewhere may be written otherwise.
    """
    names = by_age(generations)
    for name in names if len(names) > 1 else ():
        imported, certified = generations[name].imported, bridge_partner(names, name, bridge_back=bridge_back)
        if imported and certified:
            node.at(name, "certificateFile").refuse(
                "nothing for a generation that another one vouches for: bridges to imported roots are not supported yet"
            )
        elif imported and (room := _room(imported.certificate_pem)) is not None and room < BRIDGE_DEPTH:
            node.at(name, "certificateFile").refuse(
                f"beside another generation, a root whose path length is none or at least {BRIDGE_DEPTH}, for a bridge"
                " and an intermediate below it", found=f"path length {room}",
            )  # fmt: skip


def _room(pem: str) -> int | None:
    try:
        return inspect(pem).path_length
    except CertificateError:  # reported where the file is read
        return None


def _check_accepted(settings: Settings, authority: SelfManagedAuthority, node: Node) -> None:
    for place, name in enumerate(authority.accept_lockout):
        if name and name not in settings.clients:
            node.child(place, name).refuse("a client of mtlsedge:clients")


def _check_delivery(settings: Settings, authority: SelfManagedAuthority, node: Node) -> bool:
    """Whether `delivered` and `bridgedBy` make sense; a lock-out of what does not is no second problem."""
    client, names = settings.clients[str(node.path[-1])], tuple(authority.generations)
    if client.delivered and client.delivered not in names and client.name not in authority.accept_lockout:
        node.at("delivered").refuse(
            f"a generation that is listed ({', '.join(names)}): one that clients carry is not removed,"
            " unless authority.selfManaged.acceptLockout names them"
        )
        return False
    if not client.bridged_by:
        return True
    later = names[names.index(client.delivered or names[0]) + 1 :] if (client.delivered or names[0]) in names else ()
    if client.bridged_by in later and authority.bridge_back:
        return True
    node.at("bridgedBy").refuse(
        f"with authority.selfManaged.bridgeBack, a generation after the delivered one ({', '.join(later) or 'there is none'})"
    )
    return False
