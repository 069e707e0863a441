"""CA certificates uploaded to a repository: what a listener's CaCertificates refers to."""

import secrets
import time
import uuid
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from local.behaviours import CA_IDENTIFIER, CA_IN_USE
from local.cloud.actions import Call, Response, action
from local.cloud.cas import pem, warehouses
from local.cloud.documents import numbered_page, require
from local.cloud.errors import gone, in_use, refused
from local.cloud.products import CAS
from local.cloud.store import Document

KIND = "cas.ca_certificate"
STILL_TRUSTED = "cloud.trusted_ca"
"""Kind of the copies that listeners go on trusting after the deletion of a CA in use."""
STATUS = "ISSUE"


@action(CAS, "UploadPCACert", source="docs", writes=True)
def upload_pca_cert(call: Call) -> Response:
    """Keep a CA certificate with its chain. Uploading twice makes two. A private key is taken and not kept."""
    number = call.parameters.integer("WarehouseId", 1, 2**63 - 1)
    warehouse = warehouses.by_number(call, number)
    if warehouse["WarehouseType"] != warehouses.UPLOADED_CA:
        raise refused("InvalidWarehouseType", "The warehouse is not one for uploaded CA certificates.")
    call.parameters.pass_over("PrivateKey")  # of a CA that signs elsewhere: nothing here needs it
    chain = pem.certificates(call.parameters.required("Cert"))
    pem.check_ca_chain(chain)
    is_uuid = call.context.behaviours.is_(CA_IDENTIFIER, "uuid")
    document = {
        "Identifier": str(uuid.uuid4()) if is_uuid else secrets.token_hex(16),
        "Since": time.time(),
        "WhId": number,
        "WhInstanceId": warehouse["InstanceId"],
        "Name": call.parameters.text("Name"),
        "Cert": _text(chain),
        **pem.facts(chain[0]),
    }
    call.store.put(KIND, document["Identifier"], document)
    return {"Identifier": document["Identifier"]}


@action(CAS, "ListCert", source="sdk model")
def list_cert(call: Call) -> Response:
    """The certificates of the repositories, filtered."""
    fits = _filter(call)
    rows = [_row(document) for document in warehouses.listed(call, KIND) if fits(document)]
    page, counters = numbered_page(call.parameters, rows, "CurrentPage", "ShowSize", 50)
    return {"CertList": page, **counters}


@action(CAS, "DescribeWarehouseCert", source="sdk model")
def describe_warehouse_cert(call: Call) -> Response:
    """One certificate with its chain."""
    document = find(call, call.parameters.required("CertIdentifier"))
    return {
        "CertIdentifier": document["Identifier"],
        "CertStatus": "issued",
        "CertType": "CA",
        "CommonName": document["CommonName"],
        "Content": document["Cert"],
        "Fingerprint": document["Fingerprint"].upper(),  # SHA-1, as the page's sample
        "Issuer": document["Issuer"],
        "WarehouseInstanceId": document["WhInstanceId"],
    }


@action(CAS, "DeletePCACert", source="assumed", writes=True)
def delete_pca_cert(call: Call) -> Response:
    """Remove a CA certificate no listener trusts."""
    id = find(call, call.parameters.required("Identifier"))["Identifier"]
    is_guarded = call.context.behaviours.is_(CA_IN_USE, "refused")
    for listener in call.store.list("alb.listener"):
        if id not in [certificate["CertificateId"] for certificate in listener.get("CaCertificates", [])]:
            continue
        if is_guarded:
            raise in_use("CertificateInUse", f"The CA certificate is used by listener {listener['ListenerId']}.")
        call.store.put(STILL_TRUSTED, id, find(call, id))
    call.store.delete(KIND, id)
    return {}


def find(call: Call, id: str) -> Document:
    """The certificate, or the error that it is gone."""
    return require(call.store, KIND, id, gone("NotFound.Cert", "certificate"))


def _filter(call: Call) -> Callable[[Document], bool]:
    """All of it is read here, also when there is nothing to filter."""
    parameters = call.parameters
    identifiers = [id for text in parameters.texts("Identifiers") for id in text.split(",")]
    warehouse, word = parameters.integer("WarehouseId", 0, 2**63 - 1, -1), parameters.text("KeyWord")
    constant = {"CertType": "CA", "Status": STATUS, "SourceType": "upload"}
    others = [name for name, value in constant.items() if parameters.text(name) not in ("", value)]
    return lambda document: (
        warehouse in (-1, document["WhId"])
        and not others
        and word in f"{document['Name']} {document['CommonName']} {document['Sans']}"
        and (not identifiers or document["Identifier"] in identifiers)
    )


def _row(document: Document) -> Document:
    names = ("Identifier", "WhId", "WhInstanceId", "CommonName", "Issuer", "Sans", "SerialNo", "Algorithm")
    return {
        **{name: document[name] for name in names},
        "SignAlgorithm": document["SignAlgorithm"],
        "BeforeDate": document["NotBefore"],
        "AfterDate": document["NotAfter"],
        "CertType": "CA",
        "SourceType": "upload",
        "Status": STATUS,
        "ExistPrivateKey": False,
    }


def _text(chain: list[x509.Certificate]) -> str:
    """The certificates alone, without whatever stood between them in the upload."""
    return "".join(certificate.public_bytes(serialization.Encoding.PEM).decode() for certificate in chain)
