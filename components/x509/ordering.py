"""Signing requests, for certificate services that sign elsewhere."""

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mtlsedge_components.x509 import keys, names
from mtlsedge_components.x509._reading import reading
from mtlsedge_components.x509.building import signature_hash
from mtlsedge_components.x509.names import Subject, SubjectAlternativeNames


def signing_request(private_key_pem: str, subject: Subject, alternative: SubjectAlternativeNames) -> str:
    """A PKCS#10 request (PEM) for a subject and its names, signed with the key; raises CertificateError."""
    key = keys.load_private_key(private_key_pem)
    wanted = names.alternative_names(alternative, also=subject.email)
    builder = x509.CertificateSigningRequestBuilder().subject_name(names.distinguished_name(subject))
    if list(wanted):
        builder = builder.add_extension(wanted, critical=False)
    with reading("the signing request"):
        request = builder.sign(key, signature_hash(key))
        return request.public_bytes(serialization.Encoding.PEM).decode("ascii")
