"""Sets of networks, compared: what one lets in that another does not. Pure."""

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WIDEST_IPV4, WIDEST_IPV6 = 8, 19
"""Shortest prefixes that any one owner has got of a registry; what is shorter belongs to no single owner."""

PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                 "fc00::/7", "fe80::/10", "::1/128")
)  # fmt: skip
"""Addresses that no stranger on the Internet has."""


def added(after: Iterable[str], before: Iterable[str]) -> list[str]:
    """The networks of `after` that `before` does not wholly contain, sorted. What is no network is contained in nothing."""
    known = [network for text in before if (network := parsed(text))]
    inside = [one for version in (4, 6) for one in _joined(known, version)]
    return sorted(
        text
        for text in set(after)
        if (network := parsed(text)) is None or not any(_contains(other, network) for other in inside)
    )


def is_everybody(text: str) -> bool:
    """Whether a network is wider than anybody's own, so that it lets in strangers: 0.0.0.0/0, 0.0.0.0/1, ::/0."""
    network = parsed(text)
    if network is None:
        return False
    return network.prefixlen < (WIDEST_IPV4 if network.version == 4 else WIDEST_IPV6)


def is_private(text: str) -> bool:
    """Whether no address of a network is one of the Internet (RFC 1918, RFC 6598, RFC 4193, RFC 4291)."""
    network = parsed(text)
    return network is not None and any(_contains(one, network) for one in PRIVATE)


def may_overlap(one: str, other: str) -> bool:
    """Whether two networks may have an address in common; what is no network may hold any."""
    left, right = parsed(one), parsed(other)
    if left is None or right is None:
        return True
    return left.version == right.version and left.overlaps(right)


def parsed(text: str) -> Network | None:
    """A network of an address range; None for other texts."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _joined(networks: list[Network], version: int) -> list[Network]:
    return list(ipaddress.collapse_addresses(one for one in networks if one.version == version))  # type: ignore[type-var]


def _contains(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and outer.supernet_of(inner)  # type: ignore[arg-type]
