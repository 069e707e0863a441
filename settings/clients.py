"""`mtlsedge:clients`: who gets a client certificate, or brings one, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mtlsedge_components import forms
from mtlsedge_components.naming import default_host
from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.x509.custody import subject_algorithm_and_days
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from settings.authority_model import CLIENT, Client, Subject, SubjectAlternativeNames
from settings.certificates import read_request, read_validity
from settings.files import Files, read_pem
from settings.subject import read_subject

UNREADABLE = Subject("unreadable")


@dataclass(frozen=True)
class ClientDefaults:
    """What clients take from elsewhere: the stack, the authority's organization, where its files lie."""

    project: str
    stack: str
    organization: str
    files: Files


def read_clients(node: Node, defaults: ClientDefaults) -> dict[str, Client]:
    """Every client by name. Names differ in more than case: each is a folder of exported files."""
    clients: dict[str, Client] = {}
    for name, child in [] if node.value is None else node.entries(forms.NAME):
        if name.casefold() in {known.casefold() for known in clients}:
            child.refuse("client names that differ in more than upper and lower case", found=f"a second {name!r}")
        clients[name] = _read_client(name, child, defaults)
    return clients


def _read_client(name: str, node: Node, defaults: ClientDefaults) -> Client:
    section = CLIENT.section(node)
    if "certificateFile" in section:
        return _read_brought(name, section, defaults.files)
    validity, renew_before = read_validity(section, Client.validity_days, Client.renew_before_days)
    if "csrFile" in section and "algorithm" in section:
        section["algorithm"].refuse("nothing beside csrFile, which brings its own key")
    made: Client = CLIENT.make(
        section,
        name=name,
        subject=_read_subject(name, section, defaults),
        names=_read_names(name, section, defaults),
        validity_days=validity,
        renew_before_days=renew_before,
        csr_pem=read_request(section["csrFile"], defaults.files) if "csrFile" in section else "",
        certificate_pem="",
    )
    return made


def _read_brought(name: str, section: Section, files: Files) -> Client:
    """A client as its certificate (leaf first, its chain after it) describes it.

    Whether the authority's signature, the dates and the purposes hold is a matter of the time: `settings.flaws`.
    """
    section.only(("certificateFile", "renewBeforeDays"), beside="certificateFile")
    renew_before = section.integer("renewBeforeDays", 0, 3650, "whole days", default=Client.renew_before_days)
    pem = read_pem(section["certificateFile"], files, "CERTIFICATE")
    described = _described(name, section["certificateFile"], pem) if pem else None
    return replace(described or Client(name, UNREADABLE, SubjectAlternativeNames()), renew_before_days=renew_before)


def _described(name: str, node: Node, pem: str) -> Client | None:
    try:
        facts, (subject, algorithm, days) = inspect(pem), subject_algorithm_and_days(pem)
    except CertificateError as error:
        node.refuse("a client certificate of RSA or ECC keys, its chain after it", found=f"an unusable one: {error}")
        return None
    return Client(
        name=name,
        subject=subject if subject.common_name else Subject(name),
        names=SubjectAlternativeNames(facts.dns_names, facts.emails, facts.uris),
        algorithm=algorithm,
        validity_days=days,
        certificate_pem=pem,
    )


def _read_subject(name: str, section: Section, defaults: ClientDefaults) -> Subject:
    """The `subject` as written, or the client's name within the authority's organization."""
    common_name = CLIENT.value(section, "commonName") or name
    if "subject" not in section:
        return Subject(common_name=common_name, organization=defaults.organization)
    subject = section["subject"]
    if "commonName" in section and isinstance(subject.value, Mapping) and "commonName" in subject.value:
        section["commonName"].refuse("commonName once: here or in subject")
    return read_subject(subject, common_name)


def _read_names(name: str, section: Section, defaults: ClientDefaults) -> SubjectAlternativeNames:
    """The names given, or one DNS name: a certificate without a SAN is refused by strict verifiers.

    The name lies below `.internal`, which ICANN keeps free for private use, so it claims nothing that anybody
    else may own; it is the same wherever the stack is built. A URN would say as much, and pkilint refuses it.
    """
    names = SubjectAlternativeNames(
        dns=CLIENT.value(section, "dns"), email=CLIENT.value(section, "email"), uri=CLIENT.value(section, "uri")
    )
    if names.dns or names.email or names.uri:
        return names
    return SubjectAlternativeNames(dns=(default_host(name, defaults.stack, defaults.project),))
