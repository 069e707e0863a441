"""Private CA: root and subordinate, with real certificates behind them (openapi-contract.md §7.17).

A CA's key is a file of its own, like those of server certificates; the service never shows it.
"""

from functools import partial

from local.behaviours import REVOKED_AUTHORITY
from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.cas import pca_signing, pem
from local.cloud.documents import require
from local.cloud.errors import gone, in_use, invalid, refused
from local.cloud.parameters import echo
from local.cloud.products import CAS_PCA
from local.cloud.store import Document

KIND = "cas.pca_authority"
ROOT, SUBORDINATE = "ROOT", "SUB_ROOT"
ISSUED, REVOKED = "ISSUE", "REVOKE"
SUBJECT = ("CommonName", "Organization", "OrganizationUnit", "Locality", "State", "CountryCode")
DAYS_A_YEAR = 365
BOUGHT = {ROOT: 10, SUBORDINATE: 1000}
"""Certificates that a CA may issue, revoked ones included [assumed: an entry package has 10]."""


@action(CAS_PCA, "CreateRootCACertificate", source="provider source", writes=True)
def create_root(call: Call) -> Response:
    """A root that signs itself."""
    return _created(call, ROOT, None)


@action(CAS_PCA, "CreateSubCACertificate", source="provider source", writes=True)
def create_subordinate(call: Call) -> Response:
    """A CA below a root that is in force; only roots sign CAs [docs: three levels]."""
    parent = find(call, call.parameters.required("ParentIdentifier"))
    if parent["CertificateType"] != ROOT:
        raise invalid("ParentIdentifier", "a root is expected")
    require_in_force(parent)
    return _created(call, SUBORDINATE, parent)


@action(CAS_PCA, "DescribeCACertificate", source="provider source")
def describe(call: Call) -> Response:
    """Everything about one CA but its key."""
    document = find(call, call.parameters.required("Identifier"))
    shown = {
        key: value
        for key, value in document.items()
        if key not in ("AliasName", "KeyFile", "Cert", "Chain", "Tags", "Issued", "Total", *pem.OF_UPLOADS)
    }
    below = [*call.store.list(KIND), *call.store.list("cas.pca_client")]
    issued = sum(one.get("ParentIdentifier") == document["Identifier"] for one in below)
    parsed = pem.certificates(document["Cert"])[0]
    return {
        "Years": document["Years"],
        "Certificate": {
            "ResourceGroupId": "rg-default",
            "CountryCode": pem.place(parsed)["Country"],
            "IssuerType": "local",
            "CrlDay": 0,
            "CertIssuedCount": issued,
            **pem.private_facts(parsed),
            **shown,
            "X509Certificate": document["Cert"],
            "CaCertChain": document["Chain"],
            "Tags": tagging.shown(document),
        },
    }


@action(CAS_PCA, "UpdateCACertificateStatus", source="sdk model", writes=True)
def update_status(call: Call) -> Response:
    """Revoke a CA; nothing brings it back. One with certificates below it stays in force [assumed]."""
    document = find(call, call.parameters.required("Identifier"))
    call.parameters.choice("Status", (REVOKED,))
    require_in_force(document)
    _require_childless(call, document)
    call.store.put(KIND, document["Identifier"], {**document, "Status": REVOKED})
    return {}


@action(CAS_PCA, "GetCAInstanceStatus", source="sdk model")
def instance_status(call: Call) -> Response:
    """The paid instance behind a CA; here its service ends with the CA [assumed]."""
    document = find(call, call.parameters.required("Identifier"))
    return {
        "InstanceStatusList": [
            {
                "Identifier": document["Identifier"],
                "Type": document["CertificateType"],
                "Status": "USED" if document["Status"] == ISSUED else "REVOKE",
                "BeforeTime": document["NotBefore"],
                "AfterTime": document["NotAfter"],
                "UseExpireTime": document["NotAfter"],
                "CertIssuedCount": document.get("Issued", 0),
                "CertTotalCount": document.get("Total", BOUGHT[document["CertificateType"]]),
            }
        ]
    }


def delete(call: Call, document: Document) -> None:
    """Remove a CA below which nothing is in force; its key file goes once that is on disk."""
    if call.context.behaviours.is_(REVOKED_AUTHORITY, "refused"):
        raise refused("CertificateStatusError", "A CA that was bought is not deleted.")
    if document["Status"] != REVOKED and call.context.behaviours.is_(REVOKED_AUTHORITY, "revoked"):
        raise refused("CertificateStatusError", "Only a revoked certificate can be deleted; revoke it first.")
    _require_childless(call, document)
    call.store.delete(KIND, document["Identifier"])
    call.after_commit.append(partial(call.context.keys.delete, document["KeyFile"]))


def find(call: Call, id: str) -> Document:
    """The CA, or the error that it is gone."""
    return require(call.store, KIND, id, gone("NotFound", "certificate"))


def use_one_up(call: Call, document: Document) -> None:
    """Count a certificate of a CA; refused when as many as were bought are issued [assumed: code]."""
    used = document.get("Issued", 0)
    if used >= document.get("Total", BOUGHT[document["CertificateType"]]):
        raise refused("CertQuotaExceeded", "The CA has issued as many certificates as were bought.")
    call.store.put(KIND, document["Identifier"], {**document, "Issued": used + 1})


def require_kin(parent: Document, algorithm: str) -> None:
    """The kind of key is the issuer's; its length is free [SDK-PCA]."""
    family = parent["FullAlgorithm"].partition("_")[0]
    if algorithm.partition("_")[0] != family:
        raise invalid("Algorithm", f"the key must be of the same kind as the CA's, which is {family}")


def require_in_force(document: Document) -> None:
    """Only a CA in force signs and can be revoked."""
    if document["Status"] != ISSUED:
        raise refused("CertificateStatusError", "The CA certificate is revoked.")


def _created(call: Call, kind: str, parent: Document | None) -> Response:
    parameters = call.parameters
    subject = {name: parameters.required(name) for name in SUBJECT[:5]} | {
        "CountryCode": parameters.text("CountryCode")
    }
    algorithm = parameters.text("Algorithm") or "RSA_2048"
    years = parameters.integer("Years", 1, 30)
    below = None
    if parent is not None:
        require_kin(parent, algorithm)
        use_one_up(call, parent)
        below = _below(call, parent)
    made = pca_signing.authority(subject, algorithm, years * DAYS_A_YEAR, below)
    id = pca_signing.new_identifier()
    document = {
        "Identifier": id,
        **{name: value for name, value in subject.items() if value},
        "Years": years,
        "FullAlgorithm": algorithm,
        "CertificateType": kind,
        "Status": ISSUED,
        "Cert": made.certificate_pem,
        "Chain": made.certificate_pem + (parent["Chain"] if parent else ""),
        "Tags": tagging.sent(parameters),
        **pem.facts(pem.certificates(made.certificate_pem)[0]),
        "CommonName": subject["CommonName"],
        "KeyFile": call.context.keys.write(f"pca-{id}", made.private_key_pem),
        "CrlDay": parameters.integer("CrlDay", 0, 365, 0),
    }
    echo(parameters, document, "ParentIdentifier", "ResourceGroupId")
    call.store.put(KIND, id, document)
    return {"Identifier": id, "Certificate": document["Cert"], "CertificateChain": document["Chain"]}


def _below(call: Call, parent: Document) -> pca_signing.Below:
    """What only a subordinate may be sent."""
    parameters = call.parameters
    parameters.boolean("EnableCrl")  # checked; no revocation list is published here
    signer = pca_signing.Signer(parent["Cert"], call.context.keys.read(parent["KeyFile"]))
    usages = tuple(parameters.texts("ExtendedKeyUsages"))
    return pca_signing.Below(signer, parameters.integer("PathLenConstraint", 0, 10, 0), usages)


def _require_childless(call: Call, document: Document) -> None:
    below = [*call.store.list(KIND), *call.store.list("cas.pca_client")]
    living = [one for one in below if one.get("ParentIdentifier") == document["Identifier"] and one["Status"] == ISSUED]
    if living:
        raise in_use("CertificateInUse", f"{len(living)} certificates below the CA are in force; revoke them first.")
