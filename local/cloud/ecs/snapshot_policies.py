"""Automatic snapshot policies of disks. No snapshot is taken here."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, numbered_page, require
from local.cloud.errors import gone
from local.cloud.products import ECS
from local.cloud.store import Document

KIND = "ecs.snapshot_policy"
INSTANCE = "ecs.instance"


@action(ECS, "CreateAutoSnapshotPolicy", source="provider source", writes=True)
def create_auto_snapshot_policy(call: Call) -> Response:
    """When snapshots would be taken; names begin in lower case in this call."""
    parameters, id = call.parameters, new_id("sp")
    document: Document = {
        "AutoSnapshotPolicyId": id,
        "AutoSnapshotPolicyName": parameters.text("autoSnapshotPolicyName"),
        "TimePoints": parameters.required("timePoints"),
        "RepeatWeekdays": parameters.required("repeatWeekdays"),
        "RetentionDays": parameters.integer("retentionDays", -1, 65536),
        "EnableCrossRegionCopy": parameters.boolean("EnableCrossRegionCopy"),
        "CopiedSnapshotsRetentionDays": parameters.integer("CopiedSnapshotsRetentionDays", -1, 65536, -1),
        "TargetCopyRegions": parameters.text("TargetCopyRegions", "[]"),
        "ResourceGroupId": parameters.text("ResourceGroupId"),
        "RegionId": call.region,
        "Status": "Normal",
        "CreationTime": now_text(),
        "Tags": tagging.sent(parameters),
    }
    call.store.put(KIND, id, document)
    return {"AutoSnapshotPolicyId": id}


@action(ECS, "DescribeAutoSnapshotPolicyEx", source="provider source")
def describe_auto_snapshot_policy_ex(call: Call) -> Response:
    """All policies, or the one of an id."""
    id = call.parameters.text("AutoSnapshotPolicyId")
    rows = [
        {**one, "Tags": {"Tag": tagging.shown(one)}, "DiskNums": 0, "VolumeNums": 0}
        for one in call.store.list(KIND)
        if id in ("", one["AutoSnapshotPolicyId"])
    ]
    page, counters = numbered_page(call.parameters, rows)
    return {"AutoSnapshotPolicies": {"AutoSnapshotPolicy": page}, **counters}


@action(ECS, "DeleteAutoSnapshotPolicy", source="provider source", writes=True)
def delete_auto_snapshot_policy(call: Call) -> Response:
    """Remove a policy; the disks that had it have none."""
    id = call.parameters.text("autoSnapshotPolicyId") or call.parameters.required("AutoSnapshotPolicyId")
    require(call.store, KIND, id, gone("InvalidSnapshotPolicyId.NotFound", "snapshot policy"))
    for document in call.store.list(INSTANCE):
        for disk in document["Disks"]:
            if disk.get("AutoSnapshotPolicyId") == id:
                disk["AutoSnapshotPolicyId"] = ""
        call.store.put(INSTANCE, document["InstanceId"], document)
    call.store.delete(KIND, id)
    return {}
