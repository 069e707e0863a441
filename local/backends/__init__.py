"""Backends of the local cloud: small real servers that say who they are."""

from local.backends.fleet import Fleet

__all__ = ["Fleet"]
