"""Why a handshake ended as it did: stable ids, read from Envoy's own words.

Ids and sentences that `mtlsedge explain` has too are the same there; a test compares them. The log knows less than
`explain`: of a chain without a way to the trusted CA it cannot say which part is missing, so it has an id of its own.
"""

import re
from collections.abc import Mapping
from typing import Any

from local.proxy.access import BY_GROUP
from local.proxy.listeners import DEFAULT_CHAIN

SHARED = {
    "accepted": "The listener lets this client in.",
    "client.no-certificate": "The client sends no certificate, and the listener demands one.",
    "client.key-mismatch": "The private key belongs to another certificate.",
    "client.unreadable": "The certificate is written in a way that not every library reads.",
    "client.self-signed": "The certificate signed itself, and the listener does not trust it.",
    "ca.unknown": "Another CA signed the client's certificate than the one the listener trusts.",
    "date.expired": "The client's certificate is over.",
    "date.not-yet-valid": "The client's certificate is not valid yet.",
    "date.issuer": "A CA above the client's certificate is outside its validity.",
    "purpose.no-client-auth": "The certificate is not for clients: its extended key usage lacks clientAuth.",
    "purpose.no-signature": "The certificate's key usage lacks digitalSignature, which every handshake needs.",
    "purpose.issuer": "A CA above is limited to other purposes than clients.",
    "issuer.not-a-ca": "A certificate above the client's may not sign others.",
    "path.too-long": "A CA above allows fewer CAs below it than there are.",
    "names.constrained": "A name in the certificate is one that a CA above may not certify.",
    "names.none-below-constraints": "The certificate has a common name alone, below a CA with name constraints.",
    "extension.unknown-critical": "The chain has a critical extension that TLS libraries do not know.",
    "extension.odd": "The chain has a part that some TLS libraries refuse.",
    "tls.version-not-shared": "Client and listener have no TLS version in common.",
    "tls.cipher-not-shared": "Client and listener have no cipher in common; the certificate is not the matter.",
    "host.unknown-sni": "The listener serves no such host name in the handshake (SNI).",
    "host.unknown": "The client is let in, but no rule serves this host or path.",
    "server.untrusted-root": "The client does not believe the server: it does not know the CA of the server's certificate.",
    "servers.down": "The client is let in, but no server behind the listener answers.",
    "denied.by-server": "The client is let in, and a server behind answers 403.",
    "listener.open": "The listener lets clients in without a certificate.",
}
"""Reasons that `mtlsedge explain` has under the same id."""
OWN = {
    "chain.incomplete": "No chain leads from the client's certificate to the CA that the listener trusts.",
    "signature.failed": "A signature in the chain does not verify: its issuer has another key, or Envoy does not take its kind.",
    "client.plain-http": "The client spoke plain HTTP at a TLS port.",
    "client.broke-off": "The client broke the handshake off with a message that cannot be read; so do clients that do not "
    "believe the server.",
    "server.not-believed": "The client broke the handshake off: it refuses the server's certificate.",
    "closed.before-hello": "The connection ended before the client had said what it wants.",
    "closed.in-handshake": "The client closed the connection in the middle of the handshake.",
    "denied.by-acl": "The listener's access control list does not let this address in.",
    "denied.by-security-group": "A security group of the load balancer does not let this address in.",
    "certificate.not-logged": "A request was answered. A real ALB's access log does not say which certificate was shown.",
    "tls.other": "The handshake failed for another reason; `failure` has Envoy's own words.",
}
"""Reasons that only the log has."""
TEXTS = SHARED | OWN

_TLS = (
    ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "client.no-certificate"),
    ("BAD_SIGNATURE", "client.key-mismatch"),
    ("UNSUPPORTED_PROTOCOL", "tls.version-not-shared"),
    ("WRONG_VERSION_NUMBER", "tls.version-not-shared"),
    ("NO_SHARED_CIPHER", "tls.cipher-not-shared"),
    ("HTTP_REQUEST", "client.plain-http"),
    ("KEY_USAGE_BIT_INCORRECT", "purpose.no-signature"),
    ("CANNOT_PARSE_LEAF_CERT", "client.unreadable"),
    ("public_key_routines:OPENSSL_internal:DECODE_ERROR", "client.unreadable"),
    ("TLSV1_ALERT_UNKNOWN_CA", "server.untrusted-root"),
    ("ALERT_BAD_CERTIFICATE", "server.not-believed"),
    ("ALERT_CERTIFICATE_", "server.not-believed"),
    ("ALERT_UNSUPPORTED_CERTIFICATE", "server.not-believed"),
    ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "client.broke-off"),
)
"""BoringSSL's error names, and what they mean here."""
_VERIFICATION = (
    ("self signed certificate in certificate chain", "ca.unknown", "ca.unknown"),
    ("self signed certificate", "client.self-signed", "ca.unknown"),
    ("unable to get local issuer certificate", "chain.incomplete", "chain.incomplete"),
    ("unable to get issuer certificate", "chain.incomplete", "chain.incomplete"),
    ("unable to verify the first certificate", "chain.incomplete", "chain.incomplete"),
    ("certificate has expired", "date.expired", "date.issuer"),
    ("certificate is not yet valid", "date.not-yet-valid", "date.issuer"),
    ("unsupported certificate purpose", "purpose.no-client-auth", "purpose.issuer"),
    ("invalid CA certificate", "issuer.not-a-ca", "issuer.not-a-ca"),
    ("path length constraint exceeded", "path.too-long", "path.too-long"),
    ("permitted subtree violation", "names.constrained", "names.constrained"),
    ("excluded subtree violation", "names.constrained", "names.constrained"),
    (
        "Issuer has name constraints but leaf has no SANs",
        "names.none-below-constraints",
        "names.none-below-constraints",
    ),
    ("unhandled critical extension", "extension.unknown-critical", "extension.unknown-critical"),
    ("no explicit policy", "extension.odd", "extension.odd"),
    ("certificate policy extension", "extension.odd", "extension.odd"),
    ("certificate signature failure", "signature.failed", "signature.failed"),
)
"""Words of X509_verify_cert, and what they mean of the client's own certificate (depth 0) and of one above it."""
_NO_SERVER = {"UH", "UF", "UC", "UT", "URX", "NC"}
"""Envoy's response flags where no server behind the listener gave the answer."""
BY_ADDRESS = ("denied.by-acl", "denied.by-security-group")
"""The client's address is not let in, whatever its certificate."""
_PLAIN_CHAIN = "plain"


def reason(line: Mapping[str, Any]) -> str:
    """The id of the reason of one line of Envoy's."""
    if line.get("failure"):
        return _of_failure(str(line["failure"]))
    if "rbac_access_denied" in str(line.get("termination") or ""):
        return "denied.by-security-group" if BY_GROUP in str(line["termination"]) else "denied.by-acl"
    if line["kind"] == "connection" and (left := _left_early(line)):
        return left
    return _after_request(line) or _of_accepted(line)


def is_refused(reason_id: str, line: Mapping[str, Any]) -> bool:
    """Whether the client did not get through to HTTP."""
    return bool(line.get("failure")) or reason_id in BY_ADDRESS or reason_id.startswith("closed.")


def _of_failure(words: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in words:
        plain = words.replace("_", " ")
        depth = re.search(r"error at depth (\d+)", plain)
        is_leaf = depth is None or depth.group(1) == "0"
        found = (leaf if is_leaf else above for known, leaf, above in _VERIFICATION if known in plain)
    else:
        found = (meaning for name, meaning in _TLS if name in words)
    return next(found, "tls.other")


def _left_early(line: Mapping[str, Any]) -> str:
    """Empty when the handshake was completed, or none was needed."""
    if not line.get("chain"):
        return "closed.before-hello"
    is_complete = line["chain"] == _PLAIN_CHAIN or line.get("handshakeMilliseconds") is not None
    return "" if is_complete else "closed.in-handshake"


def _after_request(line: Mapping[str, Any]) -> str:
    flags = set(str(line.get("flags") or "").split(","))
    if flags & _NO_SERVER:
        return "servers.down"
    if "NR" in flags:
        return "host.unknown"
    return "denied.by-server" if (line.get("status"), line.get("details")) == (403, "via_upstream") else ""


def _of_accepted(line: Mapping[str, Any]) -> str:
    if _is_unknown_name(line):
        return "host.unknown-sni"
    return "accepted" if line.get("fingerprint") else "listener.open"


def _is_unknown_name(line: Mapping[str, Any]) -> bool:
    """Whether the default certificate was sent for a name that it does not have."""
    chain, _, names = str(line.get("chain") or "").partition(":")
    asked = str(line.get("sni") or "").lower()
    known = names.split(",")
    return bool(asked) and chain == DEFAULT_CHAIN and asked not in known and f"*.{asked.partition('.')[2]}" not in known
