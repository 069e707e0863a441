"""ALB of the local cloud: create, read, list and delete load balancers."""

import ipaddress
import re
import time
from collections.abc import Callable

from local.behaviours import ZONE_ADDRESSES
from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs
from local.cloud.documents import Shown, lowest_free_address, new_id, now_text, public, require, token_page
from local.cloud.errors import gone, invalid, refused
from local.cloud.parameters import Parameters, echo
from local.cloud.products import ALB
from local.cloud.store import Document
from local.cloud.vpc import bandwidth_packages, networks, vswitches
from local.places import LOAD_BALANCER_NETWORK

KIND = "alb.load_balancer"
SCRIPT = "alb.script"
EDITIONS = ("Basic", "Standard", "StandardWithWaf")
OF_ONE_ZONE = ("na-south-1",)
"""Regions in which ALB has one zone: Mexico (ALB's page "Supported regions and zones")."""
ADDRESS_TYPES = ("Internet", "Intranet")
_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._ -]{1,127}")
LATE_SECONDS = 8
"""After which a zone's addresses are answered, where they come late."""
_ADDRESS_KEYS = ("IntranetAddress", "AllocationId", "EipType")


@action(ALB, "CreateLoadBalancer", source="docs", writes=True)
def create_load_balancer(call: Call) -> Response:
    """A load balancer over two zones or more; Provisioning until it settles."""
    parameters = call.parameters
    network = networks.find(call, parameters.required("VpcId"))
    id = new_id("alb")
    document = {
        "LoadBalancerId": id,
        "LoadBalancerStatus": "Provisioning",
        "LoadBalancerEdition": parameters.choice("LoadBalancerEdition", EDITIONS),
        "AddressType": parameters.choice("AddressType", ADDRESS_TYPES),
        "AddressIpVersion": parameters.choice("AddressIpVersion", ("IPv4", "DualStack"), "IPv4"),
        "VpcId": network["VpcId"],
        "DNSName": f"{id}.{call.region}.alb.aliyuncs.com",
        "RegionId": call.region,
        "CreateTime": now_text(),
        "LocalAddress": lowest_free_address(call.store, KIND, LOAD_BALANCER_NETWORK),
        "ResourceGroupId": parameters.text("ResourceGroupId", "rg-default"),
        "DeletionProtectionConfig": {"Enabled": parameters.boolean("DeletionProtectionEnabled")},
        "ModificationProtectionConfig": modification_protection(parameters),
        "LoadBalancerBillingConfig": _billing(parameters),
        "ZoneMappings": zone_mappings(call, network["VpcId"]),
        "Tags": tagging.sent(parameters),
    }
    if parameters.text("LoadBalancerName"):
        document["LoadBalancerName"] = valid_name(parameters, "LoadBalancerName")
    echo(parameters, document, "AddressAllocatedMode")
    if package := parameters.mapping("LoadBalancerBillingConfig").text("BandwidthPackageId"):
        not_found = gone("ResourceNotFound.BandwidthPackage", "bandwidth package")
        require(call.store, bandwidth_packages.KIND, package, not_found)
        document["BandwidthPackageId"] = package
    call.store.put(KIND, id, document)
    call.context.transitions.later(KIND, id, LoadBalancerStatus="Active")
    return {"LoadBalancerId": id}


@action(ALB, "GetLoadBalancerAttribute", source="provider source")
def get_load_balancer_attribute(call: Call) -> Response:
    """One load balancer; 404 when it is gone."""
    return _shown(call, find(call, call.parameters.required("LoadBalancerId")))


@action(ALB, "ListLoadBalancers", source="sdk model")
def list_load_balancers(call: Call) -> Response:
    """All load balancers, or those of ids, names, networks, a status, an address type, a zone or tags."""
    fits = _filter(call.parameters)
    found = [document for document in call.store.list(KIND) if fits(document)]

    def listed(document: Document) -> Response:
        return {key: value for key, value in _shown(call, document).items() if key not in ("RegionId", "ZoneMappings")}

    return token_page(call.parameters, Shown(found, listed), "LoadBalancers")


@action(ALB, "DeleteLoadBalancer", source="docs", writes=True)
def delete_load_balancer(call: Call) -> Response:
    """Remove a load balancer and its listeners with their rules."""
    document = find(call, call.parameters.required("LoadBalancerId"))
    if document["DeletionProtectionConfig"]["Enabled"]:
        raise refused("OperationDenied.DeletionProtection", "The deletion protection of the load balancer is on.")
    id = document["LoadBalancerId"]
    for listener in call.store.list("alb.listener"):
        if listener["LoadBalancerId"] == id:
            delete_listener(call, listener["ListenerId"])
    call.store.delete(KIND, id)
    return {"JobId": jobs.begin(call, "loadbalancer", id)}


def delete_listener(call: Call, id: str) -> None:
    """Remove a listener with its rules and scripts."""
    for kind, key in (("alb.rule", "RuleId"), (SCRIPT, "AScriptId")):
        for one in call.store.list(kind):
            if one["ListenerId"] == id:
                call.store.delete(kind, one[key])
    call.store.delete("alb.listener", id)


def find(call: Call, id: str) -> Document:
    """The load balancer, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.LoadBalancer", "load balancer"))


def valid_name(parameters: Parameters, key: str) -> str:
    """A name of 2 to 128 characters; the rule is that of all ALB resources [SDK-ALB]."""
    name = parameters.required(key)
    if not _NAME.fullmatch(name):
        raise invalid(key, "2 to 128 letters, digits, . _ and hyphens, beginning with a letter or digit")
    return name


def _billing(parameters: Parameters) -> Document:
    """Pay-as-you-go is the one way [SDK-ALB]."""
    return {"PayType": parameters.mapping("LoadBalancerBillingConfig").choice("PayType", ("PostPay",), "PostPay")}


def modification_protection(parameters: Parameters) -> Document:
    """The checked ModificationProtectionConfig; without protection a reason is cleared [SDK-ALB]."""
    config = parameters.mapping("ModificationProtectionConfig")
    status = config.choice("Status", ("NonProtection", "ConsoleProtection"), "NonProtection")
    answer = {"Status": status}
    reason = config.text("Reason")
    if reason and status == "ConsoleProtection":
        answer["Reason"] = reason
    return answer


def zone_mappings(call: Call, network_id: str) -> list[Document]:
    """The checked zones: two to ten, each with one vSwitch of its own and an address, sent or assigned; one where there is no other."""
    mappings = [_zone_mapping(call, item, network_id) for item in call.parameters.objects("ZoneMappings")]
    zones = [mapping["ZoneId"] for mapping in mappings]
    fewest = 1 if call.region in OF_ONE_ZONE else 2
    if not fewest <= len(zones) <= 10 or len(set(zones)) != len(zones):
        raise invalid("ZoneMappings", "two to ten different zones, one vSwitch each")
    return mappings


def _zone_mapping(call: Call, item: Parameters, network_id: str) -> Document:
    vswitch = vswitches.find(call, item.required("VSwitchId"))
    zone = item.required("ZoneId")
    if vswitch["ZoneId"] != zone:
        raise refused("VSwitchNotMatchZone", "A vSwitch of the zone mappings is not in the zone given with it.")
    if vswitch["VpcId"] != network_id:
        raise refused("VSwitchNotMatchVpc", "A vSwitch of the zone mappings is not in the VPC of the load balancer.")
    address: Document = {"AllocationId": new_id("eip"), "EipType": "Common", "IntranetAddress": _free_address(vswitch)}
    address |= {key: value for key in _ADDRESS_KEYS if (value := item.text(key))}  # an update sends empty ones
    return {
        "VSwitchId": vswitch["VSwitchId"],
        "ZoneId": zone,
        "Status": "Active",
        "LoadBalancerAddresses": [address | {"Address": address["IntranetAddress"]}],
        "Sent": [key for key in _ADDRESS_KEYS if item.text(key)],
        "Since": time.time(),
    }


def _shown(call: Call, document: Document) -> Response:
    """What is the same for all load balancers is not kept: no locks, addresses in use and well; nor are groups until it is in one."""
    defaults = {
        "AddressAllocatedMode": "Dynamic",
        "BandwidthPackageId": "",
        "LoadBalancerBussinessStatus": "Normal",  # misspelt by the service
        "LoadBalancerOperationLocks": [],
        "SecurityGroupIds": [],
    }
    zones = [
        {**public(zone, "Sent"), "LoadBalancerAddresses": _addresses(call, zone)} for zone in document["ZoneMappings"]
    ]
    if document["AddressIpVersion"] == "DualStack":
        defaults["Ipv6AddressType"] = "Intranet"
    return {**defaults, **public(document), "ZoneMappings": zones}


def _addresses(call: Call, zone: Document) -> list[Document]:
    late = call.context.behaviours.is_(ZONE_ADDRESSES, "late") and time.time() < zone.get("Since", 0) + LATE_SECONDS
    if late or call.context.behaviours.is_(ZONE_ADDRESSES, "absent"):
        sent = zone.get("Sent", ())
        return [{key: one[key] for key in sent} for one in zone["LoadBalancerAddresses"] if sent]
    return [_shown_address(one) for one in zone["LoadBalancerAddresses"]]


def _shown_address(address: Document) -> Document:
    """The addresses from which a zone asks servers [assumed: one, beside the one it answers at]."""
    local = str(ipaddress.ip_address(address["IntranetAddress"]) - 1)
    return {**address, "IntranetAddressHcStatus": "Healthy", "Ipv4LocalAddresses": [local], "Ipv6LocalAddresses": []}


def _free_address(vswitch: Document) -> str:
    """An address of the vSwitch; the last ones are the load balancer's."""
    return str(list(ipaddress.ip_network(vswitch["CidrBlock"]).hosts())[-2])


def _filter(parameters: Parameters) -> Callable[[Document], bool]:
    """All of it is read here, also when there is nothing to filter."""
    lists = {"LoadBalancerIds": "LoadBalancerId", "LoadBalancerNames": "LoadBalancerName", "VpcIds": "VpcId"}
    singles = ("LoadBalancerStatus", "AddressType", "AddressIpVersion", "DNSName", "ResourceGroupId")
    wanted = {key: values for name, key in lists.items() if (values := parameters.texts(name))}
    wanted |= {name: [value] for name in singles if (value := parameters.text(name))}
    zone, tags = parameters.text("ZoneId"), tagging.sent(parameters)
    return lambda document: (
        all(document.get(key) in values for key, values in wanted.items())
        and (not zone or zone in [mapping["ZoneId"] for mapping in document["ZoneMappings"]])
        and tagging.fits(tags, document)
    )
