"""All actions of the local cloud: importing this module imports every product module, which registers its actions."""

from local.cloud import alb, alidns, bss, cas, cs, ecs, kms, location, ram, resource_groups, sls, sts, vpc, waf
from local.cloud.actions import TABLE, Action, find

MODULES = (alb, alidns, bss, cas, cs, ecs, kms, location, ram, resource_groups, sls, sts, vpc, waf)

__all__ = ["MODULES", "TABLE", "Action", "find"]
