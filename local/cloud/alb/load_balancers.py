"""Load balancers: create, read, list, delete."""

import re

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs
from local.cloud.documents import lowest_free_address, new_id, now_text, public, require, token_page
from local.cloud.errors import gone, invalid, refused
from local.cloud.parameters import Parameters, echo
from local.cloud.products import ALB
from local.cloud.store import Document
from local.cloud.vpc import networks, vswitches
from local.places import LOAD_BALANCER_NETWORK

KIND = "alb.load_balancer"
EDITIONS = ("Basic", "Standard", "StandardWithWaf")
ADDRESS_TYPES = ("Internet", "Intranet")
_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._ -]{1,127}")
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
        "LoadBalancerBillingConfig": {"PayType": "PostPay"},
        "ZoneMappings": zone_mappings(call, network["VpcId"]),
        "Tags": tagging.sent(parameters),
    }
    if parameters.text("LoadBalancerName"):
        document["LoadBalancerName"] = valid_name(parameters, "LoadBalancerName")
    echo(parameters, document, "AddressAllocatedMode", "BandwidthPackageId")
    call.store.put(KIND, id, document)
    call.context.transitions.later(KIND, id, LoadBalancerStatus="Active")
    return {"LoadBalancerId": id}


@action(ALB, "GetLoadBalancerAttribute", source="provider source")
def get_load_balancer_attribute(call: Call) -> Response:
    """One load balancer; 404 when it is gone."""
    return public(find(call, call.parameters.required("LoadBalancerId")))


@action(ALB, "ListLoadBalancers", source="sdk model")
def list_load_balancers(call: Call) -> Response:
    """All load balancers, or those of ids, names, networks, a status, an address type or a tag."""
    found = [public(document) for document in call.store.list(KIND) if _matches(call.parameters, document)]
    return token_page(call.parameters, found, "LoadBalancers")


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
    """Remove a listener and its rules."""
    for rule in call.store.list("alb.rule"):
        if rule["ListenerId"] == id:
            call.store.delete("alb.rule", rule["RuleId"])
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


def modification_protection(parameters: Parameters) -> Document:
    """The checked ModificationProtectionConfig; a reason only with protection."""
    config = parameters.mapping("ModificationProtectionConfig")
    status = config.choice("Status", ("NonProtection", "ConsoleProtection"), "NonProtection")
    answer = {"Status": status}
    if reason := config.text("Reason"):
        if status != "ConsoleProtection":
            raise invalid("ModificationProtectionConfig.Reason", "only with Status ConsoleProtection")
        answer["Reason"] = reason
    return answer


def zone_mappings(call: Call, network_id: str) -> list[Document]:
    """The checked zones: two to ten, each with one vSwitch of its own. Addresses come back only if they were
    sent, or every later `up` wants to change the zones (openapi-contract.md §7.6).
    """
    mappings = [_zone_mapping(call, item, network_id) for item in call.parameters.objects("ZoneMappings")]
    zones = [mapping["ZoneId"] for mapping in mappings]
    if not 2 <= len(zones) <= 10 or len(set(zones)) != len(zones):
        raise invalid("ZoneMappings", "two to ten different zones, one vSwitch each")
    return mappings


def _zone_mapping(call: Call, item: Parameters, network_id: str) -> Document:
    vswitch = vswitches.find(call, item.required("VSwitchId"))
    zone = item.required("ZoneId")
    if vswitch["ZoneId"] != zone:
        raise refused("VSwitchNotMatchZone", "A vSwitch of the zone mappings is not in the zone given with it.")
    if vswitch["VpcId"] != network_id:
        raise refused("VSwitchNotMatchVpc", "A vSwitch of the zone mappings is not in the VPC of the load balancer.")
    sent: Document = {}
    echo(item, sent, *_ADDRESS_KEYS)
    return {"VSwitchId": vswitch["VSwitchId"], "ZoneId": zone, "LoadBalancerAddresses": [sent] if sent else []}


def _matches(parameters: Parameters, document: Document) -> bool:
    lists = {"LoadBalancerIds": "LoadBalancerId", "LoadBalancerNames": "LoadBalancerName", "VpcIds": "VpcId"}
    singles = ("LoadBalancerStatus", "AddressType", "ResourceGroupId")
    tags = tagging.sent(parameters)
    return (
        all(not (wanted := parameters.texts(name)) or document.get(key) in wanted for name, key in lists.items())
        and all(parameters.text(name) in ("", document.get(name)) for name in singles)
        and all(tag in document["Tags"] for tag in tags)
    )
