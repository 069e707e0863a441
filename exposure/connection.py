"""Where a provider sends its calls, and with them its credentials. Pure: inputs of a provider resource in, facts out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from exposure.facts import is_known
from exposure.hosts import host_of, is_loopback

VENDOR = ".aliyuncs.com"
"""Ending of every address of an Alibaba Cloud API [endpoint pages of the services; the provider's own table]."""
PLACE = ("region", "accountType", "account", "context", "clusterIdentifier", "kubeconfig", "namespace")
"""Inputs that say which cloud, or which cluster, the resources are in."""


def foreign(inputs: Mapping[str, Any] | None) -> frozenset[tuple[str, str]]:
    """Service and address of each endpoint that is neither the vendor's nor on this machine."""
    return frozenset((s, host) for s, host in _endpoints(inputs) if not (_is_vendors(host) or is_loopback(host)))


def local(inputs: Mapping[str, Any] | None) -> frozenset[tuple[str, str]]:
    """Service and address of each endpoint on this machine."""
    return frozenset((service, host) for service, host in _endpoints(inputs) if is_loopback(host))


def in_clear(inputs: Mapping[str, Any] | None) -> bool:
    """Whether calls leave this machine without TLS."""
    if str((inputs or {}).get("protocol", "")).upper() != "HTTP":
        return False
    endpoints = list(_endpoints(inputs))
    return not endpoints or not all(is_loopback(host) for _, host in endpoints)


def can_be_read(inputs: Mapping[str, Any] | None) -> bool:
    """Whether endpoints and protocol are known."""
    given = inputs or {}
    try:
        list(_endpoints(inputs))
    except ValueError:
        return False
    return all(is_known(given.get(key)) for key in ("endpoints", "protocol"))


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """`region ap-southeast-1 → cn-hangzhou`: what says that the resources are looked for elsewhere."""
    for key in PLACE:
        was, now = before.get(key), after.get(key)
        if key in before and was != now:
            shown = f"{key} {was} → {now if is_known(now) else 'not known'}"
            yield "another kubeconfig" if key == "kubeconfig" else shown


def _endpoints(inputs: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Raises ValueError for what is no list of mappings, as data or as JSON."""
    given = (inputs or {}).get("endpoints")
    if given is None or not is_known(given):
        return
    listed = json.loads(given) if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise ValueError("endpoints")
    for one in listed:
        yield from ((str(service), host_of(str(address))) for service, address in one.items() if address)


def _is_vendors(host: str) -> bool:
    return host.rstrip(".").endswith(VENDOR)
