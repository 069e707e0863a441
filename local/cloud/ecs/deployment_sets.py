"""Deployment sets: instances that are to be kept apart. They have no effect here."""

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, numbered_page, require
from local.cloud.errors import gone, in_use
from local.cloud.parameters import echo
from local.cloud.products import ECS
from local.cloud.store import Document

KIND = "ecs.deployment_set"
INSTANCE = "ecs.instance"


@action(ECS, "CreateDeploymentSet", source="provider source", writes=True)
def create_deployment_set(call: Call) -> Response:
    """A set of instances that are to be kept apart."""
    parameters, id = call.parameters, new_id("ds")
    document = {
        "DeploymentSetId": id,
        "DeploymentSetName": parameters.text("DeploymentSetName"),
        "DeploymentSetDescription": parameters.text("Description"),
        "Strategy": parameters.text("Strategy", "Availability"),
        "DeploymentStrategy": parameters.text("Strategy", "Availability"),
        "Domain": parameters.text("Domain", "Default"),
        "Granularity": parameters.text("Granularity", "Host"),
        "CreationTime": now_text(),
    }
    choices = ("CancelMembershipAndStart", "KeepStopped")
    parameters.choice("OnUnableToRedeployFailedInstance", choices, choices[0])  # no host fails here
    call.store.put(KIND, id, document)
    return {"DeploymentSetId": id}


@action(ECS, "DescribeDeploymentSets", source="provider source")
def describe_deployment_sets(call: Call) -> Response:
    """All sets, or those of ids (JSON text) or a name, with their instances."""
    ids, name = call.parameters.json_texts("DeploymentSetIds"), call.parameters.text("DeploymentSetName")
    rows = [
        {
            **one,
            "InstanceIds": {"InstanceId": _members(call, one)},
            "InstanceAmount": len(_members(call, one)),
            **_of_account(call),
        }
        for one in call.store.list(KIND)
        if (not ids or one["DeploymentSetId"] in ids) and name in ("", one["DeploymentSetName"])
    ]
    page, counters = numbered_page(call.parameters, rows)
    return {"RegionId": call.region, "DeploymentSets": {"DeploymentSet": page}, **counters}


@action(ECS, "ModifyDeploymentSetAttribute", source="provider source", writes=True)
def modify_deployment_set_attribute(call: Call) -> Response:
    """Change name and description."""
    id = call.parameters.required("DeploymentSetId")
    document = require(call.store, KIND, id, gone("InvalidDeploymentSetId.NotFound", "deployment set"))
    echo(call.parameters, document, "DeploymentSetName")
    if "Description" in call.parameters:
        document["DeploymentSetDescription"] = call.parameters.text("Description")
    call.store.put(KIND, id, document)
    return {}


@action(ECS, "DeleteDeploymentSet", source="provider source", writes=True)
def delete_deployment_set(call: Call) -> Response:
    """Remove a set no instance is in."""
    id = call.parameters.required("DeploymentSetId")
    document = require(call.store, KIND, id, gone("InvalidDeploymentSetId.NotFound", "deployment set"))
    if _members(call, document):
        raise in_use("InvalidOperation.DeploymentSetNotEmpty", "Instances are in the deployment set.")
    call.store.delete(KIND, id)
    return {}


def _of_account(call: Call) -> Response:
    return {"AccountId": int(call.context.account_id), "GroupCount": 1}


def _members(call: Call, document: Document) -> list[str]:
    id = document["DeploymentSetId"]
    return [one["InstanceId"] for one in call.store.list(INSTANCE) if one.get("DeploymentSetId") == id]
