"""Virtual Private Cloud: networks, their vSwitches, and tags on both."""

from local.cloud.vpc import bandwidth_packages, networks, tags, vswitches

__all__ = ["bandwidth_packages", "networks", "tags", "vswitches"]
