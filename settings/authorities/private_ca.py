"""`authority.privateCa`: root and subordinate in Alibaba's private CA service, which keeps their keys."""

from mtlsedge_components.reading.nodes import Node
from mtlsedge_components.x509.checking import csr_public_key
from mtlsedge_components.x509.keys import public_key_algorithm
from mtlsedge_components.x509.requests import common_name
from settings.authorities.kind import Described, Kind, Outside, no_flaws, refuse_issued_servers
from settings.authority_model import PRIVATE_CA, Client, PrivateCaAuthority
from settings.subject import read_subject
from settings.whole import Whole

SUBJECT_NEEDS = ("country", "state", "locality", "organization", "unit")
"""Attributes that the PCA API demands of a root beside its common name [alibaba-cloud.md §2.5]."""
DAYS_A_YEAR = 365


def _read(node: Node, _outside: Outside) -> PrivateCaAuthority:
    """What the service's API demands of a subject is demanded here."""
    section = PRIVATE_CA.section(node)
    authority: PrivateCaAuthority = PRIVATE_CA.make(section, subject=read_subject(section["subject"]))
    for attribute in SUBJECT_NEEDS:
        if section["subject"].is_sound and not getattr(authority.subject, attribute):
            section["subject"].at(attribute).refuse("a value: the private CA service demands one of every root")
    if authority.subject.email:
        section["subject"].at("email").refuse("nothing: the private CA service has no e-mail in a CA's subject")
    if authority.subordinate_years > authority.root_years:
        section["subordinateYears"].refuse(
            f"whole years up to the root's {authority.root_years}", found=str(authority.subordinate_years)
        )
    return authority


def _check(whole: Whole, authority: PrivateCaAuthority) -> None:
    for name, client in whole.settings.clients.items():
        _check_client(whole.at("clients").at(name), name, client, authority)
    refuse_issued_servers(whole, "id or certificateFile: a private CA signs clients here, and no servers")


def _check_client(node: Node, name: str, client: Client, authority: PrivateCaAuthority) -> None:
    longest = authority.subordinate_years * DAYS_A_YEAR
    if client.validity_days > longest:
        node.at("validityDays").refuse(f"whole days up to the subordinate's {longest}", found=str(client.validity_days))
    if sum(bool(kind) for kind in (client.names.dns, client.names.email, client.names.uri)) > 1:
        node.refuse("names of one kind (dns, email or uri): the private CA service takes one", found="several kinds")
    # The SDK says of SanValue: a standard URL format that must include a protocol prefix.
    for uri in (uri for uri in client.names.uri if "//" not in uri):
        wanted = f"URIs with `//` after the scheme, such as https://{name}.example.com"
        node.at("uri").refuse(f"{wanted}: the private CA service takes no other", found=uri)
    _check_family(node, client, authority)
    _check_own_name(node, client)


def _check_family(node: Node, client: Client, authority: PrivateCaAuthority) -> None:
    """A certificate's key is of the subordinate's family [SDK-PCA]; the size may differ."""
    wanted = "rsa" if authority.algorithm.startswith("RSA") else "ecdsa"
    algorithm = public_key_algorithm(csr_public_key(client.csr_pem)) if client.csr_pem else client.algorithm
    if not algorithm.startswith(wanted):
        key = "csrFile" if client.csr_pem else "algorithm"
        node.at(key).refuse(f"a key of the private CA's family, {wanted}", found=algorithm)


def _check_own_name(node: Node, client: Client) -> None:
    """The service takes the common name from the request, so what is there must be what is meant."""
    if client.csr_pem and (found := common_name(client.csr_pem)) != client.subject.common_name:
        node.at("csrFile").refuse(
            f"a request for the common name {client.subject.common_name!r}: the private CA service takes it from there",
            found=f"one for {found[:64]!r}",
        )


def _describe(authority: PrivateCaAuthority) -> Described:
    root = authority.subject.common_name
    years = (
        f"{authority.algorithm}; root for {authority.root_years} years, subordinate for {authority.subordinate_years}"
    )
    keys = "in Alibaba's private CA service (paid), which keeps the keys"
    return Described(root, (f"root: {root}", years, keys, "subordinate signs the clients"))


PRIVATE_CA_SERVICE = Kind(
    "privateCa",
    PrivateCaAuthority,
    _read,
    _check,
    no_flaws,
    _describe,
    organization=lambda authority: authority.subject.organization,
)
