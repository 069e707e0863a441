"""Private CA: client certificates, ordered with a signing request or without (openapi-contract.md §7.18)."""

import time

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.cas import pca_authorities, pca_signing, pem
from local.cloud.documents import numbered_page, require
from local.cloud.errors import gone, invalid, refused
from local.cloud.parameters import echo
from local.cloud.products import CAS_PCA
from local.cloud.store import Document

KIND = "cas.pca_client"
DEFAULTS = {"Organization": "Alibaba Inc.", "OrganizationUnit": "Aliyun CDN", "Country": "CN"}
"""What the service writes into a subject whose attributes were not sent [SDK-PCA]."""
_NOT_LISTED = ("CertChain", "FullAlgorithm", "Tags", "UploadFlag")
MOST_DAYS = 3650
SAN_TYPES = {"1": "email", "2": "dns", "6": "uri"}
SECONDS_A_DAY, DAYS_A_MONTH, DAYS_A_YEAR = 86400, 30, 365


@action(CAS_PCA, "CreateClientCertificateWithCsr", source="sdk model", writes=True)
def create_with_csr(call: Call) -> Response:
    """Sign a request with a subordinate CA; key and common name come from the request, the rest from the call."""
    parameters = call.parameters
    parent = _parent(call)
    parameters.pass_over("Algorithm", "CommonName")  # the request's own win
    subject = {name: parameters.text(name) for name in ("State", "Locality")}
    return _issued(call, parent, parameters.required("Csr"), subject, parameters.integer("Days", 1, MOST_DAYS))


@action(CAS_PCA, "CreateClientCertificate", source="sdk model", writes=True)
def create(call: Call) -> Response:
    """Make a key and sign it with a subordinate CA; place and length of the key are the CA's where nothing else is sent."""
    parameters = call.parameters
    parent = _parent(call)
    parameters.boolean("AsynchronousFlag")  # checked; certificates are issued at once here
    parameters.choice("EnableCrl", ("0", "1", "true", "false"), "0")  # checked; no revocation list is published here
    algorithm = parameters.text("Algorithm") or parent["FullAlgorithm"]
    pca_authorities.require_kin(parent, algorithm)
    subject = {name: parameters.text(name) or parent.get(name, "") for name in ("State", "Locality")}
    subject["CommonName"] = parameters.text("CommonName")
    days = _days(call, parent)
    return _issued(call, parent, pca_signing.request(algorithm), subject, days)


@action(CAS_PCA, "UploadPcaCertToCas", source="provider source", writes=True)
def upload_to_cas(call: Call) -> Response:
    """Mark certificates as uploaded. They appear among no other certificates here [assumed: they are no servers']."""
    for id in call.parameters.required("Ids").split(","):
        call.store.put(KIND, id, {**find(call, id), "UploadFlag": 1})
    return {}


def _issued(call: Call, parent: Document, csr: str, subject: dict[str, str], days: int) -> Response:
    parameters = call.parameters
    mark = _free_mark(call)
    order = pca_signing.Order(
        csr_pem=csr,
        subject={name: parameters.text(name) or default for name, default in DEFAULTS.items()} | subject,
        days=days,
        names=_names(call),
        family=parent["FullAlgorithm"].partition("_")[0],
    )
    signer = pca_signing.Signer(parent["Cert"], call.context.keys.read(parent["KeyFile"]))
    certificate = pca_signing.client(order, signer)
    pca_authorities.use_one_up(call, parent)
    document = {
        "Identifier": pca_signing.new_identifier(),
        "ParentIdentifier": parent["Identifier"],
        "Status": pca_authorities.ISSUED,
        "CustomIdentifier": mark,
        "Days": order.days,
        "CountryCode": parameters.text("Country"),
        "UploadFlag": 0,
        "Cert": certificate,
        "Chain": parent["Chain"],
        "Tags": tagging.sent(parameters),
        **pem.facts(pem.certificates(certificate)[0]),
    }
    echo(parameters, document, "State", "Locality", "Organization", "OrganizationUnit", "ResourceGroupId", "AliasName")
    call.store.put(KIND, document["Identifier"], document)
    return {"Identifier": document["Identifier"], "SerialNumber": document["SerialNo"], **_returned(call, document)}


@action(CAS_PCA, "DescribeClientCertificate", source="provider source")
def describe(call: Call) -> Response:
    """Everything about one client certificate."""
    return {"Certificate": _shown(find(call, call.parameters.required("Identifier")))}


@action(CAS_PCA, "ListClientCertificate", source="sdk model")
def list_clients(call: Call) -> Response:
    """All client certificates, or the one of an identifier."""
    wanted = call.parameters.text("Identifier")
    rows = [
        {key: value for key, value in _shown(one).items() if key not in _NOT_LISTED}
        for one in call.store.list(KIND)
        if wanted in ("", one["Identifier"])
    ]
    page, counters = numbered_page(call.parameters, rows, "CurrentPage", "ShowSize", 50)
    pages = -(-counters["TotalCount"] // counters["ShowSize"])
    return {"CertificateList": page, **counters, "PageCount": pages}


@action(CAS_PCA, "CreateRevokeClientCertificate", source="sdk model", writes=True)
def revoke(call: Call) -> Response:
    """Revoke a client certificate; nothing brings it back."""
    document = find(call, call.parameters.required("Identifier"))
    if document["Status"] != pca_authorities.ISSUED:
        raise refused("CertificateStatusError", "The certificate is revoked already.")
    call.store.put(KIND, document["Identifier"], {**document, "Status": pca_authorities.REVOKED})
    return {}


@action(CAS_PCA, "DeleteClientCertificate", source="sdk model", writes=True)
def delete(call: Call) -> Response:
    """Delete a revoked certificate, of a client or of a CA: the provider deletes both with this call."""
    id = call.parameters.required("Identifier")
    if (authority := call.store.get(pca_authorities.KIND, id)) is not None:
        pca_authorities.delete(call, authority)
        return {}
    document = find(call, id)
    if document["Status"] != pca_authorities.REVOKED:
        raise refused("CertificateStatusError", "Only a revoked certificate can be deleted; revoke it first.")
    call.store.delete(KIND, id)
    return {}


@action(CAS_PCA, "UpdatePcaCertificate", source="provider source", writes=True)
def update(call: Call) -> Response:
    """Give a certificate another alias."""
    kind, document = _either(call, call.parameters.required("Identifier"))
    echo(call.parameters, document, "AliasName")
    call.store.put(kind, document["Identifier"], document)
    return {}


@action(CAS_PCA, "MoveResourceGroup", source="provider source", writes=True)
def move_resource_group(call: Call) -> Response:
    """Put a certificate into another resource group."""
    call.parameters.any_case("ResourceType", ("PcaCertificate",))
    kind, document = _either(call, call.parameters.required("ResourceId"))
    document["ResourceGroupId"] = call.parameters.required("ResourceGroupId")
    call.store.put(kind, document["Identifier"], document)
    return {}


@action(CAS_PCA, "TagResources", source="provider source", writes=True)
def tag_resources(call: Call) -> Response:
    """Add or overwrite tags of certificates."""
    return tagging.tag(call, {"pcacertificate": _kind_of(call)})


@action(CAS_PCA, "UntagResources", source="provider source", writes=True)
def untag_resources(call: Call) -> Response:
    """Remove tags of certificates."""
    return tagging.untag(call, {"pcacertificate": _kind_of(call)})


def find(call: Call, id: str) -> Document:
    """The certificate, or the error that it is gone."""
    return require(call.store, KIND, id, gone("NotFound", "certificate"))


def _parent(call: Call) -> Document:
    parent = pca_authorities.find(call, call.parameters.required("ParentIdentifier"))
    if parent["CertificateType"] != pca_authorities.SUBORDINATE:
        raise invalid("ParentIdentifier", "a subordinate CA is expected; a root signs CAs only")
    pca_authorities.require_in_force(parent)
    return parent


def _days(call: Call, parent: Document) -> int:
    """Days win over two times, these over years and months; without any of them as long as the CA has [assumed]."""
    parameters = call.parameters
    days = parameters.integer("Days", 1, MOST_DAYS, 0)
    begin, end = (parameters.integer(name, 0, 2**40, 0) for name in ("BeforeTime", "AfterTime"))
    if bool(begin) is not bool(end) or end < begin:
        raise invalid("AfterTime", "BeforeTime and a later AfterTime are expected, or neither")
    long = parameters.integer("Years", 0, 10, 0) * DAYS_A_YEAR + parameters.integer("Months", 0, 120, 0) * DAYS_A_MONTH
    left = int((parent["NotAfter"] / 1000 - time.time()) // SECONDS_A_DAY)
    return days or -(-(end - begin) // SECONDS_A_DAY) or long or left


def _free_mark(call: Call) -> str:
    """A custom identifier is unique among certificates in force ["serves as a unique key", SDK-PCA]."""
    mark = call.parameters.text("CustomIdentifier")
    used = [one for one in call.store.list(KIND) if mark and one["CustomIdentifier"] == mark]
    if any(one["Status"] == pca_authorities.ISSUED for one in used):
        raise refused("CustomIdentifierRepeat", "A certificate with this custom identifier exists already.")
    return mark


def _names(call: Call) -> tuple[str, tuple[str, ...]]:
    """One kind of name. A URI "must include a protocol prefix (such as http:// or https://)" [SDK-PCA]."""
    kind = SAN_TYPES[call.parameters.choice("SanType", SAN_TYPES, default="6")]
    names = tuple(filter(None, call.parameters.text("SanValue").split(",")))
    if kind == "uri" and any("//" not in name for name in names):
        raise invalid("SanValue", "a URI with a protocol prefix is expected")
    return kind, names


def _returned(call: Call, document: Document) -> Response:
    wanted = call.parameters.choice("Immediately", ("0", "1", "2"), default="0")
    answer = {"X509Certificate": document["Cert"]} if wanted in ("1", "2") else {}
    return {**answer, "CertificateChain": document["Chain"]} if wanted == "2" else answer


def _shown(document: Document) -> Document:
    shown = {key: value for key, value in document.items() if key not in ("Cert", "Chain", "Tags", *pem.OF_UPLOADS)}
    parsed = pem.certificates(document["Cert"])[0]
    certificate = {"X509Certificate": document["Cert"], "CertChain": document["Chain"]}
    subject = {"CertificateType": "CLIENT", "ResourceGroupId": "rg-default", "CountryCode": ""}
    facts = pem.private_facts(parsed)
    subject["FullAlgorithm"] = f"{document['Algorithm']}_{facts['KeySize']}"
    return {**subject, **facts, **shown, **certificate, "Tags": tagging.shown(document)}


def _either(call: Call, id: str) -> tuple[str, Document]:
    authority = call.store.get(pca_authorities.KIND, id)
    return (pca_authorities.KIND, authority) if authority is not None else (KIND, find(call, id))


def _kind_of(call: Call) -> str:
    ids = call.parameters.texts("ResourceId")
    return pca_authorities.KIND if ids and call.store.get(pca_authorities.KIND, ids[0]) is not None else KIND
