"""The picture of what a stack file declares."""

from mtlsedge.diagram.picture import Card, EntryPoint, Group, Picture, beside, plain_http, told_headers
from settings import Settings, full_names
from settings.authorities import kind_of
from settings.authorities.kind import Described
from settings.cross_kubernetes import ingress_hosts
from settings.ingress import Ingress
from settings.kubernetes import AdoptedAlbConfig, Kubernetes
from settings.model import (
    Client,
    CreatedNetwork,
    ExistingServerGroup,
    IssuedServerCertificate,
    Listener,
    ReferencedServerCertificate,
    ServerGroup,
)
from settings.paths import Paths

ADOPTED = "exists already"


def from_settings(settings: Settings) -> Picture:
    """Both entry points, or the one there is."""
    entry_points = [_console(settings)] if settings.load_balancer or not settings.kubernetes else []
    entry_points += [_beside(settings.through(name), name) for name in sorted(settings.additional_listeners)]
    if settings.kubernetes:
        entry_points.append(_cluster(settings, settings.kubernetes.seen_at("")))
        entry_points += [
            _beside(settings.through(name), name) for name in sorted(settings.kubernetes.additional_listeners)
        ]
    return Picture(
        title=f"{settings.stack} · {settings.region}",
        clients=tuple(_client(client) for _, client in sorted(settings.clients.items())),
        entry_points=tuple(entry_points),
        authority=Card("Certificate authority", _described(settings).facts),
        repository=_repository(settings),
    )


def _console(settings: Settings) -> EntryPoint:
    listener = settings.listener
    paths = Paths(listener, settings.server_groups) if listener else None
    return EntryPoint(
        hosts=full_names(settings.domain) or ("the load balancer's own name",),
        balancer=_balancer(settings),
        https=_https(settings, listener) if listener else Card("no HTTPS listener"),
        mutual=bool(paths and paths.asks_for_certificates),
        http=_http(listener) if listener else None,
        groups=tuple(_group(name, group, settings, paths) for name, group in sorted(settings.server_groups.items())),
    )


def _beside(settings: Settings, name: str) -> EntryPoint:
    """An additional listener, drawn as an entry point of its own."""
    entry = _cluster(settings, settings.kubernetes) if settings.kubernetes else _console(settings)
    return beside(entry, name, settings.clients)


def _cluster(settings: Settings, kubernetes: Kubernetes) -> EntryPoint:
    """The entry point that a cluster's controller keeps: the Ingresses stand where the other entry point has its server groups."""
    config = kubernetes.alb_config
    whose = f" ({ADOPTED})" if isinstance(config, AdoptedAlbConfig) else ""
    return EntryPoint(
        hosts=ingress_hosts(kubernetes) or ("the load balancer's own name",),
        balancer=f"ALB · AlbConfig {config.name}{whose}",
        https=_https(settings, kubernetes.listener),
        mutual=not kubernetes.listener.client_verification_off_for_migration,
        http=_http(kubernetes.listener),
        groups=tuple(_ingress(name, ingress) for name, ingress in sorted(kubernetes.ingresses.items())),
    )


def _ingress(name: str, ingress: Ingress) -> Group:
    services = tuple(f"Service {one.service} :{one.port} · {one.path}" for one in ingress.backends)
    return Group(f"Ingress {name}", f"namespace {ingress.namespace}", f"host {', '.join(ingress.hosts)}", services)


def _client(client: Client) -> Card:
    key = "key made by the stack"
    if client.csr_pem:
        key = "key of its own (CSR)"
    elif client.certificate_pem:
        key = "certificate and key of its own"
    return Card(client.name, (f"certificate for {client.validity_days} days", key))


def _balancer(settings: Settings) -> str:
    balancer = settings.load_balancer
    if not balancer:
        return "no load balancer"
    return f"ALB · {ADOPTED}" if balancer.id else f"ALB · {balancer.edition} · {balancer.address_type}"


def _https(settings: Settings, listener: Listener) -> Card:
    sent = [name for name in vars(listener.forward_client_certificate).values() if name]
    lines = [
        listener.tls_policy,
        f"certificate: {_server_certificate(settings)}",
        f"trusts: {_described(settings).trusts}",
    ]
    if listener.allow_from:
        lines.append(f"only from {', '.join(listener.allow_from)}")
    return Card(f"HTTPS :{listener.port}", (*lines, *told_headers(sent)))


def _http(listener: Listener) -> Card | None:
    serves = listener.allow_http_forwarding_past_mutual_tls
    return plain_http(listener.http_port, serves=serves) if listener.redirect_http or serves else None


def _server_certificate(settings: Settings) -> str:
    certificate = settings.server_certificate
    if isinstance(certificate, IssuedServerCertificate):
        return "from the stack's CA"
    if isinstance(certificate, ReferencedServerCertificate):
        return certificate.identifier
    return "uploaded" if certificate else "none"


def _described(settings: Settings) -> Described:
    return kind_of(settings.authority).describe(settings.authority)


def _group(name: str, group: ServerGroup, settings: Settings, paths: Paths | None) -> Group:
    condition = "; ".join(paths.conditions(name)) if paths else ""
    is_in_clear = paths is not None and name in paths.in_clear
    if isinstance(group, ExistingServerGroup):
        return Group(f"Server group {name}", f"{group.id} ({ADOPTED})", condition, (), is_in_clear)
    check = f"health check {group.health_check.path}" if group.health_check.enabled else "no health check"
    servers = tuple(_server(server.name, server.port, settings) for server in group.servers.values())
    detail = f"{group.protocol} · {group.scheduler} · {check}"
    return Group(f"Server group {name}", detail, condition, servers, is_in_clear)


def _server(name: str, port: int, settings: Settings) -> str:
    network = settings.network
    server = network.servers.get(name) if isinstance(network, CreatedNetwork) else None
    return f"{name} :{port}" + (f" · {server.zone}" if server else "")


def _repository(settings: Settings) -> Card | None:
    if not _described(settings).is_uploaded:
        return None
    how = "made by the stack" if settings.ca_repository.create else ADOPTED
    return Card("CA repository", (settings.ca_repository.name, how, "holds the CA certificate, never a key"))
