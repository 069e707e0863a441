"""Public images of the local cloud's ECS, as an account sees them before it has made one."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import numbered_page
from local.cloud.products import ECS

_IMAGES = {
    "ubuntu_22_04_x64_20G_alibase_20240101.vhd": ("Ubuntu  22.04 64 bit", "Ubuntu", "2024-01-08T09:00:00Z"),
    "ubuntu_20_04_x64_20G_alibase_20240101.vhd": ("Ubuntu  20.04 64 bit", "Ubuntu", "2024-01-05T09:00:00Z"),
    "ubuntu_18_04_x64_20G_alibase_20230104.vhd": ("Ubuntu  18.04 64 bit", "Ubuntu", "2023-01-04T09:00:00Z"),
    "aliyun_3_x64_20G_alibase_20240101.vhd": ("Alibaba Cloud Linux  3 64 bit", "Aliyun", "2024-01-10T09:00:00Z"),
    "aliyun_3_x64_20G_scc_alibase_20240101.vhd": ("Alibaba Cloud Linux  3 64 bit", "Aliyun", "2024-01-09T09:00:00Z"),
    "centos_7_9_x64_20G_alibase_20240101.vhd": ("CentOS  7.9 64 bit", "CentOS", "2024-01-03T09:00:00Z"),
}
"""Id, which is the name as well -> operating system, platform, when it came out [names follow the public list]."""


SYSTEMS = {id: system for id, (system, _, _) in _IMAGES.items()}
"""Image -> its operating system."""


_FILTERS = ("ImageName", "ImageOwnerAlias", "ImageOwnerId", "Architecture", "OSType", "ImageFamily", "Usage", "ResourceGroupId",
            "IsSupportIoOptimized", "IsSupportCloudinit")  # fmt: skip
"""Parameters that are compared with the field of their name; texts in any case, as `True` and `true` are both sent."""


@action(ECS, "DescribeImages", source="provider source")
def describe_images(call: Call) -> Response:
    """All public images, or those that fit every filter; an account has none of its own, so none has tags or a snapshot."""
    parameters = call.parameters
    ids = [id for id in parameters.text("ImageId").split(",") if id]
    states = [state for state in parameters.text("Status").split(",") if state]
    filters = {name: value for name in _FILTERS if (value := parameters.text(name).lower())}
    parameters.choice("ActionType", ("CreateEcs", "ChangeOS"), "CreateEcs")  # checked; every image is for both
    parameters.text("InstanceType")  # every image runs on every type
    never = tagging.sent(parameters) or parameters.text("SnapshotId")
    found = [
        image
        for image in map(_image, _IMAGES)
        if (not ids or image["ImageId"] in ids)
        and (not states or image["Status"] in states)
        and all(value == str(image[name]).lower() for name, value in filters.items())
        and not never
    ]
    page, counters = numbered_page(parameters, found)
    return {"RegionId": call.region, "Images": {"Image": page}, **counters}


def _image(id: str) -> Response:
    system, platform, made = _IMAGES[id]
    return {
        "ImageId": id,
        "ImageName": id,
        "Description": "",
        "ImageFamily": "acs:" + "_".join(id.split("_")[:3]),
        "ImageOwnerAlias": "system",
        "ImageVersion": "1.0",
        "Architecture": "x86_64",
        "OSName": system,
        "OSNameEn": system,
        "OSType": "linux",
        "Platform": platform,
        "Size": 20,
        "Status": "Available",
        "Progress": "100%",
        "Usage": "instance",
        "ProductCode": "",
        "CreationTime": made,
        "ImageOwnerId": 0,
        "ResourceGroupId": "",
        "BootMode": "BIOS",
        "LoginAsNonRootSupported": True,
        "Usable": True,
        "IsSelfShared": "",
        "IsSubscribed": False,
        "IsCopied": False,
        "IsPublic": True,
        "IsSupportIoOptimized": True,
        "IsSupportCloudinit": True,
        "DiskDeviceMappings": {"DiskDeviceMapping": []},
        "Tags": {"Tag": []},
    }
