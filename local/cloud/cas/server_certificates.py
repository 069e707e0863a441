"""Uploaded server certificates. The certificate is kept byte for byte, the key in a file of its own."""

from datetime import UTC, datetime
from functools import partial

from local.behaviours import CA_IN_USE, CERTIFICATE_CHAIN, MISSING_CERTIFICATE, PEM_END, PRIVATE_KEY
from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.cas import pem
from local.cloud.documents import next_number, numbered_page, require
from local.cloud.errors import CloudError, in_use, invalid, refused
from local.cloud.parameters import echo
from local.cloud.products import CAS, CAS_NAMES
from local.cloud.store import Document

KIND = "cas.server_certificate"
STILL_SERVED = "cloud.served_certificate"
"""Kind of the certificates that listeners go on serving after their deletion."""
FIRST_ID = 16_100_001
LONGEST_NAME = 63
_NATIONAL = ("SignCert", "SignPrivateKey", "EncryptCert", "EncryptPrivateKey")


@action(CAS, "UploadUserCertificate", source="docs", writes=True)
def upload_user_certificate(call: Call) -> Response:
    """Keep a certificate (leaf first) and its key under a name that is free."""
    parameters = call.parameters
    if any(parameters.text(name) for name in _NATIONAL):
        raise refused("UnsupportedOperation.Emulator", "The local cloud does not offer SM2 certificate pairs.")
    document = keep(call, parameters.required("Name"), parameters.required("Cert"), parameters.required("Key"))
    return {"CertId": document["CertId"], "ResourceId": identifier(document)}


def keep(call: Call, name: str, text: str, key: str) -> Document:
    """The new document of a certificate whose name is free and whose key fits it."""
    name = _free_name(call, name, "")
    if len(name) > LONGEST_NAME:  # of an upload [SDK]; upstream's tests give longer ones afterwards
        raise invalid("Name", f"at most {LONGEST_NAME} characters")
    chain = pem.certificates(text)
    pem.check_key(chain[0], key)
    id = next_number(call.store, "certificate", FIRST_ID)
    document = {
        "CertId": id,
        "Name": name,
        "Cert": text,
        "Site": call.context.site,
        "Tags": tagging.sent(call.parameters),
    }
    echo(call.parameters, document, "ResourceGroupId")
    document |= {"KeyFile": call.context.keys.write(str(id), key), "Facts": pem.facts(chain[0])}
    call.store.put(KIND, str(id), document)
    return document


@action(CAS, "GetUserCertificateDetail", source="provider source")
def get_user_certificate_detail(call: Call) -> Response:
    """Everything about one certificate; PEM and key as they were uploaded, unless CertFilter hides them."""
    document = find(call, call.parameters.required("CertId"))
    certificate, chain = document["Facts"], pem.certificates(document["Cert"])
    answer = {
        "Id": document["CertId"],
        "Name": document["Name"],
        "CertIdentifier": identifier(document),
        "Common": certificate["CommonName"],
        "ResourceGroupId": document.get("ResourceGroupId") or "rg-default",
        "Tags": tagging.shown(document),
        "BuyInAliyun": False,
        "InstanceId": "",
        "OrderId": 0,
        "CertChain": [_link(link) for link in map(pem.facts, chain)],
        **pem.place(chain[0]),
        **_described(certificate),
    }
    if call.parameters.boolean("CertFilter"):
        return answer
    return {**answer, **_texts(call, document)}


@action(CAS, "ListUserCertificateOrder", source="sdk model")
def list_user_certificate_order(call: Call) -> Response:
    """The uploaded certificates, whatever OrderType asks beyond them; filtered by a part of name or domain."""
    word = call.parameters.text("Keyword")
    uploads = call.parameters.text("OrderType") in ("", "CERT", "UPLOAD")
    found = [d for d in call.store.list(KIND) if uploads and word in d["Name"] + d["Facts"]["CommonName"]]
    page, counters = numbered_page(call.parameters, found, "CurrentPage", "ShowSize", 50)
    return {"CertificateOrderList": [_order(one) for one in page], **counters}


@action(CAS_NAMES, "CreateCertificateName", source="provider source", writes=True)
def create_certificate_name(call: Call) -> Response:
    """Change name, tags or resource group; the provider's only way to update a certificate."""
    document = find(call, call.parameters.required("CertificateId"))
    if name := call.parameters.text("Name"):
        document["Name"] = _free_name(call, name, document["Name"])
    if "Tags" in call.parameters:
        document["Tags"] = tagging.sent(call.parameters)
    echo(call.parameters, document, "ResourceGroupId")
    call.store.put(KIND, str(document["CertId"]), document)
    return {}


@action(CAS, "DeleteUserCertificate", source="assumed", writes=True)
def delete_user_certificate(call: Call) -> Response:
    """Remove a certificate by its number."""
    return remove(call, call.parameters.required("CertId"))


def remove(call: Call, id: str) -> Response:
    """Its key file goes once that is on disk, unless a listener goes on serving it."""
    document = find(call, id)
    user = _user(call, document)
    if user and call.context.behaviours.is_(CA_IN_USE, "refused"):
        raise in_use("CertificateInUse", f"The certificate is used by listener {user}.")
    call.store.delete(KIND, str(document["CertId"]))
    if user:
        call.store.put(STILL_SERVED, str(document["CertId"]), document)
    else:
        call.after_commit.append(partial(call.context.keys.delete, document["KeyFile"]))
    return {}


def _user(call: Call, document: Document) -> str:
    """A listener that uses a certificate."""
    for listener in call.store.list("alb.listener"):
        used = [*listener.get("Certificates", []), *listener.get("AdditionalCertificates", [])]
        if str(document["CertId"]) in [one["CertificateId"].partition("-")[0] for one in used]:
            return str(listener["ListenerId"])
    return ""


def find(call: Call, id: str) -> Document:
    """The certificate, or the error that it is gone."""
    status = int(call.context.behaviours.of(MISSING_CERTIFICATE))
    return require(call.store, KIND, id, CloudError(status, "NotFound", "The specified certificate does not exist."))


def _texts(call: Call, document: Document) -> Document:
    """PEM of certificate and key, as far as they come back and as they end."""
    behaviours, cert = call.context.behaviours, str(document["Cert"])
    if behaviours.is_(CERTIFICATE_CHAIN, "leaf"):
        cert = pem.first(cert)
    shown = {"Cert": _ended(call, cert)}
    if behaviours.is_(PRIVATE_KEY, "withheld"):
        return {**shown, "Key": ""}
    return {**shown, "Key": _ended(call, call.context.keys.read(document["KeyFile"]))}


def _ended(call: Call, text: str) -> str:
    return {
        "as-sent": text, "stripped": text.rstrip("\n"), "newline": text.rstrip("\n") + "\n"
    }[call.context.behaviours.of(PEM_END)]  # fmt: skip


def identifier(document: Document) -> str:
    """What a listener takes: `<CertId>-<site>`, the site of the upload (alibaba-cloud.md §1.2)."""
    return f"{document['CertId']}-{document['Site']}"


def _free_name(call: Call, name: str, own: str) -> str:
    if name != own and any(document["Name"] == name for document in call.store.list(KIND)):
        raise refused("NameRepeat", "A certificate of this name exists already.")
    return name


def _described(certificate: Document) -> Document:
    names = ("Issuer", "Sans", "SerialNo", "Algorithm", "Fingerprint", "Sha2", "NotBefore", "NotAfter")
    return {
        **{name: certificate[name] for name in names},
        "CertSha2": certificate["Sha2"],
        "StartDate": _date(certificate["NotBefore"]),
        "EndDate": _date(certificate["NotAfter"]),
        "Expired": _days_left(certificate) < 0,
    }


def _order(document: Document) -> Document:
    certificate = {key: value for key, value in _described(document["Facts"]).items()
                   if key not in ("NotBefore", "NotAfter", "CertSha2")}  # fmt: skip
    return {
        "CertificateId": document["CertId"],
        "Name": document["Name"],
        "CommonName": document["Facts"]["CommonName"],
        "ResourceGroupId": document.get("ResourceGroupId") or "rg-default",
        "InstanceId": identifier(document),
        "Upload": True,
        **pem.place(pem.certificates(document["Cert"])[0]),
        **certificate,
    }


def _link(certificate: Document) -> Document:
    return {
        "CommonName": certificate["CommonName"],
        "IssuerCommonName": certificate["Issuer"],
        "NotBefore": certificate["NotBefore"],
        "NotAfter": certificate["NotAfter"],
        "RemainDay": int(_days_left(certificate)),
    }


def _date(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d")


def _days_left(certificate: Document) -> float:
    return (float(certificate["NotAfter"]) / 1000 - datetime.now(UTC).timestamp()) / 86400
