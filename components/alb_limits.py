"""What ALB takes: TLS policies, editions, quotas, and the forms of its tags. One place for each fact.

Sources in brackets: alibaba-cloud.md (section).
"""

from typing import Literal

from mtlsedge_components.reading.nodes import Form

EDITIONS: tuple[Literal["Standard", "StandardWithWaf"], ...] = ("Standard", "StandardWithWaf")
POLICIES = ("tls_cipher_policy_1_2_strict_with_1_3", "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2")
POLICIES_BELOW_12 = ("tls_cipher_policy_1_0", "tls_cipher_policy_1_1")
"""System policies by the lowest TLS version they take; `…_1_0_to_1_3` is not one of the editions' with mutual
authentication, and of a custom policy the file does not say how low it goes [alibaba-cloud.md §1.4]."""
MOST_ENTRIES = 500
"""Entries of the access control lists of one listener; a quota [alibaba-cloud.md §1.8]."""
MOST_RULES = 100
"""Forwarding rules of an ALB instance, the redirect of HTTP among them; a quota [alibaba-cloud.md §1.8]."""
MOST_GROUPS = 5
"""Server groups that a rule forwards to [alibaba-cloud.md §1.5]."""
MOST_ACTIONS = 5
"""Actions of a rule; a quota [alibaba-cloud.md §1.8]."""
FEWEST_ZONES, MOST_ZONES = 2, 10
"""Zones of an ALB instance, one vSwitch each [SDK, CreateLoadBalancer]."""
OF_ONE_ZONE = ("na-south-1",)
"""Regions in which ALB has one zone, which is enough there [SDK, CreateLoadBalancer]: Mexico, by ALB's page "Supported regions
and zones" of 2025. Manila (pulumi-alicloud issue 379) has two by that page."""
SYSTEM_VALUES = ("ClientSrcPort", "ClientSrcIp", "Protocol", "SLBId", "SLBPort")
"""What a rule can write into a header of what the load balancer knows [SDK, CreateRule]."""
MOST_CONDITIONS = 10
"""Conditions of a rule, and wildcards in them; a quota [alibaba-cloud.md §1.8]."""
TAG_KEY = Form(
    "as tag key 1 to 128 characters, not beginning with aliyun, acs: or mtlsedge:, without http:// or https://",
    lambda text: (
        0 < len(text) <= 128 and not text.lower().startswith(("aliyun", "acs:", "mtlsedge:")) and _without_address(text)
    ),
    r"(?!aliyun|acs:|mtlsedge:).{1,128}",
)
TAG_VALUE = Form(
    "as tag value at most 128 characters, without http:// or https://",
    lambda text: len(text) <= 128 and _without_address(text),
    r"(?!.*https?://).{0,128}",
)


def _without_address(text: str) -> bool:
    return text.isprintable() and "http://" not in text and "https://" not in text
