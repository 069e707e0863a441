"""Elastic Compute Service: security groups with their rules, and instances."""

from local.cloud.ecs import (
    deployment_sets,
    disks,
    hpc_clusters,
    images,
    instance_reads,
    instance_types,
    instance_updates,
    instances,
    key_pairs,
    launch_templates,
    network_interface_calls,
    network_interfaces,
    places,
    prefix_lists,
    security_group_rules,
    security_groups,
    snapshot_policies,
    tags,
)

__all__ = [
    "deployment_sets", "disks", "hpc_clusters", "images", "instance_reads", "instance_types", "instance_updates", "instances", "key_pairs", "launch_templates",
    "network_interface_calls", "network_interfaces", "places", "prefix_lists", "security_group_rules", "security_groups", "snapshot_policies", "tags",
]  # fmt: skip
