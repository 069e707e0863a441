"""All actions in one place: importing this module imports every product module, which registers its actions."""

from local.cloud import alb, alidns, bss, cas, ecs, location, sts, vpc
from local.cloud.actions import TABLE, Action, find

MODULES = (alb, alidns, bss, cas, ecs, location, sts, vpc)

__all__ = ["MODULES", "TABLE", "Action", "find"]
