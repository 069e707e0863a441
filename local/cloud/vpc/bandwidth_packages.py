"""Internet Shared Bandwidth: packages that public addresses can share. No address is in one here, and nothing is limited."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, numbered_page, require
from local.cloud.errors import gone
from local.cloud.products import VPC
from local.cloud.store import Document

KIND = "vpc.bandwidth_package"
CHARGES = ("PayByBandwidth", "PayBy95", "PayByDominantTraffic")


@action(VPC, "CreateCommonBandwidthPackage", source="provider source", writes=True)
def create_common_bandwidth_package(call: Call) -> Response:
    """A package, ready at once."""
    parameters, id = call.parameters, new_id("cbwp")
    document: Document = {
        "BandwidthPackageId": id,
        "Bandwidth": str(parameters.integer("Bandwidth", 1, 1000)),
        "InternetChargeType": parameters.choice("InternetChargeType", CHARGES, "PayByBandwidth"),
        "Ratio": parameters.integer("Ratio", 20, 100, 100),
        "ISP": parameters.text("ISP", "BGP"),
        "Zone": parameters.text("Zone"),
        "Name": parameters.text("Name"),
        "Description": parameters.text("Description"),
        "ResourceGroupId": parameters.text("ResourceGroupId", "rg-default"),
        "SecurityProtectionTypes": parameters.texts("SecurityProtectionTypes"),
        "RegionId": call.region,
        "CreationTime": now_text(),
        "Tags": tagging.sent(parameters),
    }
    call.store.put(KIND, id, document)
    return {"BandwidthPackageId": id, "ResourceGroupId": document["ResourceGroupId"]}


@action(VPC, "DescribeCommonBandwidthPackages", source="provider source")
def describe_common_bandwidth_packages(call: Call) -> Response:
    """All packages of the region, or those of an id, a name, a resource group or tags; ordered changes there are none."""
    parameters = call.parameters
    names = ("BandwidthPackageId", "Name", "ResourceGroupId")
    filters = {name: value for name in names if (value := parameters.text(name))}
    tags = tagging.sent(parameters)
    parameters.boolean("IncludeReservationData")
    rows = [
        _shown(one)
        for one in call.store.list(KIND)
        if one["RegionId"] == call.region
        and all(one[name] == value for name, value in filters.items())
        and tagging.fits(tags, one)
    ]
    page, counters = numbered_page(parameters, rows)
    return {"CommonBandwidthPackages": {"CommonBandwidthPackage": page}, **counters}


@action(VPC, "DeleteCommonBandwidthPackage", source="provider source", writes=True)
def delete_common_bandwidth_package(call: Call) -> Response:
    """Remove a package; Force matters only where addresses are in it."""
    id = call.parameters.required("BandwidthPackageId")
    require(call.store, KIND, id, gone("InvalidBandwidthPackageId.NotFound", "bandwidth package"))
    call.parameters.boolean("Force")
    call.store.delete(KIND, id)
    return {}


def _shown(document: Document) -> Response:
    return {
        "BizType": "CommonBandwidthPackage",
        "BusinessStatus": "Normal",
        "DeletionProtection": False,
        "ExpiredTime": "",
        "HasReservationData": False,
        "InstanceChargeType": "PostPaid",
        "PublicIpAddresses": {"PublicIpAddresse": []},
        "ServiceManaged": 0,
        "Status": "Available",
        **document,
        "SecurityProtectionTypes": {"SecurityProtectionType": document["SecurityProtectionTypes"]},
        "Tags": {"Tag": document["Tags"]},
    }
