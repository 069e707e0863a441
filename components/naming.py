"""What things are called in the cloud: one table of roles, and names within the cloud's limits.

A role is what a thing is for; `names` and `adopt` address it as `role` or `role/part`, such as
`load-balancer` or `server-group/web`. Physical names are ours because the provider invents none for ALB.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

DIGEST_SUFFIX = 9
"""Characters of the "-1a2b3c4d" that keeps shortened names, and successive contents, apart."""
CAREFUL = re.compile(r"[A-Za-z][A-Za-z0-9._-]+")
"""A name every product of the cloud takes: begins with a letter, two characters or more."""
TOLERATED = re.compile(r"[A-Za-z0-9\u4e00-\u9fa5][A-Za-z0-9\u4e00-\u9fa5._ -]+")
"""What ALB and VPC take beyond that, for names of things made by hand [alibaba-cloud.md §1.6]."""


@dataclass(frozen=True)
class Role:
    """Limits of a kind of thing: longest name (0: the program gives it none), pattern of its ids ("": not adoptable)."""

    longest: int
    identifier: str = ""
    verbatim: bool = False
    """Named by its last part alone: a demonstration server's name is what it answers with."""
    named_by: str = ""
    """The provider's property that holds the name."""
    kept: tuple[str, ...] = ()
    """Properties that an adopted thing keeps as they were found: tags, and what no setting speaks of."""


TAGS = ("tags",)
FORWARDED = tuple(
    f"xForwardedForConfig.{name}"
    for name in (
        "xForwardedForEnabled",
        "xForwardedForProcessingMode",
        "xForwardedForProtoEnabled",
        "xForwardedForHostEnabled",
        "xForwardedForSlbIdEnabled",
        "xForwardedForSlbPortEnabled",
        "xForwardedForClientSrcPortEnabled",
        "xForwardedForClientSourceIpsEnabled",
    )
)
"""Headers that a listener adds to requests, beside those about the client's certificate."""
ROLES: dict[str, Role] = {
    "vpc": Role(128, r"vpc-[a-z0-9]+", named_by="vpcName", kept=TAGS),
    "vswitch": Role(128, r"vsw-[a-z0-9]+", named_by="vswitchName", kept=TAGS),
    "security-group": Role(128, r"sg-[a-z0-9]+", named_by="securityGroupName", kept=TAGS),
    "instance": Role(128, r"i-[a-z0-9]+", verbatim=True, named_by="instanceName", kept=TAGS),
    "load-balancer": Role(
        128,
        r"alb-[a-z0-9]+",
        named_by="loadBalancerName",
        kept=(*TAGS, "addressAllocatedMode", "zoneMappings", "resourceGroupId"),
    ),
    "load-balancer-security-group": Role(0, r"alb-[a-z0-9]+:sg-[a-z0-9]+"),
    "server-group": Role(128, r"sgp-[a-z0-9]+", named_by="serverGroupName", kept=TAGS),
    "deny-group": Role(128, r"sgp-[a-z0-9]+", named_by="serverGroupName", kept=TAGS),
    "listener": Role(128, r"lsn-[a-z0-9]+", named_by="listenerDescription", kept=(*TAGS, *FORWARDED)),
    "http-listener": Role(128, r"lsn-[a-z0-9]+", named_by="listenerDescription", kept=TAGS),
    "rule": Role(128, r"rule-[a-z0-9]+", named_by="ruleName"),
    "script": Role(128, r"as-[a-z0-9]+", named_by="ascriptName"),
    "redirect-rule": Role(128, r"rule-[a-z0-9]+", named_by="ruleName"),
    "acl": Role(128, r"acl-[a-z0-9]+", named_by="aclName"),
    "listener-acl": Role(0, r"lsn-[a-z0-9]+:acl-[a-z0-9]+"),
    "additional-certificate": Role(0, r"lsn-[a-z0-9]+:\d+-[a-z0-9-]+"),
    "ca-repository": Role(64),
    "ca": Role(64 - DIGEST_SUFFIX),
    "server-certificate": Role(63 - DIGEST_SUFFIX),
    "zone": Role(0, r"[a-z0-9.-]+"),
    "record": Role(0, r"\d+"),
}
"""Every role. ALB and VPC names: 2 to 128 characters; server certificates: 63, unique in an account (§2.4); CA and
repository: no limit is published, 64 is taken. The certificates' names get digits of a fingerprint appended."""


class Named(Protocol):
    """What names are made from."""

    @property
    def project(self) -> str:
        """The Pulumi project."""

    @property
    def stack(self) -> str:
        """The Pulumi stack."""

    @property
    def names(self) -> Mapping[str, str]:
        """Physical names that replace the derived ones: role -> name."""


def physical_name(named: Named, role: str, *parts: str) -> str:
    """The name of a thing: the one said in `names`, or one derived from project, stack, role and parts.

    Raises KeyError for a role that is not in `ROLES`.
    """
    if role not in ROLES:
        raise KeyError(f"{role!r} is not a role of mtlsedge_components.naming")
    return named.names.get("/".join((role, *parts))) or derived_name(named.project, named.stack, role, *parts)


def derived_name(project: str, stack: str, role: str, *parts: str) -> str:
    """`project-stack-role-part`; where that would be too long, ill-formed or ambiguous, it ends in a digest.

    Two different sets of arguments give two names, except for roles named `verbatim`.
    """
    limits, elements = ROLES[role], (project, stack, role, *parts)
    plain = parts[-1] if limits.verbatim and parts else "-".join(elements)
    if _fits(plain, limits.longest) and (limits.verbatim or _is_unambiguous(project, stack, role, parts)):
        return plain
    return _digested(plain, limits.longest, elements)


def full_name(host: str, zone: str) -> str:
    """A host with its DNS zone: `www` in example.com is www.example.com, `@` is example.com."""
    return zone if host == "@" else f"{host}.{zone}"


def accepts_name(role: str, name: str) -> bool:
    """Whether an operator may give this name to things of a role."""
    return 2 <= len(name) <= ROLES[role].longest and TOLERATED.fullmatch(name) is not None


def accepts_identifier(role: str, identifier: str) -> bool:
    """Whether this is an id that a thing of the role can have."""
    return bool(ROLES[role].identifier) and re.fullmatch(ROLES[role].identifier, identifier) is not None


def _fits(name: str, longest: int) -> bool:
    return len(name) <= longest and CAREFUL.fullmatch(name) is not None


def _is_unambiguous(project: str, stack: str, role: str, parts: tuple[str, ...]) -> bool:
    """Whether the dashes between the elements can be told from those within them."""
    tail = "-".join((role, *parts))
    longer = [other for other in ROLES if len(other) > len(role)]
    return "-" not in "".join((project, stack, *parts[:-1])) and not any(
        tail == other or tail.startswith(f"{other}-") for other in longer
    )


def _digested(plain: str, longest: int, elements: tuple[str, ...]) -> str:
    digest = hashlib.sha256("\0".join(elements).encode()).hexdigest()[: DIGEST_SUFFIX - 1]
    head = re.sub(r"[^A-Za-z0-9._-]", "-", plain)
    head = head if head[:1].isalpha() else f"n{head}"
    return f"{head[: longest - DIGEST_SUFFIX].rstrip('-')}-{digest}"


def default_host(name: str, stack: str, project: str) -> str:
    """The DNS name of a client that was given none: `alice.clients.local.mtlsedge.internal`.

    Letters that a host name cannot have become hyphens; the certificate's subject keeps the name as it is written.
    """
    labels = (re.sub("[^a-z0-9]+", "-", part.lower()).strip("-")[:63].strip("-") for part in (name, stack, project))
    client, of_stack, of_project = (label or "unnamed" for label in labels)
    return f"{client}.clients.{of_stack}.{of_project}.internal"
