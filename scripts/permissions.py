"""`python -m scripts.permissions`: the RAM policies of docs/reference/permissions, made anew.

Two sources: what the provider calls for each resource in use, by its source (`scripts.provider_calls`), and what a
stack's life was seen to call (`python -m tests.engine.record_calls`), which adds the program's and the command's own
calls. Whether a call reads or writes is the word of the local cloud's action table. RAM itself was never asked: names
are those of the API with the product's published prefix.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.cloud import catalogue
from local.cloud.access.names import named

PROJECT = Path(__file__).resolve().parents[1]
FOLDER = Path("docs/reference/permissions")
RECORD = FOLDER / "calls.json"
PROVIDER = FOLDER / "provider.json"
PLUGIN = PROJECT / "local" / "plugins" / "alicloud" / "resources.go"

LEFT_OUT = {
    "alidns:DeleteDomain": "a zone is kept when its stack is destroyed",
    "ecs:AuthorizeSecurityGroupEgress": "the one rule of the security group is for what comes in",
}
"""Calls that the provider's source has and no policy allows, with the reason."""
UNSET: dict[str, str] = {
    "alb.LoadBalancer ipv6_address_type": "alb:EnableLoadBalancerIpv6Internet alb:DisableLoadBalancerIpv6Internet",
    "alb.ServerGroup health_check_template_id": "alb:ApplyHealthCheckTemplateToServerGroup",
    "alb.Listener status": "alb:StartListener alb:StopListener",
    "dns.AlidnsDomain group_id": "alidns:ChangeDomainGroup",
    "dns.AlidnsDomain remark": "alidns:UpdateDomainRemark",
    "dns.AlidnsRecord remark": "alidns:UpdateDomainRecordRemark",
    "sslcertificatesservice.PcaCertificate alias_name": "cas:UpdatePcaCertificate",
    "sslcertificatesservice.PcaCertificate resource_group_id": "cas:MoveResourceGroup",
    "vpc.Network classic_link_enabled": "vpc:EnableVpcClassicLink vpc:DisableVpcClassicLink",
    "vpc.Network is_default": "vpc:CreateDefaultVpc",
    "vpc.Network resource_group_id": "vpc:MoveResourceGroup",
    "vpc.Network secondary_cidr_blocks": "vpc:AssociateVpcCidrBlock vpc:UnassociateVpcCidrBlock",
    "vpc.Network system_route_table_description": "vpc:ModifyRouteTableAttributes",
    "vpc.Network system_route_table_name": "vpc:ModifyRouteTableAttributes",
    "vpc.Network system_route_table_route_propagation_enable": "vpc:ModifyRouteTableAttributes",
    "vpc.Switch is_default": "vpc:CreateDefaultVSwitch",
    "ecs.SecurityGroup inner_access_policy": "ecs:ModifySecurityGroupPolicy",
    "ecs.SecurityGroup resource_group_id": "ecs:JoinResourceGroup",
    "ecs.Instance auto_release_time": "ecs:ModifyInstanceAutoReleaseTime",
    "ecs.Instance auto_renew_period": "ecs:ModifyInstanceAutoRenewAttribute",
    "ecs.Instance deployment_set_id": "ecs:ModifyInstanceDeployment",
    "ecs.Instance http_endpoint": "ecs:ModifyInstanceMetadataOptions",
    "ecs.Instance http_tokens": "ecs:ModifyInstanceMetadataOptions",
    "ecs.Instance instance_charge_type": "ecs:ModifyInstanceChargeType ecs:ModifyPrepayInstanceSpec",
    "ecs.Instance internet_charge_type": "ecs:ModifyInstanceNetworkSpec",
    "ecs.Instance internet_max_bandwidth_in": "ecs:ModifyInstanceNetworkSpec",
    "ecs.Instance internet_max_bandwidth_out": "ecs:ModifyInstanceNetworkSpec ecs:AllocatePublicIpAddress",
    "ecs.Instance ipv6_addresses": "ecs:AssignIpv6Addresses ecs:UnassignIpv6Addresses",
    "ecs.Instance key_name": "ecs:AttachKeyPair ecs:DetachKeyPair ecs:RebootInstance",
    "ecs.Instance kms_encrypted_password": "kms:Decrypt",
    "ecs.Instance maintenance_action": "ecs:ModifyInstanceMaintenanceAttributes",
    "ecs.Instance maintenance_notify": "ecs:ModifyInstanceMaintenanceAttributes",
    "ecs.Instance maintenance_time": "ecs:ModifyInstanceMaintenanceAttributes",
    "ecs.Instance private_pool_options_id": "ecs:ModifyInstanceAttachmentAttributes",
    "ecs.Instance private_pool_options_match_criteria": "ecs:ModifyInstanceAttachmentAttributes",
    "ecs.Instance renewal_status": "ecs:ModifyInstanceAutoRenewAttribute",
    "ecs.Instance resource_group_id": "ecs:JoinResourceGroup",
    "ecs.Instance role_name": "ecs:AttachInstanceRamRole ecs:DetachInstanceRamRole",
    "ecs.Instance secondary_private_ip_address_count": "ecs:AssignPrivateIpAddresses ecs:UnassignPrivateIpAddresses",
    "ecs.Instance secondary_private_ips": "ecs:AssignPrivateIpAddresses ecs:UnassignPrivateIpAddresses",
    "ecs.Instance system_disk_auto_snapshot_policy_id": "ecs:ApplyAutoSnapshotPolicy",
    "ecs.Instance system_disk_bursting_enabled": "ecs:ModifyDiskAttribute",
    "ecs.Instance system_disk_description": "ecs:ModifyDiskAttribute",
    "ecs.Instance system_disk_name": "ecs:ModifyDiskAttribute",
    "ecs.Instance system_disk_performance_level": "ecs:ModifyDiskSpec",
    "ecs.Instance system_disk_provisioned_iops": "ecs:ModifyDiskSpec",
    "ecs.Instance system_disk_size": "ecs:ResizeDisk",
}
"""Resource and attribute, as the provider's Python package names them -> the calls that only this attribute, or others of
this table, lead to, by the provider's source. The program sets none of them; a test looks."""


def left_out() -> set[str]:
    """Every call of the provider that no policy allows."""
    return set(LEFT_OUT) | {call for calls in UNSET.values() for call in calls.split()}


SERVICE_ROLES = ("alb.aliyuncs.com", "logdelivery.alb.aliyuncs.com")
"""ALB makes a service-linked role for itself with an account's first instance, and one with its first access log
(RAM reference, AliyunServiceRolePolicyForAlb and AliyunServiceRolePolicyForAlbLogDelivery)."""


def provider_calls() -> set[str]:
    """Every call of the provider for the resources that the components make, by its source."""
    resources = json.loads((PROJECT / PROVIDER).read_text())
    return {call for name in made() for calls in resources[name].values() for call in calls}


def made() -> set[str]:
    """The provider's types that a component makes, by upstream's names; the plugin offers some more."""
    table = re.findall(r'^\t"(alicloud_\w+)":\s+\{"(\w+)", "(\w+)"\}', PLUGIN.read_text(), re.MULTILINE)
    source = "\n".join(path.read_text() for path in (PROJECT / "components").rglob("*.py"))
    return {name for name, module, kind in table if re.search(rf"\b{module}\.{kind}\(", source)}


def policies(record: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Any]]:
    """File name -> RAM policy document: `preview.json` for what reads, in any phase, `up.json` for everything.

    Reads of every phase, because a refresh asks for what only a changed stack has, such as access control lists.
    Raises ValueError for a call whose product has no prefix.
    """
    everything = {call for calls in record.values() for call in calls}
    up = _policy(everything)
    up["Statement"].append(
        {
            "Effect": "Allow",
            "Action": ["ram:CreateServiceLinkedRole"],
            "Resource": "*",
            "Condition": {"StringEquals": {"ram:ServiceName": list(SERVICE_ROLES)}},
        }
    )
    return {"preview.json": _policy(call for call in everything if _reads(call)), "up.json": up}


def render() -> dict[Path, str]:
    """The checked-in files, relative to the project's folder, as they should be."""
    record = json.loads((PROJECT / RECORD).read_text()) | {"provider": provider_calls() - left_out()}
    return {FOLDER / name: json.dumps(policy, indent=2) + "\n" for name, policy in policies(record).items()}


def _reads(call: str) -> bool:
    """Whether the action table says that the call changes nothing; an action it does not know counts as a write."""
    product, _, name = call.partition(":")
    found = [one for one in catalogue.TABLE.values() if (one.product, one.name.lower()) == (product, name.lower())]
    return bool(found) and not any(action.writes for action in found)


def _policy(calls: Iterable[str]) -> dict[str, Any]:
    """One statement; RAM ignores the case of letters, so a call that two sources spell differently stands once."""
    actions = {name.lower(): name for name in sorted(named(call) for call in calls)}
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": sorted(actions.values()), "Resource": "*"}]}


if __name__ == "__main__":
    for path, text in render().items():
        (PROJECT / path).write_text(text)
        print(f"written  {path}")
