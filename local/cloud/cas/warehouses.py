"""Repositories ("warehouses"). No action takes a ClientToken: a repeated call makes a second object."""

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
    }
    call.store.put(KIND, id, document)
    return {"WarehouseInstanceId": id}


@action(CAS, "ListWarehouse", source="docs")
def list_warehouse(call: Call) -> Response:
    """The repositories under the names of CreateWarehouse."""
    ids, types = call.parameters.texts("WarehouseInstanceIds"), call.parameters.texts("WarehouseTypes")
    rows = [
        {"WarehouseInstanceId": d["InstanceId"], "WarehouseName": d["Name"], "WarehouseType": d["WarehouseType"]}
        for d in call.store.list(KIND)
        if (not ids or d["InstanceId"] in ids) and (not types or d["WarehouseType"] in types)
    ]
    return token_page(call.parameters, rows, "Data")


@action(CAS, "ListCertWarehouse", source="sdk model")
def list_cert_warehouse(call: Call) -> Response:
    """The repositories with their numbers; Name matches a part."""
    name, id, type_ = (call.parameters.text(key) for key in ("Name", "InstanceId", "Type"))
    rows = [
        {"WhId": d["WhId"], "InstanceId": listed_id(d), "Name": d["Name"], "Type": d["Type"], "IsExpired": False}
        for d in call.store.list(KIND)
        if name in d["Name"] and id in ("", d["InstanceId"]) and type_ in ("", d["Type"])
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
    if any(certificate["WhId"] == document["WhId"] for certificate in call.store.list("cas.ca_certificate")):
        raise in_use("WarehouseNotEmpty", "The warehouse still holds certificates.")
    call.store.delete(KIND, id)
    return {}


def listed_id(document: Document) -> str:
    """`InstanceId` of ListCertWarehouse. Its page calls it the id of what was sold, and shows another style [unknown]."""
    return str(document["InstanceId"])


def by_number(call: Call, number: int) -> Document:
    """The repository of a WhId, or the error that it is gone."""
    found = next((document for document in call.store.list(KIND) if document["WhId"] == number), None)
    if found is None:
        raise gone("NotFound.Warehouse", "warehouse")
    return found
