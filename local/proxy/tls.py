"""Transport sockets of a listener: server certificates, TLS policy, client verification.

Client verification is BoringSSL's own through Envoy: a chain from what the client sends to the one trusted
CA, validity, and the purpose of every certificate (a leaf whose extended key usage lacks clientAuth is
refused), unless a behaviour says otherwise. A trusted intermediate is accepted as an anchor. No revocation lists: ALB has none (§1.1).
"""

from local.behaviours import CHAIN_WALK, CLIENT_REFUSAL
from local.proxy import certificates, tls_policies
from local.proxy.certificates import Certificate, NameChain
from local.proxy.protobuf import Json, extension
from local.proxy.scope import Scope, Unserved

DOWNSTREAM = "extensions.transport_sockets.tls.v3.DownstreamTlsContext"


def name_chains(scope: Scope) -> list[NameChain]:
    """The default certificate and the additional ones, by server name; a missing additional one is noted."""
    default = scope.listener.get("Certificates") or []
    if not default:
        raise Unserved("it has no server certificate")
    load = certificates.load
    first = load(scope.inventory, default[0]["CertificateId"], scope.folder)
    additional = []
    for entry in scope.listener.get("AdditionalCertificates") or []:
        try:
            additional.append(load(scope.inventory, entry["CertificateId"], scope.folder, additional=True))
        except Unserved as problem:
            scope.limitation(f"left out: {problem}")
    return certificates.chains(first, additional)


def transport_socket(scope: Scope, chosen: tuple[Certificate, ...]) -> Json:
    """The TLS side of one filter chain."""
    policy = tls_policies.find(scope.inventory, str(scope.listener.get("SecurityPolicyId") or ""))
    common: Json = {
        "tls_params": tls_policies.parameters(policy),
        "tls_certificates": [_certificate(item) for item in chosen],
        "alpn_protocols": ["h2", "http/1.1"] if http2(scope) else ["http/1.1"],
    }
    if scope.mutual_authentication:
        common["validation_context"] = _validation(scope)
    return extension("transport_sockets.tls", DOWNSTREAM, common_tls_context=common, **_demands(scope))


def _validation(scope: Scope) -> Json:
    """Refused by an alert, or let through the handshake to be answered 400 by `routes`."""
    behaviours = scope.inventory.behaviours
    validation: Json = {"trusted_ca": {"inline_string": _trusted_ca(scope)}}
    if behaviours.is_(CHAIN_WALK, "direct"):
        validation["max_verify_depth"] = 0
    if behaviours.is_(CLIENT_REFUSAL, "400"):
        validation["trust_chain_verification"] = "ACCEPT_UNTRUSTED"
    return validation


def http2(scope: Scope) -> bool:
    """Whether HTTP/2 is offered: HTTPS only, on unless switched off."""
    return scope.scheme == "https" and scope.listener.get("Http2Enabled") is not False


def _certificate(certificate: Certificate) -> Json:
    """The key stays in its 0600 file; Envoy reads it there."""
    return {
        "certificate_chain": {"inline_string": certificate.chain_pem},
        "private_key": {"filename": str(certificate.key_file)},
    }


def _demands(scope: Scope) -> Json:
    """With client verification every connection shows its certificate anew: a resumed session would not be checked."""
    if not scope.mutual_authentication:
        return {"require_client_certificate": False}
    return {
        "require_client_certificate": scope.inventory.behaviours.is_(CLIENT_REFUSAL, "alert"),
        "disable_stateless_session_resumption": True,
        "disable_stateful_session_resumption": True,
    }


def _trusted_ca(scope: Scope) -> str:
    """The one CA of the listener; without it the listener stays shut rather than open."""
    entries = scope.listener.get("CaCertificates") or []
    if len(entries) != 1:
        raise Unserved(f"client verification is on with {len(entries)} CA certificates; exactly one is allowed")
    identifier = entries[0]["CertificateId"]
    document = scope.inventory.ca_certificates.get(identifier)
    if document is None:
        raise Unserved(f"CA certificate {identifier} does not exist")
    return str(document["Cert"])
