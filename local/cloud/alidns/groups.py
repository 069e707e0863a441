"""Alidns of the local cloud: groups of zones, names an operator sorts zones by."""

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, numbered_page, require
from local.cloud.errors import gone, refused
from local.cloud.products import ALIDNS
from local.cloud.store import Document

KIND = "alidns.group"
DOMAIN = "alidns.domain"


@action(ALIDNS, "AddDomainGroup", source="provider source", writes=True)
def add_domain_group(call: Call) -> Response:
    """A group under a name that is free."""
    document = {"GroupId": new_id("group").removeprefix("group-"), "GroupName": _free_name(call, "")}
    return _kept(call, document)


@action(ALIDNS, "DescribeDomainGroups", source="provider source")
def describe_domain_groups(call: Call) -> Response:
    """All groups, or those with a word in their names, with the number of their zones."""
    word = call.parameters.text("KeyWord")
    zones = call.store.list(DOMAIN)
    rows = [
        {**one, "DomainCount": sum(zone.get("GroupId") == one["GroupId"] for zone in zones)}
        for one in call.store.list(KIND)
        if word in one["GroupName"]
    ]
    page, counters = numbered_page(call.parameters, rows)
    return {"DomainGroups": {"DomainGroup": page}, **counters}


@action(ALIDNS, "UpdateDomainGroup", source="provider source", writes=True)
def update_domain_group(call: Call) -> Response:
    """Another name."""
    document = _found(call)
    return _kept(call, {**document, "GroupName": _free_name(call, document["GroupName"])})


@action(ALIDNS, "DeleteDomainGroup", source="provider source", writes=True)
def delete_domain_group(call: Call) -> Response:
    """Remove a group; its zones are in none then [assumed]."""
    document = _found(call)
    for name, zone in call.store.items(DOMAIN):
        if zone.get("GroupId") == document["GroupId"]:
            call.store.put(DOMAIN, name, {**zone, "GroupId": ""})
    call.store.delete(KIND, document["GroupId"])
    return {"GroupName": document["GroupName"]}


def name_of(call: Call, id: str) -> str:
    """A group's name, empty for no group; the error that it is gone."""
    return str(require(call.store, KIND, id, _GONE)["GroupName"]) if id else ""


_GONE = gone("InvalidDomainGroup.NotFound", "domain group")


def _found(call: Call) -> Document:
    return require(call.store, KIND, call.parameters.required("GroupId"), _GONE)


def _free_name(call: Call, own: str) -> str:
    name = call.parameters.required("GroupName")
    if name != own and any(one["GroupName"] == name for one in call.store.list(KIND)):
        raise refused("DomainGroup.Duplicate", "A domain group of this name exists already.")
    return name


def _kept(call: Call, document: Document) -> Response:
    call.store.put(KIND, document["GroupId"], document)
    return document
