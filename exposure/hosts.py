"""The host in an endpoint's address, and whether it is this machine."""

import ipaddress
from urllib.parse import urlsplit


def host_of(address: str) -> str:
    """The host of an address, in small letters; a scheme, a user, a port and a path may stand around it.

    Raises ValueError for brackets that hold no IPv6 address.
    """
    text = address.strip()
    return urlsplit(text if "//" in text else f"//{text}").hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host is an address of this machine alone, or its name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
