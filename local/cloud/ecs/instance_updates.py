"""What can be changed about an ECS instance of the local cloud."""

from collections.abc import Mapping

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id
from local.cloud.ecs import disks, instances, network_interfaces, security_groups
from local.cloud.ecs.instance_types import TYPES
from local.cloud.errors import refused
from local.cloud.parameters import echo
from local.cloud.products import ECS
from local.cloud.store import Document
from local.cloud.vpc import vswitches


def _found(call: Call) -> Document:
    return instances.find(call, call.parameters.required("InstanceId"))


def _kept(call: Call, document: Document) -> Response:
    call.store.put(instances.KIND, document["InstanceId"], document)
    return {}


@action(ECS, "ModifyInstanceAttribute", source="provider source", writes=True)
def modify_instance_attribute(call: Call) -> Response:
    """Name, description, host name, user data, protection, credit, jumbo frames, CPU options. A password is taken and not kept."""
    document, parameters = _found(call), call.parameters
    parameters.pass_over("Password")
    echo(parameters, document, "InstanceName", "Description", "HostName", "UserData", "CreditSpecification")
    for name in ("DeletionProtection", "EnableJumboFrame"):
        if parameters.text(name):
            document[name] = parameters.boolean(name)
    if parameters.mapping("NetworkOptions").text("EnableJumboFrame"):
        document["EnableJumboFrame"] = parameters.mapping("NetworkOptions").boolean("EnableJumboFrame")
    if parameters.mapping("AdditionalInfo").text("EnableHighDensityMode"):
        document["HighDensity"] = parameters.mapping("AdditionalInfo").boolean("EnableHighDensityMode")
    document["CpuOptions"] |= instances.cpu_options(parameters.mapping("CpuOptions"))
    if parameters.texts("SecurityGroupIds"):
        document["SecurityGroupIds"] = parameters.texts("SecurityGroupIds")
    return _kept(call, document)


@action(ECS, "ModifyInstanceMetadataOptions", source="provider source", writes=True)
def modify_instance_metadata_options(call: Call) -> Response:
    """How the instance reads its metadata."""
    document = _found(call)
    echo(call.parameters, document["MetadataOptions"], "HttpEndpoint", "HttpTokens")
    if call.parameters.text("HttpPutResponseHopLimit"):
        document["MetadataOptions"]["HttpPutResponseHopLimit"] = call.parameters.integer(
            "HttpPutResponseHopLimit", 1, 64
        )
    return _kept(call, document)


@action(ECS, "ModifyInstanceSpec", "ModifyPrepayInstanceSpec", source="provider source", writes=True)
def modify_instance_spec(call: Call) -> Response:
    """Another type; the instance must be stopped."""
    document = _found(call)
    if document["Status"] != "Stopped":
        raise refused("IncorrectInstanceStatus", "The instance must be stopped.")
    call.parameters.choice("OperatorType", ("upgrade", "downgrade"), "upgrade")  # nothing is paid here
    document["InstanceType"] = call.parameters.text("InstanceType", document["InstanceType"])
    if document["InstanceType"] not in TYPES:
        raise refused("InvalidInstanceType.ValueNotSupported", "The region has no such instance type.")
    return {**_kept(call, document), **({"OrderId": ""} if call.name == "ModifyPrepayInstanceSpec" else {})}


@action(ECS, "ModifyInstanceNetworkSpec", source="provider source", writes=True)
def modify_instance_network_spec(call: Call) -> Response:
    """Bandwidth and how traffic is charged. A first public address comes with AllocatePublicIp=true, and to a subscribed
    instance with its first bandwidth.
    """
    document, parameters = _found(call), call.parameters
    echo(parameters, document, "InternetChargeType")
    if parameters.text("NetworkChargeType"):
        document["InternetChargeType"] = parameters.text("NetworkChargeType")
    for name, most in (("InternetMaxBandwidthOut", 100), ("InternetMaxBandwidthIn", 200)):
        if parameters.text(name):
            document[name] = parameters.integer(name, 0, most)
    comes_along = document["InstanceChargeType"] == "PrePaid" and document["InternetMaxBandwidthOut"] > 0
    if (parameters.boolean("AllocatePublicIp") or comes_along) and not document["PublicAddress"]:
        document["PublicAddress"] = instances.public_address(call)
    if not document["InternetMaxBandwidthOut"]:
        document["PublicAddress"] = ""
    return {"OrderId": "", **_kept(call, document)}


@action(ECS, "AllocatePublicIpAddress", source="provider source", writes=True)
def allocate_public_ip_address(call: Call) -> Response:
    """A public address, once."""
    document = _found(call)
    document["PublicAddress"] = document["PublicAddress"] or instances.public_address(call)
    return {"IpAddress": document["PublicAddress"], **_kept(call, document)}


@action(ECS, "ModifyInstanceVpcAttribute", source="provider source", writes=True)
def modify_instance_vpc_attribute(call: Call) -> Response:
    """Another vSwitch of the zone or private address; the instance must be stopped."""
    document, parameters = _found(call), call.parameters
    if document["Status"] != "Stopped":
        raise refused("IncorrectInstanceStatus", "The instance must be stopped.")
    vswitch = vswitches.find(call, parameters.required("VSwitchId"))
    if vswitch["ZoneId"] != document["ZoneId"]:
        raise refused("InvalidVSwitchId.Mismatch", "Specified instance and virtual switch are not in the same zone.")
    if parameters.text("VpcId", str(vswitch["VpcId"])) != vswitch["VpcId"]:
        raise refused("InvalidParameter.Mismatch", "The vSwitch is not in the VPC that was given.")
    wanted = parameters.text("PrivateIpAddress")
    moved = {"VSwitchId": vswitch["VSwitchId"], "VpcId": vswitch["VpcId"]}
    if wanted or vswitch["VSwitchId"] != document["VSwitchId"]:
        moved["PrivateIpAddress"] = wanted or vswitches.free_address(call, vswitch)
    document.update(moved)
    if parameters.texts("SecurityGroupId"):
        document["SecurityGroupIds"] = parameters.texts("SecurityGroupId")
    place = {
        "VSwitchId": document["VSwitchId"],
        "VpcId": document["VpcId"],
        "PrimaryIpAddress": document["PrivateIpAddress"],
    }
    for own in network_interfaces.of(call, document["InstanceId"])[:1]:
        network_interfaces.keep(call, {**own, **place})
    return _kept(call, document)


@action(ECS, "ModifyInstanceAutoReleaseTime", source="provider source", writes=True)
def modify_instance_auto_release_time(call: Call) -> Response:
    """When the instance is to be released; nothing here does it. An empty time takes it back."""
    document = _found(call)
    document["AutoReleaseTime"] = call.parameters.text("AutoReleaseTime")
    return _kept(call, document)


@action(ECS, "ModifyInstanceChargeType", source="provider source", writes=True)
def modify_instance_charge_type(call: Call) -> Response:
    """From pay-as-you-go to subscription and back."""
    type_ = call.parameters.choice("InstanceChargeType", ("PostPaid", "PrePaid"), "PrePaid")
    call.parameters.integer("Period", 1, 60, 1)  # nothing is paid here
    call.parameters.choice("PeriodUnit", ("Week", "Month", "Year"), "Month")
    for name in ("AutoPay", "IncludeDataDisks", "IsDetailFee"):
        call.parameters.boolean(name)
    for id in call.parameters.json_texts("InstanceIds"):
        _kept(call, {**instances.find(call, id), "InstanceChargeType": type_})
    return {"OrderId": "", "FeeOfInstances": {"FeeOfInstance": []}}


@action(ECS, "ModifyInstanceAutoRenewAttribute", source="provider source", writes=True)
def modify_instance_auto_renew_attribute(call: Call) -> Response:
    """How a subscribed instance is renewed."""
    parameters = call.parameters
    for id in parameters.required("InstanceId").split(","):
        document = instances.find(call, id)
        status = parameters.text("RenewalStatus") or document["Renewal"]["RenewalStatus"]
        document["Renewal"] = {
            "RenewalStatus": status,
            "AutoRenewEnabled": status == "AutoRenewal",
            "Duration": parameters.integer("Duration", 0, 60, document["Renewal"]["Duration"]),
            "PeriodUnit": parameters.text("PeriodUnit", document["Renewal"]["PeriodUnit"]),
        }
        _kept(call, document)
    return {}


@action(ECS, "ModifyInstanceMaintenanceAttributes", source="provider source", writes=True)
def modify_instance_maintenance_attributes(call: Call) -> Response:
    """Window, action and notice of maintenance, those that were sent."""
    parameters = call.parameters
    for id in parameters.texts("InstanceId"):
        document = instances.find(call, id)
        kept = dict(document["Maintenance"])
        if windows := list(parameters.objects("MaintenanceWindow")):
            kept["Windows"] = [{"StartTime": one.text("StartTime"), "EndTime": one.text("EndTime")} for one in windows]
        kept["Action"] = parameters.text("ActionOnMaintenance") or kept["Action"]
        kept["Notify"] = parameters.boolean("NotifyOnMaintenance", default=kept["Notify"])
        _kept(call, {**document, "Maintenance": kept})
    return {}


@action(ECS, "ModifyInstanceDeployment", source="provider source", writes=True)
def modify_instance_deployment(call: Call) -> Response:
    """Into a deployment set, or out of it."""
    document = _found(call)
    removed, named = call.parameters.boolean("RemoveFromDeploymentSet"), call.parameters.text("DeploymentSetId")
    document["DeploymentSetId"] = "" if removed else named
    return _kept(call, document)


@action(ECS, "ModifyInstanceAttachmentAttributes", source="provider source", writes=True)
def modify_instance_attachment_attributes(call: Call) -> Response:
    """Which private pool the instance may use."""
    document = _found(call)
    sent = call.parameters.mapping("PrivatePoolOptions")
    pool = {name: sent.text(name) for name in ("Id", "MatchCriteria")}
    return _kept(call, {**document, "PrivatePool": pool})


@action(ECS, "AttachKeyPair", source="provider source", writes=True)
def attach_key_pair(call: Call) -> Response:
    """Give instances a key pair."""
    return _given(call, "KeyPairName")


@action(ECS, "DetachKeyPair", source="provider source", writes=True)
def detach_key_pair(call: Call) -> Response:
    """Take the key pair from those instances that have it."""
    return _taken(call, "KeyPairName")


@action(ECS, "AttachInstanceRamRole", source="provider source", writes=True)
def attach_instance_ram_role(call: Call) -> Response:
    """Give instances a role."""
    return _given(call, "RamRoleName")


@action(ECS, "DetachInstanceRamRole", source="provider source", writes=True)
def detach_instance_ram_role(call: Call) -> Response:
    """Take the role from those instances that have it."""
    return _taken(call, "RamRoleName")


def _given(call: Call, name: str) -> Response:
    value = call.parameters.required(name)
    return _each(call, name, value, dict.fromkeys(call.parameters.json_texts("InstanceIds"), value))


def _taken(call: Call, name: str) -> Response:
    wanted = call.parameters.text(name)
    found = {id: instances.find(call, id).get(name, "") for id in call.parameters.json_texts("InstanceIds")}
    return _each(call, name, wanted, {id: "" if wanted in ("", had) else had for id, had in found.items()})


def _each(call: Call, name: str, asked: str, values: Mapping[str, str]) -> Response:
    """Give each instance its value; the answer names every one, under a key that differs between the calls."""
    for id, value in values.items():
        _kept(call, {**instances.find(call, id), name: value})
    results = [{"InstanceId": id, "Success": True, "Code": "200", "Message": "success"} for id in values]
    listed = f"{call.name}Result" if name == "RamRoleName" else "Result"
    counts = {"TotalCount": str(len(values)), "FailCount": "0"}
    return {name: asked, **counts, f"{listed}s": {listed: results}}


@action(ECS, "ReplaceSystemDisk", source="provider source", writes=True)
def replace_system_disk(call: Call) -> Response:
    """Another image on a new system disk; the instance must be stopped."""
    document, parameters = _found(call), call.parameters
    if document["Status"] != "Stopped":
        raise refused("IncorrectInstanceStatus", "The instance must be stopped.")
    document["ImageId"] = parameters.required("ImageId")
    instances.check_login(parameters)
    echo(parameters, document, "KeyPairName")
    old = document["Disks"][0]
    size = parameters.mapping("SystemDisk").integer("Size", 20, disks.LARGEST, old["Size"])
    disk = {**old, "DiskId": new_id("d"), "Size": size}
    parameters.choice("EncryptAlgorithm", ("aes-256", "sm4-128"), "aes-256")
    disk["Encrypted"] = parameters.boolean("Encrypted", default=old["Encrypted"])
    echo(parameters, disk, "KMSKeyId")
    document["Disks"][0] = disk
    return {"DiskId": document["Disks"][0]["DiskId"], **_kept(call, document)}


@action(ECS, "JoinSecurityGroup", source="provider source", writes=True)
def join_security_group(call: Call) -> Response:
    """Put an instance into a group of its network."""
    document = _found(call)
    group = security_groups.find(call, call.parameters.required("SecurityGroupId"))
    if group.get("VpcId") != document["VpcId"]:
        raise refused("InvalidParameter.Mismatch", "The security group and the instance are not in one VPC.")
    if group["SecurityGroupId"] not in document["SecurityGroupIds"]:
        document["SecurityGroupIds"].append(group["SecurityGroupId"])
    return _kept(call, document)


@action(ECS, "LeaveSecurityGroup", source="provider source", writes=True)
def leave_security_group(call: Call) -> Response:
    """Take an instance out of a group; the last one stays."""
    document = _found(call)
    left = [id for id in document["SecurityGroupIds"] if id != call.parameters.required("SecurityGroupId")]
    if not left:
        raise refused("InstanceLastSecurityGroup", "An instance must be in one security group at least.")
    return _kept(call, {**document, "SecurityGroupIds": left})
