"""Which server groups the requests to a stack file's listeners reach, by the model that previews are judged with. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from exposure.reach import LISTENER, RULE, SERVER_GROUP, Resource, Topology, asks, forwarding
from exposure.requests import EVERYTHING, Requests, asked_by
from settings.model import ForwardingRule, Listener

HTTPS, HTTP = "https", "http"
REDIRECT = [{"type": "Redirect"}]
BY_DEFAULT = "by default"


class Paths:
    """What the listeners of one load balancer let through."""

    def __init__(self, listener: Listener, groups: Iterable[str]) -> None:
        """`groups` are the names of the stack's server groups; each stands for its servers."""
        made = Topology([*_listeners(listener), *_rules(listener), *map(_group, groups)])
        at = {one.id: one for one in made.listeners}
        self._listener = listener
        self.asks_for_certificates = asks(at[HTTPS].inputs) is True
        self._reached = {(each.asked, group) for each in made.reached(at[HTTPS]) for group in each.servers}
        plain = made.reached(at[HTTP]) if HTTP in at else []
        self.in_clear = frozenset(group for each in plain for group in each.servers)

    def conditions(self, group: str) -> list[str]:
        """Which requests to the HTTPS listener reach a group, those of the first rule first. Of a rule whose requests others take, none do."""
        rules = sorted(self._listener.rules.values(), key=lambda rule: rule.priority)
        found = [BY_DEFAULT] if self._listener.default == group and (EVERYTHING, group) in self._reached else []
        mine = (rule for rule in rules if group in rule.groups and (_asked(rule), group) in self._reached)
        return found + [_told(rule) for rule in mine]


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
