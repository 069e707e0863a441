"""`additionalListeners`, of the load balancer or of a cluster's AlbConfig: HTTPS listeners beside the first, each with a CA of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mtlsedge_components import forms
from mtlsedge_components.kubernetes.alb_config_schema import MOST_LISTENERS
from mtlsedge_components.reading.declared import REQUIRED, Entries, Shape, setting
from mtlsedge_components.reading.nodes import Node, Section
from settings.authority_model import AUTHORITY, CLIENT, Authority, Client
from settings.listener import LISTENER, Listener

CLUSTER = "kubernetes"
MOST = MOST_LISTENERS - 2
"""Beside the first one and the one of plain HTTP."""
PLAIN_HTTP = ("redirectHttp", "httpPort", "httpForwarding")


def beside(first: Shape, section: str) -> Shape:
    """The keys of a listener that are about HTTPS. Its port has no default, which would be that of the first one, `section`."""
    without = first.without(*PLAIN_HTTP)
    return replace(
        without,
        settings={**without.settings, "port": replace(without.settings["port"], default=REQUIRED)},
        refused={
            **without.refused,
            **dict.fromkeys(PLAIN_HTTP, f"nothing: plain HTTP has one listener, that of {section}"),
        },
    )


BESIDE = beside(LISTENER, "mtlsedge:listener")


@dataclass(frozen=True)
class AdditionalListener:
    """Whom it trusts, who is given a certificate for it, and what it does. The server certificates are the first one's."""

    authority: Authority = setting(
        AUTHORITY, "who signs what this listener trusts", "ours", elsewhere=True,
        allowed="as [`authority`](#who-is-trusted-authority); a generation without `certificateFile`",
    )  # fmt: skip
    listener: Listener = setting(
        BESIDE, "the listener", "ALB", elsewhere=True,
        allowed="as [`listener`](#the-listener-listener), without its three keys about plain HTTP; `port` is **required**",
    )  # fmt: skip
    clients: dict[str, Client] = setting(
        Entries(forms.NAME, CLIENT), "its clients", "ours", default={}, elsewhere=True,
        allowed="as [`clients`](#who-may-connect-clients); names that `clients` has not",
    )  # fmt: skip
    fields: Mapping[str, object] = field(default_factory=dict)
    """What else AlbConfig's listener says, in the cluster's spelling; of a load balancer's listener nothing."""


ADDITIONAL = Shape.of(AdditionalListener)


def place_of(name: str, *, in_cluster: bool) -> str:
    """Key path of a listener beside the first, in the stack file."""
    return f"mtlsedge:{'kubernetes.' if in_cluster else ''}additionalListeners.{name}"


UNREADABLE = Listener(default="", redirect_http=False)
"""Stands in for a listener that could not be read."""


def listener_section(node: Node, shape: Shape) -> Section | None:
    """What it does, or None where nothing is said, which is a problem: its port has to be."""
    if node.value is None:
        node.refuse(f"a listener: a mapping with keys of {', '.join(shape.keys)}")
        return None
    return shape.section(node)


def nodes(node: Node) -> Mapping[str, Node]:
    """Each listener's place by its name."""
    found = {} if node.value is None else dict(node.entries(forms.NAME))
    if len(found) > MOST:
        node.refuse(f"at most {MOST} listeners, beside the first one and that of plain HTTP", found=f"{len(found)}")
    if CLUSTER in found:
        found[CLUSTER].refuse(
            "another name, as `verify` has it before the rows of the cluster's first listener",
            found=f"the listener {CLUSTER!r}",
        )
    return found
