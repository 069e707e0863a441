"""Mutual TLS on Alibaba Cloud, as Pulumi components with plain arguments.

An own CA whose root a listener trusts, and a client that it lets in::

    authority = CertificateAuthority("authority", {
        "generations": [{"name": "2026", "subject": {"common_name": "Example Root 2026"}}],
        "issuing": "2026", "trusted": "2026",
    })
    ca = CaRepository("ca", {"trusted": authority.trusted})
    listener = HttpsListener("edge", {"load_balancer_id": "alb-…", "listener": {
        "server_group_id": "sgp-…", "certificate_id": "1234-ap-southeast-1", "ca_certificate_id": ca.identifier,
    }})
    alice = ClientCertificate("alice", {
        "subject": {"common_name": "alice"}, "names": {"dns": ["alice.clients.example.com"]},
        "issuers": authority.issuers, "issuing": "2026",
    })

`examples/own-ca-listener/` is the whole program. Each component's arguments are documented in its `…Args` class.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.ca_repository import CaRepository
    from components.certificate_authority import CertificateAuthority
    from components.client_certificate import ClientCertificate
    from components.dns import DnsRecords
    from components.http_listener import HttpListener
    from components.https_listener import HttpsListener
    from components.kubernetes.alb_ingress import AlbIngress
    from components.load_balancer import LoadBalancer
    from components.network import Network
    from components.private_ca import PcaClientCertificate, PrivateCaAuthority
    from components.server_certificate import ServerCertificate
    from components.server_groups import ServerGroups

__all__ = [
    "AlbIngress",
    "CaRepository",
    "CertificateAuthority",
    "ClientCertificate",
    "DnsRecords",
    "HttpListener",
    "HttpsListener",
    "LoadBalancer",
    "Network",
    "PcaClientCertificate",
    "PrivateCaAuthority",
    "ServerCertificate",
    "ServerGroups",
]
_MODULES = {
    "AlbIngress": "kubernetes.alb_ingress",
    "CaRepository": "ca_repository",
    "CertificateAuthority": "certificate_authority",
    "ClientCertificate": "client_certificate",
    "DnsRecords": "dns",
    "HttpListener": "http_listener",
    "HttpsListener": "https_listener",
    "LoadBalancer": "load_balancer",
    "Network": "network",
    "PcaClientCertificate": "private_ca",
    "PrivateCaAuthority": "private_ca",
    "ServerCertificate": "server_certificate",
    "ServerGroups": "server_groups",
}
"""Imported when they are asked for: `mtlsedge` and every process of the dynamic providers import this package for its
other modules, in some 0.05 s; Pulumi and the vendor's SDK took 0.5 to 0.7 s more here."""


def __getattr__(name: str) -> Any:
    """The component of this name."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
