"""`mtlsedge:listener`: the HTTPS listener, which demands a client certificate."""

from collections.abc import Mapping
from dataclasses import replace

from settings import forms
from settings.model import ClientCertificateHeaders, Listener
from settings.reader import Node, Section
from settings.rules import read_rules

KEYS = (
    "default", "port", "tlsPolicy", "tlsPolicyBelow12", "redirectHttp", "httpPort", "httpForwarding",
    "forwardClientCertificate", "clientVerification", "rules", "allowFrom", "idleTimeout", "requestTimeout",
)  # fmt: skip
SHARED_KEYS = tuple(key for key in KEYS if key not in ("default", "httpForwarding", "rules"))
"""Those of a cluster's listener: where its requests go is said by Ingresses."""
QUIC = "nothing: QUIC has no client certificates, so HTTP/3 would lead past mutual TLS"
REFUSED = dict.fromkeys(("quic", "quicConfig", "quicUpgrade", "quicUpgradeEnabled", "quicListenerId", "http3"), QUIC)
POLICIES = ("tls_cipher_policy_1_2_strict_with_1_3", "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2")
POLICIES_BELOW_12 = ("tls_cipher_policy_1_0", "tls_cipher_policy_1_1")
"""System policies by the lowest TLS version they take; `…_1_0_to_1_3` is not one of the editions' with mutual
authentication, and of a custom policy the file does not say how low it goes [alibaba-cloud.md §1.4]."""
ACCEPT_OLD_TLS = "accept-tls-1.0-for-old-clients"
ALLOW_FORWARDING = "allow-http-forwarding-past-mutual-tls"
OFF_FOR_MIGRATION = "off-for-migration"
OUR_DESCRIPTION = "mtlsedge"
"""Stands beside the networks of a list in the cloud."""
MOST_ENTRIES = 500
"""Entries of the access control lists of one listener; a quota [alibaba-cloud.md §1.8]."""


def read_listener(node: Node) -> Listener | None:
    """The listener, or None when absent."""
    if node.value is None:
        return None
    section = node.section(KEYS, REFUSED)
    return replace(
        read_shared(section),
        default=section.text("default", forms.NAME),
        rules=read_rules(section),
        allow_http_forwarding_past_mutual_tls=_read_forwarding(section),
    )


def read_shared(section: Section) -> Listener:
    """What the listeners of both fronts have in common: all but where requests go."""
    return Listener(
        default="",
        port=section.integer("port", 1, 65535, "a port", default=Listener.port),
        tls_policy=_read_tls_policy(section),
        redirect_http=section.flag("redirectHttp", default=Listener.redirect_http),
        http_port=section.integer("httpPort", 1, 65535, "a port", default=Listener.http_port),
        forward_client_certificate=_read_headers(section["forwardClientCertificate"]),
        allow_from=_read_allow_from(section),
        idle_timeout=section.integer("idleTimeout", 1, 600, "seconds", default=Listener.idle_timeout),
        request_timeout=section.integer("requestTimeout", 1, 600, "seconds", default=Listener.request_timeout),
        client_verification_off_for_migration=_read_verification(section),
    )


def _read_tls_policy(section: Section) -> str:
    """TLS 1.2 or higher; the API's own default begins at TLS 1.0. Lower ones need a word that says so."""
    accepted = section.choice("tlsPolicyBelow12", (ACCEPT_OLD_TLS,)) if "tlsPolicyBelow12" in section else ""
    allowed = POLICIES + (POLICIES_BELOW_12 if accepted else ())
    hint = "" if accepted else f"; a lower one only beside tlsPolicyBelow12: {ACCEPT_OLD_TLS}"
    policy = section.choice("tlsPolicy", allowed, default=Listener.tls_policy, hint=hint)
    if accepted and policy in POLICIES:
        section["tlsPolicyBelow12"].refuse(f"nothing beside {policy}, which needs no such permission")
    if accepted:
        section.node.findings.weaken(section["tlsPolicyBelow12"].path, "clients may use TLS 1.0 or 1.1")
    return policy


def _read_verification(section: Section) -> bool:
    """Whether client verification is off. The CA stays on the listener, so that it can be switched on again."""
    word = section.choice("clientVerification", ("required", OFF_FOR_MIGRATION), default="required")
    if word == OFF_FOR_MIGRATION:
        section.node.findings.weaken(section["clientVerification"].path, "clients need no certificate")
    return word == OFF_FOR_MIGRATION


def _read_forwarding(section: Section) -> bool:
    """Whether the HTTP listener serves content. Then it cannot redirect, and `redirectHttp: false` says so."""
    if "httpForwarding" not in section:
        return False
    if section.choice("httpForwarding", (ALLOW_FORWARDING,)) and section["redirectHttp"].value is not False:
        section["httpForwarding"].refuse("nothing, unless redirectHttp is false")
    section.node.findings.weaken(section["httpForwarding"].path, "plain HTTP reaches the servers without a certificate")
    return True


def _read_headers(node: Node) -> ClientCertificateHeaders:
    if node.value is None:
        return ClientCertificateHeaders()
    facts = ("subject", "issuer", "fingerprint", "verification")
    section = node.section(facts)
    names = {fact: section.text(fact, forms.HEADER, default="") for fact in facts}
    for position, fact in enumerate(facts):
        if names[fact] and names[fact] in [names[other] for other in facts[:position]]:
            section[fact].refuse("a header of its own for each fact")
    return ClientCertificateHeaders(**names)


def _read_allow_from(section: Section) -> dict[str, str]:
    """Networks, as a list or with a description each, which two networks may share."""
    node = section["allowFrom"]
    if isinstance(node.value, Mapping):
        networks = {cidr: child.text(forms.DESCRIPTION) for cidr, child in node.entries(forms.NETWORK)}
    else:
        networks = dict.fromkeys(section.texts("allowFrom", forms.NETWORK), OUR_DESCRIPTION)
    if len(networks) > MOST_ENTRIES:
        node.refuse(f"at most {MOST_ENTRIES} CIDR blocks", found=f"{len(networks)} entries")
    return networks
