"""`mtlsedge:kubernetes`: AlbConfig, IngressClass and Ingresses in a cluster; the second front of the same authority."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from settings import forms
from settings.alb_config import OLDEST_CONTROLLER, Rules, check_config, check_listener
from settings.domain import read_zone
from settings.ingress import read_ingresses
from settings.kubernetes_model import AdoptedAlbConfig, AlbConfig, Cluster, CreatedAlbConfig, Kubernetes
from settings.listener import REFUSED as REFUSED_QUIC
from settings.listener import SHARED_KEYS, read_shared
from settings.model import Listener
from settings.reader import Node, Section

KEYS = (
    "kubeconfig", "context", "clusterIdentifier", "controllerVersion", "albConfig", "listener", "ingressClass",
    "ingresses", "domain", "statusTimeout",
)  # fmt: skip
OBJECT_NAME = forms.pattern(
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "a name of 1 to 63 lower-case letters, digits or '-'"
)
CONTEXT = forms.pattern(r"[!-~]{1,253}", "the name of a context of the kubeconfig")
IDENTIFIER = forms.pattern(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", "a name for the cluster that never changes, such as its id"
)
VERSION = forms.pattern(r"v?\d{1,3}(?:\.\d{1,4}){1,2}(?:[.-][A-Za-z0-9.-]*)?", "a version such as 2.15.2")
LISTENER = forms.pattern(r"[1-9]\d{0,4}/(?:HTTP|HTTPS)", "a port and protocol such as 443/HTTPS")
OWN_FIELDS = (
    "port", "protocol", "description", "certificates", "caEnabled", "caCertificates", "securityPolicyId", "idleTimeout",
    "requestTimeout", "aclConfig",
)  # fmt: skip
"""Fields of an AlbConfig's listener that have settings of their own."""
DEFAULT_CONFIG = {"addressType": "Internet", "edition": "Standard"}


def read_kubernetes(node: Node, stack: "Stack") -> Kubernetes | None:
    """The cluster's part, or None when absent."""
    if node.value is None:
        return None
    section = node.section(KEYS)
    controller = _read_version(section)
    listener_section = _listener_section(section)
    listener = read_shared(listener_section)
    rules = Rules(controller, old_tls="tlsPolicyBelow12" in listener_section)
    alb_config = _read_alb_config(section["albConfig"], stack, rules)
    name, creates = _read_class(section["ingressClass"], alb_config)
    return Kubernetes(
        cluster=_read_cluster(section),
        controller_version=".".join(str(part) for part in controller),
        alb_config=alb_config,
        listener=listener,
        listener_fields=_read_fields(listener_section["fields"], listener, rules, alb_config),
        ingress_class=name,
        creates_ingress_class=creates,
        ingresses=read_ingresses(section["ingresses"]),
        domain=read_zone(section["domain"]),
        status_timeout=section.integer("statusTimeout", 10, 3600, "seconds", default=Kubernetes.status_timeout),
    )


@dataclass(frozen=True)
class Stack:
    """Whose stack this is: the default name of what it creates in the cluster comes from it."""

    project: str
    name: str


def _read_cluster(section: Section) -> Cluster:
    """Which cluster, said aloud: what `kubectl` happens to point at is never used."""
    if not section.present(("kubeconfig", "context")):
        section.node.refuse("kubeconfig (a file), context, or both: the current context is never used", found="neither")
    return Cluster(
        identifier=section.text("clusterIdentifier", IDENTIFIER),
        kubeconfig=section.text("kubeconfig", forms.FILE, default=""),
        context=section.text("context", CONTEXT, default=""),
    )


def _read_version(section: Section) -> tuple[int, ...]:
    """Version of the managed controller; decides which newer fields may be used."""
    if "controllerVersion" not in section:
        return OLDEST_CONTROLLER
    said = section.text("controllerVersion", VERSION)
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:3]) or OLDEST_CONTROLLER
    if version < OLDEST_CONTROLLER[: len(version)]:
        section["controllerVersion"].refuse("2.11.0 or newer: older controllers have no mutual authentication")
    return version


def _read_alb_config(node: Node, stack: Stack, rules: Rules) -> AlbConfig:
    """One that is created, with its `config`, or one that is adopted by its name."""
    section = node.section(("adopt", "takeOver", "name", "config"))
    if "adopt" in section:
        section.only(("adopt", "takeOver"), beside="adopt: the AlbConfig is somebody else's")
        return AdoptedAlbConfig(section.text("adopt", OBJECT_NAME), section.texts("takeOver", LISTENER))
    if "takeOver" in section:
        section["takeOver"].refuse("nothing without adopt")
    config = section["config"]
    if config.value is not None:
        check_config(config, rules)
    values = dict(config.value) if isinstance(config.value, Mapping) else {}
    defaults = {} if values.get("id") else DEFAULT_CONFIG
    return CreatedAlbConfig(section.text("name", OBJECT_NAME, default=_default_name(stack)), defaults | values)


def _default_name(stack: Stack) -> str:
    plain = re.sub(r"[^a-z0-9-]+", "-", f"{stack.project}-{stack.name}".lower()).strip("-")
    return plain[:63].rstrip("-") or "mtlsedge"


def _listener_section(section: Section) -> Section:
    if "listener" not in section:
        return Section(section["listener"], {})
    return section["listener"].section((*SHARED_KEYS, "fields"), REFUSED_QUIC)


def _read_fields(node: Node, listener: Listener, rules: Rules, alb_config: AlbConfig) -> Mapping[str, object]:
    """What else the HTTPS listener says, in the cluster's spelling; checked together with what the settings say."""
    if node.value is None:
        return {}
    if not isinstance(node.value, Mapping):
        node.refuse("a mapping of fields of an AlbConfig's listener")
        return {}
    for key in OWN_FIELDS:
        if key in node.value:
            node.at(key).refuse("nothing: kubernetes.listener has a setting for it")
    headers = node.at("xForwardedForConfig")
    if isinstance(headers.value, Mapping):
        for key in headers.value:
            if str(key).startswith("XForwardedForClientCert"):
                headers.at(str(key)).refuse("nothing: listener.forwardClientCertificate says it")
    whole = {"port": listener.port, "protocol": "HTTPS", "securityPolicyId": listener.tls_policy, **node.value}
    check_listener(Node(whole, node.path, node.findings), rules)
    if "quicConfig" in node.value:
        node.at("quicConfig").refuse(REFUSED_QUIC["quicConfig"])
    logs = isinstance(alb_config, CreatedAlbConfig) and "accessLogConfig" not in alb_config.config
    if "logConfig" in node.value and logs:
        node.at("logConfig").refuse("nothing without albConfig.config.accessLogConfig")
    return {str(key): value for key, value in node.value.items()}


def _read_class(node: Node, alb_config: AlbConfig) -> tuple[str, bool]:
    """The IngressClass: ours, or with `create: false` one that is there. An adopted AlbConfig usually has one."""
    creates = isinstance(alb_config, CreatedAlbConfig)
    if node.value is None:
        return alb_config.name, creates
    section = node.section(("name", "create"))
    return section.text("name", OBJECT_NAME, default=alb_config.name), section.flag("create", default=creates)
