"""Policy rules about keys and certificates."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyConfigSchema
from reading import CERTIFICATE, PRIVATE_KEY, Finding, is_known, texts, unknown_paths

from exposure.key_shapes import holds_private_key

SIGNED_ELSEWHERE = "tls:index/locallySignedCert:LocallySignedCert"
IMPORTED_ROOT = "mtlsedge:index:ImportedRoot"
LONGEST_CLIENT_DAYS = 397
"""ALB checks no revocation list, so the lifetime of a client certificate is the only bound on a stolen one."""
LONGEST_AUTHORITY_DAYS = 3653
"""Ten years, as the vendor's tutorial has it, leap days included."""
AUTHORITY_PROFILES = ("root", "intermediate", "bridge")
HOURS = 24
PURPOSES = frozenset({
    "any_extended", "client_auth", "code_signing", "email_protection", "ipsec_end_system", "ipsec_tunnel", "ipsec_user",
    "microsoft_commercial_code_signing", "microsoft_kernel_code_signing", "microsoft_server_gated_crypto",
    "netscape_server_gated_crypto", "ocsp_signing", "server_auth", "timestamping",
})  # fmt: skip
"""Purposes among the tls provider's `allowedUses`; the others say what the key does. None: good for every purpose (RFC 5280)."""
DAYS_SCHEMA = PolicyConfigSchema(properties={"days": {"type": "number", "minimum": 1}})
KEY_PROPERTIES = frozenset(
    {
        ("alicloud:cas/serviceCertificate:ServiceCertificate", "key"),
        (CERTIFICATE, "issuer_private_key_pem"),
        (PRIVATE_KEY, "private_key_pem"),
        (IMPORTED_ROOT, "key"),
        (IMPORTED_ROOT, "private_key_pem"),
        (SIGNED_ELSEWHERE, "caPrivateKeyPem"),
        ("tls:index/selfSignedCert:SelfSignedCert", "privateKeyPem"),
        ("tls:index/certRequest:CertRequest", "privateKeyPem"),
    }
)
"""The only properties in which a private key may stand; the engine encrypts each of them in state."""
SECRET_OUTPUTS = {PRIVATE_KEY: "private_key_pem", IMPORTED_ROOT: "private_key_pem"}
"""Outputs that hold a key and that no schema declares secret: each resource has to say it."""


def forbid_stray_private_keys(args: Any) -> Iterator[Finding]:
    """No property but the listed ones holds a private key."""
    for path, text in texts(args.props):
        if (args.resource_type, path) not in KEY_PROPERTIES and holds_private_key(text):
            yield Finding(
                f"property {path} holds a private key",
                "there it is not kept encrypted",
                "the list KEY_PROPERTIES of this pack",
                "pass a reference or the public part",
            )


def say_what_keys_a_preview_hides(args: Any) -> Iterator[tuple[Finding, str]]:
    """In a preview, properties that are not known yet are not searched for private keys; `up` searches them."""
    hidden = [one for one in args.resources if next(unknown_paths(one.props), "")]
    if hidden:
        yield (
            Finding(
                f"no-stray-private-key cannot be judged in a preview for {len(hidden)} resources, {hidden[0].name} among them",
                "some of their properties are known after `up` only",
                "the rule no-stray-private-key",
                "nothing; `up` judges them, before each is made",
            ),
            hidden[0].urn,
        )


def require_secret_keys(args: Any) -> Iterator[Finding]:
    """Every output that is a key is a secret."""
    output = SECRET_OUTPUTS.get(args.resource_type)
    if output and output not in (args.opts.additional_secret_outputs or []):
        yield Finding(
            f"output {output} is not said to be a secret",
            "the key would stand in the state in clear",
            "Pulumi, additionalSecretOutputs",
            "additional_secret_outputs with its name",
        )


def limit_client_validity(args: Any) -> Iterator[Finding]:
    """A client certificate does not outlive the longest time a stolen one may stay useful."""
    days, limit = _client_days(args), args.get_config().get("days") or LONGEST_CLIENT_DAYS
    if days is not None and days > limit:
        yield Finding(
            f"a client certificate is valid for {days:g} days; allowed are {limit:g}",
            "ALB checks no revocation list: a stolen one works until it ends",
            "ALB user guide, mutual authentication",
            "shorten it and let `up` renew it",
        )


def limit_authority_validity(args: Any) -> Iterator[Finding]:
    """A CA certificate does not outlive ten years."""
    if args.resource_type != CERTIFICATE or args.props.get("profile") not in AUTHORITY_PROFILES:
        return
    days, limit = args.props.get("validity_days"), args.get_config().get("days") or LONGEST_AUTHORITY_DAYS
    if isinstance(days, int | float) and days > limit:
        yield Finding(
            f"a CA certificate is valid for {days:g} days; allowed are {limit:g}",
            "keys and algorithms of today are not those of a far tomorrow",
            "the vendor's tutorial, 3650 days",
            "shorten it and rotate",
        )


def _client_days(args: Any) -> float | None:
    """The validity of a client certificate, ours or one of the tls provider; None for anything else."""
    if args.resource_type == CERTIFICATE and args.props.get("profile") == "client":
        days = args.props.get("validity_days")
        return float(days) if isinstance(days, int | float) else None
    if args.resource_type == SIGNED_ELSEWHERE and is_known(args.props, "allowedUses"):
        hours = args.props.get("validityPeriodHours")
        if _serves_clients(args) and isinstance(hours, int | float):
            return float(hours) / HOURS
    return None


def _serves_clients(args: Any) -> bool:
    """Whether a certificate of the tls provider is good for a client: by name, for any purpose, or limited to none."""
    purposes = PURPOSES & set(args.props.get("allowedUses") or [])
    is_authority = is_known(args.props, "isCaCertificate") and args.props.get("isCaCertificate") is True
    return not is_authority and (not purposes or bool(purposes & {"client_auth", "any_extended"}))
