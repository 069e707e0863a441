"""`mtlsedge:additionalListeners`: HTTPS listeners beside the first, on the same load balancer, each with a CA of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mtlsedge_components import forms
from mtlsedge_components.kubernetes.alb_config_schema import MOST_LISTENERS
from mtlsedge_components.reading.declared import REQUIRED, Entries, Shape, setting
from mtlsedge_components.reading.nodes import Node
from settings.authority_model import AUTHORITY, CLIENT, Authority, Client
from settings.files import Files
from settings.listener import LISTENER, Listener, read_additional

MOST = MOST_LISTENERS - 2
"""Beside the first one and the one of plain HTTP."""
PLAIN_HTTP = ("redirectHttp", "httpPort", "httpForwarding")
_WITHOUT = LISTENER.without(*PLAIN_HTTP)
BESIDE = replace(
    _WITHOUT,
    settings={**_WITHOUT.settings, "port": replace(_WITHOUT.settings["port"], default=REQUIRED)},
    refused={
        **_WITHOUT.refused,
        **dict.fromkeys(PLAIN_HTTP, "nothing: plain HTTP has one listener, that of mtlsedge:listener"),
    },
)
"""The keys of `listener` that are about HTTPS. Its port has no default, which would be the first one's."""


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


ADDITIONAL = Shape.of(AdditionalListener)


def read_listener_of(node: Node, files: Files) -> Listener:
    """What it does; a port that is not said is a problem of this listener."""
    if node.value is None:
        node.refuse(f"a listener: a mapping with keys of {', '.join(BESIDE.keys)}")
        return Listener(default="", redirect_http=False)
    return read_additional(BESIDE, node, files)


def nodes(node: Node) -> Mapping[str, Node]:
    """Each listener's place by its name."""
    found = {} if node.value is None else dict(node.entries(forms.NAME))
    if len(found) > MOST:
        node.refuse(f"at most {MOST} listeners, beside the first one and that of plain HTTP", found=f"{len(found)}")
    return found
