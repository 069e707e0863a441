"""`python -m scripts.permissions`: the RAM policies of docs/reference/permissions, made anew.

Two sources: what the provider calls for each resource in use, by its source (`scripts.provider_calls`), and what a
stack's life was seen to call (`python -m tests.engine.record_calls`), which adds the program's and the command's own
calls. Whether a call reads or writes is the word of the local cloud's action table. RAM itself was never asked: names
are those of the API with the product's published prefix.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.cloud import catalogue
from local.cloud.access.names import named

PROJECT = Path(__file__).resolve().parents[1]
FOLDER = Path("docs/reference/permissions")
RECORD = FOLDER / "calls.json"
PROVIDER = FOLDER / "provider.json"

_UNSET = "for an attribute that the program never sets"
_KEPT = "a zone is kept when its stack is destroyed"
LEFT_OUT = {
    "alb:StartListener": _UNSET,
    "alb:StopListener": _UNSET,
    "alidns:ChangeDomainGroup": _UNSET,
    "alidns:DeleteDomain": _KEPT,
    "alidns:UpdateDomainRecordRemark": _UNSET,
    "alidns:UpdateDomainRemark": _UNSET,
    "cas:MoveResourceGroup": _UNSET,
    "kms:Decrypt": _UNSET,
    "vpc:AssociateVpcCidrBlock": _UNSET,
    "vpc:CreateDefaultVSwitch": _UNSET,
    "vpc:CreateDefaultVpc": _UNSET,
    "vpc:DisableVpcClassicLink": _UNSET,
    "vpc:EnableVpcClassicLink": _UNSET,
    "vpc:ModifyRouteTableAttributes": _UNSET,
    "vpc:MoveResourceGroup": _UNSET,
    "vpc:UnassociateVpcCidrBlock": _UNSET,
    **dict.fromkeys(
        (
            f"ecs:{action}"
            for action in (
                "AllocatePublicIpAddress", "ApplyAutoSnapshotPolicy", "AssignIpv6Addresses", "AssignPrivateIpAddresses",
                "AttachInstanceRamRole", "AttachKeyPair", "AuthorizeSecurityGroupEgress", "DetachInstanceRamRole",
                "DetachKeyPair", "JoinResourceGroup", "JoinSecurityGroup", "LeaveSecurityGroup", "ModifyDiskAttribute",
                "ModifyDiskSpec", "ModifyInstanceAttachmentAttributes", "ModifyInstanceAutoReleaseTime",
                "ModifyInstanceAutoRenewAttribute", "ModifyInstanceChargeType", "ModifyInstanceDeployment",
                "ModifyInstanceMaintenanceAttributes", "ModifyInstanceMetadataOptions", "ModifyInstanceNetworkSpec",
                "ModifyInstanceVpcAttribute", "ModifyPrepayInstanceSpec", "ModifySecurityGroupPolicy", "ResizeDisk",
                "UnassignIpv6Addresses", "UnassignPrivateIpAddresses",
            )
        ),
        _UNSET,
    ),
}  # fmt: skip
"""Calls that the provider's source has and no policy allows, with the reason."""

SERVICE_ROLES = ("alb.aliyuncs.com", "logdelivery.alb.aliyuncs.com")
"""ALB makes a service-linked role for itself with an account's first instance, and one with its first access log
(RAM reference, AliyunServiceRolePolicyForAlb and AliyunServiceRolePolicyForAlbLogDelivery)."""


def provider_calls() -> set[str]:
    """Every call of the provider for the resources in use, by its source."""
    resources = json.loads((PROJECT / PROVIDER).read_text())
    return {call for steps in resources.values() for calls in steps.values() for call in calls}


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
    record = json.loads((PROJECT / RECORD).read_text()) | {"provider": provider_calls() - set(LEFT_OUT)}
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
