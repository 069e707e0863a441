"""What files alone say of a client's chances: pure, and before any connection."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mtlsedge.certificates import fingerprint
from mtlsedge.explain.findings import Finding, classified, in_order
from mtlsedge_components.x509.checking import key_matches
from mtlsedge_components.x509.constraints import same_name
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.external import client_problems, sent_problems
from mtlsedge_components.x509.names import readable
from mtlsedge_components.x509.rotation import by_age
from mtlsedge_components.x509.signatures import is_signed_by

LONGEST_PATH = 8
"""Certificates of a path; OpenSSL gives up at a hundred, and nobody has five."""


@dataclass(frozen=True)
class Client:
    """What a client shows: certificates in the order sent, and its key ("": kept elsewhere)."""

    name: str
    sent: tuple[x509.Certificate, ...] = ()
    private_key_pem: str = field(repr=False, default="")
    problems: tuple[Finding, ...] = ()
    """What was found while its files were read."""


NOBODY = Client("nobody")
"""Who shows nothing."""


@dataclass(frozen=True)
class Trust:
    """What is known of the listener: the CAs it trusts (empty: not known), other CAs, generations, the deny list."""

    anchors: tuple[x509.Certificate, ...] = ()
    known: tuple[x509.Certificate, ...] = ()
    generations: dict[str, x509.Certificate] = field(default_factory=dict)
    trusted_generation: str = ""
    denied: frozenset[str] = frozenset()


def predict(client: Client, trust: Trust, now: datetime) -> list[Finding]:
    """Why the listener would refuse this client, the main reason first; empty if it would let it in."""
    if client.problems:
        return list(client.problems)
    if not client.sent:
        return [Finding("client.no-certificate", "no certificate was given")]
    if misfit := _key_findings(client):
        return misfit
    found = [*_path_findings(client, trust, now), *_denied(client, trust)]
    return in_order(found)


def _key_findings(client: Client) -> list[Finding]:
    if not client.private_key_pem:
        return []
    fits = [place for place, one in enumerate(client.sent) if _fits(one, client.private_key_pem)]
    if fits and fits[0] == 0:
        return []
    if fits:
        told = f"certificate {fits[0] + 1} of the file is the key's own, and {_shown(client.sent[0])} is the first"
        return [Finding("chain.order", told)]
    return [Finding("client.key-mismatch", f"the key is not that of {_shown(client.sent[0])}")]


def _fits(certificate: x509.Certificate, key: str) -> bool:
    try:
        return key_matches(_pem([certificate]), key)
    except CertificateError:
        return True  # a key of another kind: what is wrong with it is said of the certificate


def _path_findings(client: Client, trust: Trust, now: datetime) -> list[Finding]:
    leaf, *sent = client.sent
    if not trust.anchors:
        return classified(sent_problems(_pem(_longest(leaf, sent)), now))
    if path := find_path(leaf, sent, trust.anchors):
        return classified(client_problems(_pem(path[:-1]), _pem(path[-1:]), now))
    broken = _broken(leaf, sent, trust)
    return [broken, *classified(sent_problems(_pem(_longest(leaf, sent)), now))]


def find_path(
    leaf: x509.Certificate, pool: Iterable[x509.Certificate], anchors: Iterable[x509.Certificate]
) -> list[x509.Certificate]:
    """A path from the leaf through certificates of the pool to an anchor; [] if there is none."""
    anchors = list(anchors)
    return _search([leaf], list(pool), anchors)


def _search(
    path: list[x509.Certificate], pool: list[x509.Certificate], anchors: list[x509.Certificate]
) -> list[x509.Certificate]:
    for anchor in anchors:
        if path[-1] == anchor or is_signed_by(path[-1], anchor):
            return path if path[-1] == anchor else [*path, anchor]
    if len(path) >= LONGEST_PATH:
        return []
    nexts = [one for one in pool if one not in path and is_signed_by(path[-1], one)]
    return next((found for one in nexts if (found := _search([*path, one], pool, anchors))), [])


def _longest(leaf: x509.Certificate, pool: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the leaf as far as the pool's signatures lead."""
    path = [leaf]
    while len(path) < LONGEST_PATH:
        above = next((one for one in pool if one not in path and is_signed_by(path[-1], one)), None)
        if above is None:
            break
        path.append(above)
    return path


def _broken(leaf: x509.Certificate, sent: Sequence[x509.Certificate], trust: Trust) -> Finding:
    """Why no path leads from what is sent to what is trusted."""
    if whole := find_path(leaf, [*sent, *trust.known], trust.anchors):
        return _missing([one for one in whole if one not in (leaf, *sent, *trust.anchors)], trust)
    last = _longest(leaf, [*sent, *trust.known, *trust.generations.values()])[-1]
    if generation := _generation_of(last, trust):
        return _of_generation(generation, trust)
    return _end(last, leaf, sent, trust)


def _missing(lacking: list[x509.Certificate], trust: Trust) -> Finding:
    names = ", ".join(map(_shown, lacking))
    roots = [root.public_key() for root in trust.generations.values()]
    is_bridge = any(one.public_key() in roots for one in lacking)
    return Finding("chain.bridge-missing" if is_bridge else "chain.intermediate-missing", f"not sent: {names}")


def _generation_of(last: x509.Certificate, trust: Trust) -> str:
    for name, root in trust.generations.items():
        if name != trust.trusted_generation and (last == root or is_signed_by(last, root)):
            return name
    return ""


def _of_generation(name: str, trust: Trust) -> Finding:
    ages = by_age([name, trust.trusted_generation])
    cause = "generation.retired" if ages[0] == name else "generation.not-yet"
    return Finding(cause, f"the certificate is of generation {name}; the listener trusts {trust.trusted_generation}")


def _end(last: x509.Certificate, leaf: x509.Certificate, sent: Sequence[x509.Certificate], trust: Trust) -> Finding:
    issuer = readable(last.issuer)
    if any(same_name(last.issuer, anchor.subject) for anchor in trust.anchors):
        return Finding("ca.same-name", f"{_shown(last)} was signed by another key of {issuer!r}")
    if same_name(last.subject, last.issuer):
        cause = "client.self-signed" if last == leaf else "ca.unknown"
        return Finding(cause, f"the chain ends at {issuer!r}, the listener trusts {_names(trust.anchors)}")
    if any(same_name(last.issuer, one.subject) for one in (*sent, *trust.known)):
        return Finding("chain.intermediate-wrong", f"{issuer!r} is sent or known, but did not sign {_shown(last)}")
    return Finding("chain.issuer-unknown", f"issuer {issuer!r}; the listener trusts {_names(trust.anchors)}")


def _denied(client: Client, trust: Trust) -> list[Finding]:
    shown = fingerprint(client.sent[0])
    return [Finding("denied.by-list", f"fingerprint {shown} is denied")] if shown in trust.denied else []


def _names(certificates: Iterable[x509.Certificate]) -> str:
    return ", ".join(map(_shown, certificates))


def _shown(certificate: x509.Certificate) -> str:
    return repr(readable(certificate.subject)[:120])


def _pem(certificates: Iterable[x509.Certificate]) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)
