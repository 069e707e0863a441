"""The further reads the provider makes of every instance (openapi-contract.md §7.5)."""

from local.cloud.actions import Call, Response, action
from local.cloud.ecs import instances
from local.cloud.products import ECS
from local.cloud.store import Document


@action(ECS, "DescribeDisks", source="provider source")
def describe_disks(call: Call) -> Response:
    """The system disks, of one instance or of all; the key is there even when the list is empty."""
    wanted, type_ = call.parameters.text("InstanceId"), call.parameters.text("DiskType")
    disks = [
        _disk(document)
        for document in call.store.list(instances.KIND)
        if wanted in ("", document["InstanceId"]) and type_ in ("", "all", "system")
    ]
    return {"Disks": {"Disk": disks}, "TotalCount": len(disks), "PageNumber": 1, "PageSize": 10}


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
    return {"RegionId": call.region, "InstanceRamRoleSets": {"InstanceRamRoleSet": rows}}


@action(ECS, "DescribeNetworkInterfaces", source="assumed")
def describe_network_interfaces(_call: Call) -> Response:
    """None: see `instances.shown`."""
    return {"NetworkInterfaceSets": {"NetworkInterfaceSet": []}, "TotalCount": 0}


@action(ECS, "DescribeInstanceMaintenanceAttributes", source="provider source")
def describe_instance_maintenance_attributes(call: Call) -> Response:
    """No window, the default action."""
    rows = [
        {
            "InstanceId": document["InstanceId"],
            "ActionOnMaintenance": {"Value": "AutoRecover"},
            "MaintenanceWindows": {"MaintenanceWindow": []},
            "NotifyOnMaintenance": False,
        }
        for document in _named(call)
    ]
    return {"MaintenanceAttributes": {"MaintenanceAttribute": rows}, "TotalCount": len(rows)}


@action(ECS, "DescribeInstanceAttribute", source="provider source")
def describe_instance_attribute(call: Call) -> Response:
    """One instance, flat."""
    document = instances.find(call, call.parameters.required("InstanceId"))
    return {**instances.shown(document), "EnableJumboFrame": False}


@action(ECS, "DescribeInstanceAttachmentAttributes", source="provider source")
def describe_instance_attachment_attributes(call: Call) -> Response:
    """No private pool."""
    rows = [
        {"InstanceId": document["InstanceId"], "PrivatePoolOptionsId": "", "PrivatePoolOptionsMatchCriteria": ""}
        for document in _named(call)
    ]
    return {"Instances": {"Instance": rows}, "TotalCount": len(rows)}


def _named(call: Call) -> list[Document]:
    ids = call.parameters.json_texts("InstanceIds") or call.parameters.texts("InstanceId")
    return [document for document in call.store.list(instances.KIND) if document["InstanceId"] in ids]


def _disk(document: Document) -> Response:
    return {
        "InstanceId": document["InstanceId"],
        "Type": "system",
        "Status": "In_use",
        "RegionId": document["RegionId"],
        "ZoneId": document["ZoneId"],
        "Tags": {"Tag": []},
        **document["SystemDisk"],
    }
