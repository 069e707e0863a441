"""X.509 for mutual TLS: keys, certificates, checks, renewal decisions and bundles.

Pure: no Pulumi, no clock, no disk, no network. PEM in and out is text with LF line ends, the time
is an argument. Whatever cannot be done or read raises `CertificateError`, whose message never
holds key material. Only `cryptography` does cryptography.
"""

from mtlsedge_components.x509.building import Issued, Issuer, Profile, Request, issue, issue_root
from mtlsedge_components.x509.bundles import Bundle, new_password, pfx
from mtlsedge_components.x509.checking import (
    Facts,
    ca_problems,
    chain_fingerprint,
    covers,
    csr_problems,
    csr_public_key,
    inspect,
    key_matches,
    server_problems,
    split_chain,
)
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.keys import (
    ALGORITHMS,
    DEFAULT_ALGORITHM,
    certificate_key_fingerprint,
    generate,
    private_key_fingerprint,
    public_key_algorithm,
    public_key_fingerprint,
    public_pem,
)
from mtlsedge_components.x509.names import name_problems, subject_problems
from mtlsedge_components.x509.renewal import IDENTITY, identity_changes, reasons_to_replace

__all__ = [
    "ALGORITHMS",
    "DEFAULT_ALGORITHM",
    "IDENTITY",
    "Bundle",
    "CertificateError",
    "Facts",
    "Issued",
    "Issuer",
    "Profile",
    "Request",
    "ca_problems",
    "certificate_key_fingerprint",
    "chain_fingerprint",
    "covers",
    "csr_problems",
    "csr_public_key",
    "generate",
    "identity_changes",
    "inspect",
    "issue",
    "issue_root",
    "key_matches",
    "name_problems",
    "new_password",
    "pfx",
    "private_key_fingerprint",
    "public_key_algorithm",
    "public_key_fingerprint",
    "public_pem",
    "reasons_to_replace",
    "server_problems",
    "split_chain",
    "subject_problems",
]
