"""Policy rules about the ALB instance."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyConfigSchema
from reading import LOAD_BALANCER, Finding, is_known

from exposure.reach import LISTENER, SERVER_GROUP

TAGGED = (LOAD_BALANCER, LISTENER, SERVER_GROUP)
TAG_SCHEMA = PolicyConfigSchema(properties={"required": {"type": "array", "items": {"type": "string"}, "default": []}})


def require_capable_edition(args: Any) -> Iterator[Finding]:
    """The ALB instance is of an edition that can do mutual authentication."""
    if args.resource_type == LOAD_BALANCER and args.props.get("loadBalancerEdition") == "Basic":
        yield Finding(
            "the load balancer is of the Basic edition",
            "it refuses mutual authentication",
            "ALB user guide, configure mutual authentication",
            "Standard or StandardWithWaf",
        )


def require_deletion_protection(args: Any) -> Iterator[Finding]:
    """The ALB instance is protected against deletion."""
    nested = (args.props.get("deletionProtectionConfig") or {}) if args.resource_type == LOAD_BALANCER else {}
    is_on = args.props.get("deletionProtectionEnabled") is True or nested.get("enabled") is True
    if args.resource_type == LOAD_BALANCER and not is_on:
        yield Finding(
            "deletion protection of the load balancer is off",
            "one click in the console takes every name in front of it down",
            "ALB API, CreateLoadBalancer, DeletionProtectionEnabled",
            "switch it on; to delete, switch it off in a change of its own",
        )


def require_access_log(args: Any) -> Iterator[Finding]:
    """The ALB instance writes an access log."""
    if args.resource_type != LOAD_BALANCER:
        return
    log = args.props.get("accessLogConfig") or {}
    if not all(is_known(log, key) is False or log.get(key) for key in ("logProject", "logStore")):
        yield Finding(
            "the load balancer writes no access log",
            "afterwards nobody can see who connected with which certificate",
            "ALB user guide, access logs",
            "accessLogConfig with a project and a store of Log Service",
        )


def require_tags(args: Any) -> Iterator[Finding]:
    """Load balancers, listeners and server groups carry the tags that the pack's configuration names."""
    if args.resource_type not in TAGGED:
        return
    tags = args.props.get("tags") or {}
    if missing := sorted(
        key for key in args.get_config().get("required") or [] if is_known(tags, key) and not tags.get(key)
    ):
        yield Finding(
            f"the tags {', '.join(missing)} are missing or empty",
            "bills, clean-up and alarms go by tags",
            "the configuration of this pack, tags.required",
            "add them",
        )
