"""Disks of instances: the system disk and the data disks that it was run with, kept in its document."""

from collections.abc import Iterator

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id
from local.cloud.errors import gone, refused
from local.cloud.parameters import Parameters, echo
from local.cloud.products import ECS
from local.cloud.store import Document

INSTANCES = "ecs.instance"
ECHOED = ("DiskName", "Description", "PerformanceLevel", "AutoSnapshotPolicyId", "StorageClusterId", "KMSKeyId",
          "SnapshotId", "Device")  # fmt: skip
LARGEST = 32768


def system(config: Parameters) -> Document:
    """The system disk that RunInstances describes."""
    return {**_new(config, "cloud_efficiency", 40), "Type": "system"}


def data(config: Parameters) -> Document:
    """A data disk that RunInstances describes."""
    kept = config.boolean("DeleteWithInstance", default=True)
    return {**_new(config, "cloud_efficiency", 20), "Type": "data", "DeleteWithInstance": kept}


def _new(config: Parameters, category: str, size: int) -> Document:
    disk: Document = {
        "DiskId": new_id("d"),
        "Category": config.text("Category", category),
        "Size": config.integer("Size", 20, LARGEST, size),
        "Encrypted": config.boolean("Encrypted"),
        "Tags": [],
    }
    echo(config, disk, *ECHOED)
    if disk["Category"] == "cloud_essd":
        disk.setdefault("PerformanceLevel", "PL1")
    if config.text("ProvisionedIops"):
        disk["ProvisionedIops"] = config.integer("ProvisionedIops", 0, 50000)
    if config.text("BurstingEnabled"):
        disk["BurstingEnabled"] = config.boolean("BurstingEnabled")
    return disk


@action(ECS, "DescribeDisks", source="provider source")
def describe_disks(call: Call) -> Response:
    """The disks of an instance, of ids (JSON text) or all, of one type or both; the list is there even when it is empty."""
    wanted, type_ = call.parameters.text("InstanceId"), call.parameters.text("DiskType")
    ids = call.parameters.json_texts("DiskIds")
    rows = [
        _shown(document, disk)
        for document, disk in _all(call)
        if wanted in ("", document["InstanceId"])
        and type_ in ("", "all", disk["Type"])
        and (not ids or disk["DiskId"] in ids)
    ]
    return {"Disks": {"Disk": rows}, "TotalCount": len(rows), "PageNumber": 1, "PageSize": 10}


@action(ECS, "ModifyDiskAttribute", source="provider source", writes=True)
def modify_disk_attribute(call: Call) -> Response:
    """Change name, description and bursting; an empty text clears."""
    document, disk = find(call, call.parameters.required("DiskId"))
    echo(call.parameters, disk, "DiskName", "Description")
    if call.parameters.text("BurstingEnabled"):
        disk["BurstingEnabled"] = call.parameters.boolean("BurstingEnabled")
    call.store.put(INSTANCES, document["InstanceId"], document)
    return {}


@action(ECS, "ModifyDiskSpec", source="provider source", writes=True)
def modify_disk_spec(call: Call) -> Response:
    """Change performance level, category and provisioned IOPS."""
    document, disk = find(call, call.parameters.required("DiskId"))
    if call.parameters.text("DiskCategory"):
        disk["Category"] = call.parameters.text("DiskCategory")
    if call.parameters.text("PerformanceLevel"):
        disk["PerformanceLevel"] = call.parameters.text("PerformanceLevel")
    if call.parameters.text("ProvisionedIops"):
        disk["ProvisionedIops"] = call.parameters.integer("ProvisionedIops", 0, 50000)
    call.store.put(INSTANCES, document["InstanceId"], document)
    return {"TaskId": new_id("t"), "OrderId": ""}


@action(ECS, "ResizeDisk", source="provider source", writes=True)
def resize_disk(call: Call) -> Response:
    """A disk becomes larger, never smaller; whether its instance runs makes no difference here."""
    call.parameters.choice("Type", ("offline", "online"), "offline")
    document, disk = find(call, call.parameters.required("DiskId"))
    size = call.parameters.integer("NewSize", 20, LARGEST)
    if size < disk["Size"]:
        raise refused("InvalidDiskSize.TooSmall", "A disk cannot become smaller.")
    disk["Size"] = size
    call.store.put(INSTANCES, document["InstanceId"], document)
    return {"OrderId": ""}


@action(ECS, "ApplyAutoSnapshotPolicy", source="provider source", writes=True)
def apply_auto_snapshot_policy(call: Call) -> Response:
    """Attach a policy to disks; names begin in lower case in this call."""
    policy = call.parameters.text("autoSnapshotPolicyId")
    for id in call.parameters.json_texts("diskIds"):
        document, disk = find(call, id)
        disk["AutoSnapshotPolicyId"] = policy
        call.store.put(INSTANCES, document["InstanceId"], document)
    return {}


def find(call: Call, id: str) -> tuple[Document, Document]:
    """The instance and its disk of an id; both are the caller's to change and to put back."""
    for document, disk in _all(call):
        if disk["DiskId"] == id:
            return document, disk
    raise gone("InvalidDiskId.NotFound", "disk")


def _all(call: Call) -> Iterator[tuple[Document, Document]]:
    for document in call.store.list(INSTANCES):
        for disk in document["Disks"]:
            yield document, disk


_TEXTS = ("DiskName", "Description", "AutoSnapshotPolicyId", "KMSKeyId", "ProductCode", "SourceSnapshotId", "StorageClusterId",
          "StorageSetId")  # fmt: skip
"""What is empty where nothing was said."""


def _attachment(document: Document) -> Response:
    return {"InstanceId": document["InstanceId"], "AttachedTime": document["CreationTime"], "Device": ""}


def _shown(document: Document, disk: Document) -> Response:
    return {
        "InstanceId": document["InstanceId"],
        "Status": "In_use",
        "RegionId": document["RegionId"],
        "ZoneId": document["ZoneId"],
        "ResourceGroupId": document.get("ResourceGroupId", ""),
        "DiskChargeType": document["InstanceChargeType"],
        "Portable": disk["Type"] == "data",
        "CreationTime": document["CreationTime"],
        "AttachedTime": document["CreationTime"],
        "DetachedTime": "",
        "ExpiredTime": document.get("ExpiredTime", ""),
        "SerialNumber": disk["DiskId"].removeprefix("d-"),
        "Device": "/dev/xvda" if disk["Type"] == "system" else "/dev/xvdb",
        "ImageId": document["ImageId"] if disk["Type"] == "system" else "",
        "Attachments": {"Attachment": [_attachment(document)]},
        "OperationLocks": {"OperationLock": []},
        "MountInstances": {"MountInstance": []},
        "MultiAttach": "Disabled",
        "DeleteAutoSnapshot": True,
        "EnableAutoSnapshot": True,
        "EnableAutomatedSnapshotPolicy": bool(disk.get("AutoSnapshotPolicyId")),
        **dict.fromkeys(_TEXTS, ""),
        **{key: value for key, value in disk.items() if key != "Tags"},
        "Tags": {"Tag": tagging.shown(disk)},
    }
