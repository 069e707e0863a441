"""Alidns: zones and records."""

from local.cloud.alidns import domains, groups, records

__all__ = ["domains", "groups", "records"]
