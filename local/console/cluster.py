"""AlbConfig, IngressClass and Ingress of the local cluster: what the ACK console shows."""

from collections.abc import Iterator
from typing import Any

from local.console.layout import BAD, GOOD, IDLE, WARN, Body, code, lead, lines, table, word
from local.console.markup import Child, Markup, element, escaped, joined
from local.console.sources import Sources, text
from local.kubernetes.client import ALB_CONFIG, INGRESS, INGRESS_CLASS, ApiError, Client

ABOUT = "What the ACK console shows of the load balancers that a cluster makes."


def page(sources: Sources) -> Body:
    """Three tables, or a sentence where no cluster runs or answers."""
    client = sources.cluster()
    if client is None:
        return _body(element("p", "This stack has no cluster.", class_="empty"))
    try:
        return _body(*_tables(client))
    except (ApiError, OSError):
        return _body(element("p", word(BAD, "The cluster's API server does not answer."), class_="empty"))


def _body(*parts: Markup) -> Body:
    return Body("cluster", "Cluster", joined([lead(ABOUT), *parts]))


def _tables(client: Client) -> Iterator[Markup]:
    configs = map(_config, client.list(ALB_CONFIG)["items"])
    yield table("AlbConfigs", ("AlbConfig", "Load balancer", "Listeners", "State"), configs, "There is no AlbConfig.")
    classes = map(_class, client.list(INGRESS_CLASS)["items"])
    yield table("IngressClasses", ("IngressClass", "Controller", "Parameters"), classes, "There is no IngressClass.")
    ingresses = map(_ingress, client.list(INGRESS)["items"])
    heads = ("Ingress", "Class", "Hosts and paths", "Address", "TLS hosts")
    yield table("Ingresses", heads, ingresses, "There is no Ingress.")


def _config(item: dict[str, Any]) -> list[Child]:
    status = (item.get("status") or {}).get("loadBalancer") or {}
    spec = item.get("spec") or {}
    return [
        _name(item),
        lines(code(str(status[key])) for key in ("id", "dnsname") if status.get(key)),
        lines(_listener(one) for one in spec.get("listeners") or []),
        word(GOOD, "has a load balancer") if status.get("id") else word(WARN, "no load balancer yet"),
    ]


def _listener(spec: dict[str, Any]) -> Child:
    verification = word(GOOD, "mutual authentication") if spec.get("caEnabled") else word(IDLE, "no client certificate")
    return joined([f"{spec.get('protocol')}:{spec.get('port')} ", verification])


def _class(item: dict[str, Any]) -> list[Child]:
    spec = item.get("spec") or {}
    parameters = spec.get("parameters") or {}
    return [
        _name(item),
        code(text(spec, "controller")),
        f"{parameters.get('kind')} {parameters.get('name')}" if parameters else "-",
    ]


def _ingress(item: dict[str, Any]) -> list[Child]:
    spec = item.get("spec") or {}
    addresses = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    hosts = [str(host) for entry in spec.get("tls") or [] for host in entry.get("hosts") or []]
    return [
        _name(item),
        text(spec, "ingressClassName"),
        lines(_routes(spec)),
        lines(code(text(one, "hostname", "ip")) for one in addresses),
        lines(hosts),
    ]


def _routes(spec: dict[str, Any]) -> Iterator[Child]:
    for rule in spec.get("rules") or []:
        for path in (rule.get("http") or {}).get("paths") or []:
            service = ((path.get("backend") or {}).get("service") or {}).get("name") or "-"
            yield f"{rule.get('host') or '*'}{path.get('path') or '/'} to {service}"


def _name(item: dict[str, Any]) -> Markup:
    meta = item["metadata"]
    return escaped("/".join(str(meta[key]) for key in ("namespace", "name") if meta.get(key)))
