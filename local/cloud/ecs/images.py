"""Public images, as an account sees them before it has made one."""

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


@action(ECS, "DescribeImages", source="provider source")
def describe_images(call: Call) -> Response:
    """All public images, or those of an id, a name, an owner, an architecture or a system; an account has none of its own."""
    parameters = call.parameters
    ids = [id for id in parameters.text("ImageId").split(",") if id]
    filters = {"ImageName": parameters.text("ImageName"), "ImageOwnerAlias": parameters.text("ImageOwnerAlias"),
               "Architecture": parameters.text("Architecture"), "OSType": parameters.text("OSType"),
               "ImageFamily": parameters.text("ImageFamily")}  # fmt: skip
    tagged = bool(tagging.sent(parameters))
    found = [
        image
        for image in map(_image, _IMAGES)
        if (not ids or image["ImageId"] in ids)
        and all(value in ("", image[name]) for name, value in filters.items())
        and not tagged
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
