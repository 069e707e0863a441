"""What can be changed about an instance here; the rest of the provider's update calls are not offered."""

from local.cloud.actions import Call, Response, action
from local.cloud.ecs import instances, security_groups
from local.cloud.errors import refused
from local.cloud.parameters import echo
from local.cloud.products import ECS


@action(ECS, "ModifyInstanceAttribute", source="provider source", writes=True)
def modify_instance_attribute(call: Call) -> Response:
    """Name, description, host name, user data, deletion protection. A password is taken and not kept."""
    document = instances.find(call, call.parameters.required("InstanceId"))
    echo(call.parameters, document, "InstanceName", "Description", "HostName", "UserData", "CreditSpecification")
    if call.parameters.text("DeletionProtection"):
        document["DeletionProtection"] = call.parameters.boolean("DeletionProtection")
    call.store.put(instances.KIND, document["InstanceId"], document)
    return {}


@action(ECS, "ModifyInstanceMetadataOptions", source="provider source", writes=True)
def modify_instance_metadata_options(call: Call) -> Response:
    """How the instance reads its metadata."""
    document = instances.find(call, call.parameters.required("InstanceId"))
    echo(call.parameters, document["MetadataOptions"], "HttpEndpoint", "HttpTokens")
    call.store.put(instances.KIND, document["InstanceId"], document)
    return {}


@action(ECS, "JoinSecurityGroup", source="provider source", writes=True)
def join_security_group(call: Call) -> Response:
    """Put an instance into a group of its network."""
    document = instances.find(call, call.parameters.required("InstanceId"))
    group = security_groups.find(call, call.parameters.required("SecurityGroupId"))
    if group.get("VpcId") != document["VpcId"]:
        raise refused("InvalidParameter.Mismatch", "The security group and the instance are not in one VPC.")
    if group["SecurityGroupId"] not in document["SecurityGroupIds"]:
        document["SecurityGroupIds"].append(group["SecurityGroupId"])
    call.store.put(instances.KIND, document["InstanceId"], document)
    return {}


@action(ECS, "LeaveSecurityGroup", source="provider source", writes=True)
def leave_security_group(call: Call) -> Response:
    """Take an instance out of a group; the last one stays."""
    document = instances.find(call, call.parameters.required("InstanceId"))
    left = [id for id in document["SecurityGroupIds"] if id != call.parameters.required("SecurityGroupId")]
    if not left:
        raise refused("InstanceLastSecurityGroup", "An instance must be in one security group at least.")
    call.store.put(instances.KIND, document["InstanceId"], {**document, "SecurityGroupIds": left})
    return {}
