"""The further reads the provider makes of every instance (openapi-contract.md §7.5)."""

from local.cloud.actions import Call, Response, action
from local.cloud.ecs import instances, network_interfaces
from local.cloud.products import ECS
from local.cloud.store import Document


@action(ECS, "DescribeUserData", source="provider source")
def describe_user_data(call: Call) -> Response:
    """User data as it was sent."""
    document = instances.find(call, call.parameters.required("InstanceId"))
    return {"InstanceId": document["InstanceId"], "RegionId": call.region, "UserData": document.get("UserData", "")}


@action(ECS, "DescribeInstanceRamRole", source="provider source")
def describe_instance_ram_role(call: Call) -> Response:
    """The role of each instance that has one."""
    rows = [
        {"InstanceId": document["InstanceId"], "RamRoleName": document["RamRoleName"]}
        for document in _named(call)
        if document.get("RamRoleName")
    ]
    return {"RegionId": call.region, "InstanceRamRoleSets": {"InstanceRamRoleSet": rows}, "TotalCount": len(rows)}


@action(ECS, "DescribeInstanceMaintenanceAttributes", source="provider source")
def describe_instance_maintenance_attributes(call: Call) -> Response:
    """Window, action and notice as they were set; no window and the default action before that."""
    rows = [
        {
            "InstanceId": document["InstanceId"],
            "ActionOnMaintenance": {
                "Value": document["Maintenance"]["Action"],
                "DefaultValue": instances.NO_MAINTENANCE["Action"],
                "SupportedValues": {"SupportedValue": ["Stop", "AutoRecover", "AutoRedeploy"]},
            },
            "MaintenanceWindows": {"MaintenanceWindow": document["Maintenance"]["Windows"]},
            "NotifyOnMaintenance": document["Maintenance"]["Notify"],
        }
        for document in _named(call)
    ]
    return {"MaintenanceAttributes": {"MaintenanceAttribute": rows}, **_counted(rows)}


@action(ECS, "DescribeInstanceAttribute", source="provider source")
def describe_instance_attribute(call: Call) -> Response:
    """One instance, flat."""
    document = instances.find(call, call.parameters.required("InstanceId"))
    jumbo = document["EnableJumboFrame"]
    options = {"EnableJumboFrame": jumbo, "NetworkOptions": {"EnableJumboFrame": jumbo}, "IoOptimized": "optimized"}
    shown = instances.shown(document, network_interfaces.of(call, document["InstanceId"]))
    shown["EipAddress"] = {key: value for key, value in shown["EipAddress"].items() if key != "IsSupportUnassociate"}
    return {name: shown[name] for name in _FLAT if name in shown} | options


_FLAT = (
    "ClusterId", "Cpu", "CreationTime", "CreditSpecification", "DedicatedHostAttribute", "Description", "EipAddress",
    "ExpiredTime", "HostName", "ImageId", "InnerIpAddress", "InstanceChargeType", "InstanceId", "InstanceName",
    "InstanceNetworkType", "InstanceType", "InternetChargeType", "InternetMaxBandwidthIn", "InternetMaxBandwidthOut",
    "Memory", "OperationLocks", "PublicIpAddress", "RegionId", "SecurityGroupIds", "SerialNumber", "Status", "StoppedMode",
    "VlanId", "VpcAttributes", "ZoneId",
)  # fmt: skip
"""What DescribeInstanceAttribute has of what DescribeInstances shows [SDK-ECS]."""


@action(ECS, "DescribeInstanceAutoRenewAttribute", source="provider source")
def describe_instance_auto_renew_attribute(call: Call) -> Response:
    """How subscribed instances are renewed."""
    rows = [{"InstanceId": document["InstanceId"], **document["Renewal"]} for document in _named(call)]
    return {"InstanceRenewAttributes": {"InstanceRenewAttribute": rows}, **_counted(rows)}


@action(ECS, "DescribeInstanceAttachmentAttributes", source="provider source")
def describe_instance_attachment_attributes(call: Call) -> Response:
    """The private pool that each instance may use."""
    rows = [
        {
            "InstanceId": document["InstanceId"],
            "PrivatePoolOptionsId": document["PrivatePool"]["Id"],
            "PrivatePoolOptionsMatchCriteria": document["PrivatePool"]["MatchCriteria"],
        }
        for document in _named(call)
    ]
    return {"Instances": {"Instance": rows}, **_counted(rows)}


def _counted(rows: list[Document]) -> Response:
    """The counters of a list that is answered in one page."""
    return {"TotalCount": len(rows), "PageNumber": 1, "PageSize": max(10, len(rows))}


def _named(call: Call) -> list[Document]:
    ids = call.parameters.json_texts("InstanceIds") or call.parameters.texts("InstanceId")
    return [document for document in call.store.list(instances.KIND) if document["InstanceId"] in ids]
