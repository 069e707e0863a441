"""The one table of checks: id, title, check, and what to do when it fails. Order is the order of the report."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mtlsedge.verify import (
    client_checks,
    expiry_checks,
    header_checks,
    name_checks,
    path_checks,
    redirect_checks,
    server_checks,
    tls_checks,
)
from mtlsedge.verify.result import Finding
from mtlsedge.verify.target import Target


@dataclass(frozen=True)
class Check:
    """A row: ids are fixed, scripts rely on them."""

    id: str
    title: str
    run: Callable[[Target], Finding]
    remedy: str
    """Where it says LISTENER, the key of the entry point's own settings is to stand."""

    def of(self, listener: str) -> "Check":
        """The same row for the entry point whose settings stand under `listener`."""
        return replace(self, remedy=self.remedy.replace("LISTENER", listener))


CORE = ("mtls.no-certificate", "mtls.stranger", "mtls.accepted")
"""Rows without which `verify` has proved nothing: while one is not checked, the exit status is not 0."""

CHECKS = (
    Check(
        "dns.resolves", "The name leads to the load balancer", name_checks.resolves,
        "run `pulumi up --refresh`; where the zone is delegated elsewhere, add the CNAME there",
    ),
    Check(
        "tls.floor", "TLS 1.0 and 1.1 are refused", tls_checks.floor,
        "set LISTENER.tlsPolicy to tls_cipher_policy_1_2_strict_with_1_3 and run `pulumi up --refresh`",
    ),
    Check(
        "tls.no-quic", "Nobody answers over QUIC", tls_checks.no_quic,
        "switch off the listener's QUIC upgrade, and remove a QUIC listener on its port: it asks for no client certificate",
    ),
    Check(
        "tls.server-chain", "The server's certificate is the right one", tls_checks.server_chain,
        "compare the listener's certificate with mtlsedge:serverCertificate, then `pulumi up --refresh`",
    ),
    Check(
        "mtls.no-certificate", "Without a certificate: refused", client_checks.no_certificate,
        "switch client verification on: remove `clientVerification: off-for-migration` and run `pulumi up --refresh`",
    ),
    Check(
        "mtls.every-path", "Without a certificate: refused at every path", path_checks.no_certificate,
        "see which rule or host is served without one: compare the listener's rules with LISTENER.rules, then `pulumi up --refresh`",
    ),
    Check(
        "mtls.stranger", "A stranger's certificate: refused", client_checks.stranger,
        "the listener trusts more than the stack's CA: compare its CA with the caIdentifier output",
    ),
    Check(
        "mtls.other-listener", "Clients of the stack's other listeners: refused", client_checks.of_other_listeners,
        "the listener trusts another listener's CA too: compare its CA with the caIdentifier output",
    ),
    Check(
        "mtls.same-name-ca", "A CA with the trusted one's name: refused", client_checks.same_name_ca,
        "the listener compares names, not signatures: report it, do not use it",
    ),
    Check(
        "mtls.expired", "An expired certificate: refused", client_checks.expired,
        "the listener does not look at dates: report it; until then rotate the CA to shut a client out",
    ),
    Check(
        "mtls.server-only", "A server-only certificate: refused", client_checks.server_only,
        "the listener does not look at the extended key usage: issue servers from another CA",
    ),
    Check(
        "mtls.wrong-key", "The good certificate without its key: refused", client_checks.wrong_key,
        "the listener does not check the handshake's signature: report it, do not use it",
    ),
    Check(
        "mtls.rotated-out", "A certificate of a retired generation: refused", client_checks.rotated_out,
        "the listener still trusts the old CA: compare its CA with the caIdentifier output, `pulumi up --refresh`",
    ),
    Check(
        "mtls.accepted", "The good client: let in", client_checks.accepted,
        "see whether the listener runs and trusts the CA of the caIdentifier output; then `pulumi up --refresh`",
    ),
    Check(
        "servers.alternate", "The servers answer in turn", server_checks.alternate,
        "see weights and scheduler of the group, and whether the missing server listens on its port",
    ),
    Check(
        "servers.paths", "Each path leads to its own servers", path_checks.servers,
        "compare the listener's rules and their order with LISTENER.rules, then `pulumi up --refresh`",
    ),
    Check(
        "headers.forwarded", "The servers learn who the client is", header_checks.forwarded,
        "compare LISTENER.forwardClientCertificate with the listener, then `pulumi up --refresh`",
    ),
    Check(
        "http.redirect", "Plain HTTP only redirects", redirect_checks.redirect,
        "nothing may be served without TLS: set LISTENER.redirectHttp and run `pulumi up --refresh`",
    ),
    Check(
        "health.servers", "Every server is healthy", server_checks.health,
        "start the server, or see its port, security group and the health check's path and codes",
    ),
    Check(
        "expiry.days-left", "No certificate is about to expire", expiry_checks.days_left,
        "run `pulumi up` to renew clients and an issued server certificate; plan a new CA generation",
    ),
)  # fmt: skip
