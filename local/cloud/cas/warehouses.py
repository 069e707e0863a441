"""Repositories ("warehouses"). No action takes a ClientToken: a repeated call makes a second object."""

import secrets
import time

from local.behaviours import REPOSITORY_ID, REPOSITORY_LISTING, REPOSITORY_NOT_EMPTY, REPOSITORY_TYPE
from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, next_number, numbered_page, token_page
from local.cloud.errors import gone, in_use
from local.cloud.products import CAS
from local.cloud.store import Document

KIND = "cas.warehouse"
FIRST_ID = 3_001
UPLOADED_CA = "uploadedAuthorityCertificate"
LISTED_TYPES = {
    UPLOADED_CA: "uploadCA",
    "pcaAuthorityCertificate": "aliyunPCA",
    "pcaCertificate": "aliyunPCA",
    "uploadedCertificate": "uploadPCA",
    "personal": "free",
    "ssl": "ssl",
}
"""Type at creation -> the other name ListCertWarehouse has for it (alibaba-cloud.md §2.2)."""
LATE_SECONDS = 4
"""After which a new document stands in the lists, where they lag."""


@action(CAS, "CreateWarehouse", source="docs", writes=True)
def create_warehouse(call: Call) -> Response:
    """A repository; names need not be unique [assumed]."""
    type_ = call.parameters.choice("Type", LISTED_TYPES)
    id = new_id("cas-wh")
    document = {
        "WhId": next_number(call.store, "warehouse", FIRST_ID),
        "InstanceId": id,
        "Name": call.parameters.required("Name"),
        "Type": LISTED_TYPES[type_],
        "WarehouseType": type_,
        "SoldId": secrets.token_hex(8),
        "Since": time.time(),
    }
    call.store.put(KIND, id, document)
    return {"WarehouseInstanceId": id}


@action(CAS, "ListWarehouse", source="docs")
def list_warehouse(call: Call) -> Response:
    """The repositories under the names of CreateWarehouse."""
    ids, types = call.parameters.texts("WarehouseInstanceIds"), call.parameters.texts("WarehouseTypes")
    rows = [
        {"WarehouseInstanceId": d["InstanceId"], "WarehouseName": d["Name"], "WarehouseType": d["WarehouseType"]}
        for d in listed(call, KIND)
        if (not ids or d["InstanceId"] in ids) and (not types or d["WarehouseType"] in types)
    ]
    return token_page(call.parameters, rows, "Data")


@action(CAS, "ListCertWarehouse", source="sdk model")
def list_cert_warehouse(call: Call) -> Response:
    """The repositories with their numbers; Name matches a part."""
    name, id, type_ = (call.parameters.text(key) for key in ("Name", "InstanceId", "Type"))
    rows = [
        {
            "WhId": d["WhId"],
            "InstanceId": _listed_id(call, d),
            "Name": d["Name"],
            "Type": _type(call, d),
            "IsExpired": False,
        }
        for d in listed(call, KIND)
        if name in d["Name"] and id in ("", _listed_id(call, d)) and type_ in ("", _type(call, d))
    ]
    page, counters = numbered_page(call.parameters, rows, "CurrentPage", "ShowSize", 50)
    return {"CertWarehouseList": page, **counters}


@action(CAS, "DeleteWarehouse", source="assumed", writes=True)
def delete_warehouse(call: Call) -> Response:
    """Remove a repository that holds no certificate."""
    id = call.parameters.required("WarehouseInstanceId")
    document = call.store.get(KIND, id)
    if document is None:
        raise gone("NotFound.Warehouse", "warehouse")
    held = [one["Identifier"] for one in call.store.list("cas.ca_certificate") if one["WhId"] == document["WhId"]]
    if held and call.context.behaviours.is_(REPOSITORY_NOT_EMPTY, "refused"):
        raise in_use("WarehouseNotEmpty", "The warehouse still holds certificates.")
    for identifier in held:
        call.store.delete("cas.ca_certificate", identifier)
    call.store.delete(KIND, id)
    return {}


def listed(call: Call, kind: str) -> list[Document]:
    """The documents of a kind that stand in the lists by now."""
    lag = LATE_SECONDS if call.context.behaviours.is_(REPOSITORY_LISTING, "late") else 0
    return [document for document in call.store.list(kind) if document.get("Since", 0) + lag <= time.time()]


def _listed_id(call: Call, document: Document) -> str:
    """`InstanceId` of ListCertWarehouse. Its page calls it the id of what was sold, and shows another style."""
    is_same = call.context.behaviours.is_(REPOSITORY_ID, "same")
    return str(document["InstanceId"] if is_same else document.get("SoldId", document["InstanceId"]))


def _type(call: Call, document: Document) -> str:
    """`Type` of ListCertWarehouse."""
    if document["WarehouseType"] == UPLOADED_CA:
        return call.context.behaviours.of(REPOSITORY_TYPE)
    return str(document["Type"])


def by_number(call: Call, number: int) -> Document:
    """The repository of a WhId, or the error that it is gone."""
    found = next((document for document in call.store.list(KIND) if document["WhId"] == number), None)
    if found is None:
        raise gone("NotFound.Warehouse", "warehouse")
    return found
