"""ECS of the local cloud: run, list, start, stop and delete instances."""

import uuid
from typing import Any

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import (
    Shown,
    among,
    being,
    exactly,
    lowest_free_address,
    new_id,
    next_number,
    now_text,
    numbered_page,
    require,
    token_page,
)
from local.cloud.ecs import disks, hpc_clusters, launch_templates, network_interfaces, security_groups
from local.cloud.ecs.images import SYSTEMS
from local.cloud.ecs.instance_types import TYPES
from local.cloud.errors import gone, refused
from local.cloud.parameters import Parameters, echo
from local.cloud.products import ECS
from local.cloud.store import Document, Store
from local.cloud.vpc import vswitches
from local.places import BACKEND_NETWORK

KIND = "ecs.instance"
ECHOED = (
    "InstanceName", "Description", "HostName", "InternetChargeType", "KeyPairName", "SpotStrategy",
    "CreditSpecification", "AutoReleaseTime", "ResourceGroupId", "HpcClusterId", "DeploymentSetId", "UserData",
    "RamRoleName", "SpotInterruptionBehavior", "DedicatedHostId",
)  # fmt: skip
"""Strings of RunInstances that come back as they were sent, and only then."""


@action(ECS, "RunInstances", source="provider source", writes=True)
def run_instances(call: Call) -> Response:
    """One instance or Amount of them; Pending until it settles, then Running. A launch template fills in what is not sent."""
    call.parameters = launch_templates.filled(call)
    amount = call.parameters.integer("Amount", 1, 100, 1)
    _check_without_effect(call.parameters)
    ids = [_run(call) for _ in range(amount)]
    return {"InstanceIdSets": {"InstanceIdSet": ids}, "OrderId": "", "TradePrice": 0.0}


@action(ECS, "DescribeInstances", source="provider source")
def describe_instances(call: Call) -> Response:
    """All instances, or those of ids or private addresses (JSON texts), a name, a network, a vSwitch, a zone, a status, tags."""
    ids, addresses = call.parameters.json_texts("InstanceIds"), call.parameters.json_texts("PrivateIpAddresses")
    call.parameters.choice("InstanceNetworkType", ("vpc", ""), "")  # there is no other
    names = ("InstanceName", "VpcId", "VSwitchId", "ZoneId", "Status")
    group, tags = call.parameters.text("SecurityGroupId"), tagging.sent(call.parameters)
    call.parameters.pass_over("AdditionalAttributes")  # they are answered unasked
    interfaces = network_interfaces.by_instance(call)
    lists = among(InstanceId=ids, PrivateIpAddress=addresses)
    single = [*exactly(SecurityGroupIds=group), *being(call.parameters, *names)]
    fitting = call.store.where(KIND, *lists, *single, *tagging.having_exactly(tags))
    found = Shown(fitting, lambda document: shown(document, interfaces.get(document["InstanceId"], [])))
    if call.parameters.text("MaxResults"):
        answer = token_page(call.parameters, found, "Instance")
        return {"Instances": {"Instance": answer.pop("Instance")}, "NextToken": "", **answer}
    call.parameters.pass_over("NextToken")  # sent empty with a page's number
    page, counters = numbered_page(call.parameters, found)
    return {"Instances": {"Instance": page}, **counters}


@action(ECS, "StartInstance", source="provider source", writes=True)
def start_instance(call: Call) -> Response:
    """Starting, then Running."""
    return _pass(call, ("Stopped",), "Starting", "Running")


@action(ECS, "StopInstance", source="provider source", writes=True)
def stop_instance(call: Call) -> Response:
    """Stopping, then Stopped, by force or not."""
    for name in ("ForceStop", "ConfirmStop", "Hibernate"):
        call.parameters.boolean(name)
    return _pass(call, ("Running",), "Stopping", "Stopped")


@action(ECS, "RebootInstance", source="provider source", writes=True)
def reboot_instance(call: Call) -> Response:
    """Starting, then Running, by force or not."""
    call.parameters.boolean("ForceStop")
    return _pass(call, ("Running",), "Starting", "Running")


@action(ECS, "DeleteInstance", source="provider source", writes=True)
def delete_instance(call: Call) -> Response:
    """Remove an instance; a running one with Force=true, which is what the provider sends (§10.18). Its disks go with it."""
    document = find(call, call.parameters.required("InstanceId"))
    if document.get("DeletionProtection"):
        raise refused("InvalidOperation.DeletionProtection", "The deletion protection of the instance is on.")
    forced = call.parameters.boolean("Force")
    if document["Status"] != "Stopped" and not forced:
        raise refused("IncorrectInstanceStatus", "The instance must be stopped, or Force be true.")
    network_interfaces.release(call, document["InstanceId"])
    call.store.delete(KIND, document["InstanceId"])
    return {}


def find(call: Call, id: str) -> Document:
    """The instance, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidInstanceId.NotFound", "instance"))


def shown(document: Document, interfaces: list[Document]) -> dict[str, Any]:
    """An instance and its interfaces as DescribeInstances shows them."""
    type_ = TYPES.get(document["InstanceType"], {"CpuCoreCount": 2, "MemorySize": 8.0})
    return {
        **_PLAIN,
        "InstanceTypeFamily": document["InstanceType"].rpartition(".")[0],
        "OSNameEn": SYSTEMS.get(document["ImageId"], ""),
        "SerialNumber": str(uuid.uuid5(uuid.NAMESPACE_OID, document["InstanceId"])),
        **{key: value for key, value in document.items() if key not in HIDDEN},
        "Cpu": type_["CpuCoreCount"],
        "CpuOptions": {"CoreCount": type_["CpuCoreCount"] // 2, "ThreadsPerCore": 2, **document["CpuOptions"]},
        "Memory": int(type_["MemorySize"] * 1024),
        "OSName": SYSTEMS.get(document["ImageId"], ""),
        "OSType": "linux",
        "InstanceNetworkType": "vpc",
        "PublicIpAddress": {"IpAddress": [document["PublicAddress"]] if document["PublicAddress"] else []},
        "InnerIpAddress": {"IpAddress": []},
        "NetworkInterfaces": {"NetworkInterface": network_interfaces.listed(interfaces)},
        "DedicatedHostAttribute": {"DedicatedHostId": document.get("DedicatedHostId", ""), "DedicatedHostName": ""},
        "ImageOptions": {"LoginAsNonRoot": document["LoginAsNonRoot"]},
        "AdditionalInfo": {"EnableHighDensityMode": document["HighDensity"]},
        "VpcAttributes": {
            "VpcId": document["VpcId"],
            "VSwitchId": document["VSwitchId"],
            "PrivateIpAddress": {"IpAddress": [document["PrivateIpAddress"]]},
            "NatIpAddress": "",
        },
        "SecurityGroupIds": {"SecurityGroupId": document["SecurityGroupIds"]},
        "MetadataOptions": document["MetadataOptions"],
        "Tags": {"Tag": tagging.shown(document)},
    }


_PLAIN = {
    "ClusterId": "",
    "DedicatedInstanceAttribute": {"Affinity": "", "Tenancy": "default"},
    "DeploymentSetGroupNo": 0,
    "DeviceAvailable": True,
    "EcsCapacityReservationAttr": {"CapacityReservationId": "", "CapacityReservationPreference": ""},
    "EipAddress": {
        "AllocationId": "",
        "IpAddress": "",
        "InternetChargeType": "",
        "Bandwidth": 0,
        "IsSupportUnassociate": False,
    },
    "GPUAmount": 0,
    "GPUSpec": "",
    "HibernationOptions": {"Configured": False},
    "HpcClusterId": "",
    "IoOptimized": True,
    "ISP": "",
    "LocalStorageAmount": 0,
    "LocalStorageCapacity": 0,
    "OperationLocks": {"LockReason": []},
    "RdmaIpAddress": {"IpAddress": []},
    "Recyclable": False,
    "SaleCycle": "",
    "VlanId": "",
}
"""What is the same for every instance here."""
HIDDEN = (
    "VpcId", "VSwitchId", "PrivateIpAddress", "LocalAddress", "Disks", "UserData", "RamRoleName", "Tags", "SecurityGroupIds",
    "MetadataOptions", "Maintenance", "Renewal", "PrivatePool", "PublicAddress", "LoginAsNonRoot", "HighDensity",
    "DedicatedHostId", "EnableJumboFrame",
)  # fmt: skip
"""Keys of an instance's document that DescribeInstances shows elsewhere or not at all."""
NEVER_RENEWED = {"RenewalStatus": "Normal", "AutoRenewEnabled": False, "Duration": 0, "PeriodUnit": "Month"}
NO_MAINTENANCE = {"Action": "AutoRecover", "Windows": [], "Notify": False}


def upgrade(store: Store) -> None:
    """Give instances that an earlier version kept what they lack."""
    for document in store.list(KIND):
        if "Disks" not in document:
            disk = {"Type": "system", "Tags": [], **document.pop("SystemDisk")}
            document.update({**_options(Parameters({})), **document, "Disks": [disk]})
            store.put(KIND, document["InstanceId"], document)
        if interfaces := document.pop("NetworkInterfaces", None):
            store.put(KIND, document["InstanceId"], document)
            network_interfaces.take_over(store, document, interfaces)


def _options(parameters: Parameters) -> Document:
    """What RunInstances may say beyond place and size, with the service's defaults."""
    pool, cpu = parameters.mapping("PrivatePoolOptions"), parameters.mapping("CpuOptions")
    options: Document = {
        "Maintenance": NO_MAINTENANCE,
        "Renewal": _renewal(parameters),
        "PrivatePool": {"Id": pool.text("Id"), "MatchCriteria": pool.text("MatchCriteria")},
        "EnableJumboFrame": parameters.mapping("NetworkOptions").boolean("EnableJumboFrame"),
        "LoginAsNonRoot": parameters.mapping("ImageOptions").boolean("LoginAsNonRoot"),
        "HighDensity": parameters.mapping("AdditionalInfo").boolean("EnableHighDensityMode"),
        "CpuOptions": cpu_options(cpu),
        "SpotDuration": parameters.integer("SpotDuration", 0, 6, 0),
        "SpotPriceLimit": float(parameters.text("SpotPriceLimit", "0") or 0),
        "StoppedMode": "Not-applicable",
        "PublicAddress": "",
    }
    return options


def cpu_options(sent: Parameters) -> Document:
    """Cores, threads and topology, those that were sent."""
    options: Document = {}
    if sent.text("Core"):
        options["CoreCount"] = sent.integer("Core", 1, 1000)
    if sent.text("ThreadsPerCore"):
        options["ThreadsPerCore"] = sent.integer("ThreadsPerCore", 1, 2)
    if sent.text("TopologyType"):
        options["TopologyType"] = sent.text("TopologyType")
    return options


def _renewal(parameters: Parameters) -> Document:
    months = parameters.integer("AutoRenewPeriod", 1, 60, 1)
    if not parameters.boolean("AutoRenew"):
        return NEVER_RENEWED
    return {**NEVER_RENEWED, "RenewalStatus": "AutoRenewal", "AutoRenewEnabled": True, "Duration": months}


def _run(call: Call) -> str:
    parameters = call.parameters
    interfaces = list(parameters.objects("NetworkInterface"))
    types = [one.choice("InstanceType", ("Primary", "Secondary"), "Secondary") for one in interfaces]
    first = interfaces[types.index("Primary")] if "Primary" in types else Parameters({})
    own = _primary(call, first)
    vswitch = vswitches.find(call, own["VSwitchId"])
    if parameters.text("ZoneId", vswitch["ZoneId"]) != vswitch["ZoneId"]:
        raise refused("InvalidParameter.Mismatch", "The vSwitch is not in the zone that was given.")
    id = new_id("i")
    document = {
        "InstanceId": id,
        "Status": "Pending",
        "InstanceType": parameters.required("InstanceType"),
        "ImageId": parameters.required("ImageId"),
        "RegionId": call.region,
        "ZoneId": vswitch["ZoneId"],
        "VSwitchId": vswitch["VSwitchId"],
        "VpcId": vswitch["VpcId"],
        "SecurityGroupIds": own["SecurityGroupIds"],
        "PrivateIpAddress": own["PrimaryIpAddress"],
        "LocalAddress": lowest_free_address(call.store, KIND, BACKEND_NETWORK),
        "InstanceChargeType": parameters.choice("InstanceChargeType", ("PostPaid", "PrePaid"), "PostPaid"),
        "InternetMaxBandwidthOut": parameters.integer("InternetMaxBandwidthOut", 0, 100, 0),
        "InternetMaxBandwidthIn": parameters.integer("InternetMaxBandwidthIn", 0, 200, 200),
        "ExpiredTime": "2099-12-31T15:59Z",
        "DeletionProtection": parameters.boolean("DeletionProtection"),
        "MetadataOptions": _metadata_options(parameters),
        "Disks": [disks.system(parameters.mapping("SystemDisk")), *map(disks.data, parameters.objects("DataDisk"))],
        "CreationTime": now_text(),
        "StartTime": now_text(),
        "Tags": tagging.sent(parameters),
        **_options(parameters),
    }
    echo(parameters, document, *ECHOED)
    if cluster := parameters.text("HpcClusterId"):
        hpc_clusters.find(call, cluster)
    document.setdefault("InternetChargeType", "PayByTraffic")
    document.setdefault("SpotStrategy", "NoSpot")
    document.setdefault("HostName", id.replace("i-", "iZ") + "Z")
    if document["InternetMaxBandwidthOut"]:
        document["PublicAddress"] = public_address(call)
    call.store.put(KIND, id, document)
    network_interfaces.give(call, own, id, network_interfaces.PRIMARY)
    for one in interfaces:
        if one is not first:
            network_interfaces.give(call, _secondary(call, one, own["SecurityGroupIds"]), id)
    call.context.transitions.later(KIND, id, Status="Running")
    return id


def _check_without_effect(parameters: Parameters) -> None:
    """What is taken, with no effect on an instance that costs nothing."""
    check_login(parameters)
    parameters.choice("IoOptimized", ("none", "optimized"), "optimized")
    parameters.integer("Period", 1, 60, 1)
    parameters.choice("PeriodUnit", ("Week", "Month"), "Month")
    parameters.mapping("SystemDisk").choice("EncryptAlgorithm", ("aes-256", "sm4-128"), "aes-256")


def check_login(parameters: Parameters) -> None:
    """What is taken, with no effect on an instance that nobody can log in to."""
    parameters.pass_over("Password")  # a secret, so it is not even kept
    parameters.boolean("PasswordInherit")
    parameters.choice("SecurityEnhancementStrategy", ("Active", "Deactive"), "Active")


def public_address(call: Call) -> str:
    """A public address of the documentation's range, which nobody can reach [assumed]."""
    return f"203.0.113.{next_number(call.store, 'ecs.public_address', 1) % 254 + 1}"


def _primary(call: Call, item: Parameters) -> Document:
    """The first interface of a new instance: the one that is named, or a new one; `item` are its options, if any were sent."""
    if item.text("NetworkInterfaceId"):
        return network_interfaces.free(call, item.text("NetworkInterfaceId"))
    parameters = call.parameters
    vswitch = vswitches.find(call, item.text("VSwitchId") or parameters.required("VSwitchId"))
    sent = item.texts("SecurityGroupIds") or parameters.texts("SecurityGroupIds")
    groups = sent or [parameters.required("SecurityGroupId")]
    security_groups.check_network(call, groups, vswitch["VpcId"])
    address = item.text("PrimaryIpAddress") or parameters.text("PrivateIpAddress")
    interface = network_interfaces.new(call, item, vswitch, groups, address)
    network_interfaces.add_ipv6(call, interface, item if item.values else parameters)
    return interface


def _secondary(call: Call, item: Parameters, groups: list[str]) -> Document:
    """A further interface: the one that is named, or a new one, in the instance's groups if no others are said."""
    if item.text("NetworkInterfaceId"):
        return network_interfaces.free(call, item.text("NetworkInterfaceId"))
    vswitch = vswitches.find(call, item.required("VSwitchId"))
    groups = item.texts("SecurityGroupIds") or groups
    interface = network_interfaces.new(call, item, vswitch, groups, item.text("PrimaryIpAddress"))
    network_interfaces.add_ipv6(call, interface, item)
    return interface


def _metadata_options(parameters: Parameters) -> Document:
    return {
        "HttpEndpoint": parameters.choice("HttpEndpoint", ("enabled", "disabled"), "enabled"),
        "HttpTokens": parameters.choice("HttpTokens", ("optional", "required"), "optional"),
        "HttpPutResponseHopLimit": parameters.integer("HttpPutResponseHopLimit", 1, 64, 1),
    }


def _pass(call: Call, allowed: tuple[str, ...], now: str, then: str) -> Response:
    document = find(call, call.parameters.required("InstanceId"))
    if document["Status"] not in allowed:
        raise refused("IncorrectInstanceStatus", "The status of the instance does not allow this operation.")
    stopped = call.parameters.text("StoppedMode", "KeepCharging") if then == "Stopped" else "Not-applicable"
    call.store.put(KIND, document["InstanceId"], {**document, "Status": now, "StoppedMode": stopped})
    call.context.transitions.later(KIND, document["InstanceId"], Status=then)
    return {}
