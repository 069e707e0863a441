"""Instances: run, list, start, stop, delete."""

from typing import Any

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import lowest_free_address, new_id, now_text, numbered_page, require
from local.cloud.ecs import security_groups
from local.cloud.errors import gone, refused
from local.cloud.parameters import Parameters, echo
from local.cloud.products import ECS
from local.cloud.store import Document
from local.cloud.vpc import vswitches
from local.places import BACKEND_NETWORK

KIND = "ecs.instance"
ECHOED = (
    "InstanceName", "Description", "HostName", "InternetChargeType", "KeyPairName", "SpotStrategy",
    "CreditSpecification", "AutoReleaseTime", "ResourceGroupId", "HpcClusterId", "DeploymentSetId", "UserData",
    "RamRoleName",
)  # fmt: skip
"""Strings of RunInstances that come back as they were sent, and only then."""


@action(ECS, "RunInstances", source="provider source", writes=True)
def run_instances(call: Call) -> Response:
    """One instance or Amount of them; Pending until it settles, then Running."""
    amount = call.parameters.integer("Amount", 1, 100, 1)
    ids = [_run(call) for _ in range(amount)]
    return {"InstanceIdSets": {"InstanceIdSet": ids}, "OrderId": "", "TradePrice": 0.0}


@action(ECS, "DescribeInstances", source="provider source")
def describe_instances(call: Call) -> Response:
    """All instances, or those of ids (JSON text), a name, a network, a vSwitch, a zone, a status, tags."""
    ids = call.parameters.json_texts("InstanceIds")
    names = ("InstanceName", "VpcId", "VSwitchId", "ZoneId", "Status")
    filters = {name: value for name in names if (value := call.parameters.text(name))}
    group, tags = call.parameters.text("SecurityGroupId"), tagging.sent(call.parameters)
    found = [
        shown(document)
        for document in call.store.list(KIND)
        if (not ids or document["InstanceId"] in ids)
        and all(document.get(name) == value for name, value in filters.items())
        and (not group or group in document["SecurityGroupIds"])
        and all(tag in document["Tags"] for tag in tags)
    ]
    page, counters = numbered_page(call.parameters, found)
    return {"Instances": {"Instance": page}, **counters}


@action(ECS, "StartInstance", source="provider source", writes=True)
def start_instance(call: Call) -> Response:
    """Starting, then Running."""
    return _pass(call, ("Stopped",), "Starting", "Running")


@action(ECS, "StopInstance", source="provider source", writes=True)
def stop_instance(call: Call) -> Response:
    """Stopping, then Stopped."""
    return _pass(call, ("Running",), "Stopping", "Stopped")


@action(ECS, "RebootInstance", source="provider source", writes=True)
def reboot_instance(call: Call) -> Response:
    """Starting, then Running."""
    return _pass(call, ("Running",), "Starting", "Running")


@action(ECS, "DeleteInstance", source="provider source", writes=True)
def delete_instance(call: Call) -> Response:
    """Remove an instance; a running one with Force=true, which is what the provider sends (§10.18)."""
    document = find(call, call.parameters.required("InstanceId"))
    if document.get("DeletionProtection"):
        raise refused("InvalidOperation.DeletionProtection", "The deletion protection of the instance is on.")
    if document["Status"] != "Stopped" and not call.parameters.boolean("Force"):
        raise refused("IncorrectInstanceStatus", "The instance must be stopped, or Force be true.")
    call.store.delete(KIND, document["InstanceId"])
    return {}


def find(call: Call, id: str) -> Document:
    """The instance, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidInstanceId.NotFound", "instance"))


def shown(document: Document) -> dict[str, Any]:
    """An instance as DescribeInstances shows it. The list of network interfaces is empty: nobody is told of
    interfaces, and the provider then asks for none (openapi-contract.md §7.5).
    """
    hidden = ("VpcId", "VSwitchId", "PrivateIpAddress", "LocalAddress", "SystemDisk", "UserData", "RamRoleName", "Tags",
              "SecurityGroupIds", "MetadataOptions")  # fmt: skip
    return {
        **{key: value for key, value in document.items() if key not in hidden},
        "InstanceNetworkType": "vpc",
        "PublicIpAddress": {"IpAddress": []},
        "InnerIpAddress": {"IpAddress": []},
        "NetworkInterfaces": {"NetworkInterface": []},
        "VpcAttributes": {
            "VpcId": document["VpcId"],
            "VSwitchId": document["VSwitchId"],
            "PrivateIpAddress": {"IpAddress": [document["PrivateIpAddress"]]},
        },
        "SecurityGroupIds": {"SecurityGroupId": document["SecurityGroupIds"]},
        "MetadataOptions": document["MetadataOptions"],
        "Tags": {"Tag": tagging.shown(document)},
    }


def _run(call: Call) -> str:
    parameters = call.parameters
    vswitch = vswitches.find(call, parameters.required("VSwitchId"))
    id = new_id("i")
    document = {
        "InstanceId": id,
        "Status": "Pending",
        "InstanceType": parameters.required("InstanceType"),
        "ImageId": parameters.required("ImageId"),
        "RegionId": call.region,
        "ZoneId": vswitch["ZoneId"],
        "VSwitchId": vswitch["VSwitchId"],
        "VpcId": vswitch["VpcId"],
        "SecurityGroupIds": _groups(call, vswitch["VpcId"]),
        "PrivateIpAddress": _private_address(call, vswitch),
        "LocalAddress": lowest_free_address(call.store, KIND, BACKEND_NETWORK),
        "InstanceChargeType": parameters.choice("InstanceChargeType", ("PostPaid", "PrePaid"), "PostPaid"),
        "InternetMaxBandwidthOut": parameters.integer("InternetMaxBandwidthOut", 0, 100, 0),
        "InternetMaxBandwidthIn": parameters.integer("InternetMaxBandwidthIn", 0, 200, 200),
        "DeletionProtection": parameters.boolean("DeletionProtection"),
        "MetadataOptions": _metadata_options(parameters),
        "SystemDisk": _system_disk(parameters.mapping("SystemDisk")),
        "CreationTime": now_text(),
        "Tags": tagging.sent(parameters),
    }
    echo(parameters, document, *ECHOED)
    call.store.put(KIND, id, document)
    call.context.transitions.later(KIND, id, Status="Running")
    return id


def _groups(call: Call, network_id: str) -> list[str]:
    ids = call.parameters.texts("SecurityGroupIds") or [call.parameters.required("SecurityGroupId")]
    for id in ids:
        if security_groups.find(call, id).get("VpcId") != network_id:
            raise refused("InvalidParameter.Mismatch", "The security group and the vSwitch are not in one VPC.")
    return ids


def _private_address(call: Call, vswitch: Document) -> str:
    wanted = call.parameters.text("PrivateIpAddress")
    if wanted and any(document["PrivateIpAddress"] == wanted for document in call.store.list(KIND)):
        raise refused("InvalidPrivateIpAddress.Duplicated", "The private address is taken.")
    return wanted or vswitches.free_address(call, vswitch)


def _metadata_options(parameters: Parameters) -> Document:
    return {
        "HttpEndpoint": parameters.choice("HttpEndpoint", ("enabled", "disabled"), "enabled"),
        "HttpTokens": parameters.choice("HttpTokens", ("optional", "required"), "optional"),
        "HttpPutResponseHopLimit": parameters.integer("HttpPutResponseHopLimit", 1, 64, 1),
    }


def _system_disk(config: Parameters) -> Document:
    disk: Document = {
        "DiskId": new_id("d"),
        "Category": config.text("Category", "cloud_efficiency"),
        "Size": config.integer("Size", 20, 32768, 40),
        "Encrypted": config.boolean("Encrypted"),
    }
    echo(config, disk, "DiskName", "Description", "PerformanceLevel", "AutoSnapshotPolicyId", "StorageClusterId",
         "KMSKeyId")  # fmt: skip
    return disk


def _pass(call: Call, allowed: tuple[str, ...], now: str, then: str) -> Response:
    document = find(call, call.parameters.required("InstanceId"))
    if document["Status"] not in allowed:
        raise refused("IncorrectInstanceStatus", "The status of the instance does not allow this operation.")
    call.store.put(KIND, document["InstanceId"], {**document, "Status": now})
    call.context.transitions.later(KIND, document["InstanceId"], Status=then)
    return {}
