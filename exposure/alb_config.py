"""An AlbConfig read as what it makes: a load balancer and its listeners, in the words of the alicloud provider.

So one set of rules judges both entry points. The AlbConfig may be the stack's own (a Kubernetes object) or another owner's
that the stack's listeners are put into. Field names: alibaba-cloud.md §4.2, §4.3.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from exposure.facts import block, is_known
from exposure.reach import forwarding

OWN = "kubernetes:alibabacloud.com/v1:AlbConfig"
ADOPTED = "mtlsedge:index:AdoptedAlbConfig"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ANNOTATION = "alb.ingress.kubernetes.io/"
REDIRECT, PORTS = "ssl-redirect", "listen-ports"
FACTS = {"SubjectDN": "SubjectDn", "IssuerDN": "IssuerDn", "Fingerprint": "FingerPrint", "ClientVerify": "ClientVerify"}
"""Fact of a client certificate as an AlbConfig spells it -> as the provider does."""
USUAL_PORTS = '[{"HTTP": 80}, {"HTTPS": 443}]'
"""Where an Ingress answers that does not say where: the second if it has TLS [ACK, ALB Ingress annotations]."""
SERVICES = forwarding(["of the cluster's services"])
"""What stands behind the Ingresses, as an action of a listener."""
BESIDE = re.compile(r"^ingress-auto-listener-\d+-[^/]+/([A-Za-z0-9][A-Za-z0-9._-]{0,62})$")
"""Description of a listener beside the stack's first one."""
Inputs = Mapping[str, Any]


def can_be_read(inputs: Inputs | None) -> bool:
    """Whether all listeners of an AlbConfig are told."""
    spec = (inputs or {}).get("spec", inputs or {})
    if not isinstance(spec, Mapping):
        return False
    listed = spec.get("listeners") or ()
    return isinstance(listed, list | tuple) and all(isinstance(one, Mapping) for one in listed)


def beside(listener: Inputs | None) -> str:
    """Name of a listener beside the stack's first one, which its description ends with (`program.manifests.mark`)."""
    found = BESIDE.search(str((listener or {}).get("description") or ""))
    return found[1] if found else ""


def listeners(inputs: Inputs | None) -> list[Inputs]:
    """The listeners that an AlbConfig, or an adoption of one, declares; none where they are not told."""
    spec = (inputs or {}).get("spec") or inputs or {}
    return [_listener(one) for one in spec.get("listeners") or ()] if can_be_read(inputs) else []


def balancer(inputs: Inputs | None) -> Inputs | None:
    """The load balancer that an AlbConfig makes or reuses."""
    if inputs is None:
        return None
    config: Inputs = block(block(inputs.get("spec")).get("config"))
    mappings = [block(one) for one in config.get("zoneMappings") or ()]
    zones = [{"zoneId": one.get("zoneId") or one.get("vSwitchId")} for one in mappings]
    return {**config, "zoneMappings": zones, "loadBalancerEdition": config.get("edition")}


def serving(listener: Inputs, ingresses: Iterable[Inputs]) -> Inputs:
    """A listener that forwards to the cluster's services, where an Ingress answers on it.

    Which Ingress goes with which AlbConfig its class says, outside the stack perhaps: each may answer on each.
    """
    if not any(_answers(_annotations(one), listener) for one in ingresses):
        return listener
    return {**listener, "defaultActions": SERVICES}


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


def _annotations(ingress: Inputs) -> Mapping[str, str]:
    return block(block(ingress.get("metadata")).get("annotations"))


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
