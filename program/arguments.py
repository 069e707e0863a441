"""Settings as the arguments of components: one function a component, in the order of a stack file."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

import pulumi

from mtlsedge_components.certificates import Issuer
from mtlsedge_components.dns import DnsRecordsArgs
from mtlsedge_components.forwarding_rules import (
    CorsArgs,
    FixedResponseArgs,
    ForwardingRuleArgs,
    InsertedHeaderArgs,
    RedirectArgs,
    RewriteArgs,
    TrafficLimitArgs,
)
from mtlsedge_components.https_listener import ClientCertificateHeadersArgs, ForwardedHeadersArgs, ListenerArgs
from mtlsedge_components.identity import IdentityArgs
from mtlsedge_components.kubernetes.alb_ingress import AlbIngressArgs, IngressRecordsArgs
from mtlsedge_components.load_balancer import AdditionalListenerArgs, LoadBalancerArgs
from mtlsedge_components.network import CreatedNetworkArgs, DemonstrationServerArgs, NetworkArgs
from mtlsedge_components.server_certificate import IssuedCertificateArgs, ServerCertificateArgs
from mtlsedge_components.server_groups import HealthCheckArgs, ServerArgs, ServerGroupArgs, StickinessArgs
from program import manifests
from program.manifests import Identifiers
from settings.cross_kubernetes import domain_of_ingresses
from settings.kubernetes import AdoptedAlbConfig, Kubernetes
from settings.model import (
    ClientCertificateHeaders,
    CreatedNetwork,
    DemoServer,
    Domain,
    ForwardingRule,
    HealthCheck,
    Listener,
    LoadBalancer,
    ManagedServerGroup,
    Network,
    ReferencedServerCertificate,
    Server,
    ServerCertificate,
    ServerGroup,
    Settings,
    Stickiness,
    UploadedServerCertificate,
)

Ids = Mapping[str, pulumi.Output[str]]
"""Ids of resources by the names of a stack file."""


def identity(settings: Settings) -> IdentityArgs:
    """Names, tags, import ids and protection of everything in the stack."""
    return {
        "project": settings.project,
        "stack": settings.stack,
        "names": settings.names,
        "adopt": settings.adopt,
        "tags": settings.load_balancer.tags if settings.load_balancer else {},
        "protect": settings.production,
    }


def server_certificate(
    certificate: ServerCertificate, hosts: Sequence[str], issuer: Issuer | None
) -> ServerCertificateArgs:
    """A server certificate of any kind; `hosts` are the names that one which is only referred to has to cover."""
    match certificate:
        case ReferencedServerCertificate():
            return {"referenced": {"identifier": certificate.identifier, "names": list(hosts)}}
        case UploadedServerCertificate():
            key = certificate.private_key.output()
            return {"uploaded": {"certificate_pem": certificate.certificate_pem, "private_key_pem": key}}
    if issuer is None:
        raise pulumi.RunError(
            "mtlsedge:serverCertificate: found issueFromAuthority; allowed only with a selfManaged authority"
        )
    issued: IssuedCertificateArgs = {
        "issuer": issuer,
        "names": list(certificate.names),
        "validity_days": certificate.validity_days,
        "renew_before_days": certificate.renew_before_days,
    }
    return {"issued": issued}


def network(network: Network) -> NetworkArgs:
    """An existing network, or one made for a demonstration."""
    if not isinstance(network, CreatedNetwork):
        return {"existing": {"vpc_id": network.vpc_id, "vswitch_ids": {**network.zones}}}
    created: CreatedNetworkArgs = {
        "cidr_block": network.cidr,
        "vswitch_cidr_blocks": network.zones,
        "servers": {name: _demonstration_server(server) for name, server in network.servers.items()},
        "image_id": network.image_id,
        "instance_type": network.instance_type,
        "server_port": network.server_port,
    }
    return {"created": created}


def server_groups(groups: Mapping[str, ServerGroup], instances: Ids) -> dict[str, ServerGroupArgs]:
    """Groups by name; `instances` are the demonstration servers that members may name."""
    return {
        name: _server_group(group, instances) if isinstance(group, ManagedServerGroup) else {"id": group.id}
        for name, group in groups.items()
    }


def load_balancer(balancer: LoadBalancer) -> LoadBalancerArgs:
    """The ALB instance, without its listeners."""
    if balancer.id:
        return {"load_balancer_id": balancer.id}
    args: LoadBalancerArgs = {
        "edition": balancer.edition,
        "address_type": balancer.address_type,
        "deletion_protection": balancer.deletion_protection,
        "resource_group_id": balancer.resource_group_id,
    }
    if protection := balancer.modification_protection:
        args["modification_protection"] = {"enabled": protection.enabled, "reason": protection.reason}
    if balancer.bandwidth_package_id:
        args["bandwidth_package_id"] = balancer.bandwidth_package_id
    if balancer.security_groups:
        args["security_groups"] = {id: id for id in balancer.security_groups}
    if balancer.access_log:
        args["access_log"] = {"project": balancer.access_log.project, "store": balancer.access_log.store}
    return args


def listeners(listener: Listener, groups: Ids, identifiers: Identifiers) -> LoadBalancerArgs:
    """The HTTPS listener, the HTTP one beside it, and who may connect to them."""
    args: LoadBalancerArgs = {
        "listener": _https(listener, groups, identifiers),
        "allow_from": dict(listener.allow_from),
    }
    if listener.redirect_http or listener.allow_http_forwarding_past_mutual_tls:
        args["http_port"], args["http_forwards"] = listener.http_port, not listener.redirect_http
    return args


def additional_listener(listener: Listener, groups: Ids, identifiers: Identifiers) -> AdditionalListenerArgs:
    """A listener beside the first; `identifiers` has its own CA."""
    return {"listener": _https(listener, groups, identifiers), "allow_from": dict(listener.allow_from)}


def dns_records(domain: Domain, target: pulumi.Input[str]) -> DnsRecordsArgs:
    """The zone and the hosts in it that point at the load balancer."""
    return {**_records(domain), "target": target, "argument_path": "mtlsedge:domain"}


def alb_ingress(
    kubernetes: Kubernetes,
    identifiers: Identifiers,
    identity: IdentityArgs,
    balancer: pulumi.Input[str],
    taken: list[int],
) -> AlbIngressArgs:
    """The cluster's entrance; `taken` are the ports of the load balancer `balancer`, which an AlbConfig must not take."""
    owner = manifests.owner(identity.get("project", ""), identity.get("stack", ""))
    cluster, config = kubernetes.cluster, kubernetes.alb_config
    args: AlbIngressArgs = {
        "cluster": {"identifier": cluster.identifier, "kubeconfig": cluster.kubeconfig, "context": cluster.context},
        "ingresses": {name: manifests.ingress(kubernetes, one) for name, one in kubernetes.ingresses.items()},
        "status_timeout": kubernetes.status_timeout,
        "argument_path": "mtlsedge:kubernetes.domain",
        "identity": identity,
    }
    if isinstance(config, AdoptedAlbConfig):
        args["adopted"] = {
            "name": config.name,
            "listeners": manifests.listeners(kubernetes, identifiers, owner),
            "controller_version": kubernetes.controller_version,
            "take_over": list(config.take_over),
            "load_balancer_id": balancer,
            "load_balancer_ports": taken,
        }
    else:
        args["alb_config"] = manifests.alb_config(kubernetes, identifiers, owner)
    if kubernetes.creates_ingress_class:
        args["ingress_class"] = manifests.ingress_class(kubernetes)
    if domain := domain_of_ingresses(kubernetes):
        args["records"] = _records(domain)
    return args


def _records(domain: Domain) -> IngressRecordsArgs:
    return {
        "zone": domain.zone,
        "names": list(domain.names),
        "ttl": domain.ttl,
        "create_zone": domain.create,
        "prove_ownership": domain.prove_ownership,
    }


def _demonstration_server(server: DemoServer) -> DemonstrationServerArgs:
    return {"zone": server.zone, "private_ip": server.private_ip}


def _server_group(group: ManagedServerGroup, instances: Ids) -> ServerGroupArgs:
    args: ServerGroupArgs = {
        "servers": {name: _server(server, instances) for name, server in group.servers.items()},
        "type": "Instance" if group.type == "instance" else "Ip",
        "protocol": group.protocol,
        "scheduler": group.scheduler,
        "health_check": _health_check(group.health_check),
    }
    if group.hash_key:
        args["hash_key"] = group.hash_key
    if group.stickiness:
        args["stickiness"] = _stickiness(group.stickiness)
    if start := group.slow_start:
        args["slow_start"] = {"enabled": start.enabled, "duration": start.duration}
    if drain := group.connection_drain:
        args["connection_drain"] = {"enabled": drain.enabled, "timeout": drain.timeout}
    if group.upstream_keepalive_enabled is not None:
        args["upstream_keepalive_enabled"] = group.upstream_keepalive_enabled
    if group.resource_group_id:
        args["resource_group_id"] = group.resource_group_id
    if group.cross_zone_enabled is not None:
        args["cross_zone_enabled"] = group.cross_zone_enabled
    return args


def _server(server: Server, instances: Ids) -> ServerArgs:
    args: ServerArgs = {"id": instances.get(server.id, server.id), "port": server.port, "weight": server.weight}
    if server.ip is not None:
        args["ip"] = server.ip
    if server.description is not None:
        args["description"] = server.description
    return args


def _health_check(check: HealthCheck) -> HealthCheckArgs:
    args: HealthCheckArgs = {
        "enabled": check.enabled,
        "protocol": check.protocol,
        "method": check.method,
        "path": check.path,
        "host": check.host,
        "port": check.port,
        "interval": check.interval,
        "timeout": check.timeout,
        "healthy_threshold": check.healthy_threshold,
        "unhealthy_threshold": check.unhealthy_threshold,
        "codes": list(check.codes),
    }
    if check.http_version:
        args["http_version"] = check.http_version
    return args


def _stickiness(sticky: Stickiness) -> StickinessArgs:
    mode = "Server" if sticky.mode == "server" else "Insert"
    return {"mode": mode, "cookie": sticky.cookie, "timeout": sticky.timeout}


def _https(listener: Listener, groups: Ids, identifiers: Identifiers) -> ListenerArgs:
    args: ListenerArgs = {
        "server_group_id": groups[listener.default],
        "certificate_id": identifiers.certificate,
        "ca_certificate_id": identifiers.ca,
        "additional_certificate_ids": {**identifiers.additional},
        "port": listener.port,
        "tls_policy": listener.tls_policy,
        "client_verification": not listener.client_verification_off_for_migration,
        "client_certificate_headers": _headers(listener.forward_client_certificate),
        "rules": {name: _rule(rule, groups) for name, rule in listener.rules.items()},
        "idle_timeout": listener.idle_timeout,
        "request_timeout": listener.request_timeout,
    }
    if listener.scripts:
        args["scripts"] = {
            name: {"content": one.content, "position": one.position, "enabled": one.enabled}
            for name, one in listener.scripts.items()
        }
    if listener.gzip_enabled is not None:
        args["gzip_enabled"] = listener.gzip_enabled
    if listener.http2_enabled is not None:
        args["http2_enabled"] = listener.http2_enabled
    said = {key: value for key, value in asdict(listener.x_forwarded_for).items() if value is not None}
    if said:
        args["forwarded_headers"] = cast("ForwardedHeadersArgs", said)
    if traced := listener.access_log_tracing:
        args["access_log_tracing"] = {"enabled": traced.enabled, "sample": traced.sample, "type": traced.type}
    return args


def _headers(headers: ClientCertificateHeaders) -> ClientCertificateHeadersArgs:
    return {
        "subject": headers.subject,
        "issuer": headers.issuer,
        "fingerprint": headers.fingerprint,
        "verification": headers.verification,
    }


def _rule(rule: ForwardingRule, groups: Ids) -> ForwardingRuleArgs:
    args: ForwardingRuleArgs = {
        "priority": rule.priority,
        "hosts": list(rule.hosts),
        "paths": list(rule.paths),
        "methods": list(rule.methods),
        "headers": {name: list(values) for name, values in rule.headers.items()},
        "cookies": {name: list(values) for name, values in rule.cookies.items()},
        "query": {name: list(values) for name, values in rule.query.items()},
        "source_ips": list(rule.source_ips),
    }
    if rule.server_group:
        args["server_group_id"] = groups[rule.server_group]
    if weights := rule.server_groups:
        args["server_groups"] = [{"server_group_id": groups[name], "weight": weights[name]} for name in sorted(weights)]
    if rule.redirect:
        args["redirect"] = cast("RedirectArgs", asdict(rule.redirect))
    if rule.traffic_limit:
        args["traffic_limit"] = cast("TrafficLimitArgs", asdict(rule.traffic_limit))
    if rule.cors:
        args["cors"] = cast("CorsArgs", asdict(rule.cors))
    if rule.rewrite:
        args["rewrite"] = cast("RewriteArgs", asdict(rule.rewrite))
    if headers := rule.insert_headers:
        args["insert_headers"] = {name: cast("InsertedHeaderArgs", asdict(headers[name])) for name in headers}
    if rule.remove_headers:
        args["remove_headers"] = list(rule.remove_headers)
    if rule.fixed_response:
        args["fixed_response"] = cast("FixedResponseArgs", asdict(rule.fixed_response))
    return args
