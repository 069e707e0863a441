"""Which server groups the requests to a stack file's listeners reach, by the model that previews are judged with. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from exposure.reach import LISTENER, RULE, SERVER_GROUP, Resource, Routes, asks, forwarding
from exposure.requests import EVERYTHING, Requests, asked_by
from settings.kubernetes import Kubernetes
from settings.model import ForwardingRule, Listener

HTTPS, HTTP = "https", "http"
REDIRECT = [{"type": "Redirect"}]
BY_DEFAULT = "by default"


class Paths:
    """What the listeners of one load balancer let through."""

    def __init__(self, listener: Listener, groups: Iterable[str]) -> None:
        """`groups` are the names of the stack's server groups; each stands for its servers."""
        made = Routes([*_listeners(listener), *_rules(listener), *map(_group, groups)])
        at = {one.id: one for one in made.listeners}
        self._listener = listener
        self.asks_for_certificates = asks(at[HTTPS].inputs) is True
        self._reaches = made.reached(at[HTTPS])
        self._reached = {(each.asked, group) for each in self._reaches for group in each.servers}
        plain = made.reached(at[HTTP]) if HTTP in at else []
        self.in_clear = frozenset(group for each in plain for group in each.servers)

    def promised(self) -> list[dict[str, Any]]:
        """Each set of requests that reaches servers, and the names of their groups; what an earlier rule takes is without it."""
        return [
            {
                **_shown(each.asked),
                "without": [_shown(taken) for taken in each.without],
                "serverGroups": sorted(each.servers),
            }
            for each in self._reaches
        ]

    def conditions(self, group: str) -> list[str]:
        """Which requests to the HTTPS listener reach a group, those of the first rule first. Of a rule whose requests others take, none do."""
        rules = sorted(self._listener.rules.values(), key=lambda rule: rule.priority)
        found = [BY_DEFAULT] if self._listener.default == group and (EVERYTHING, group) in self._reached else []
        mine = (rule for rule in rules if group in rule.groups and (_asked(rule), group) in self._reached)
        return found + [_told(rule) for rule in mine]


def of_ingresses(kubernetes: Kubernetes) -> list[dict[str, Any]]:
    """The paths of every Ingress, as `promised` tells them. Which Service answers is the controller's to arrange."""
    return [
        {
            **_shown(Requests((host,), (f"~{one.path}" if ingress.use_regex else one.path,))),
            "without": [],
            "serverGroups": [],
        }
        for ingress in kubernetes.ingresses.values()
        if not ingress.canary
        for host in ingress.hosts
        for one in ingress.backends
    ]


def _listeners(listener: Listener) -> Iterator[Resource]:
    default = forwarding([listener.default] if listener.default else [])
    is_asking = not listener.client_verification_off_for_migration
    secure = {"listenerProtocol": "HTTPS", "caEnabled": is_asking, "defaultActions": default}
    yield Resource(LISTENER, HTTPS, "", secure)
    if listener.redirect_http or listener.allow_http_forwarding_past_mutual_tls:
        serves = default if listener.allow_http_forwarding_past_mutual_tls else []
        yield Resource(LISTENER, HTTP, "", {"listenerProtocol": "HTTP", "defaultActions": serves})


def _rules(listener: Listener) -> Iterator[Resource]:
    for rule in listener.rules.values():
        actions = forwarding(rule.groups) if rule.groups else REDIRECT
        given = {"priority": rule.priority, "ruleConditions": _conditions(rule), "ruleActions": actions}
        yield Resource(RULE, rule.name, "", {"listenerId": HTTPS, **given})


def _group(name: str) -> Resource:
    return Resource(SERVER_GROUP, name, "", {"servers": [name]})


def _shown(requests: Requests) -> dict[str, list[str]]:
    return {
        "hosts": list(requests.hosts),
        "paths": list(requests.paths),
        "otherConditions": sorted(requests.others),
    }


def _asked(rule: ForwardingRule) -> Requests:
    return asked_by(_conditions(rule))


def _conditions(rule: ForwardingRule) -> list[dict[str, Any]]:
    """In the provider's words as far as the model reads them; the rest as it is."""
    read = [("Host", "hostConfig", rule.hosts), ("Path", "pathConfig", rule.paths)]
    others = {
        "methods": rule.methods,
        "sourceIps": rule.source_ips,
        "headers": rule.headers,
        "cookies": rule.cookies,
        "query": rule.query,
    }
    return [
        *({"type": kind, config: {"values": list(values)}} for kind, config, values in read if values),
        *({"type": kind, "values": values} for kind, values in others.items() if values),
    ]


def _told(rule: ForwardingRule) -> str:
    plain = {"host": rule.hosts, "path": rule.paths, "method": rule.methods, "client": rule.source_ips}
    parts = [f"{kind} {', '.join(values)}" for kind, values in plain.items() if values]
    for kind, named in (("header", rule.headers), ("cookie", rule.cookies), ("query", rule.query)):
        parts += [f"{kind} {name}: {', '.join(values)}" for name, values in named.items()]
    return " and ".join(parts)
