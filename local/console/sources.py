"""What the pages are made of, and how a page says that there is no such thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.console.layout import BAD, GOOD, IDLE, WARN, lines, link, word
from local.console.markup import Markup
from local.kubernetes.client import Client
from local.proxy.addresses import Placement
from local.proxy.health import ABNORMAL, NORMAL, UNUSED, HealthByServer
from local.proxy.inventory import Inventory, ReadableStore

SOON_DAYS = 14
"""A certificate that ends within so many days is marked."""
_KINDS = {NORMAL: GOOD, ABNORMAL: BAD, UNUSED: IDLE}


@dataclass(frozen=True)
class Sources:
    """One local cloud, to be read."""

    store: ReadableStore
    placement: Placement
    health: Callable[[Inventory], Mapping[str, HealthByServer]]
    """Server group -> health of its servers, as Envoy sees it now."""
    cluster: Callable[[], Client | None]
    handshake_log: Path
    request_log: Path
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


class Missing(Exception):
    """There is no such thing; the text names it."""


def find(documents: Mapping[str, dict[str, Any]], identifier: str, kind: str) -> dict[str, Any]:
    """A document by its id. Raises Missing."""
    if identifier not in documents:
        raise Missing(f"There is no {kind} {identifier}.")
    return documents[identifier]


def text(document: Mapping[str, Any], *keys: str, otherwise: str = "-") -> str:
    """What a document has under the first of these keys that says anything."""
    return next((str(document[key]) for key in keys if document.get(key)), otherwise)


def listener_link(listener: Mapping[str, Any], balancers: Mapping[str, Any]) -> Markup:
    """A listener by the name of its load balancer, protocol and port."""
    balancer = balancers.get(listener["LoadBalancerId"]) or {}
    name = text(balancer, "LoadBalancerName", otherwise=str(listener["LoadBalancerId"]))
    return lines([name, link("listeners", listener["ListenerId"], protocol_and_port(listener))])


def protocol_and_port(listener: Mapping[str, Any]) -> str:
    """`HTTPS:443`."""
    return f"{listener.get('ListenerProtocol')}:{listener.get('ListenerPort')}"


def health_word(state: str) -> Markup:
    """Normal, Abnormal or Unused of one server."""
    return word(_KINDS[state], state)


def health_summary(states: list[str]) -> Markup:
    """Of several servers: how many of them are not well."""
    used = [state for state in states if state != UNUSED]
    if not used:
        return word(IDLE, "No server in use" if not states else "Unused")
    bad = used.count(ABNORMAL)
    if not bad:
        return word(GOOD, f"Normal ({len(used)})")
    return word(BAD if bad == len(used) else WARN, f"{bad} of {len(used)} abnormal")


def expiry(end: datetime, now: datetime) -> Markup:
    """A certificate's last day, and how far away it is."""
    days = (end - now).days
    if end < now:
        return word(BAD, f"{end:%Y-%m-%d}: over")
    return word(WARN if days < SOON_DAYS else GOOD, f"{end:%Y-%m-%d}", f"({days} {'day' if days == 1 else 'days'})")


def from_milliseconds(moment: float) -> datetime:
    """A time of Certificate Management Service."""
    return datetime.fromtimestamp(float(moment) / 1000, UTC)
