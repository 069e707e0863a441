"""TLS policies by name, in the terms of Envoy's BoringSSL (alibaba-cloud.md §1.4).

Cipher suites of the vendor's lists that BoringSSL does not have; clients agree on another one:

| missing | what takes its place |
| --- | --- |
| ECDHE-ECDSA-AES256-SHA384, ECDHE-RSA-AES256-SHA384 | the GCM-SHA384 suites |
| AES128-SHA256, AES256-SHA256 | AES128/256-GCM and AES128/256-SHA |
| TLS_AES_128_CCM_SHA256, TLS_AES_128_CCM_8_SHA256 | the three other TLS 1.3 suites |

The TLS 1.3 suites of BoringSSL (AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305) are always on with TLS 1.3
and cannot be chosen one by one. The rows of the system policies are partly assumed: the vendor's exact
lists were not seen; "strict" is read as forward secrecy only.
"""

from dataclasses import dataclass

from local.proxy.inventory import Inventory
from local.proxy.protobuf import Json
from local.proxy.scope import Unserved

LEGACY = (
    "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
    "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA",
)  # fmt: skip
"""Suites of TLS 1.0 and 1.1."""
FORWARD_SECRET = (
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256",
)  # fmt: skip
"""Suites of TLS 1.2 with an ephemeral key."""
STATIC_KEY = ("AES128-GCM-SHA256", "AES256-GCM-SHA384")
"""Suites of TLS 1.2 without forward secrecy."""
MODERN = FORWARD_SECRET + STATIC_KEY + tuple(name for name in LEGACY if name != "DES-CBC3-SHA")
SUPPORTED = frozenset(LEGACY + FORWARD_SECRET + STATIC_KEY)

VERSIONS = {"TLSv1.0": "TLSv1_0", "TLSv1.1": "TLSv1_1", "TLSv1.2": "TLSv1_2", "TLSv1.3": "TLSv1_3"}


@dataclass(frozen=True)
class TlsPolicy:
    """Lowest and highest version, in Envoy's names, and the suites below TLS 1.3 in order of preference."""

    minimum: str
    maximum: str
    ciphers: tuple[str, ...]


SYSTEM_POLICIES = {
    "tls_cipher_policy_1_0": TlsPolicy("TLSv1_0", "TLSv1_2", FORWARD_SECRET + STATIC_KEY + LEGACY),
    "tls_cipher_policy_1_1": TlsPolicy("TLSv1_1", "TLSv1_2", FORWARD_SECRET + STATIC_KEY + LEGACY),
    "tls_cipher_policy_1_2": TlsPolicy("TLSv1_2", "TLSv1_2", MODERN),
    "tls_cipher_policy_1_2_strict": TlsPolicy("TLSv1_2", "TLSv1_2", FORWARD_SECRET + LEGACY[:4]),
    "tls_cipher_policy_1_2_strict_with_1_3": TlsPolicy("TLSv1_2", "TLSv1_3", FORWARD_SECRET + LEGACY[:4]),
    "tls_cipher_policy_1_0_to_1_3": TlsPolicy("TLSv1_0", "TLSv1_3", FORWARD_SECRET + STATIC_KEY + LEGACY),
}
DEFAULT_POLICY = "tls_cipher_policy_1_0"
"""What the API takes when none is named."""


def find(inventory: Inventory, name: str) -> TlsPolicy:
    """The system's or the account's policy of that id; raises Unserved when there is none."""
    name = name or DEFAULT_POLICY
    if name in SYSTEM_POLICIES:
        return SYSTEM_POLICIES[name]
    if name in inventory.security_policies:
        return _custom(inventory.security_policies[name])
    raise Unserved(f"TLS policy {name} does not exist")


def _custom(document: Json) -> TlsPolicy:
    versions = sorted(VERSIONS[version] for version in document.get("TLSVersions") or [])
    ciphers = tuple(name for name in document.get("Ciphers") or [] if name in SUPPORTED)
    if not versions:
        raise Unserved(f"TLS policy {document['SecurityPolicyId']} names no TLS version")
    if not ciphers and versions[0] != "TLSv1_3":
        raise Unserved(f"TLS policy {document['SecurityPolicyId']} names no cipher suite that BoringSSL has")
    return TlsPolicy(versions[0], versions[-1], ciphers)


def parameters(policy: TlsPolicy) -> Json:
    """Envoy's TlsParameters."""
    rendered: Json = {
        "tls_minimum_protocol_version": policy.minimum,
        "tls_maximum_protocol_version": policy.maximum,
    }
    return rendered | ({"cipher_suites": list(policy.ciphers)} if policy.ciphers else {})
