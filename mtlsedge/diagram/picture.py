"""What a picture shows, whether it comes from settings or from a stack's outputs."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from components.settings import Settings, full_names
from components.settings.model import (
    Authority,
    CreatedNetwork,
    ExistingServerGroup,
    ForwardingRule,
    Generation,
    IdentifierAuthority,
    IssuedServerCertificate,
    Listener,
    ReferencedServerCertificate,
    SelfManagedAuthority,
    ServerGroup,
)
from mtlsedge.certificates import read_chain
from mtlsedge.outputs import StackOutputs

ADOPTED = "exists already"


@dataclass(frozen=True)
class Card:
    """A thing with a title and lines of detail."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """A server group: what leads to it, and the servers in it."""

    name: str
    detail: str
    condition: str
    servers: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """One topology, in words ready to be drawn."""

    title: str
    clients: tuple[Card, ...]
    hosts: tuple[str, ...]
    balancer: str
    https: Card
    mutual: bool
    http: Card | None
    groups: tuple[Group, ...]
    authority: Card
    repository: Card | None


def from_settings(settings: Settings) -> Picture:
    """The picture of what a stack file declares."""
    listener = settings.listener
    hosts = full_names(settings.domain) or ("the load balancer's own name",)
    return Picture(
        title=f"{settings.stack} · {settings.region}",
        clients=tuple(_client(name, c.validity_days, bool(c.csr_pem)) for name, c in sorted(settings.clients.items())),
        hosts=hosts,
        balancer=_balancer(settings),
        https=_https(settings, listener) if listener else Card("no HTTPS listener"),
        mutual=bool(listener and not listener.client_verification_off_for_migration),
        http=_http(listener) if listener else None,
        groups=tuple(_group(name, group, settings) for name, group in sorted(settings.server_groups.items())),
        authority=_authority(settings.authority),
        repository=_repository(settings),
    )


def from_outputs(outputs: StackOutputs, stack: str) -> Picture:
    """The picture of a running stack, as far as its outputs tell."""
    balancer = outputs.load_balancer
    clients = sorted(outputs.client_certificates.items())
    return Picture(
        title=" · ".join(filter(None, (stack, balancer.region if balancer else ""))),
        clients=tuple(Card(name, (f"until {entry.not_after[:10]}",)) for name, entry in clients),
        hosts=outputs.hosts,
        balancer=f"ALB · {balancer.edition}" if balancer else "no load balancer",
        https=_running_https(outputs),
        mutual=bool(balancer and balancer.mutual_authentication),
        http=Card(f"HTTP :{balancer.http_port}", ("redirects to HTTPS, serves nothing",))
        if balancer and balancer.http_port
        else None,
        groups=tuple(
            Group(
                name,
                group.id,
                "by default" if balancer and name == balancer.default_server_group else "",
                group.servers,
            )
            for name, group in sorted(outputs.server_groups.items())
        ),
        authority=_running_authority(outputs),
        repository=Card("CA in Certificate Management Service", (outputs.ca_identifier,))
        if outputs.ca_identifier
        else None,
    )


def _client(name: str, days: int, own_key: bool) -> Card:  # noqa: FBT001 - a fact, not a switch
    return Card(name, (f"certificate for {days} days", "key of its own (CSR)" if own_key else "key made by the stack"))


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
        f"trusts: {_trusted(settings.authority)}",
    ]
    if listener.allow_from:
        lines.append(f"only from {', '.join(listener.allow_from)}")
    return Card(f"HTTPS :{listener.port}", (*lines, *_sent(sent)))


def _sent(headers: Iterable[str]) -> tuple[str, ...]:
    """The client-certificate headers, under a line that says what they are."""
    listed = tuple(f"  {name}" for name in headers)
    return ("tells the servers who the client is:", *listed) if listed else ()


def _http(listener: Listener) -> Card | None:
    if listener.redirect_http:
        return Card(f"HTTP :{listener.http_port}", ("redirects to HTTPS, serves nothing",))
    if listener.allow_http_forwarding_past_mutual_tls:
        return Card(f"HTTP :{listener.http_port}", ("serves content PAST mutual TLS",))
    return None


def _server_certificate(settings: Settings) -> str:
    certificate = settings.server_certificate
    if isinstance(certificate, IssuedServerCertificate):
        return "from the stack's CA"
    if isinstance(certificate, ReferencedServerCertificate):
        return certificate.identifier
    return "uploaded" if certificate else "none"


def _trusted(authority: Authority) -> str:
    if isinstance(authority, SelfManagedAuthority):
        return authority.generations[authority.trusted].subject.common_name
    return authority.identifier if isinstance(authority, IdentifierAuthority) else "the external CA"


def _group(name: str, group: ServerGroup, settings: Settings) -> Group:
    listener = settings.listener
    rules = [rule for rule in listener.rules.values() if rule.server_group == name] if listener else []
    conditions = ["by default"] if listener and listener.default == name else []
    condition = "; ".join(conditions + [_condition(rule) for rule in sorted(rules, key=lambda rule: rule.priority)])
    if isinstance(group, ExistingServerGroup):
        return Group(name, f"{group.id} ({ADOPTED})", condition, ())
    check = f"health check {group.health_check.path}" if group.health_check.enabled else "no health check"
    servers = tuple(_server(server.name, server.port, settings) for server in group.servers.values())
    return Group(name, f"{group.protocol} · {group.scheduler} · {check}", condition, servers)


def _server(name: str, port: int, settings: Settings) -> str:
    network = settings.network
    server = network.servers.get(name) if isinstance(network, CreatedNetwork) else None
    return f"{name} :{port}" + (f" · {server.zone}" if server else "")


def _condition(rule: ForwardingRule) -> str:
    parts = [f"host {', '.join(rule.hosts)}"] if rule.hosts else []
    return " and ".join(parts + ([f"path {', '.join(rule.paths)}"] if rule.paths else []))


def _authority(authority: Authority) -> Card:
    if isinstance(authority, IdentifierAuthority):
        return Card("Certificate authority", ("somebody else's; the stack signs nothing", authority.identifier))
    if not isinstance(authority, SelfManagedAuthority):
        return Card("Certificate authority", ("external; its key is elsewhere",))
    lines = [
        line for name in sorted(authority.generations) for line in _generation(authority.generations[name], authority)
    ]
    return Card("Certificate authority", tuple(lines))


def _generation(generation: Generation, authority: SelfManagedAuthority) -> list[str]:
    roles = [role for role in ("issuing", "trusted") if getattr(authority, role) == generation.name]
    shown = f" ({', '.join(roles)})" if len(authority.generations) > 1 and roles else ""
    root = f"root {generation.name}{shown}: {generation.subject.common_name}"
    years = f"{generation.algorithm}, {generation.validity_days} days, key in the stack's state"
    return [root, years, *(["intermediate signs the clients"] if generation.intermediate else [])]


def _repository(settings: Settings) -> Card | None:
    if isinstance(settings.authority, IdentifierAuthority):
        return None
    how = "made by the stack" if settings.ca_repository.create else ADOPTED
    return Card("CA repository", (settings.ca_repository.name, how, "holds the CA certificate, never a key"))


def _running_https(outputs: StackOutputs) -> Card:
    balancer, certificate = outputs.load_balancer, outputs.server_certificate
    if not balancer or not balancer.listener_id:
        return Card("no HTTPS listener")
    lines = [balancer.tls_policy]
    if certificate:
        lines.append(f"certificate: {certificate.identifier}")
    lines.append(f"trusts: {outputs.ca_identifier or 'no CA'}")
    return Card(f"HTTPS :{balancer.port}", (*lines, *_sent(balancer.headers.names().values())))


def _running_authority(outputs: StackOutputs) -> Card:
    authority = outputs.authority
    if not authority:
        return Card("Certificate authority", ("known by its identifier only",))
    trusted = read_chain(authority.certificate, "authority.certificate")[0]
    lines = [
        f"trusted: {_common_name(trusted)}",
        f"until {trusted.not_valid_after_utc:%Y-%m-%d}",
    ]
    return Card(
        "Certificate authority", (*lines, *(["intermediate signs the clients"] if authority.chain.strip() else []))
    )


def _common_name(certificate: x509.Certificate) -> str:
    """The common name, or the whole subject where there is none."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()
