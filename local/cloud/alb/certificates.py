"""Additional server certificates of a listener, chosen by SNI."""

from local.cloud.actions import Call, Response, action
from local.cloud.alb import listener_rules, listeners
from local.cloud.documents import token_page
from local.cloud.errors import invalid, refused
from local.cloud.products import ALB
from local.cloud.store import Document

MOST = 25
"""Additional certificates of a load balancer."""


@action(ALB, "AssociateAdditionalCertificatesWithListener", source="provider source", writes=True)
def associate_additional_certificates(call: Call) -> Response:
    """Add certificates that exist; the listener goes through Configuring."""
    document = listeners.changeable(call)
    if document["ListenerProtocol"] == "HTTP":
        raise invalid("ListenerId", "an HTTP listener has no certificates")
    for id in _sent(call):
        listener_rules.check_certificate_exists(call, id)
        if id in [row["CertificateId"] for row in _all(document)]:
            raise refused("ResourceAlreadyAssociated.Certificate", "The certificate is on the listener already.")
        document["AdditionalCertificates"].append({"CertificateId": id})
    if len(document["AdditionalCertificates"]) > MOST:
        raise refused("QuotaExceeded.AdditionalCertificate", f"A load balancer has {MOST} at most.")
    return listeners.reconfigure(call, document)


@action(ALB, "DissociateAdditionalCertificatesFromListener", source="provider source", writes=True)
def dissociate_additional_certificates(call: Call) -> Response:
    """Take certificates off; one that is not there is passed over."""
    document = listeners.changeable(call)
    gone = _sent(call)
    left = [row for row in document["AdditionalCertificates"] if row["CertificateId"] not in gone]
    return listeners.reconfigure(call, {**document, "AdditionalCertificates": left})


@action(ALB, "ListListenerCertificates", source="provider source")
def list_listener_certificates(call: Call) -> Response:
    """The default certificate and the additional ones; with CertificateType Ca, the trusted CA."""
    document = listeners.find(call, call.parameters.required("ListenerId"))
    type_ = call.parameters.choice("CertificateType", ("Server", "Ca"), "Server")
    rows = _all(document) if type_ == "Server" else [
        {"CertificateId": ca["CertificateId"], "IsDefault": True} for ca in document.get("CaCertificates", [])
    ]  # fmt: skip
    shown = [{**row, "CertificateType": type_, "Status": "Associated"} for row in rows]
    return token_page(call.parameters, shown, "Certificates")


def _all(document: Document) -> list[Document]:
    default = [{**row, "IsDefault": True} for row in document.get("Certificates", [])]
    return default + [{**row, "IsDefault": False} for row in document["AdditionalCertificates"]]


def _sent(call: Call) -> list[str]:
    return [item.required("CertificateId") for item in call.parameters.objects("Certificates")]
