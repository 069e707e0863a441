"""Alidns: zones and records."""

from local.cloud.alidns import domains, records

__all__ = ["domains", "records"]
