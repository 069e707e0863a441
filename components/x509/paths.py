"""Whether a chain as a whole leads to its trust anchor: what each CA on the way allows of what stands below it.

Agrees with OpenSSL's `check_chain_extensions`, `check_name_constraints` and `check_purpose` (3.0), and with Envoy's
BoringSSL; tests compare with both. Signatures, dates and keys of the single certificates are judged elsewhere.
"""

import re
from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mtlsedge_components.x509._authority import critical_problems, odd_problems
from mtlsedge_components.x509._reading import extension
from mtlsedge_components.x509.constraints import Limits, constraint_problems
from mtlsedge_components.x509.facts import purposes_of
from mtlsedge_components.x509.names import readable

_COULD_BE_HOST = re.compile(r"[A-Za-z0-9_.-]+")


def path_problems(path: Sequence[x509.Certificate]) -> list[str]:
    """What the CAs of a path (leaf first, trust anchor last) do not allow of those below them, a line each."""
    return [
        *critical_problems(path[0]),
        *odd_problems(path[0]),
        *_length_problems(path),
        *_purpose_problems(path),
        *_name_problems(path),
        *_namelessness(path),
    ]


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Whether a CA has its issuer's name: a rollover, which counts for no path length (RFC 5280 section 6.1)."""
    return certificate.subject == certificate.issuer


def _length_problems(path: Sequence[x509.Certificate]) -> list[str]:
    problems, below = [], 0
    for certificate in path[1:]:
        constraints = extension(certificate, x509.BasicConstraints)
        room = constraints.path_length if constraints else None
        if room is not None and below > room:
            problems.append(f"chain: {_shown(certificate)} allows {room} CAs below it; the chain has {below}")
        below += not is_self_issued(certificate)
    return problems


def _purpose_problems(path: Sequence[x509.Certificate]) -> list[str]:
    """A CA's extended key usage limits what it issues; `anyExtendedKeyUsage` does not count as clientAuth (OpenSSL)."""
    return [
        f"chain: extendedKeyUsage of {_shown(certificate)} does not include clientAuth; allowed clientAuth, or no"
        " restriction"
        for certificate in path[1:]
        if (found := purposes_of(certificate)) and ExtendedKeyUsageOID.CLIENT_AUTH not in found
    ]


def _name_problems(path: Sequence[x509.Certificate]) -> list[str]:
    """Names of the leaf, and of each CA that has not its issuer's name, against every CA above."""
    return [
        problem
        for place, certificate in enumerate(path[:-1])
        if place == 0 or not is_self_issued(certificate)
        for problem in constraint_problems(certificate, path[place + 1 :])
    ]


def _namelessness(path: Sequence[x509.Certificate]) -> list[str]:
    """BoringSSL lets a common name that could be a host not stand alone below name constraints of any kind."""
    commons = path[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    is_limited = any(Limits.of(issuer) != Limits() for issuer in path[1:])
    if not is_limited or extension(path[0], x509.SubjectAlternativeName) is not None:
        return []
    return ["names: found a common name alone, below name constraints; allowed with a subject alternative name"] * any(
        _COULD_BE_HOST.fullmatch(str(one.value)) for one in commons
    )


def _shown(certificate: x509.Certificate) -> str:
    return repr(readable(certificate.subject)[:120])
