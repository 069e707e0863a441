"""Application Load Balancer of the local cloud: one module a noun."""

from local.cloud.alb import (
    acls,
    balancer_security_groups,
    certificates,
    health,
    health_check_templates,
    jobs,
    listener_acls,
    listeners,
    load_balancer_updates,
    load_balancers,
    rules,
    scripts,
    security_policies,
    server_groups,
    servers,
    tags,
    zones,
)

__all__ = [
    "acls", "balancer_security_groups", "certificates", "health", "health_check_templates", "jobs", "listener_acls", "listeners",
    "load_balancer_updates", "load_balancers", "rules", "scripts", "security_policies", "server_groups", "servers", "tags", "zones",
]  # fmt: skip
