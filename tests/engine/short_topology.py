"""A topology that is up in seconds: a network, a server group, a server certificate, and a CA in a repository."""

import json
from collections.abc import Callable
from typing import Any

import pulumi

from tests.local.conftest import make_ca, make_certificate

SERVER, AUTHORITY = make_certificate(), make_ca()
REVISIONS = ("first", "second")
RESOURCES = 7


def program(revision: str) -> Callable[[], None]:
    """The program that declares it; another revision changes what the cloud knows of each in place, and trusts another CA."""

    def declare() -> None:
        import pulumi_alicloud as alicloud

        from mtlsedge_components.dynamic import CaRepositoryEntry, UploadedCa
        from mtlsedge_components.dynamic.resource import PluginProvider

        vpc = alicloud.vpc.Network("vpc", vpc_name="short", cidr_block="10.0.0.0/8", tags={"revision": revision})
        alicloud.vpc.Switch(
            "vswitch", vpc_id=vpc.id, zone_id="ap-southeast-1a", cidr_block="10.1.0.0/16", description=revision
        )
        alicloud.ecs.SecurityGroup("group", vpc_id=vpc.id, security_group_name="short", description=revision)
        alicloud.alb.ServerGroup(
            "servers",
            vpc_id=vpc.id,
            server_group_name=f"short-{revision}",
            health_check_config={"health_check_enabled": False},
        )
        alicloud.cas.ServiceCertificate(
            "certificate", certificate_name="short", cert=SERVER[0], key=SERVER[1], tags={"revision": revision}
        )
        ours = pulumi.ResourceOptions(provider=PluginProvider())
        repository = CaRepositoryEntry(
            "repository", repository_name="short", create=True, site="international", opts=ours
        )
        UploadedCa("authority", repository_name="short", warehouse_id=repository.warehouse_id, site="international",
                   certificate_pem=AUTHORITIES[revision], certificate_name=f"short-{revision}", opts=ours)  # fmt: skip

    return declare


AUTHORITIES = {revision: make_ca(f"Root of {revision}")[0] for revision in REVISIONS}
KINDS = {
    "vpc.vpc": 1, "vpc.vswitch": 1, "ecs.security_group": 1, "alb.server_group": 1, "cas.server_certificate": 1, "cas.warehouse": 1,
    "cas.ca_certificate": 1,
}  # fmt: skip
"""What an account holds when it is up."""


def is_of(revision: str, kind: str, document: dict[str, Any]) -> bool:
    """Whether the cloud knows of a thing what this revision says."""
    return (
        kind == "cas.warehouse"
        or revision in json.dumps(document)
        or document.get("Cert", "").strip() == AUTHORITIES[revision].strip()
    )
