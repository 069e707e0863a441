"""What a stack file says, as frozen dataclasses: the only form in which the program sees configuration.

Every value here has passed the checks of `components.settings`; a component need not check again.
Durations are in days or seconds, as the field's name says. Secrets stay wrapped: a field typed
`Secret` holds an object whose `repr` shows nothing and whose `.output()` is a Pulumi secret.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from components.settings.secret import Secret

if TYPE_CHECKING:
    from components.settings.kubernetes_model import Kubernetes

Site = Literal["international", "china"]
AlgorithmName = Literal["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096"]
PrivateCaAlgorithm = Literal["ECC_256", "RSA_2048", "RSA_4096"]


@dataclass(frozen=True)
class Subject:
    """Distinguished name of a certificate; absent attributes are left out of the name."""

    common_name: str
    country: str = ""
    state: str = ""
    locality: str = ""
    organization: str = ""
    unit: str = ""
    email: str = ""


@dataclass(frozen=True)
class ImportedRoot:
    """A root made elsewhere that a generation signs with. Its key is a secret nobody has looked at yet.

    `key` is PEM (PKCS#8, PKCS#1 or SEC 1, encrypted or not) or the base64 of a PKCS#12 file; it may be empty
    once the stack has the key in its state.
    """

    certificate_pem: str
    key: Secret
    passphrase: Secret


@dataclass(frozen=True)
class Generation:
    """One generation of a self-managed authority; immutable once it has been created."""

    name: str
    subject: Subject
    algorithm: AlgorithmName = "ecdsa-p256"
    validity_days: int = 3650
    intermediate: bool = True
    imported: ImportedRoot | None = None
    """The root to sign with, where it was made elsewhere; subject, algorithm and validity are then its own."""
    intermediate_revision: int = 1
    """Another number is another intermediate below the same root; the one before is forgotten."""


@dataclass(frozen=True)
class SelfManagedAuthority:
    """An authority whose keys are made by the stack and live, encrypted, in its state."""

    generations: dict[str, Generation]
    """Oldest first."""
    issuing: str
    trusted: str
    bridge_back: bool = False
    """Whether a newer generation vouches for the older one, beside the reverse."""
    accept_lockout: tuple[str, ...] = ()
    """Clients that a change may lock out."""


@dataclass(frozen=True)
class IdentifierAuthority:
    """A CA that somebody else uploaded; nothing is uploaded, issued or deleted."""

    identifier: str


@dataclass(frozen=True)
class ExternalAuthority:
    """A CA whose key lies elsewhere. It is uploaded and trusted; nothing is signed by the stack.

    The first certificate is the one that is trusted; what signed it may follow.
    """

    certificate_pem: str
    allow_version_1_root: bool = False


@dataclass(frozen=True)
class PrivateCaAuthority:
    """Root and subordinate in Alibaba Cloud's Private Certificate Authority, which keeps their keys; paid.

    `subject` is the root's; the subordinate has another common name. Validities in years.
    """

    subject: Subject
    algorithm: PrivateCaAlgorithm = "ECC_256"
    root_years: int = 10
    subordinate_years: int = 5


Authority = SelfManagedAuthority | IdentifierAuthority | ExternalAuthority | PrivateCaAuthority


@dataclass(frozen=True)
class SubjectAlternativeNames:
    """Names a certificate speaks for; a certificate carries at least one."""

    dns: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()


@dataclass(frozen=True)
class Client:
    """A holder of a client certificate. Without a CSR the stack makes the key, unless it brings its certificate."""

    name: str
    subject: Subject
    names: SubjectAlternativeNames
    algorithm: AlgorithmName = "ecdsa-p256"
    validity_days: int = 30
    renew_before_days: int = 10
    csr_pem: str = ""
    certificate_pem: str = ""
    """A certificate made elsewhere, its chain after it; then the fields above describe, and decide nothing."""
    delivered: str = ""
    """Generation of the certificate it carries in the field; "": the oldest one that is listed."""
    bridged_by: str = ""
    """Newer generation whose bridge was delivered to it after its certificate."""


@dataclass(frozen=True)
class DeniedClient:
    """A certificate that servers shall turn away although it is valid: its SHA-256, and its serial if known (hex)."""

    name: str
    fingerprint: str
    serial: str = ""
    reason: str = ""


@dataclass(frozen=True)
class UploadedServerCertificate:
    """A certificate and key that the stack uploads to Certificate Management Service."""

    certificate_pem: str
    private_key: Secret


@dataclass(frozen=True)
class ReferencedServerCertificate:
    """A certificate that is already there; the stack reads it and never deletes it."""

    identifier: str


@dataclass(frozen=True)
class IssuedServerCertificate:
    """A certificate made by the stack's own authority, for test stacks."""

    names: tuple[str, ...]
    validity_days: int = 90
    renew_before_days: int = 30


ServerCertificate = UploadedServerCertificate | ReferencedServerCertificate | IssuedServerCertificate


@dataclass(frozen=True)
class CaRepository:
    """Where the CA is uploaded: a repository found by its name, or created when `create` is set."""

    name: str
    create: bool = True


@dataclass(frozen=True)
class ExistingNetwork:
    """A VPC and vSwitches the stack refers to: zone id -> vSwitch id, two zones or more."""

    vpc_id: str
    zones: dict[str, str]


@dataclass(frozen=True)
class DemoServer:
    """An ECS instance created for a demonstration; its name is what its server answers with."""

    zone: str
    private_ip: str = ""


@dataclass(frozen=True)
class CreatedNetwork:
    """A network made for a demonstration: VPC, one vSwitch a zone, security group, ECS instances."""

    cidr: str
    zones: dict[str, str]
    """Zone id -> CIDR block of its vSwitch."""
    servers: dict[str, DemoServer] = field(default_factory=dict)
    image_id: str = ""
    instance_type: str = ""
    server_port: int = 80


Network = ExistingNetwork | CreatedNetwork


@dataclass(frozen=True)
class HealthCheck:
    """How the load balancer probes servers; intervals and timeouts in seconds."""

    enabled: bool = True
    protocol: Literal["HTTP", "HTTPS", "TCP", "GRPC"] = "HTTP"
    method: Literal["HEAD", "GET"] = "HEAD"
    path: str = "/"
    host: str = ""
    port: int = 0
    interval: int = 2
    timeout: int = 5
    healthy_threshold: int = 3
    unhealthy_threshold: int = 3
    codes: tuple[str, ...] = ("http_2xx",)


@dataclass(frozen=True)
class Stickiness:
    """Cookie stickiness: `insert` lets the load balancer set one, `server` rewrites the server's own."""

    mode: Literal["insert", "server"]
    cookie: str = ""
    timeout: int = 1000


@dataclass(frozen=True)
class Server:
    """A member of a group. `id` is an instance id, an IP address, or the name of a demonstration server."""

    name: str
    id: str
    port: int
    weight: int = 100
    ip: str = ""


@dataclass(frozen=True)
class ManagedServerGroup:
    """A server group this stack owns."""

    name: str
    type: Literal["instance", "ip"]
    protocol: Literal["HTTP", "HTTPS", "GRPC"]
    servers: dict[str, Server]
    health_check: HealthCheck
    scheduler: Literal["Wrr", "Wlc", "Sch"] = "Wrr"
    stickiness: Stickiness | None = None


@dataclass(frozen=True)
class ExistingServerGroup:
    """A server group somebody else owns, by its id (`sgp-…`)."""

    name: str
    id: str


ServerGroup = ManagedServerGroup | ExistingServerGroup


@dataclass(frozen=True)
class AccessLog:
    """Log Service project and store that receive the access log; both must exist."""

    project: str
    store: str


@dataclass(frozen=True)
class LoadBalancer:
    """The ALB instance. `id` adopts an existing one: then only listeners are added to it."""

    edition: Literal["Standard", "StandardWithWaf"] = "Standard"
    address_type: Literal["Internet", "Intranet"] = "Internet"
    deletion_protection: bool = True
    access_log: AccessLog | None = None
    resource_group_id: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class ForwardingRule:
    """Sends requests for some hosts or paths to another server group; lower priority numbers win."""

    name: str
    server_group: str
    priority: int
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClientCertificateHeaders:
    """Request headers that carry facts of the client certificate; an empty name sends none."""

    subject: str = ""
    issuer: str = ""
    fingerprint: str = ""
    verification: str = ""


@dataclass(frozen=True)
class Listener:
    """The HTTPS listener; it demands a client certificate unless its long-named setting says otherwise."""

    default: str
    port: int = 443
    tls_policy: str = "tls_cipher_policy_1_2_strict_with_1_3"
    redirect_http: bool = True
    http_port: int = 80
    forward_client_certificate: ClientCertificateHeaders = ClientCertificateHeaders()
    rules: dict[str, ForwardingRule] = field(default_factory=dict)
    allow_from: tuple[str, ...] = ()
    idle_timeout: int = 15
    request_timeout: int = 60
    client_verification_off_for_migration: bool = False
    allow_http_forwarding_past_mutual_tls: bool = False


@dataclass(frozen=True)
class Domain:
    """A DNS zone and the hosts in it that point at the load balancer; TTL in seconds.

    `create` adds the zone to the account (and retains it on destroy). `prove_ownership` publishes
    the TXT proof first: needed when the zone is not the account's own yet.
    """

    zone: str
    names: tuple[str, ...]
    ttl: int = 600
    create: bool = False
    prove_ownership: bool = False


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
    domain: Domain | None = None
    kubernetes: "Kubernetes | None" = None
    account_id: str = ""
    production: bool = False
    names: dict[str, str] = field(default_factory=dict)
    """Physical names that replace the derived ones: role -> name (roles: see `components.naming`)."""
    adopt: dict[str, str] = field(default_factory=dict)
    """Ids of what already exists and shall be imported: role -> id."""
    denied: dict[str, DeniedClient] = field(default_factory=dict)
    """Removed clients whose certificates are still valid; kept in the stack file, since state forgets them."""
    weakenings: tuple[str, ...] = ()
    """Every long-named setting in force that makes the stack less safe, as `key path: what it does`."""
