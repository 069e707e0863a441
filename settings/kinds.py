"""Checks of what fits which kind of authority: clients, server certificates and imported keys.

Each notes problems at the place a change would be made; `settings.cross` calls `check_kinds`.
"""

from components.reading.nodes import Node, Section
from components.x509 import csr_public_key, public_key_algorithm
from components.x509.requests import common_name
from settings.model import (
    Client,
    ExternalAuthority,
    IssuedServerCertificate,
    PrivateCaAuthority,
    Settings,
)
from settings.problems import IMPORTED_KEYS

DAYS_A_YEAR = 365
UNSIGNED = "authority.external has its key elsewhere: sign there with `mtlsedge sign`, or by other means"


def check_kinds(root: Section, settings: Settings) -> None:
    """Every check that depends on the kind of authority."""
    clients = root["mtlsedge:clients"]
    match settings.authority:
        case ExternalAuthority():
            _check_external_clients(clients, settings)
            _check_servers(root, settings, "id or certificateFile: authority.external has its key elsewhere")
        case PrivateCaAuthority() as authority:
            _check_private_ca_clients(clients, settings, authority)
            _check_servers(root, settings, "id or certificateFile: a private CA signs clients here, and no servers")
    if not isinstance(settings.authority, ExternalAuthority):
        for name, client in settings.clients.items():
            if client.certificate_pem:
                clients.at(name, "certificateFile").refuse("nothing, unless the authority is external")
    _check_imported_keys(root)


def _check_external_clients(clients: Node, settings: Settings) -> None:
    for name, client in settings.clients.items():
        if not client.certificate_pem and clients.at(name, "certificateFile").value is None:
            clients.at(name).refuse(f"certificateFile: {UNSIGNED}", found="a client without a certificate")


def _check_private_ca_clients(clients: Node, settings: Settings, authority: PrivateCaAuthority) -> None:
    longest = authority.subordinate_years * DAYS_A_YEAR
    for name, client in settings.clients.items():
        node = clients.at(name)
        if client.validity_days > longest:
            node.at("validityDays").refuse(
                f"whole days up to the subordinate's {longest}", found=str(client.validity_days)
            )
        if sum(bool(kind) for kind in (client.names.dns, client.names.email, client.names.uri)) > 1:
            node.refuse(
                "names of one kind (dns, email or uri): the private CA service takes one", found="several kinds"
            )
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


def _check_servers(root: Section, settings: Settings, allowed: str) -> None:
    node = root["mtlsedge:serverCertificate"]
    if isinstance(settings.server_certificate, IssuedServerCertificate):
        node.at("issueFromAuthority").refuse(allowed)
    for name, certificate in settings.additional_server_certificates.items():
        if isinstance(certificate, IssuedServerCertificate):
            node.at("additional", name, "issueFromAuthority").refuse(allowed)


def _check_imported_keys(root: Section) -> None:
    """A key without its generation would lie there for nothing; whether the generation's file is of use is said there."""
    node, generations = root[IMPORTED_KEYS], root["mtlsedge:authority"].at("selfManaged", "generations")
    for name in node.value if isinstance(node.value, dict) else ():
        if generations.at(str(name), "certificateFile").value is None:
            node.at(str(name)).refuse(
                "keys of generations with a certificateFile only", found="a key of no imported generation"
            )
