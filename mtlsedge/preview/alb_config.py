"""An AlbConfig read as what it makes: a load balancer and its listeners, in the words of the alicloud provider.

So one set of rules judges both fronts. The AlbConfig may be the stack's own (a Kubernetes object) or somebody else's
that the stack's listeners are put into. Field names: alibaba-cloud.md §4.2, §4.3.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mtlsedge.preview.events import Change, Preview

LISTENER = "alicloud:alb/listener:Listener"
LOAD_BALANCER = "alicloud:alb/loadBalancer:LoadBalancer"
OWN = "kubernetes:alibabacloud.com/v1:AlbConfig"
ADOPTED = "pulumi-python:dynamic/mtlsedge:AdoptedAlbConfig"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ANNOTATION = "alb.ingress.kubernetes.io/"
FACTS = {"SubjectDN": "SubjectDn", "IssuerDN": "IssuerDn", "Fingerprint": "FingerPrint", "ClientVerify": "ClientVerify"}
"""Fact of a client certificate as an AlbConfig spells it -> as the provider does."""
Inputs = Mapping[str, Any]


def parts(change: Change) -> Iterator[Change]:
    """The load balancer and the listeners of an AlbConfig; of any other resource nothing."""
    if change.type == OWN:
        yield replace(change, type=LOAD_BALANCER, old=_balancer(change.old), new=_balancer(change.new))
    if change.type in (OWN, ADOPTED):
        for old, new in _pairs(_listeners(change.old), _listeners(change.new)):
            yield replace(change, type=LISTENER, operation=_operation(old, new), old=old, new=new, was_protected=False)


def is_part(change: Change) -> bool:
    """Whether a listener or load balancer is one of an AlbConfig: it keeps the AlbConfig's URN."""
    return change.urn.split("::")[-2].rsplit("$", maxsplit=1)[-1] in (OWN, ADOPTED)


def serves_content(preview: Preview, listener: Inputs, *, after: bool) -> bool:
    """Whether an Ingress answers requests on a plain-HTTP listener of an AlbConfig with more than a redirect."""
    ingresses = (one.new if after else one.old for one in preview.changes if one.type == INGRESS)
    return any(_answers(_annotations(one), listener.get("listenerPort")) for one in ingresses if one is not None)


def _answers(annotations: Mapping[str, str], port: object) -> bool:
    if annotations.get(f"{ANNOTATION}ssl-redirect") == "true":
        return False
    try:
        ports = json.loads(annotations.get(f"{ANNOTATION}listen-ports") or '[{"HTTP": 80}]')
        return any(int(one.get("HTTP", 0)) == port for one in ports)
    except (ValueError, TypeError, AttributeError):
        return True


def allowed(inputs: Inputs | None) -> set[str] | None:
    """The networks that a listener's own list lets in; None without a list, which lets in every network."""
    acl = (inputs or {}).get("aclConfig") or {}
    return set(map(str, acl.get("aclEntries") or ())) if acl.get("aclType") == "White" else None


def hosts(ingress: Inputs | None) -> set[str]:
    """The names of an Ingress's rules."""
    rules = ((ingress or {}).get("spec") or {}).get("rules") or ()
    return {str(rule.get("host") or "*") for rule in rules}


def _annotations(ingress: Inputs) -> Mapping[str, str]:
    return (ingress.get("metadata") or {}).get("annotations") or {}


def _pairs(old: list[Inputs], new: list[Inputs]) -> Iterator[tuple[Inputs | None, Inputs | None]]:
    """Each listener before and after: by port and protocol, then by protocol, so that one that moves stays one."""
    before = {_key(one): one for one in old}
    after = {_key(one): one for one in new}
    for key in [key for key in before if key in after]:
        yield before.pop(key), after.pop(key)
    for key, one in list(before.items()):
        moved = next((other for other in after if other[1] == key[1]), None)
        yield one, after.pop(moved) if moved else None
    yield from ((None, one) for one in after.values())


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
    return [_listener(one) for one in spec.get("listeners") or () if isinstance(one, Mapping)]


def _listener(entry: Inputs) -> Inputs:
    """An entry of `listeners`, as the provider's resource would have it; what no rule reads keeps its own spelling."""
    named = {"port", "protocol", "caCertificates", "xForwardedForConfig"}
    port = entry.get("port")
    return {
        **{key: value for key, value in entry.items() if key not in named},
        "listenerPort": int(port) if isinstance(port, float) else port,
        "listenerProtocol": entry.get("protocol"),
        "caCertificates": [{"certificateId": one.get("CertificateId")} for one in entry.get("caCertificates") or ()],
        "xForwardedForConfig": _headers(entry.get("xForwardedForConfig") or {}),
    }


def _headers(block: Inputs) -> Inputs:
    return {
        f"xForwardedForClientCert{provider}{part}": block[f"XForwardedForClientCert{own}{part}"]
        for own, provider in FACTS.items()
        for part in ("Enabled", "Alias")
        if f"XForwardedForClientCert{own}{part}" in block
    }


def _balancer(inputs: Inputs | None) -> Inputs | None:
    if inputs is None:
        return None
    config: Inputs = (inputs.get("spec") or {}).get("config") or {}
    zones = [{"zoneId": one.get("zoneId") or one.get("vSwitchId")} for one in config.get("zoneMappings") or ()]
    return {**config, "zoneMappings": zones}
