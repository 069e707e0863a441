"""What a stack file says, as frozen dataclasses: the only form in which the program sees configuration.

Every value here has passed the checks of `settings`; a component need not check again.
Durations are in days or seconds, as the field's name says. Secrets stay wrapped: a field typed
`Secret` holds an object whose `repr` shows nothing and whose `.output()` is a Pulumi secret.
"""

from dataclasses import dataclass, field, replace

from settings.additional_listener import AdditionalListener, place_of
from settings.authority_model import (
    AlgorithmName,
    Authority,
    CaRepository,
    Client,
    DeniedClient,
    ExternalAuthority,
    Generation,
    IdentifierAuthority,
    ImportedRoot,
    IssuedServerCertificate,
    NameConstraints,
    PrivateCaAlgorithm,
    PrivateCaAuthority,
    ReferencedServerCertificate,
    SelfManagedAuthority,
    ServerCertificate,
    Subject,
    SubjectAlternativeNames,
    Subtrees,
    UploadedServerCertificate,
)
from settings.domain import Domain
from settings.kubernetes import Kubernetes
from settings.listener import ClientCertificateHeaders, Listener
from settings.load_balancer import AccessLog, LoadBalancer
from settings.network import CreatedNetwork, DemoServer, ExistingNetwork, Network
from settings.rules import ForwardingRule
from settings.server_groups import (
    ExistingServerGroup,
    HealthCheck,
    ManagedServerGroup,
    Server,
    ServerGroup,
    Stickiness,
)

__all__ = [
    "AccessLog",
    "AdditionalListener",
    "AlgorithmName",
    "Authority",
    "CaRepository",
    "Client",
    "ClientCertificateHeaders",
    "CreatedNetwork",
    "DemoServer",
    "DeniedClient",
    "Domain",
    "ExistingNetwork",
    "ExistingServerGroup",
    "ExternalAuthority",
    "ForwardingRule",
    "Generation",
    "HealthCheck",
    "IdentifierAuthority",
    "ImportedRoot",
    "IssuedServerCertificate",
    "Listener",
    "LoadBalancer",
    "ManagedServerGroup",
    "NameConstraints",
    "Network",
    "PrivateCaAlgorithm",
    "PrivateCaAuthority",
    "ReferencedServerCertificate",
    "SelfManagedAuthority",
    "Server",
    "ServerCertificate",
    "ServerGroup",
    "Settings",
    "Site",
    "Stickiness",
    "Subject",
    "SubjectAlternativeNames",
    "Subtrees",
    "UploadedServerCertificate",
]

from mtlsedge_components.sites import Site


@dataclass(frozen=True)
class Settings:
    """A whole stack file. What is None is not built."""

    project: str
    stack: str
    region: str
    certificate_site: Site
    authority: Authority
    clients: dict[str, Client]
    ca_repository: CaRepository
    server_certificate: ServerCertificate | None = None
    additional_server_certificates: dict[str, ServerCertificate] = field(default_factory=dict)
    network: Network | None = None
    server_groups: dict[str, ServerGroup] = field(default_factory=dict)
    load_balancer: LoadBalancer | None = None
    listener: Listener | None = None
    additional_listeners: dict[str, AdditionalListener] = field(default_factory=dict)
    domain: Domain | None = None
    kubernetes: Kubernetes | None = None
    account_id: str = ""
    production: bool = False
    names: dict[str, str] = field(default_factory=dict)
    """Physical names that replace the derived ones: role -> name (roles: see `mtlsedge_components.naming`)."""
    adopt: dict[str, str] = field(default_factory=dict)
    """Ids of what already exists and shall be imported: role -> id."""
    denied: dict[str, DeniedClient] = field(default_factory=dict)
    """Removed clients whose certificates are still valid; kept in the stack file, since state forgets them."""
    weakenings: tuple[str, ...] = ()
    """Every long-named setting in force that makes the stack less safe, as `key path: what it does`."""

    def through(self, name: str) -> "Settings":
        """The stack as an additional listener sees it, which stands in the place of the first."""
        one, is_here = self.beside[name], name in self.additional_listeners
        return replace(
            self,
            authority=one.authority,
            clients=one.clients,
            listener=one.listener if is_here else None,
            additional_listeners={},
            kubernetes=None if is_here or self.kubernetes is None else self.kubernetes.seen_at(name),
        )

    @property
    def beside(self) -> dict[str, AdditionalListener]:
        """Every listener beside a first one, of the load balancer and of the AlbConfig: a name is given once."""
        return {**self.additional_listeners, **(self.kubernetes.additional_listeners if self.kubernetes else {})}

    def place_of(self, name: str) -> str:
        """Key path of an additional listener."""
        return place_of(name, in_cluster=name not in self.additional_listeners)

    @property
    def ports(self) -> list[int]:
        """The ports that the load balancer's listeners take, the first one's before those of the others."""
        first = [] if self.listener is None else self.listener.ports
        return [*first, *(port for one in self.additional_listeners.values() for port in one.listener.ports)]
