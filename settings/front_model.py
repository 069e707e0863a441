"""Network, server groups, load balancer, listener and names, as frozen dataclasses; `model` is the door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


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
    ip: str | None = None
    """One of an instance's addresses, or "" for none said; None: the id of a server that is an address, else none."""
    description: str | None = None
    """What the cloud shows beside it; None: `group/server`."""


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
    allow_from: Mapping[str, str] = field(default_factory=dict)
    """CIDR block -> what the cloud shows beside it."""
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
