"""What TLS a listener takes, by system policies and by custom ones, and whether one policy is weaker than another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exposure.facts import is_wholly_known

DEFAULT = "tls_cipher_policy_1_0"
"""What ALB takes for a listener without a policy [alibaba-cloud.md §1.4]."""
FLOORS = {
    "tls_cipher_policy_1_0": "1.0", "tls_cipher_policy_1_1": "1.1", "tls_cipher_policy_1_0_to_1_3": "1.0",
    "tls_cipher_policy_1_2": "1.2", "tls_cipher_policy_1_2_strict": "1.2", "tls_cipher_policy_1_2_strict_with_1_3": "1.2",
}  # fmt: skip
"""System policy -> lowest TLS version it takes [alibaba-cloud.md §1.4]."""
STRENGTH = ("tls_cipher_policy_1_2", "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2_strict_with_1_3")
"""Policies of one floor, weakest ciphers first."""
STRICT = STRENGTH[1:]
"""Those that take cipher suites with forward secrecy only."""
FORWARD_SECRET = ("ECDHE-", "DHE-", "TLS_")
"""How the names of such suites begin, those of TLS 1.3 included."""
ENOUGH = "1.2"


@dataclass(frozen=True)
class Policy:
    """A policy by what it takes."""

    name: str
    floor: str
    weak: frozenset[str] | None
    """Cipher suites without forward secrecy; None: some, which nobody tells."""


def system(name: str) -> Policy | None:
    """A policy of the vendor's; None for other names."""
    return Policy(name, FLOORS[name], frozenset() if name in STRICT else None) if name in FLOORS else None


def custom(name: str, inputs: Mapping[str, Any]) -> Policy | None:
    """A policy that the stack declares; None if it cannot be read."""
    versions, ciphers = inputs.get("tlsVersions"), inputs.get("ciphers")
    if not (isinstance(versions, list) and isinstance(ciphers, list) and versions):
        return None
    if not is_wholly_known([versions, ciphers]):
        return None
    floor = min(str(one).removeprefix("TLSv") for one in versions)
    return Policy(name, floor, frozenset(str(one) for one in ciphers if not str(one).startswith(FORWARD_SECRET)))


def has_lower_floor(after: Policy, before: Policy | None) -> bool:
    """Whether it takes a TLS version that was refused; of what is new, one that nobody should take."""
    return after.floor < (before.floor if before else ENOUGH)


def has_weaker_ciphers(after: Policy, before: Policy) -> bool | None:
    """Whether it takes cipher suites without forward secrecy that were refused; None if nobody tells."""
    if after.name in STRENGTH and before.name in STRENGTH:
        return STRENGTH.index(after.name) < STRENGTH.index(before.name)
    if after.weak is not None and before.weak is not None:
        return bool(after.weak - before.weak)
    if before.weak is None:
        is_harmless = after.weak == frozenset() or after.name in FLOORS
        return False if is_harmless else None
    return True if not before.weak else None
