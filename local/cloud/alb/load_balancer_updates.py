"""ALB of the local cloud: what can be changed about a load balancer."""

from typing import Any

from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs
from local.cloud.alb.load_balancers import (
    ADDRESS_TYPES,
    EDITIONS,
    KIND,
    find,
    modification_protection,
    valid_name,
    zone_mappings,
)
from local.cloud.documents import now_text, require
from local.cloud.errors import gone, refused
from local.cloud.products import ALB
from local.cloud.store import Document
from local.cloud.vpc import bandwidth_packages


@action(ALB, "UpdateLoadBalancerAttribute", source="provider source", writes=True)
def update_load_balancer_attribute(call: Call) -> Response:
    """Name (empty clears it) and modification protection."""
    document = _active(call)
    if call.parameters.text("LoadBalancerName"):
        document["LoadBalancerName"] = valid_name(call.parameters, "LoadBalancerName")
    elif "LoadBalancerName" in call.parameters:
        document["LoadBalancerName"] = ""
    if "ModificationProtectionConfig" in call.parameters:
        document["ModificationProtectionConfig"] = modification_protection(call.parameters)
    return _changed(call, document)


@action(ALB, "UpdateLoadBalancerEdition", source="docs", writes=True)
def update_load_balancer_edition(call: Call) -> Response:
    """Upwards only: Basic, Standard, StandardWithWaf."""
    document = _active(call)
    wanted = call.parameters.choice("LoadBalancerEdition", EDITIONS)
    if EDITIONS.index(wanted) <= EDITIONS.index(document["LoadBalancerEdition"]):
        raise refused("OperationDenied.EditionDowngrade", "The edition of a load balancer can only be raised.")
    _changed(call, document, LoadBalancerEdition=wanted)
    return {}


@action(ALB, "UpdateLoadBalancerZones", source="provider source", writes=True)
def update_load_balancer_zones(call: Call) -> Response:
    """Other zones or vSwitches; one that stays keeps its addresses. One that changes nothing is refused (upstream issue 9309)."""
    document = _active(call)
    wanted = zone_mappings(call, document["VpcId"])
    if _zone_set(wanted) == _zone_set(document["ZoneMappings"]):
        raise refused("OperationDenied.ZoneMappingsNotChanged", "The zone mappings are those the balancer has.")
    present = {(zone["ZoneId"], zone["VSwitchId"]): zone for zone in document["ZoneMappings"]}
    kept = [present.get((zone["ZoneId"], zone["VSwitchId"]), zone) for zone in wanted]
    return _changed(call, document, ZoneMappings=kept)


@action(ALB, "UpdateLoadBalancerAddressTypeConfig", source="provider source", writes=True)
def update_load_balancer_address_type_config(call: Call) -> Response:
    """Internet or Intranet."""
    return _changed(call, _active(call), AddressType=call.parameters.choice("AddressType", ADDRESS_TYPES))


@action(ALB, "EnableLoadBalancerIpv6Internet", source="provider source", writes=True)
def enable_load_balancer_ipv6_internet(call: Call) -> Response:
    """IPv6 addresses of a DualStack load balancer become public; nothing here can be reached by them."""
    return _changed(call, _dual(call), Ipv6AddressType="Internet")


@action(ALB, "DisableLoadBalancerIpv6Internet", source="provider source", writes=True)
def disable_load_balancer_ipv6_internet(call: Call) -> Response:
    """IPv6 addresses of a DualStack load balancer become private, as they are at first."""
    return _changed(call, _dual(call), Ipv6AddressType="Intranet")


@action(ALB, "AttachCommonBandwidthPackageToLoadBalancer", source="sdk model", writes=True)
def attach_common_bandwidth_package_to_load_balancer(call: Call) -> Response:
    """Share a bandwidth package that exists."""
    package = call.parameters.required("BandwidthPackageId")
    document = _active(call)
    require(
        call.store, bandwidth_packages.KIND, package, gone("ResourceNotFound.BandwidthPackage", "bandwidth package")
    )
    return _changed(call, document, BandwidthPackageId=package)


@action(ALB, "DetachCommonBandwidthPackageFromLoadBalancer", source="sdk model", writes=True)
def detach_common_bandwidth_package_from_load_balancer(call: Call) -> Response:
    """Leave the package."""
    document, package = _active(call), call.parameters.required("BandwidthPackageId")
    if document.pop("BandwidthPackageId", "") != package:
        raise gone("ResourceNotFound.BandwidthPackage", "bandwidth package")
    return _changed(call, document)


@action(ALB, "EnableDeletionProtection", source="provider source", writes=True)
def enable_deletion_protection(call: Call) -> Response:
    """Switch deletion protection on."""
    document = find(call, call.parameters.required("ResourceId"))
    _changed(call, document, DeletionProtectionConfig={"Enabled": True, "EnabledTime": now_text()})
    return {}


@action(ALB, "DisableDeletionProtection", source="provider source", writes=True)
def disable_deletion_protection(call: Call) -> Response:
    """Switch deletion protection off."""
    document = find(call, call.parameters.required("ResourceId"))
    _changed(call, document, DeletionProtectionConfig={"Enabled": False})
    return {}


@action(ALB, "EnableLoadBalancerAccessLog", source="provider source", writes=True)
def enable_load_balancer_access_log(call: Call) -> Response:
    """Send the access log to a Log Service project, whose existence is not checked here."""
    document = _active(call)
    if document.get("AccessLogConfig"):
        raise refused("OperationDenied.AccessLogEnabled", "The access log of the load balancer is on already.")
    config = {name: call.parameters.required(name) for name in ("LogProject", "LogStore")}
    return _changed(call, document, AccessLogConfig=config)


@action(ALB, "DisableLoadBalancerAccessLog", source="provider source", writes=True)
def disable_load_balancer_access_log(call: Call) -> Response:
    """Stop the access log."""
    document = _active(call)
    document.pop("AccessLogConfig", None)
    return _changed(call, document)


def _active(call: Call) -> Document:
    document = find(call, call.parameters.required("LoadBalancerId"))
    if document["LoadBalancerStatus"] != "Active":
        raise refused("IncorrectStatus.LoadBalancer", "The status of the load balancer is incorrect.")
    return document


def _dual(call: Call) -> Document:
    document = _active(call)
    if document["AddressIpVersion"] != "DualStack":
        raise refused("OperationDenied.AddressIpVersion", "The load balancer has no IPv6 addresses.")
    return document


def _changed(call: Call, document: Document, **changes: Any) -> Response:
    id = document["LoadBalancerId"]
    call.store.put(KIND, id, {**document, **changes})
    return {"JobId": jobs.begin(call, "loadbalancer", id)}


def _zone_set(mappings: list[Document]) -> set[tuple[str, str]]:
    return {(mapping["ZoneId"], mapping["VSwitchId"]) for mapping in mappings}
