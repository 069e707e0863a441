"""`mtlsedge:kubernetes`: AlbConfig, IngressClass and Ingresses in a cluster; the second entry point of the same authority."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mtlsedge_components import forms
from mtlsedge_components.kubernetes.alb_config_schema import (
    CONFIG,
    FIELDS,
    OLDEST_CONTROLLER,
    OWN_FIELDS,
    Rules,
    check_config,
    check_listener,
)
from mtlsedge_components.reading.declared import Entries, Flag, Setting, Shape, Text, Texts, Whole, setting, worked_out
from mtlsedge_components.reading.nodes import Node, Section
from settings.additional_listener import (
    ADDITIONAL,
    MOST,
    UNREADABLE,
    AdditionalListener,
    beside,
    listener_section,
    nodes,
)
from settings.authority_model import Authority, Client
from settings.domain import ZONE, Domain, read_zone
from settings.ingress import INGRESS, Ingress, read_ingresses
from settings.listener import QUIC, SHARED, Listener, read_shared, read_shared_additional

OBJECT_NAME = forms.pattern(
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "a name of 1 to 63 lower-case letters, digits or '-'"
)
CONTEXT = forms.pattern(r"[!-~]{1,253}", "the name of a context of the kubeconfig")
IDENTIFIER = forms.pattern(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", "a name for the cluster that never changes, such as its id"
)
VERSION = forms.pattern(r"v?\d{1,3}(?:\.\d{1,4}){1,2}(?:[.-][A-Za-z0-9.-]*)?", "a version such as 2.15.2")
LISTENER = forms.pattern(r"[1-9]\d{0,4}/(?:HTTP|HTTPS)", "a port and protocol such as 443/HTTPS")
DEFAULT_CONFIG = {"addressType": "Internet", "edition": "Standard"}


@dataclass(frozen=True)
class Cluster:
    """How the cluster is reached: a kubeconfig file, a context, or both; never whatever happens to be current.

    `identifier` names the cluster for good: only another one replaces what is in it.
    """

    identifier: str = setting(
        Text(IDENTIFIER), "names the cluster for good; another one replaces what is in it", "ours", key="clusterIdentifier",
        allowed="1 to 128 letters, digits, `.`, `_`, `-`",
    )  # fmt: skip
    kubeconfig: str = setting(
        Text(forms.FILE, "file"), "file that says how to reach the cluster", "ours", default="",
        allowed="a path; this, `context`, or both",
    )  # fmt: skip
    context: str = setting(
        Text(CONTEXT), "context of the kubeconfig. What `kubectl` points at is never used", "ours", default="",
        shown="the file's current one", allowed="1 to 253 printable characters; alone, one of your own kubeconfig",
    )  # fmt: skip


@dataclass(frozen=True)
class CreatedAlbConfig:
    """An AlbConfig that this stack owns; `config` is its `spec.config`, in the cluster's own spelling.

    Without `zoneMappings` and without the `id` of an ALB to reuse, its zones are those of the stack's network.
    """

    name: str = setting(
        Text(OBJECT_NAME), "name of the one that is created", "cluster", optional=True, shown="`<project>-<stack>`",
        allowed="1 to 63 lower-case letters, digits, `-`",
    )  # fmt: skip
    config: Mapping[str, object] = setting(
        CONFIG, "its `spec.config`", "cluster", default={}, shown="edition `Standard`, address type `Internet`",
        allowed="see below",
    )  # fmt: skip

    @property
    def needs_zones(self) -> bool:
        """Whether the stack's network has to say where the ALB is."""
        return not self.config.get("id") and not self.config.get("zoneMappings")


@dataclass(frozen=True)
class AdoptedAlbConfig:
    """An AlbConfig with another owner. Only our listeners are put into it, and taken out again.

    `take_over` names listeners of theirs (`443/HTTPS`) that ours replace until they are released.
    """

    name: str = setting(
        Text(OBJECT_NAME), "one that exists; only our listeners are put into it, and taken out again", "ours", key="adopt",
        optional=True, shown="–", allowed="name of an AlbConfig",
    )  # fmt: skip
    take_over: tuple[str, ...] = setting(
        Texts(LISTENER),
        "listeners of theirs that ours replace until they are released; one that says the same already is left as it stands",
        "ours", default=(), allowed="`443/HTTPS` and the like; a listener that this stack declares; beside `adopt`",
    )  # fmt: skip


AlbConfig = CreatedAlbConfig | AdoptedAlbConfig
ALB_CONFIG = Shape.of(CreatedAlbConfig).beside(Shape.of(AdoptedAlbConfig).settings, first=("adopt", "takeOver"))
OTHER_FIELDS = {
    "fields": Setting(
        FIELDS, "what else AlbConfig's listener says, in the cluster's spelling", "cluster", default=None,
        shown="none", allowed="see below",
    )
}  # fmt: skip
LISTENER_HERE = SHARED.beside(OTHER_FIELDS)
BESIDE_HERE = beside(LISTENER_HERE, "mtlsedge:kubernetes.listener")
ADDITIONAL_HERE = ADDITIONAL.beside(
    {
        "listener": replace(
            ADDITIONAL.settings["listener"], kind=BESIDE_HERE, source="cluster",
            allowed="as `kubernetes.listener`, without `redirectHttp` and `httpPort`; `port` is **required**",
        )
    }
)  # fmt: skip
INGRESS_CLASS = Shape(
    {
        "name": Setting(
            Text(OBJECT_NAME), "its name", "cluster", default="", shown="name of the AlbConfig",
            allowed="1 to 63 lower-case letters, digits, `-`",
        ),
        "create": Setting(
            Flag(), "`false`: it must exist", "ours", default=None, shown="`true`; `false` with `adopt`"
        ),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Kubernetes:
    """The second entry point: AlbConfig, IngressClass and Ingresses in a cluster."""

    cluster: Cluster
    controller_version: str = setting(
        Text(VERSION), "version of the managed controller; newer fields than it are refused", "cluster", optional=True,
        shown="`2.11.0`", allowed="2.11.0 or newer",
    )  # fmt: skip
    alb_config: AlbConfig = setting(
        ALB_CONFIG, "the AlbConfig", "cluster", shown="one named `<project>-<stack>`", optional=True,
        allowed="`name` and `config`, or `adopt` and `takeOver`",
    )  # fmt: skip
    listener: Listener = setting(
        LISTENER_HERE, "the HTTPS listener", "cluster", optional=True, shown="the defaults",
        allowed="keys of [`listener`](#the-listener-listener) but `default`, `rules`, `httpForwarding`; `redirectHttp`"
        " with Ingresses needs ports 80 and 443",
    )  # fmt: skip
    """Same shape as the load balancer's; its default group and rules are the Ingresses' business."""
    listener_fields: Mapping[str, object] = worked_out()
    """What else AlbConfig's HTTPS listener says, in the cluster's own spelling."""
    ingress_class: str = setting(INGRESS_CLASS, "the IngressClass", "cluster", optional=True, shown="the next two")
    creates_ingress_class: bool = worked_out()
    ingresses: dict[str, Ingress] = setting(
        Entries(OBJECT_NAME, INGRESS), "Ingresses by name", "cluster", default={},
        allowed="names of 1 to 63 lower-case letters, digits, `-`",
    )  # fmt: skip
    additional_listeners: dict[str, AdditionalListener] = setting(
        Entries(forms.NAME, ADDITIONAL_HERE, most=MOST),
        "HTTPS listeners beside the first in the AlbConfig, each with a CA and clients of its own", "ALB quota", default={},
        allowed=f"at most {MOST}; names that `additionalListeners` has not",
    )  # fmt: skip
    domain: Domain | None = setting(
        ZONE, "a CNAME for each Ingress host", "DNS", default=None, shown="none: no records",
        allowed="keys of [`domain`](#names-domain) but `names`; only with `ingresses`", elsewhere=True,
    )  # fmt: skip
    """Zone of the Ingress hosts; None: no records are made."""
    status_timeout: int = setting(
        Whole(10, 3600, "seconds"), "how long the controller may take to name its ALB", "ours", default=600
    )

    def seen_at(self, name: str) -> "Kubernetes":
        """The cluster's part as one listener sees it, which stands in the place of the first: its Ingresses alone. Empty: the first."""
        one = self.additional_listeners.get(name)
        return replace(
            self,
            listener=one.listener if one else self.listener,
            listener_fields=one.fields if one else self.listener_fields,
            additional_listeners={},
            ingresses={key: ingress for key, ingress in self.ingresses.items() if ingress.listener == name},
        )

    @property
    def ports(self) -> list[int]:
        """The ports of the ALB that its listeners take, the first one's before those of the others."""
        return [*self.listener.ports, *(one.listener.port for one in self.additional_listeners.values())]


KUBERNETES = Shape.of(Kubernetes, any_of=("kubeconfig", "context")).beside(
    Shape.of(Cluster).settings,
    first=(
        "kubeconfig", "context", "clusterIdentifier", "controllerVersion", "albConfig", "listener", "additionalListeners",
        "ingressClass", "ingresses", "domain", "statusTimeout",
    ),
)  # fmt: skip


ReadOwn = Callable[[Section], tuple[Authority, dict[str, Client]]]
"""Reads whom a listener beside the first trusts, and its clients."""


def read_kubernetes(node: Node, stack: "Stack", read_own: ReadOwn) -> Kubernetes | None:
    """The cluster's part, or None when absent."""
    if node.value is None:
        return None
    section = KUBERNETES.section(node)
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
        additional_listeners={
            name: _read_beside(ADDITIONAL_HERE.section(child), rules, alb_config, read_own)
            for name, child in nodes(section["additionalListeners"]).items()
        },
        ingress_class=name,
        creates_ingress_class=creates,
        ingresses=read_ingresses(section["ingresses"]),
        domain=read_zone(section["domain"]),
        status_timeout=KUBERNETES.value(section, "statusTimeout"),
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
        identifier=KUBERNETES.value(section, "clusterIdentifier"),
        kubeconfig=KUBERNETES.value(section, "kubeconfig"),
        context=KUBERNETES.value(section, "context"),
    )


def _read_version(section: Section) -> tuple[int, ...]:
    """Version of the managed controller; decides which newer fields may be used."""
    if "controllerVersion" not in section:
        return OLDEST_CONTROLLER
    said = KUBERNETES.value(section, "controllerVersion")
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:3]) or OLDEST_CONTROLLER
    if version < OLDEST_CONTROLLER[: len(version)]:
        section["controllerVersion"].refuse("2.11.0 or newer: older controllers have no mutual authentication")
    return version


def _read_alb_config(node: Node, stack: Stack, rules: Rules) -> AlbConfig:
    """One that is created, with its `config`, or one that is adopted by its name."""
    section = ALB_CONFIG.section(node)
    if "adopt" in section:
        section.only(("adopt", "takeOver"), beside="adopt: the AlbConfig has another owner")
        return AdoptedAlbConfig(ALB_CONFIG.value(section, "adopt"), ALB_CONFIG.value(section, "takeOver"))
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
    return LISTENER_HERE.section(section["listener"])


def _read_beside(section: Section, rules: Rules, alb_config: AlbConfig, read_own: ReadOwn) -> AdditionalListener:
    """A listener beside the first."""
    authority, clients = read_own(section)
    said = listener_section(section["listener"], BESIDE_HERE)
    if said is None:
        return AdditionalListener(authority, UNREADABLE, clients)
    listener = read_shared_additional(BESIDE_HERE, said)
    own_rules = replace(rules, old_tls="tlsPolicyBelow12" in said)
    return AdditionalListener(
        authority, listener, clients, _read_fields(said["fields"], listener, own_rules, alb_config)
    )


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
        node.at("quicConfig").refuse(QUIC)
    logs = isinstance(alb_config, CreatedAlbConfig) and "accessLogConfig" not in alb_config.config
    if "logConfig" in node.value and logs:
        node.at("logConfig").refuse("nothing without albConfig.config.accessLogConfig")
    return {str(key): value for key, value in node.value.items()}


def _read_class(node: Node, alb_config: AlbConfig) -> tuple[str, bool]:
    """The IngressClass: ours, or with `create: false` one that is there. An adopted AlbConfig usually has one."""
    creates = isinstance(alb_config, CreatedAlbConfig)
    if node.value is None:
        return alb_config.name, creates
    section = INGRESS_CLASS.section(node)
    return section.text("name", OBJECT_NAME, default=alb_config.name), section.flag("create", default=creates)
