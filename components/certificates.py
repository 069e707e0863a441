"""What components about certificates share: subjects, names, issuers, and what is told of a certificate."""

from typing import NotRequired, TypedDict

import pulumi


class SubjectArgs(TypedDict):
    """Distinguished name of a certificate. An attribute that is not said is not in the name."""

    common_name: str
    """Common name, 1 to 64 characters and bytes of UTF-8."""
    country: NotRequired[str]
    """Country, two letters (ISO 3166)."""
    state: NotRequired[str]
    """State or province, at most 128 characters."""
    locality: NotRequired[str]
    """Locality, at most 128 characters."""
    organization: NotRequired[str]
    """Organization, at most 64 characters."""
    unit: NotRequired[str]
    """Organizational unit, at most 64 characters."""
    email: NotRequired[str]
    """E-mail address, at most 255 characters."""


class AlternativeNamesArgs(TypedDict):
    """Subject alternative names; a client's certificate carries at least one."""

    dns: NotRequired[list[str]]
    """Host names."""
    email: NotRequired[list[str]]
    """E-mail addresses."""
    uri: NotRequired[list[str]]
    """Absolute URIs, such as `spiffe://example.com/device`."""


class Issuer(TypedDict):
    """A CA that signs certificates, as the certificate authority gives it to the components that need one."""

    certificate_pem: pulumi.Input[str]
    """The CA certificate, PEM."""
    private_key_pem: pulumi.Input[str]
    """Its private key, PEM (PKCS#8). A secret, passed on as it is: a transformed one would preview as a replacement."""
    chain_pem: pulumi.Input[str]
    """What a holder sends after its own certificate, PEM; empty where clients trust the issuer itself."""
    root_certificate_pem: pulumi.Input[str]
    """What a verifier trusts, PEM."""


class CaCertificate(TypedDict):
    """A CA certificate that verifiers trust. All of it is public."""

    certificate_pem: pulumi.Input[str]
    """The certificate, PEM."""
    fingerprint: pulumi.Input[str]
    """SHA-256 of its DER, in hex."""
    not_after: pulumi.Input[str]
    """End of validity, ISO 8601 UTC."""


class LeafCertificate(TypedDict):
    """A client's certificate. All of it is public."""

    certificate_pem: pulumi.Input[str]
    """The certificate, PEM."""
    serial: pulumi.Input[str]
    """Serial number, in hex."""
    fingerprint: pulumi.Input[str]
    """SHA-256 of its DER, in hex."""
    not_after: pulumi.Input[str]
    """End of validity, ISO 8601 UTC."""


def attributes(args: SubjectArgs) -> dict[str, str]:
    """The subject's attributes by name."""
    return {key: str(value) for key, value in args.items()}


def alternative_names(args: AlternativeNamesArgs) -> dict[str, list[str]]:
    """Names by kind; a kind that is not said is empty."""
    return {"dns": args.get("dns", []), "email": args.get("email", []), "uri": args.get("uri", [])}
