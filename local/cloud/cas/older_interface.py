"""Server certificates by the interface that the vendor's ALB controller of 2024 uses; the same certificates, other names."""

from local.cloud.actions import Call, Response, action
from local.cloud.cas import pem, server_certificates
from local.cloud.documents import numbered_page
from local.cloud.products import CAS_OLDER
from local.cloud.store import Document

MOST_A_PAGE = 50


@action(CAS_OLDER, "DescribeSSLCertificateList", source="vendor's controller")
def describe_ssl_certificate_list(call: Call) -> Response:
    """The uploaded certificates, by pages."""
    found = [_shown(document) for document in call.store.list(server_certificates.KIND)]
    page, counters = numbered_page(call.parameters, found, "CurrentPage", "ShowSize", MOST_A_PAGE)
    return {"CertMetaList": page, **counters, "PageCount": max(1, -(-len(found) // counters["ShowSize"]))}


@action(CAS_OLDER, "CreateSSLCertificateWithName", source="vendor's controller", writes=True)
def create_ssl_certificate_with_name(call: Call) -> Response:
    """Keep a certificate and its key; the answer has what a listener takes."""
    sent = call.parameters
    document = server_certificates.keep(
        call, sent.required("CertName"), sent.required("Certificate"), sent.required("PrivateKey")
    )
    return {"CertIdentifier": server_certificates.identifier(document)}


@action(CAS_OLDER, "DeleteSSLCertificate", source="vendor's controller", writes=True)
def delete_ssl_certificate(call: Call) -> Response:
    """Remove a certificate by what a listener takes."""
    return server_certificates.remove(call, call.parameters.required("CertIdentifier").partition("-")[0])


def _shown(document: Document) -> Document:
    facts = document["Facts"]
    same = ("CommonName", "Issuer", "Algorithm", "Sha2", "SignAlgorithm", "SerialNo", "Sans")
    return {
        **{name: facts[name] for name in same},
        "CertName": document["Name"],
        "CertIdentifier": server_certificates.identifier(document),
        "BeforeDate": facts["NotBefore"],
        "AfterDate": facts["NotAfter"],
        "DomainMatchCert": False,
        **pem.sizes(document["Cert"]),
    }
