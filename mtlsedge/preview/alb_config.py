"""An AlbConfig read as what it makes: a load balancer and its listeners, in the words of the alicloud provider.

So one set of rules judges both entry points. The AlbConfig may be the stack's own (a Kubernetes object) or another owner's
that the stack's listeners are put into. Field names: alibaba-cloud.md §4.2, §4.3.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from exposure.facts import block, is_known
from mtlsedge.preview.events import Change

LISTENER = "alicloud:alb/listener:Listener"
LOAD_BALANCER = "alicloud:alb/loadBalancer:LoadBalancer"
OWN = "kubernetes:alibabacloud.com/v1:AlbConfig"
ADOPTED = "mtlsedge:index:AdoptedAlbConfig"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ANNOTATION = "alb.ingress.kubernetes.io/"
REDIRECT, PORTS = "ssl-redirect", "listen-ports"
FACTS = {"SubjectDN": "SubjectDn", "IssuerDN": "IssuerDn", "Fingerprint": "FingerPrint", "ClientVerify": "ClientVerify"}
"""Fact of a client certificate as an AlbConfig spells it -> as the provider does."""
USUAL_PORTS = '[{"HTTP": 80}, {"HTTPS": 443}]'
"""Where an Ingress answers that does not say where: the second if it has TLS [ACK, ALB Ingress annotations]."""
SERVICES = [
    {
        "type": "ForwardGroup",
        "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": "of the cluster's services"}]},
    }
]
"""What stands behind the Ingresses, as an action of a listener."""
Inputs = Mapping[str, Any]


def parts(change: Change) -> Iterator[Change]:
    """The load balancer and the listeners of an AlbConfig; of any other resource nothing."""
    if change.type == OWN:
        told = change.new if change.new is None or isinstance(change.new.get("spec", {}), Mapping) else change.old
        yield replace(change, type=LOAD_BALANCER, old=_balancer(change.old), new=_balancer(told))
    if change.type in (OWN, ADOPTED):
        known = change.new if can_be_read(change.new) else change.old
        for old, new in _pairs(_listeners(change.old), _listeners(known)):
            yield replace(change, type=LISTENER, operation=_operation(old, new), old=old, new=new, was_protected=False)


def can_be_read(inputs: Inputs | None) -> bool:
    """Whether all listeners of an AlbConfig are told."""
    spec = (inputs or {}).get("spec", inputs or {})
    if not isinstance(spec, Mapping):
        return False
    listed = spec.get("listeners") or ()
    return isinstance(listed, list | tuple) and all(isinstance(one, Mapping) for one in listed)


def is_part(change: Change) -> bool:
    """Whether a listener or load balancer is one of an AlbConfig: it keeps the AlbConfig's URN."""
    return change.urn.split("::")[-2].rsplit("$", maxsplit=1)[-1] in (OWN, ADOPTED)


def serving(part: Change, ingresses: Sequence[Change]) -> Change:
    """A listener of an AlbConfig that forwards to the cluster's services, where an Ingress answers on it.

    Which Ingress goes with which AlbConfig its class says, outside the stack perhaps: each may answer on each.
    """
    return replace(
        part,
        old=_forwarding(part.old, [one.old for one in ingresses if one.old is not None]),
        new=_forwarding(part.new, [one.new for one in ingresses if one.new is not None]),
    )


def _forwarding(listener: Inputs | None, ingresses: Sequence[Inputs]) -> Inputs | None:
    if listener is None or not any(_answers(_annotations(one), listener) for one in ingresses):
        return listener
    return {**listener, "defaultActions": SERVICES}


def _answers(annotations: Mapping[str, str], listener: Inputs) -> bool:
    """Whether an Ingress answers on a listener with more than a redirect."""
    protocol = listener.get("listenerProtocol")
    if protocol == "HTTP" and annotations.get(ANNOTATION + REDIRECT) == "true":
        return False
    try:
        ports = json.loads(annotations.get(ANNOTATION + PORTS) or USUAL_PORTS)
        return any(int(one.get(protocol, 0)) == listener.get("listenerPort") for one in ports)
    except (ValueError, TypeError, AttributeError):
        return True


def hosts(ingress: Inputs | None) -> set[str]:
    """The names of an Ingress's rules; none where they cannot be read."""
    rules = block((ingress or {}).get("spec")).get("rules")
    return {str(block(rule).get("host") or "*") for rule in rules} if isinstance(rules, list | tuple) else set()


def are_ports_told(ingress: Inputs) -> bool:
    """Whether it is told on which listeners an Ingress answers."""
    metadata = ingress.get("metadata") or {}
    annotations = block(metadata).get("annotations") or {}
    return (
        isinstance(metadata, Mapping)
        and isinstance(annotations, Mapping)
        and all(is_known(annotations.get(ANNOTATION + key)) for key in (REDIRECT, PORTS))
    )


def _annotations(ingress: Inputs) -> Mapping[str, str]:
    return block(block(ingress.get("metadata")).get("annotations"))


def _pairs(old: list[Inputs], new: list[Inputs]) -> Iterator[tuple[Inputs | None, Inputs | None]]:
    """Each listener before and after: by port and protocol, then by protocol, so that one that moves stays one.

    Of two entries for one port it is not told which one counts: each is a listener.
    """
    before, after = list(old), list(new)
    for same in (_key, lambda one: _key(one)[1]):
        for one in list(before):
            found = next((other for other in after if same(other) == same(one)), None)
            if found is not None:
                before.remove(one)
                after.remove(found)
                yield one, found
    yield from ((one, None) for one in before)
    yield from ((None, one) for one in after)


def _key(listener: Inputs) -> tuple[object, object]:
    return listener.get("listenerPort"), listener.get("listenerProtocol")


def _operation(old: Inputs | None, new: Inputs | None) -> str:
    if old is None or new is None:
        return "create" if old is None else "delete"
    if old == new:
        return "same"
    return "update" if _key(old) == _key(new) else "replace"


def _listeners(inputs: Inputs | None) -> list[Inputs]:
    spec = (inputs or {}).get("spec") or inputs or {}
    return [_listener(one) for one in spec.get("listeners") or ()] if can_be_read(inputs) else []


def _listener(entry: Inputs) -> Inputs:
    """An entry of `listeners`, as the provider's resource would have it; what no rule reads keeps its own spelling."""
    named = {"port", "protocol", "caCertificates", "xForwardedForConfig"}
    port = entry.get("port")
    return {
        **{key: value for key, value in entry.items() if key not in named},
        "caEnabled": _boolean(entry.get("caEnabled")),
        "listenerPort": int(port) if isinstance(port, float) else port,
        "listenerProtocol": entry.get("protocol"),
        "caCertificates": _authorities(entry.get("caCertificates")),
        "xForwardedForConfig": _headers(entry.get("xForwardedForConfig") or {}),
    }


def _boolean(value: object) -> object:
    """The cluster drops a text in a boolean's place without an error; what cannot be read yet stays as it is."""
    return value if not is_known(value) else value is True


def _authorities(listed: Any) -> Any:
    if not isinstance(listed, list | tuple):
        return listed
    return [{"certificateId": block(one).get("CertificateId", one)} for one in listed]


def _headers(given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    return {
        f"xForwardedForClientCert{provider}{part}": given[f"XForwardedForClientCert{own}{part}"]
        for own, provider in FACTS.items()
        for part in ("Enabled", "Alias")
        if f"XForwardedForClientCert{own}{part}" in given
    }


def _balancer(inputs: Inputs | None) -> Inputs | None:
    if inputs is None:
        return None
    config: Inputs = block(block(inputs.get("spec")).get("config"))
    mappings = [block(one) for one in config.get("zoneMappings") or ()]
    zones = [{"zoneId": one.get("zoneId") or one.get("vSwitchId")} for one in mappings]
    return {**config, "zoneMappings": zones, "loadBalancerEdition": config.get("edition")}
