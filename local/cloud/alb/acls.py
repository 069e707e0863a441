"""ALB of the local cloud: access control lists, which are lists of CIDR blocks."""

import ipaddress

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, usage
from local.cloud.alb.load_balancers import valid_name
from local.cloud.documents import new_id, now_text, public, require, token_page
from local.cloud.errors import gone, in_use, invalid, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ALB
from local.cloud.store import Document

KIND = "alb.acl"
MOST_PER_CALL = 20
MOST = 1000


@action(ALB, "CreateAcl", source="provider source", writes=True)
def create_acl(call: Call) -> Response:
    """An empty list; Configuring until it settles."""
    document = {
        "AclId": new_id("acl"),
        "AddressIPVersion": "IPv4",
        "CreateTime": now_text(),
        "ResourceGroupId": call.parameters.text("ResourceGroupId", "rg-default"),
        "AclEntries": [],
        "Tags": tagging.sent(call.parameters),
    }
    if call.parameters.text("AclName"):
        document["AclName"] = valid_name(call.parameters, "AclName")
    return {"AclId": document["AclId"], **_settle(call, document)}


@action(ALB, "ListAcls", source="provider source")
def list_acls(call: Call) -> Response:
    """All lists, or those of ids, names, a resource group or tags: the provider filters by itself (§10.7)."""
    ids, names = call.parameters.texts("AclIds"), call.parameters.texts("AclNames")
    group, tags = call.parameters.text("ResourceGroupId"), tagging.sent(call.parameters)
    found = [
        {"ConfigManagedEnabled": False, **public(document, "AclEntries")}
        for document in call.store.list(KIND)
        if (not ids or document["AclId"] in ids)
        and (not names or document.get("AclName") in names)
        and group in ("", document["ResourceGroupId"])
        and tagging.fits(tags, document)
    ]
    return token_page(call.parameters, found, "Acls")


@action(ALB, "UpdateAclAttribute", source="provider source", writes=True)
def update_acl_attribute(call: Call) -> Response:
    """The name."""
    document = find(call, call.parameters.required("AclId"))
    document["AclName"] = valid_name(call.parameters, "AclName")
    _settle(call, document)
    return {}


@action(ALB, "AddEntriesToAcl", source="provider source", writes=True)
def add_entries_to_acl(call: Call) -> Response:
    """Add blocks that are not in the list yet."""
    document = find(call, call.parameters.required("AclId"))
    entries = [_entry(item) for item in call.parameters.objects("AclEntries")]
    if not 1 <= len(entries) <= MOST_PER_CALL:
        raise invalid("AclEntries", f"1 to {MOST_PER_CALL} entries a call")
    for entry in entries:
        if entry["Entry"] in [other["Entry"] for other in document["AclEntries"]]:
            raise refused("ResourceAlreadyExist.AclEntry", "The entry is in the ACL already.")
        document["AclEntries"].append(entry)
    if len(document["AclEntries"]) > MOST:
        raise refused("QuotaExceeded.AclEntry", f"An ACL has {MOST} entries at most.")
    return _settle(call, document)


@action(ALB, "RemoveEntriesFromAcl", source="provider source", writes=True)
def remove_entries_from_acl(call: Call) -> Response:
    """Take blocks out."""
    document = find(call, call.parameters.required("AclId"))
    wanted = call.parameters.texts("Entries")
    if not set(wanted) <= {entry["Entry"] for entry in document["AclEntries"]}:
        raise gone("ResourceNotFound.AclEntry", "ACL entry")
    document["AclEntries"] = [entry for entry in document["AclEntries"] if entry["Entry"] not in wanted]
    return _settle(call, document)


@action(ALB, "ListAclEntries", source="provider source")
def list_acl_entries(call: Call) -> Response:
    """The blocks of a list."""
    document = find(call, call.parameters.required("AclId"))
    rows = [{**entry, "Status": "Available"} for entry in document["AclEntries"]]
    return token_page(call.parameters, rows, "AclEntries")


@action(ALB, "ListAclRelations", source="sdk model")
def list_acl_relations(call: Call) -> Response:
    """The listeners of each list."""
    rows = []
    for id in call.parameters.texts("AclIds"):
        find(call, id)
        names = ("ListenerId", "ListenerPort", "ListenerProtocol", "LoadBalancerId")
        users = [
            {**{name: listener[name] for name in names}, "Status": relation["Status"]}
            for listener in call.store.list("alb.listener")
            for relation in listener["AclConfig"]["AclRelations"]
            if relation["AclId"] == id
        ]
        rows.append({"AclId": id, "RelatedListeners": users})
    return {"AclRelations": rows}


@action(ALB, "DeleteAcl", source="provider source", writes=True)
def delete_acl(call: Call) -> Response:
    """Remove a list no listener uses."""
    id = find(call, call.parameters.required("AclId"))["AclId"]
    if user := usage.of_acl(call.store, id):
        raise in_use("ResourceInUse.Acl", f"The ACL is used by {user}.")
    call.store.delete(KIND, id)
    return {"JobId": jobs.begin(call, "acl", id)}


def find(call: Call, id: str) -> Document:
    """The list, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.Acl", "ACL"))


def _settle(call: Call, document: Document) -> Response:
    id = document["AclId"]
    call.store.put(KIND, id, {**document, "AclStatus": "Configuring"})
    call.context.transitions.later(KIND, id, AclStatus="Available")
    return {"JobId": jobs.begin(call, "acl", id)}


def _entry(item: Parameters) -> Document:
    """A block and its description, both as they were sent."""
    block = item.required("Entry")
    try:
        ipaddress.ip_network(block)
    except ValueError:
        raise invalid("AclEntries.Entry", "a CIDR block such as 10.0.0.0/8 is expected") from None
    description = item.text("Description")
    return {"Entry": block, **({"Description": description} if description else {})}
