"""What certificates of clients and servers have in common: validity, renewal, and the PEM files that carry them."""

from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.x509.checking import csr_problems, csr_text
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from settings.authority_model import LONGEST_VALIDITY_DAYS
from settings.files import Files, read_pem


def read_validity(section: Section, days: int, renew_before: int) -> tuple[int, int]:
    """Validity and renewal window in days; absent, the window is `renew_before`, or a third of a shorter validity."""
    validity = section.integer("validityDays", 1, LONGEST_VALIDITY_DAYS, "whole days", default=days)
    window = section.integer(
        "renewBeforeDays",
        0,
        validity - 1,
        "whole days",
        default=min(renew_before, validity // 3),
        hint=f", fewer than the validity of {validity}",
    )
    return validity, window


def read_certificate(node: Node, files: Files) -> str:
    """A certificate file, leaf first, that parses; dates and names are checked in `up`, by the component."""
    pem = read_pem(node, files, "CERTIFICATE")
    try:
        facts = inspect(pem) if pem else None
    except CertificateError as error:
        node.refuse("a certificate of RSA or ECC keys", found=f"a certificate that is unusable: {error}")
        return ""
    if facts and facts.is_ca:
        node.refuse("a server certificate, followed by its chain", found="a CA certificate in the first place")
    return pem


def read_request(node: Node, files: Files) -> str:
    """A certificate signing request (PKCS#10) whose signature holds, written anew."""
    pem = read_pem(node, files, "CERTIFICATE REQUEST")
    problems = csr_problems(pem) if pem else []
    if problems:
        node.refuse("a signing request for an RSA or ECC key, signed with it", found="; ".join(problems))
        return ""
    return csr_text(pem) if pem else ""
