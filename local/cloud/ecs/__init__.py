"""Elastic Compute Service: security groups with their rules, and instances."""

from local.cloud.ecs import (
    instance_reads,
    instance_updates,
    instances,
    places,
    security_group_rules,
    security_groups,
    tags,
)

__all__ = [
    "instance_reads", "instance_updates", "instances", "places", "security_group_rules", "security_groups", "tags",
]  # fmt: skip
