"""`authority.selfManaged`: a CA whose keys this stack makes, or takes over; one generation, or two during a rotation."""

from collections.abc import Iterator
from datetime import datetime

from mtlsedge_components import forms
from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.x509.custody import import_problems, opened_for
from mtlsedge_components.x509.errors import CertificateError
from settings.authorities.certificate_file import imported_facts, read_imported_root
from settings.authorities.kind import Described, Flaw, Kind, Outside
from settings.authority_model import GENERATION, SELF_MANAGED, Generation, ImportedRoot, SelfManagedAuthority, Subject
from settings.model import Settings
from settings.name_constraints import check_names, constraints_of_root, read_name_constraints
from settings.problems import IMPORTED_KEYS
from settings.rotation import check_rotation, read_revision, read_rotation
from settings.subject import read_subject
from settings.whole import Whole


def _read(node: Node, outside: Outside) -> SelfManagedAuthority:
    section = SELF_MANAGED.section(node)
    entries = section["generations"].entries(forms.NAME)
    return read_rotation(section, {name: _read_generation(name, child, outside) for name, child in entries})


def _read_generation(name: str, node: Node, outside: Outside) -> Generation:
    section = GENERATION.section(node)
    if "certificateFile" in section:
        return _read_imported(name, section, outside)
    made: Generation = GENERATION.make(
        section,
        name=name,
        subject=read_subject(section["subject"]),
        intermediate_revision=read_revision(section),
        name_constraints=read_name_constraints(section["nameConstraints"]),
    )
    return made


def _read_imported(name: str, section: Section, outside: Outside) -> Generation:
    """A generation whose root was made elsewhere: what it is stands in its certificate."""
    intermediate = GENERATION.value(section, "intermediate")
    imported = read_imported_root(section, name, outside)
    facts = imported_facts(section["certificateFile"], imported.certificate_pem) if imported else None
    if imported is None or facts is None:
        return Generation(name=name, subject=Subject("unreadable"), intermediate=intermediate)
    subject, algorithm, days = facts
    limits = constraints_of_root(imported.certificate_pem)
    return Generation(name, subject, algorithm, days, intermediate, imported, read_revision(section), limits)


def _check(whole: Whole, authority: SelfManagedAuthority) -> None:
    check_rotation(whole.settings, authority, whole.at("authority"), whole.at("clients"))
    if authority.issuing in authority.generations:
        _check_validity(whole, authority)
        check_names(
            whole.settings,
            authority,
            whole.at("authority", "selfManaged"),
            whole.at("clients"),
            whole.issued_certificates(),
        )


def _check_validity(whole: Whole, authority: SelfManagedAuthority) -> None:
    """Nothing outlives the authority that signs it."""
    if not whole.at("authority", "selfManaged", "generations", authority.issuing, "validityDays").is_sound:
        return
    longest = authority.generations[authority.issuing].validity_days
    leaves = [(whole.at("clients", name), client.validity_days) for name, client in whole.settings.clients.items()]
    leaves += [(node, certificate.validity_days) for node, certificate in whole.issued_certificates()]
    for node, days in leaves:
        if days > longest:
            node.at("validityDays").refuse(f"whole days up to the authority's {longest}", found=str(days))


def _flaws(_settings: Settings, authority: SelfManagedAuthority, now: datetime, look_at_keys: bool) -> Iterator[Flaw]:  # noqa: FBT001 - see Kind
    for name, generation in authority.generations.items():
        if generation.imported:
            path = f"mtlsedge:authority.selfManaged.generations.{name}.certificateFile"
            pem = generation.imported.certificate_pem
            for problem in import_problems(pem, now, signs_intermediate=generation.intermediate):
                yield Flaw(path, problem)
            if look_at_keys:
                yield from _key_flaws(name, generation.imported)


def _key_flaws(name: str, imported: ImportedRoot) -> Iterator[Flaw]:
    """Opens the key, and says nothing of it but why it cannot be used. No key: the state has it by now."""
    if not imported.key.reveal():
        return
    try:
        opened_for(imported.certificate_pem, imported.key.reveal(), imported.passphrase.reveal())
    except CertificateError as error:
        yield Flaw(f"{IMPORTED_KEYS}.{name}.key", str(error))


def _describe(authority: SelfManagedAuthority) -> Described:
    generations = [authority.generations[name] for name in sorted(authority.generations)]
    facts = [fact for generation in generations for fact in _facts(generation, authority)]
    return Described(authority.generations[authority.trusted].subject.common_name, tuple(facts))


def _facts(generation: Generation, authority: SelfManagedAuthority) -> Iterator[str]:
    roles = [role for role in ("issuing", "trusted") if getattr(authority, role) == generation.name]
    shown = f" ({', '.join(roles)})" if len(authority.generations) > 1 and roles else ""
    yield f"root {generation.name}{shown}: {generation.subject.common_name}"
    yield f"{generation.algorithm}, {generation.validity_days} days, key in the stack's state"
    if generation.intermediate:
        yield "intermediate signs the clients"


def _organization(authority: SelfManagedAuthority) -> str:
    issuing = authority.generations.get(authority.issuing)
    return issuing.subject.organization if issuing else ""


SELF_MANAGED_CA = Kind(
    "selfManaged", SelfManagedAuthority, _read, _check, _flaws, _describe, _organization, has_generations=True
)
