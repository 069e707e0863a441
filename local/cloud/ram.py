"""RAM: roles, as far as an instance needs one. What a role may do is kept and not enforced."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, require
from local.cloud.errors import gone, invalid, refused
from local.cloud.json_texts import parsed
from local.cloud.products import RAM
from local.cloud.store import Document

KIND = "ram.role"


@action(RAM, "CreateRole", source="provider source", writes=True)
def create_role(call: Call) -> Response:
    """A role whom the document lets others take."""
    name = call.parameters.required("RoleName")
    if call.store.get(KIND, name):
        raise refused("EntityAlreadyExists.Role", "A role of that name exists.")
    document: Document = {
        "RoleName": name,
        "RoleId": new_id("role"),
        "Arn": f"acs:ram::{call.context.account_id}:role/{name.lower()}",
        "Description": call.parameters.text("Description"),
        "MaxSessionDuration": call.parameters.integer("MaxSessionDuration", 3600, 43200, 3600),
        "AssumeRolePolicyDocument": _checked(call.parameters.required("AssumeRolePolicyDocument")),
        "CreateDate": now_text(),
        "UpdateDate": now_text(),
        "Tags": tagging.sent(call.parameters),
    }
    call.store.put(KIND, name, document)
    return {"Role": _shown(document)}


@action(RAM, "GetRole", source="provider source")
def get_role(call: Call) -> Response:
    """One role."""
    return {"Role": _shown(_found(call))}


@action(RAM, "UpdateRole", source="provider source", writes=True)
def update_role(call: Call) -> Response:
    """Change the document, the description and the longest session, those that were sent."""
    document, parameters = _found(call), call.parameters
    if parameters.text("NewAssumeRolePolicyDocument"):
        document["AssumeRolePolicyDocument"] = _checked(parameters.text("NewAssumeRolePolicyDocument"))
    if "NewDescription" in parameters:
        document["Description"] = parameters.text("NewDescription")
    if parameters.text("NewMaxSessionDuration"):
        document["MaxSessionDuration"] = parameters.integer("NewMaxSessionDuration", 3600, 43200)
    call.store.put(KIND, document["RoleName"], {**document, "UpdateDate": now_text()})
    return {"Role": _shown(document)}


@action(RAM, "ListTagResources", source="provider source")
def list_tag_resources(call: Call) -> Response:
    """The tags of roles, whose names are sent as JSON text."""
    call.parameters.choice("ResourceType", ("role",), "role")
    rows = [
        {"ResourceId": document["RoleName"], "ResourceName": document["RoleName"], "ResourceType": "role", **tag}
        for name in call.parameters.json_texts("ResourceNames")
        if (document := call.store.get(KIND, name))
        for tag in tagging.shown(document)
    ]
    return {"TagResources": {"TagResource": rows}}


@action(RAM, "ListPoliciesForRole", source="provider source")
def list_policies_for_role(call: Call) -> Response:
    """None: policies of roles are not offered."""
    _found(call)
    return {"Policies": {"Policy": []}}


@action(RAM, "DeleteRole", source="provider source", writes=True)
def delete_role(call: Call) -> Response:
    """Remove a role."""
    call.store.delete(KIND, _found(call)["RoleName"])
    return {}


def _found(call: Call) -> Document:
    return require(call.store, KIND, call.parameters.required("RoleName"), gone("EntityNotExist.Role", "role"))


def _shown(document: Document) -> Response:
    return {**document, "Tags": {"Tag": tagging.shown(document)}}


def _checked(text: str) -> str:
    try:
        parsed(text)
    except ValueError:
        raise invalid("AssumeRolePolicyDocument", "a JSON document is expected") from None
    return text
