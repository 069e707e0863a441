"""Names, tags and marks by which the controller finds its own again after a restart (alibaba-cloud.md §4.5)."""

import hashlib
from collections.abc import Mapping

FINALIZER = "ingress.k8s.alibaba/resources"
CLASS_CONTROLLER = "ingress.k8s.alibabacloud/alb"
PREFIX = "alb.ingress.kubernetes.io/"
"""Of every annotation the controller reads."""
CLUSTER_TAG = "ack.aliyun.com"
ALB_CONFIG_TAG = "ingress.k8s.alibaba/albconfig"
RESOURCE_TAG = "ingress.k8s.alibaba/resource"
LISTENER_DESCRIPTION = "ingress-auto-listener-"
"""Begins the description of listeners that the controller made without being given one."""
FAKE_SERVICE = "fake-svc"
"""A listener's default action leads to a group without servers: what no rule takes gets a 503."""
HASH_LENGTH = 10


def digest(*parts: str) -> str:
    """A short hash that tells shortened names apart."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:HASH_LENGTH]


def physical(*parts: str, longest: int = 100) -> str:
    """`k8s-a-b-hash`: readable, unique, at most `longest` characters plus the hash."""
    return f"{'-'.join(('k8s', *parts))[:longest]}-{digest(*parts)}"


def tags(cluster: str, alb_config: str) -> dict[str, str]:
    """Tags of everything the controller makes for an AlbConfig; AlbConfigs count as in kube-system, as managed ones do."""
    return {CLUSTER_TAG: cluster, ALB_CONFIG_TAG: f"kube-system/{alb_config}"}


def owner_of(tags: Mapping[str, str]) -> str | None:
    """Name of the AlbConfig that the tags of a thing name; None when they name none."""
    return tags[ALB_CONFIG_TAG].partition("/")[2] if ALB_CONFIG_TAG in tags else None
