"""Virtual Private Cloud: networks, their vSwitches, and tags on both."""

from local.cloud.vpc import networks, tags, vswitches

__all__ = ["networks", "tags", "vswitches"]
