"""Alidns of the local cloud: zones and records."""

from local.cloud.alidns import domains, groups, records

__all__ = ["domains", "groups", "records"]
