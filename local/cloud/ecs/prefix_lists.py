"""Prefix lists: blocks of addresses that rules of security groups name."""

import json

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, require
from local.cloud.errors import gone, in_use, refused
from local.cloud.parameters import Parameters, echo
from local.cloud.products import ECS
from local.cloud.store import Document

KIND = "ecs.prefix_list"
SECURITY_GROUP = "ecs.security_group"


@action(ECS, "CreatePrefixList", source="provider source", writes=True)
def create_prefix_list(call: Call) -> Response:
    """A list of blocks that rules of security groups can name."""
    parameters, id = call.parameters, new_id("pl")
    document: Document = {
        "PrefixListId": id,
        "PrefixListName": parameters.required("PrefixListName"),
        "AddressFamily": parameters.choice("AddressFamily", ("IPv4", "IPv6"), "IPv4"),
        "MaxEntries": parameters.integer("MaxEntries", 1, 200),
        "Description": parameters.text("Description"),
        "Entries": [_entry(item) for item in parameters.objects("Entry")],
        "CreationTime": now_text(),
    }
    return {"PrefixListId": id, **_checked(call, document)}


@action(ECS, "DescribePrefixListAttributes", source="provider source")
def describe_prefix_list_attributes(call: Call) -> Response:
    """One list with its blocks."""
    document = find(call, call.parameters.required("PrefixListId"))
    return {**document, "Entries": {"Entry": document["Entries"]}}


@action(ECS, "ModifyPrefixList", source="provider source", writes=True)
def modify_prefix_list(call: Call) -> Response:
    """Change name, description and blocks."""
    document = find(call, call.parameters.required("PrefixListId"))
    echo(call.parameters, document, "PrefixListName", "Description")
    away = {item.required("Cidr") for item in call.parameters.objects("RemoveEntry")}
    added = [_entry(item) for item in call.parameters.objects("AddEntry")]
    document["Entries"] = [one for one in document["Entries"] if one["Cidr"] not in away] + added
    return _checked(call, document)


@action(ECS, "DeletePrefixList", source="provider source", writes=True)
def delete_prefix_list(call: Call) -> Response:
    """Remove a list that no security group's rule names."""
    id = find(call, call.parameters.required("PrefixListId"))["PrefixListId"]
    rules = json.dumps([one["Permissions"] for one in call.store.list(SECURITY_GROUP)])
    if f'"{id}"' in rules:
        raise in_use("DependencyViolation.SecurityGroup", "A security group's rule names the prefix list.")
    call.store.delete(KIND, id)
    return {}


def find(call: Call, id: str) -> Document:
    """The list, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidPrefixListId.NotFound", "prefix list"))


def _entry(item: Parameters) -> Response:
    return {"Cidr": item.required("Cidr"), "Description": item.text("Description")}


def _checked(call: Call, document: Document) -> Response:
    if len(document["Entries"]) > document["MaxEntries"]:
        raise refused("QuotaExceeded.PrefixListEntry", "The prefix list has more entries than MaxEntries.")
    call.store.put(KIND, document["PrefixListId"], document)
    return {}
