"""`mtlsedge:loadBalancer`: the ALB instance."""

from typing import Literal

from settings import forms
from settings.model import AccessLog, LoadBalancer
from settings.reader import Form, Node, Section

EDITIONS: tuple[Literal["Standard", "StandardWithWaf"], ...] = ("Standard", "StandardWithWaf")
ADDRESS_TYPES: tuple[Literal["Internet", "Intranet"], ...] = ("Internet", "Intranet")
KEYS = ("edition", "addressType", "deletionProtection", "accessLog", "resourceGroupId", "tags", "id")
MOST_TAGS = 18
"""Twenty a resource, of which two are the program's own."""
TAG_KEY = Form(
    "as tag key 1 to 128 characters, not beginning with aliyun, acs: or mtlsedge:, without http:// or https://",
    lambda text: (
        0 < len(text) <= 128 and not text.lower().startswith(("aliyun", "acs:", "mtlsedge:")) and _without_address(text)
    ),
)
TAG_VALUE = Form(
    "as tag value at most 128 characters, without http:// or https://",
    lambda text: len(text) <= 128 and _without_address(text),
)


def read_load_balancer(node: Node) -> LoadBalancer | None:
    """The ALB instance, or None when absent. An `id` stands alone: nothing of that instance is changed."""
    if node.value is None:
        return None
    section = node.section(KEYS)
    if "id" in section:
        section.only(("id",), beside="id: the instance is somebody else's")
        return LoadBalancer(id=section.text("id", forms.LOAD_BALANCER_ID))
    return LoadBalancer(
        edition=section.choice(
            "edition", EDITIONS, default=LoadBalancer.edition, hint="; the Basic edition has no mutual authentication"
        ),
        address_type=section.choice("addressType", ADDRESS_TYPES, default=LoadBalancer.address_type),
        deletion_protection=section.flag("deletionProtection", default=LoadBalancer.deletion_protection),
        access_log=_read_access_log(section["accessLog"]),
        resource_group_id=section.text("resourceGroupId", forms.RESOURCE_GROUP_ID, default=""),
        tags=_read_tags(section),
    )


def _read_access_log(node: Node) -> AccessLog | None:
    if node.value is None:
        return None
    section = node.section(("project", "store"))
    return AccessLog(section.text("project", forms.LOG_PROJECT), section.text("store", forms.LOG_STORE))


def _read_tags(section: Section) -> dict[str, str]:
    tags = {key: child.text(TAG_VALUE) for key, child in section.entries("tags", TAG_KEY)}
    if len(tags) > MOST_TAGS:
        section["tags"].refuse(f"at most {MOST_TAGS} tags", found=f"{len(tags)} tags")
    return tags


def _without_address(text: str) -> bool:
    return text.isprintable() and "http://" not in text and "https://" not in text
