"""ECS of the local cloud: security groups."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import among, being, exactly, new_id, now_text, numbered_page, require
from local.cloud.errors import gone, in_use, refused
from local.cloud.parameters import echo
from local.cloud.products import ECS
from local.cloud.store import Document
from local.cloud.vpc import networks

KIND = "ecs.security_group"
MOST_INSTANCES = 2000


@action(ECS, "CreateSecurityGroup", source="provider source", writes=True)
def create_security_group(call: Call) -> Response:
    """A group without rules; a normal one lets its members reach each other, an enterprise one does not. Where no network is
    named it lies in the region's default one, which comes into being if need be.
    """
    parameters = call.parameters
    type_ = parameters.choice("SecurityGroupType", ("normal", "enterprise"), "normal")
    document: Document = {
        "SecurityGroupId": new_id("sg"),
        "SecurityGroupType": type_,
        "InnerAccessPolicy": "Accept" if type_ == "normal" else "Drop",
        "RegionId": call.region,
        "ResourceGroupId": parameters.text("ResourceGroupId"),
        "CreationTime": now_text(),
        "Permissions": [],
        "Tags": tagging.sent(parameters),
    }
    named = parameters.text("VpcId")
    document["VpcId"] = networks.find(call, named)["VpcId"] if named else networks.default(call)["VpcId"]
    echo(parameters, document, "SecurityGroupName", "Description")
    call.store.put(KIND, document["SecurityGroupId"], document)
    return {"SecurityGroupId": document["SecurityGroupId"]}


@action(ECS, "DescribeSecurityGroups", source="provider source")
def describe_security_groups(call: Call) -> Response:
    """All groups, or those of an id, ids (JSON text), a name or a network; an empty list means gone."""
    ids = call.parameters.json_texts("SecurityGroupIds")
    single = being(call.parameters, "SecurityGroupId", "SecurityGroupName", "VpcId")
    page, counters = numbered_page(call.parameters, call.store.where(KIND, *among(SecurityGroupId=ids), *single))
    listed = [_listed(call, document) for document in page]
    return {"SecurityGroups": {"SecurityGroup": listed}, "RegionId": call.region, **counters}


@action(ECS, "DescribeSecurityGroupAttribute", source="provider source")
def describe_security_group_attribute(call: Call) -> Response:
    """One group with its rules. Direction filters; an unknown NicType is ignored (§10.5)."""
    document = find(call, call.parameters.required("SecurityGroupId"))
    call.parameters.pass_over("NicType")  # every group is in a VPC, whose rules are all `intranet`
    direction = call.parameters.text("Direction").lower()
    rules = [rule for rule in document["Permissions"] if direction in ("", "all", rule["Direction"])]
    names = ("SecurityGroupId", "SecurityGroupName", "Description", "VpcId", "RegionId", "InnerAccessPolicy")
    shown = [{**_RULE_DEFAULTS, **rule} for rule in rules]
    return {**{name: document.get(name, "") for name in names}, "Permissions": {"Permission": shown}}


_RULE_DEFAULTS = {
    "SourceGroupName": "", "DestGroupName": "", "SourcePrefixListName": "", "DestPrefixListName": "",
    "PortRangeListId": "", "PortRangeListName": "", "SourcePortRange": "",
}  # fmt: skip
"""What a rule answers that is not kept of it: names beside ids, and kinds of peers that are not offered."""


@action(ECS, "ModifySecurityGroupAttribute", source="provider source", writes=True)
def modify_security_group_attribute(call: Call) -> Response:
    """Change name and description; an empty one clears."""
    document = find(call, call.parameters.required("SecurityGroupId"))
    echo(call.parameters, document, "SecurityGroupName", "Description")
    call.store.put(KIND, document["SecurityGroupId"], document)
    return {}


@action(ECS, "ModifySecurityGroupPolicy", source="provider source", writes=True)
def modify_security_group_policy(call: Call) -> Response:
    """Whether members reach each other."""
    document = find(call, call.parameters.required("SecurityGroupId"))
    policy = call.parameters.choice("InnerAccessPolicy", ("Accept", "Drop", "accept", "drop")).title()
    call.store.put(KIND, document["SecurityGroupId"], {**document, "InnerAccessPolicy": policy})
    return {}


@action(ECS, "DeleteSecurityGroup", source="provider source", writes=True)
def delete_security_group(call: Call) -> Response:
    """Remove a group that no instance, network interface or load balancer is in and no other group's rule names."""
    id = find(call, call.parameters.required("SecurityGroupId"))["SecurityGroupId"]
    kinds = ("ecs.instance", "ecs.network_interface", "alb.load_balancer")
    members = [d for kind in kinds for d in call.store.list(kind) if id in d.get("SecurityGroupIds", ())]
    others = [d for d in call.store.list(KIND) if d["SecurityGroupId"] != id and _names(d, id)]
    if members or others:
        raise in_use(
            "DependencyViolation",
            "An instance, a network interface, a load balancer or another group's rule still uses the security group.",
        )
    call.store.delete(KIND, id)
    return {}


def find(call: Call, id: str) -> Document:
    """The group, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidSecurityGroupId.NotFound", "security group"))


def check_network(call: Call, ids: list[str], network: str) -> None:
    """Refuse groups that are gone or in another network."""
    for id in ids:
        if find(call, id).get("VpcId") != network:
            raise refused("InvalidParameter.Mismatch", "The security group and the vSwitch are not in one VPC.")


def _names(document: Document, id: str) -> bool:
    return any(id in (rule.get("SourceGroupId"), rule.get("DestGroupId")) for rule in document["Permissions"])


def _listed(call: Call, document: Document) -> Response:
    members = len(call.store.where("ecs.instance", *exactly(SecurityGroupIds=document["SecurityGroupId"])))
    hidden = ("Permissions", "InnerAccessPolicy", "RegionId", "Tags")
    defaults = {"Description": "", "SecurityGroupName": "", "VpcId": "", "ServiceManaged": False}
    shown = {key: value for key, value in document.items() if key not in hidden}
    rules = document["Permissions"]
    counts = {
        "EcsCount": members,
        "AvailableInstanceAmount": MOST_INSTANCES - members,
        "RuleCount": len(rules),
        "GroupToGroupRuleCount": sum(bool(one["SourceGroupId"] or one["DestGroupId"]) for one in rules),
    }
    return {**defaults, **shown, **counts, "Tags": {"Tag": tagging.shown(document)}}
