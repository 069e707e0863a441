"""`mtlsedge:loadBalancer`: the ALB instance."""

from dataclasses import dataclass
from typing import Literal

from mtlsedge_components import forms
from mtlsedge_components.alb_limits import EDITIONS, TAG_KEY, TAG_VALUE
from mtlsedge_components.reading.declared import Choice, Entries, Flag, Shape, Text, Texts, setting
from mtlsedge_components.reading.nodes import Node, Section

ADDRESS_TYPES: tuple[Literal["Internet", "Intranet"], ...] = ("Internet", "Intranet")
MOST_SECURITY_GROUPS = 4
"""Groups an ALB instance may be put into (page of LoadBalancerJoinSecurityGroup)."""
MOST_TAGS = 18
"""Twenty a resource, of which two are the program's own."""


@dataclass(frozen=True)
class AccessLog:
    """Log Service project and store that receive the access log; both must exist."""

    project: str = setting(
        Text(forms.LOG_PROJECT), "Log Service project", "Log Service", allowed="3 to 63 lower-case letters, digits, `-`"
    )
    store: str = setting(
        Text(forms.LOG_STORE), "Logstore", "Log Service", allowed="2 to 63 lower-case letters, digits, `-`, `_`"
    )


@dataclass(frozen=True)
class ModificationProtection:
    """Whether the console refuses to change the instance; calls of the API go on."""

    enabled: bool = setting(Flag(), "on or off", "ALB")
    reason: str = setting(
        Text(forms.REASON), "what the console shows beside it", "ALB", default="", shown="none",
        allowed="2 to 128 letters, digits, `.`, `_`, `-`, a letter first; only with `enabled: true`",
    )  # fmt: skip


ACCESS_LOG = Shape.of(AccessLog)
MODIFICATION_PROTECTION = Shape.of(ModificationProtection)


@dataclass(frozen=True)
class LoadBalancer:
    """The ALB instance. `id` adopts an existing one: then only listeners are added to it."""

    edition: Literal["Standard", "StandardWithWaf"] = setting(
        Choice(EDITIONS, hint="; the Basic edition has no mutual authentication"), "Basic has no mutual authentication",
        "ALB", default="Standard",
    )  # fmt: skip
    address_type: Literal["Internet", "Intranet"] = setting(
        Choice(ADDRESS_TYPES), "who can reach it", "ALB", default="Internet"
    )
    deletion_protection: bool = setting(
        Flag(), "the cloud refuses to delete it; a destroy needs [two steps](../guides/real-account.md#8-take-it-down)",
        "ours", default=True,
    )  # fmt: skip
    modification_protection: ModificationProtection | None = setting(
        MODIFICATION_PROTECTION, "the console refuses changes", "ALB", default=None, shown="ALB's: off"
    )
    bandwidth_package_id: str = setting(
        Text(forms.BANDWIDTH_PACKAGE_ID), "an Internet Shared Bandwidth that its addresses share", "ALB", default="",
        shown="none", allowed="`cbwp-…`; only with `addressType: Internet`",
    )  # fmt: skip
    security_groups: tuple[str, ...] = setting(
        Texts(forms.SECURITY_GROUP_ID), "security groups that exist; [what their rules do](../guides/real-account.md#which-networks-may-connect)",
        "ALB", default=(), shown="none", allowed=f"at most {MOST_SECURITY_GROUPS} ids `sg-…`, of the instance's VPC",
    )  # fmt: skip
    access_log: AccessLog | None = setting(ACCESS_LOG, "access log; both must exist", "ALB", default=None)
    resource_group_id: str = setting(
        Text(forms.RESOURCE_GROUP_ID), "resource group of the instance", "ALB", default="", allowed="`rg-…`",
        shown="the account's default group",
    )  # fmt: skip
    tags: dict[str, str] = setting(
        Entries(TAG_KEY, Text(TAG_VALUE), most=MOST_TAGS), "tags of everything the stack makes", "ALB: 20, two are ours",
        default={},
        allowed=f"at most {MOST_TAGS}; keys 1 to 128 characters, not beginning with `aliyun`, `acs:`, `mtlsedge:`",
    )  # fmt: skip
    id: str = setting(
        Text(forms.LOAD_BALANCER_ID), "an instance that this stack does not own: only listeners are added", "ours",
        default="", shown="–", allowed="`alb-…`, alone, and without `domain`",
    )  # fmt: skip


LOAD_BALANCER = Shape.of(LoadBalancer, alone="id")


def read_load_balancer(node: Node) -> LoadBalancer | None:
    """The ALB instance, or None when absent. An `id` stands alone: nothing of that instance is changed."""
    if node.value is None:
        return None
    section = LOAD_BALANCER.section(node)
    if "id" in section:
        section.only(("id",), beside="id: the instance has another owner")
        return LoadBalancer(id=LOAD_BALANCER.value(section, "id"))
    made: LoadBalancer = LOAD_BALANCER.make(section, id="", tags=_read_tags(section))
    if made.bandwidth_package_id and made.address_type != "Internet":
        section["bandwidthPackageId"].refuse(
            "nothing with addressType: Intranet, which has no bandwidth of the Internet"
        )
    if len(made.security_groups) > MOST_SECURITY_GROUPS:
        found = f"{len(made.security_groups)} security groups"
        section["securityGroups"].refuse(f"at most {MOST_SECURITY_GROUPS} security groups", found=found)
    if (protection := made.modification_protection) and protection.reason and not protection.enabled:
        section["modificationProtection"].at("reason").refuse("nothing beside enabled: false")
    return made


def _read_tags(section: Section) -> dict[str, str]:
    tags: dict[str, str] = LOAD_BALANCER.value(section, "tags")
    if len(tags) > MOST_TAGS:
        section["tags"].refuse(f"at most {MOST_TAGS} tags", found=f"{len(tags)} tags")
    return tags
