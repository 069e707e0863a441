"""Data plane of the local cloud: the store's load balancers, rendered into a real Envoy."""

from local.proxy.data_plane import DataPlane

__all__ = ["DataPlane"]
