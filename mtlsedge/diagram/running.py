"""The picture of a running stack, as far as its outputs tell."""

from dataclasses import replace

from cryptography import x509
from cryptography.x509.oid import NameOID

from mtlsedge.certificates import read_chain
from mtlsedge.diagram.picture import Card, EntryPoint, Group, Picture, beside, plain_http, told_headers
from mtlsedge.outputs import ClusterEntryPoint, LoadBalancer, StackOutputs
from settings.paths import BY_DEFAULT

HTTP_FORWARDING = "mtlsedge:listener.httpForwarding"
"""The setting of which the outputs say that plain HTTP is served."""


def from_outputs(outputs: StackOutputs, stack: str) -> Picture:
    """Both entry points, or the one there is."""
    known = outputs.load_balancer or (outputs.cluster.load_balancer if outputs.cluster else None)
    entry_points = [_console(outputs)] if outputs.load_balancer or not outputs.cluster else []
    additional = sorted(outputs.additional.items())
    entry_points += [_beside(name, one) for name, one in additional if not one.cluster]
    if outputs.cluster:
        entry_points.append(_cluster(outputs, outputs.cluster))
        entry_points += [_beside(name, one) for name, one in additional if one.cluster]
    clients = sorted(outputs.of_first.client_certificates.items())
    identifier = outputs.ca_identifier
    return Picture(
        title=" · ".join(filter(None, (stack, known.region if known else ""))),
        clients=tuple(Card(name, (f"until {entry.not_after[:10]}",)) for name, entry in clients),
        entry_points=tuple(entry_points),
        authority=_authority(outputs),
        repository=Card("CA in Certificate Management Service", (identifier,)) if identifier else None,
    )


def _beside(name: str, one: StackOutputs) -> EntryPoint:
    """An additional listener, drawn as an entry point of its own; plain HTTP is the first one's."""
    entry = _cluster(one, one.cluster) if one.cluster else _console(replace(one, weakenings=()))
    return beside(entry, name, one.client_certificates)


def _console(outputs: StackOutputs) -> EntryPoint:
    balancer = outputs.load_balancer
    default = balancer.default_server_group if balancer else ""
    serves = any(one.startswith(f"{HTTP_FORWARDING}: ") for one in outputs.weakenings)
    return EntryPoint(
        hosts=outputs.hosts,
        balancer=f"ALB · {balancer.edition}" if balancer else "no load balancer",
        https=_https(outputs, balancer) if balancer and balancer.listener_id else Card("no HTTPS listener"),
        mutual=bool(balancer and balancer.mutual_authentication),
        http=_http(balancer, serves=serves),
        groups=tuple(
            Group(
                f"Server group {name}",
                group.id,
                BY_DEFAULT if name == default else None,
                group.servers,
                name == default and serves,
            )
            for name, group in sorted(outputs.server_groups.items())
        ),
    )


def _cluster(outputs: StackOutputs, cluster: ClusterEntryPoint) -> EntryPoint:
    """The ids of its listeners and server groups are the controller's to know."""
    balancer = cluster.load_balancer
    edition = f"ALB · {balancer.edition} · by AlbConfig"
    behind = Group("Ingresses", "", f"host {', '.join(cluster.hosts)}", ())
    return EntryPoint(
        cluster.hosts,
        edition,
        _https(outputs, balancer),
        balancer.mutual_authentication,
        _http(balancer, serves=False),
        (behind,),
    )


def _https(outputs: StackOutputs, balancer: LoadBalancer) -> Card:
    lines = [balancer.tls_policy]
    if outputs.server_certificate:
        lines.append(f"certificate: {outputs.server_certificate.identifier}")
    lines.append(f"trusts: {outputs.ca_identifier or 'no CA'}")
    return Card(f"HTTPS :{balancer.port}", (*lines, *told_headers(balancer.headers.names().values())))


def _http(balancer: LoadBalancer | None, *, serves: bool) -> Card | None:
    return plain_http(balancer.http_port, serves=serves) if balancer and balancer.http_port else None


def _authority(outputs: StackOutputs) -> Card:
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
