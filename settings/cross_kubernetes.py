"""Checks between `mtlsedge:kubernetes` and the other sections: certificate, hosts, and one owner for each ALB port."""

from settings.domain import full_names, host_part
from settings.kubernetes import AdoptedAlbConfig, CreatedAlbConfig, Kubernetes
from settings.model import Domain
from settings.whole import Whole

REDIRECTED = (80, 443)
"""What the annotation `ssl-redirect` redirects [alibaba-cloud.md §4.6]."""


def ingress_hosts(kubernetes: Kubernetes | None, *, without_secrets: bool = False) -> tuple[str, ...]:
    """Every host of the Ingresses, once; those whose certificate is a Secret of the cluster may be left out."""
    if kubernetes is None:
        return ()
    chosen = [one for one in kubernetes.ingresses.values() if not (without_secrets and one.tls_secret)]
    return tuple(dict.fromkeys(host for ingress in chosen for host in ingress.hosts if host))


def domain_of_ingresses(kubernetes: Kubernetes | None) -> Domain | None:
    """The cluster's zone with the hosts of the Ingresses as its names; None when no records are wanted."""
    if kubernetes is None or kubernetes.domain is None:
        return None
    zone = kubernetes.domain.zone
    names = tuple(host_part(host, zone) for host in ingress_hosts(kubernetes))
    base = kubernetes.domain
    return Domain(base.zone, names, base.ttl, create=base.create, prove_ownership=base.prove_ownership)


def check_kubernetes(whole: Whole) -> None:
    """Every check, if there is a cluster at all."""
    kubernetes = whole.settings.kubernetes
    if kubernetes is None:
        return
    if whole.at("serverCertificate").value is None:
        whole.at("serverCertificate").refuse("what mtlsedge:kubernetes needs")
    created = kubernetes.alb_config
    if isinstance(created, CreatedAlbConfig) and created.needs_zones and whole.settings.network is None:
        config = whole.at("kubernetes", "albConfig", "config")
        config.refuse(
            "zoneMappings, the id of an ALB to reuse, or mtlsedge:network, whose zones it takes", found="none of them"
        )
    _check_names(whole, kubernetes)
    _check_ports(whole, kubernetes)
    _check_owner(whole, kubernetes)
    _check_hosts(whole, kubernetes)
    _check_zone(whole, kubernetes)


def _check_names(whole: Whole, kubernetes: Kubernetes) -> None:
    """A listener's name is given once, at whichever entry point; an Ingress names one that there is."""
    for name in kubernetes.additional_listeners:
        if name in whole.settings.additional_listeners:
            whole.at("kubernetes", "additionalListeners", name).refuse(
                "a name that no other listener has; mtlsedge:additionalListeners has this one",
                found=f"the listener {name!r}",
            )
    owners = {host: one for one in kubernetes.ingresses.values() if not one.canary for host in one.hosts}
    for name, ingress in kubernetes.ingresses.items():
        at = whole.at("kubernetes", "ingresses", name, "listener")
        if ingress.listener and ingress.listener not in kubernetes.additional_listeners:
            at.refuse_as_unknown_name(
                "a listener of mtlsedge:kubernetes.additionalListeners", tuple(kubernetes.additional_listeners)
            )
        for owner in {owners[host].name: owners[host] for host in ingress.hosts if host in owners}.values():
            if ingress.listener != owner.listener:
                allowed = owner.listener or "nothing, for the first one"
                at.refuse(f"{allowed}: the Ingress {owner.name}, of which this is a canary, is on that listener")


def _check_ports(whole: Whole, kubernetes: Kubernetes) -> None:
    listener = kubernetes.listener
    if listener.redirect_http and listener.port == listener.http_port:
        whole.at("kubernetes", "listener", "httpPort").refuse(
            "another port than the other listener's", found=str(listener.port)
        )
    elif (
        listener.redirect_http
        and (listener.http_port, listener.port) != REDIRECTED
        and kubernetes.seen_at("").ingresses
    ):
        whole.at("kubernetes", "listener").refuse(
            "redirectHttp: false, or the ports 80 and 443: the controller redirects between those only",
            found=f"a redirect from {listener.http_port} to {listener.port}",
        )
    whole.refuse_taken_ports(kubernetes.additional_listeners, listener.ports, "AlbConfig")
    if isinstance(kubernetes.alb_config, AdoptedAlbConfig):
        others = [f"{one.listener.port}/HTTPS" for one in kubernetes.additional_listeners.values()]
        plain = [f"{listener.http_port}/HTTP"] if listener.redirect_http else []
        ours = [f"{listener.port}/HTTPS", *plain, *others]
        for index, key in enumerate(kubernetes.alb_config.take_over):
            if key and key not in ours:
                whole.at("kubernetes", "albConfig", "takeOver").child(index, key).refuse(
                    f"a listener that this stack declares: {', '.join(ours)}"
                )


def _check_owner(whole: Whole, kubernetes: Kubernetes) -> None:
    """A port of an ALB is a Pulumi listener's or an AlbConfig's: two owners would undo each other for ever [§4.5]."""
    settings = whole.settings
    if not isinstance(kubernetes.alb_config, CreatedAlbConfig) or not settings.load_balancer or not settings.listener:
        return
    reused = kubernetes.alb_config.config.get("id")
    known = (settings.load_balancer.id, settings.adopt.get("load-balancer", ""))
    shared = sorted(set(settings.ports) & set(kubernetes.ports))
    if reused and reused in known and shared:
        whole.at("kubernetes", "albConfig", "config", "id").refuse(
            f"another ALB, or other ports: mtlsedge:listener owns port {', '.join(map(str, shared))} of this one"
        )


def _check_hosts(whole: Whole, kubernetes: Kubernetes) -> None:
    """A host is in the zone, and has one CNAME: the load balancer's or the Ingress's."""
    others = full_names(whole.settings.domain)
    for name, ingress in kubernetes.ingresses.items():
        node = whole.at("kubernetes", "ingresses", name)
        for host in ingress.hosts:
            if kubernetes.domain and host in others:
                node.refuse("a host of its own; mtlsedge:domain points this one at the load balancer", found=host)
            zone = kubernetes.domain.zone if kubernetes.domain else ""
            if host and zone and host != zone and not host.endswith(f".{zone}"):
                node.refuse(f"hosts in the zone {zone} of kubernetes.domain", found=host)


def _check_zone(whole: Whole, kubernetes: Kubernetes) -> None:
    domain, other = kubernetes.domain, whole.settings.domain
    if domain is None:
        return
    if not kubernetes.ingresses:
        whole.at("kubernetes", "domain").refuse("nothing without ingresses, whose hosts it names")
    if other and other.zone == domain.zone:
        for key, said in (("create", domain.create), ("proveOwnership", domain.prove_ownership)):
            if said:
                whole.at("kubernetes", "domain", key).refuse("nothing: mtlsedge:domain has the same zone; say it there")
