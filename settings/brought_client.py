"""Clients of an external authority: their certificates are made elsewhere, and only read here."""

from dataclasses import replace

from components.reading.nodes import Node, Section
from components.x509 import CertificateError, inspect
from components.x509.custody import subject_algorithm_and_days
from settings.authority_model import Client, Subject, SubjectAlternativeNames
from settings.files import Files, read_pem

UNREADABLE = Subject("unreadable")


def read_brought_client(name: str, section: Section, files: Files) -> Client:
    """A client as its certificate (leaf first, its chain after it) describes it.

    Whether the authority's signature, the dates and the purposes hold is checked by the program, which knows the time.
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
