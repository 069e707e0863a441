"""Authoritative DNS of the local cloud: the zones in the store, and the load balancers' names."""

from local.dns.server import NameServer

__all__ = ["NameServer"]
