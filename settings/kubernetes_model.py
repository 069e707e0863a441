"""What a stack file says about a cluster, as frozen dataclasses. Seconds and ports as the field's name says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from settings.model import Domain, HealthCheck, Listener, Stickiness


@dataclass(frozen=True)
class Cluster:
    """How the cluster is reached: a kubeconfig file, a context, or both; never whatever happens to be current.

    `identifier` names the cluster for good: only another one replaces what is in it.
    """

    identifier: str
    kubeconfig: str = ""
    context: str = ""


@dataclass(frozen=True)
class CreatedAlbConfig:
    """An AlbConfig that this stack owns; `config` is its `spec.config`, in the cluster's own spelling.

    Without `zoneMappings` and without the `id` of an ALB to reuse, its zones are those of the stack's network.
    """

    name: str
    config: Mapping[str, object]

    @property
    def needs_zones(self) -> bool:
        """Whether the stack's network has to say where the ALB is."""
        return not self.config.get("id") and not self.config.get("zoneMappings")


@dataclass(frozen=True)
class AdoptedAlbConfig:
    """Somebody else's AlbConfig. Only our listeners are put into it, and taken out again.

    `take_over` names listeners of theirs (`443/HTTPS`) that ours replace until they are released.
    """

    name: str
    take_over: tuple[str, ...] = ()


AlbConfig = CreatedAlbConfig | AdoptedAlbConfig


@dataclass(frozen=True)
class Cors:
    """What browsers of other origins may do; an empty field leaves the controller's default."""

    allow_origin: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age: int = 172800


@dataclass(frozen=True)
class Canary:
    """Sends a part of the requests of another Ingress's host here: by header, by cookie, or by weight in percent."""

    header: str = ""
    header_value: str = ""
    cookie: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Backend:
    """A path of an Ingress, and the Service and port (number or name) that answers it."""

    path: str
    path_type: Literal["Prefix", "Exact", "ImplementationSpecific"]
    service: str
    port: str


@dataclass(frozen=True)
class Ingress:
    """One Ingress: its hosts, where their requests go, and how; rates in requests a second, 0 for no limit."""

    name: str
    hosts: tuple[str, ...]
    backends: tuple[Backend, ...]
    namespace: str = "default"
    tls_secret: str = ""
    backend_protocol: Literal["http", "https", "grpc"] = "http"
    health_check: HealthCheck | None = None
    stickiness: Stickiness | None = None
    scheduler: Literal["wrr", "wlc", "sch", "uch"] = "wrr"
    hash_key: str = ""
    """Query parameter that the scheduler `uch` hashes."""
    order: int = 10
    use_regex: bool = False
    rewrite_target: str = ""
    traffic_limit: int = 0
    traffic_limit_per_address: int = 0
    cors: Cors | None = None
    canary: Canary | None = None
    keepalive: bool = False
    slow_start: int = 0
    """Seconds in which a new server's share grows; 0 is off."""


@dataclass(frozen=True)
class Kubernetes:
    """The second front: AlbConfig, IngressClass and Ingresses in a cluster."""

    cluster: Cluster
    controller_version: str
    alb_config: AlbConfig
    listener: Listener
    """Same shape as the load balancer's; its default group and rules are the Ingresses' business."""
    listener_fields: Mapping[str, object]
    """What else AlbConfig's HTTPS listener says, in the cluster's own spelling."""
    ingress_class: str
    creates_ingress_class: bool
    ingresses: dict[str, Ingress] = field(default_factory=dict)
    domain: Domain | None = None
    """Zone of the Ingress hosts; None: no records are made."""
    status_timeout: int = 600
