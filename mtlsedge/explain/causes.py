"""Every cause that `mtlsedge explain` tells apart: a stable id, what is so in one sentence, and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """Why a client gets in or not. `sentence` and `remedy` are whole sentences; details stand in the evidence."""

    id: str
    sentence: str
    remedy: str


_ALL = (
    Cause("accepted", "The listener lets this client in.", "Nothing."),
    Cause(
        "client.no-certificate",
        "The client sends no certificate, and the listener demands one.",
        "Give the client its bundle: `python -m mtlsedge clients export NAME --to FOLDER`; docs/guides/bundles.md has the line for each program.",
    ),
    Cause(
        "client.request-only",
        "This is a signing request: nobody can log in with it before a CA has signed it.",
        "Have it signed: clients.NAME.csrFile in the stack file, or `python -m mtlsedge sign`.",
    ),
    Cause(
        "client.key-mismatch",
        "The private key belongs to another certificate.",
        "Use the key that the certificate was requested with, or issue a certificate for this key.",
    ),
    Cause(
        "client.unreadable",
        "The certificate is written in a way that not every library reads.",
        "Issue it anew with other software; the evidence names the part.",
    ),
    Cause(
        "client.self-signed",
        "The certificate signed itself, and the listener does not trust it.",
        "Have the trusted CA issue one.",
    ),
    Cause(
        "chain.order",
        "The client's own certificate is not the first in its file.",
        "Put the client's certificate first, each issuer after it.",
    ),
    Cause(
        "chain.intermediate-missing",
        "The client does not send the certificate between its own and the trusted CA.",
        "Append the certificate that the evidence names to the client's file; NAME.crt of an export has it.",
    ),
    Cause(
        "chain.intermediate-wrong",
        "The client sends an intermediate of the right name that did not sign its certificate.",
        "Send the intermediate that did; a CA that was made anew keeps its name and changes its key.",
    ),
    Cause(
        "chain.issuer-unknown",
        "The issuer of the client's certificate is neither trusted by the listener nor sent by the client.",
        "If the issuer is an intermediate of the trusted CA, send its certificate too; otherwise have the trusted CA issue.",
    ),
    Cause(
        "chain.bridge-missing",
        "The client's CA generation is vouched for by a bridge, which the client does not send.",
        "Export the client again: its chain then has the bridge.",
    ),
    Cause(
        "ca.unknown",
        "Another CA signed the client's certificate than the one the listener trusts.",
        "Have the trusted CA issue a certificate, or trust the other CA.",
    ),
    Cause(
        "ca.same-name",
        "A CA of the trusted CA's name, with another key, signed the client's certificate.",
        "Compare fingerprints: one of both CAs was made anew. Have the trusted one issue, or upload the other.",
    ),
    Cause(
        "generation.retired",
        "The client's certificate is of a CA generation that the listener no longer trusts.",
        "Export the client again and hand it the new bundle.",
    ),
    Cause(
        "generation.not-yet",
        "The client's certificate is of a CA generation that the listener does not trust yet.",
        "Let the client use the older bundle until `trusted` has moved.",
    ),
    Cause("date.expired", "The client's certificate is over.", "Issue a new one: `pulumi up` renews, then export it."),
    Cause(
        "date.not-yet-valid",
        "The client's certificate is not valid yet.",
        "Wait, or put the clock of the machine that signed it right.",
    ),
    Cause(
        "date.issuer",
        "A CA above the client's certificate is outside its validity.",
        "Renew that CA, and everything below it.",
    ),
    Cause(
        "date.clock-skew",
        "This machine's clock differs from the listener's.",
        "Put the clock right (NTP): dates are judged differently on both sides.",
    ),
    Cause(
        "purpose.no-client-auth",
        "The certificate is not for clients: its extended key usage lacks clientAuth.",
        "Issue one with clientAuth; a server's certificate does not serve.",
    ),
    Cause(
        "purpose.ca-as-client",
        "The client shows a CA certificate as its own.",
        "Issue a client certificate below that CA.",
    ),
    Cause(
        "purpose.no-signature",
        "The certificate's key usage lacks digitalSignature, which every handshake needs.",
        "Issue one with digitalSignature.",
    ),
    Cause(
        "purpose.issuer",
        "A CA above is limited to other purposes than clients.",
        "Have a CA issue whose extended key usage has clientAuth, or that has none.",
    ),
    Cause(
        "issuer.not-a-ca",
        "A certificate above the client's may not sign others.",
        "Have a CA sign (basicConstraints CA:TRUE, keyUsage keyCertSign, version 3).",
    ),
    Cause(
        "path.too-long",
        "A CA above allows fewer CAs below it than there are.",
        "Issue from a CA nearer to the root, or make the upper CA with a greater path length.",
    ),
    Cause(
        "names.constrained",
        "A name in the certificate is one that a CA above may not certify.",
        "Issue with names inside the CA's name constraints; the evidence has both.",
    ),
    Cause(
        "names.none-below-constraints",
        "The certificate has a common name alone, below a CA with name constraints.",
        "Issue with a subject alternative name.",
    ),
    Cause(
        "extension.unknown-critical",
        "The chain has a critical extension that TLS libraries do not know.",
        "Issue without it, or not critical.",
    ),
    Cause(
        "extension.odd",
        "The chain has a part that some TLS libraries refuse.",
        "Issue without it; the evidence names it.",
    ),
    Cause(
        "key.pss",
        "The key is limited to RSASSA-PSS, which BoringSSL (Envoy, Chrome) does not take.",
        "Make a plain RSA key, or one on P-256.",
    ),
    Cause(
        "key.explicit-curve",
        "The key gives its curve by parameters instead of by name.",
        "Make a key with a named curve: `openssl ecparam -name prime256v1 -param_enc named_curve`.",
    ),
    Cause("key.curve", "The key is on a curve that not every TLS library offers.", "Make a key on P-256 or P-384."),
    Cause("key.small-rsa", "The RSA key is shorter than 2048 bits.", "Make one of 2048 bits or more, or on P-256."),
    Cause("key.weak", "The key can be attacked: its numbers are weak.", "Make a new key with other software."),
    Cause("key.unknown", "The key is of a kind that is not taken.", "Make an RSA key of 2048 bits, or one on P-256."),
    Cause(
        "signature.weak",
        "A signature in the chain uses a hash that is no longer taken.",
        "Have it signed anew with SHA-256 or stronger.",
    ),
    Cause(
        "signature.pss-salt",
        "A RSASSA-PSS signature in the chain has parameters that not every library verifies.",
        "Sign with a salt as long as the hash, and one hash for both.",
    ),
    Cause(
        "signature.unknown",
        "A signature in the chain is of a kind that TLS libraries do not know.",
        "Have it signed with RSA or ECDSA and SHA-256.",
    ),
    Cause(
        "certificate.refused",
        "The listener refuses this certificate; without the CA it trusts, its files do not say why.",
        "Say which CA the listener trusts: --ca FILE.",
    ),
    Cause(
        "tls.version-not-shared",
        "Client and listener have no TLS version in common.",
        "Let the client speak TLS 1.2 or 1.3, or lower the listener's TLS policy.",
    ),
    Cause(
        "tls.cipher-not-shared",
        "Client and listener have no cipher in common; the certificate is not the matter.",
        "Let the client offer ECDHE with AES-GCM, or choose another TLS policy.",
    ),
    Cause(
        "tls.not-tls",
        "What answers at this port does not speak TLS.",
        "Use the HTTPS port; a plain HTTP listener or a proxy stands here.",
    ),
    Cause(
        "host.unknown-sni",
        "The listener serves no such host name in the handshake (SNI).",
        "Use a host that the listener has a certificate for, or add one.",
    ),
    Cause(
        "host.unknown",
        "The client is let in, but no rule serves this host or path.",
        "Use a host of the stack, or add a rule.",
    ),
    Cause(
        "server.untrusted-root",
        "The client does not believe the server: it does not know the CA of the server's certificate.",
        "Give the client that CA (server-ca.crt of an export), or use a certificate of a public one.",
    ),
    Cause(
        "server.wrong-name",
        "The client does not believe the server: its certificate is for other names.",
        "Use a name of the certificate, or issue one for this host.",
    ),
    Cause(
        "server.expired",
        "The client does not believe the server: its certificate is over.",
        "Renew the server certificate.",
    ),
    Cause(
        "server.not-yet-valid",
        "The client does not believe the server: its certificate is not valid yet.",
        "Check this machine's clock, then the certificate's dates.",
    ),
    Cause(
        "server.intercepted",
        "Something in between answers: the server's certificate is from another issuer than declared.",
        "Take the inspection or proxy out of the way: it ends TLS, and the client's certificate with it.",
    ),
    Cause(
        "dns.no-address", "The host name has no address.", "Check the record (`python -m mtlsedge verify`, dns rows)."
    ),
    Cause(
        "dns.elsewhere",
        "The host name leads to another address than the load balancer's.",
        "Point the CNAME at the load balancer.",
    ),
    Cause("net.port-closed", "Nobody listens at this address and port.", "Check port and listener."),
    Cause(
        "net.no-answer",
        "The address does not answer.",
        "Check the listener's ACL, security groups and routes between here and there.",
    ),
    Cause(
        "servers.down",
        "The client is let in, but no server behind the listener answers.",
        "Check the servers' health: `python -m mtlsedge verify`, health rows.",
    ),
    Cause(
        "denied.by-list",
        "The certificate is good, and denied: it is on the deny list.",
        "Issue another one, or take the entry off `denied`.",
    ),
    Cause(
        "denied.by-server",
        "The client is let in, and a server behind answers 403.",
        "Ask the operator of the server; its own rules refuse the client.",
    ),
    Cause(
        "listener.open",
        "The listener lets clients in without a certificate.",
        "Switch mutual authentication on (caEnabled) if it shall not.",
    ),
    Cause(
        "cannot-tell",
        "The listener refuses the client, and neither files nor its answer say why.",
        "Look at the listener's own log; give --ca if it was left out.",
    ),
)
CAUSES = {cause.id: cause for cause in _ALL}
