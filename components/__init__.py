"""Mutual TLS on Alibaba Cloud, as Pulumi components with plain arguments.

An own CA, a listener that trusts it, and a client that it lets in::

    edge = MutualTlsListener("edge", {
        "generations": [{"name": "2026", "subject": {"common_name": "Example Root 2026"}}],
        "clients": {"alice": {}},
        "load_balancer_id": "alb-…",
        "certificate_id": "1234-ap-southeast-1",
        "server_groups": {"web": {"id": "sgp-…"}},
    })
    pulumi.export("alice", pulumi.Output.secret(edge.clients["alice"]))

`MutualTlsListener` consists of the other components, which can be put together otherwise. `examples/own-ca-listener/` is the
whole program. Each component's arguments are documented in its `…Args` class.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtlsedge_components.ca_repository import CaRepository
    from mtlsedge_components.certificate_authority import CertificateAuthority
    from mtlsedge_components.client_certificate import ClientCertificate
    from mtlsedge_components.dns import DnsRecords
    from mtlsedge_components.http_listener import HttpListener
    from mtlsedge_components.https_listener import HttpsListener
    from mtlsedge_components.kubernetes.alb_ingress import AlbIngress
    from mtlsedge_components.load_balancer import LoadBalancer
    from mtlsedge_components.mutual_tls_listener import MutualTlsListener
    from mtlsedge_components.network import Network
    from mtlsedge_components.private_ca import PcaClientCertificate, PrivateCaAuthority
    from mtlsedge_components.server_certificate import ServerCertificate
    from mtlsedge_components.server_groups import ServerGroups

__all__ = [
    "AlbIngress",
    "CaRepository",
    "CertificateAuthority",
    "ClientCertificate",
    "DnsRecords",
    "HttpListener",
    "HttpsListener",
    "LoadBalancer",
    "MutualTlsListener",
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
    "MutualTlsListener": "mutual_tls_listener",
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
