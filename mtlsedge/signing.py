"""An authority outside every stack: makes it into an encrypted file, and signs requests with it, offline."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from mtlsedge.errors import CommandError
from mtlsedge_components.x509.building import Issued, Issuer, Request, issue, issue_root
from mtlsedge_components.x509.checking import ca_problems, csr_public_key, split_chain
from mtlsedge_components.x509.custody import encrypted, opened_for
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.external import client_problems
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.names import extended
from mtlsedge_components.x509.profiles import Profile
from mtlsedge_components.x509.requests import dropped_wishes
from settings.model import NameConstraints, Subject, SubjectAlternativeNames

NO_NAMES = SubjectAlternativeNames()


@dataclass(frozen=True)
class OfflineAuthority:
    """Files of an authority that was made: encrypted keys and certificates."""

    root_pem: str
    root_key_pem: str = field(repr=False)
    intermediate_pem: str = ""
    intermediate_key_pem: str = field(repr=False, default="")


@dataclass(frozen=True)
class Wanted:
    """What an authority, or a client's certificate, shall be."""

    subject: Subject
    days: int
    names: SubjectAlternativeNames = NO_NAMES
    constraints: NameConstraints | None = None
    """What names an authority may certify; None: any."""


@dataclass(frozen=True)
class Signed:
    """A signed certificate, what its holder sends after it, and what the request asked for in vain."""

    issued: Issued
    chain_pem: str
    dropped: list[str]


def make_authority(
    wanted: Wanted, algorithm: str, passphrase: str, now: datetime, *, intermediate: bool
) -> OfflineAuthority:
    """A root, and on request an intermediate below it; both keys are encrypted with the passphrase."""
    try:
        key = generate(algorithm)
        locked = encrypted(key, passphrase)  # first: a passphrase that is too short is refused before anything is made
        depth = 1 if intermediate else 0
        request = Request(
            Profile.ROOT,
            wanted.subject,
            NO_NAMES,
            wanted.days,
            public_pem(key),
            depth,
            name_constraints=wanted.constraints,
        )
        root = issue_root(request, key, now).certificate_pem
        if not intermediate:
            return OfflineAuthority(root, locked)
        below = generate(algorithm)
        name = replace(wanted.subject, common_name=extended(wanted.subject.common_name, " Intermediate"))
        order = Request(
            Profile.INTERMEDIATE, name, NO_NAMES, wanted.days, public_pem(below), name_constraints=wanted.constraints
        )
        issued = issue(order, Issuer(root, key), now)
        return OfflineAuthority(root, locked, issued.certificate_pem, encrypted(below, passphrase))
    except CertificateError as problem:
        raise CommandError(str(problem)) from None


def sign(csr_pem: str, wanted: Wanted, authority_pem: str, key_text: str, passphrase: str, now: datetime) -> Signed:
    """A client certificate for a request: key from the request, everything else from `wanted`.

    `authority_pem` is the CA that signs, first, and its issuers after it. Raises CommandError, in one line, for a
    request, an authority or a key that cannot be used; nothing is signed then.
    """
    try:
        return _signed(csr_pem, wanted, split_chain(authority_pem), (key_text, passphrase), now)
    except CertificateError as problem:
        raise CommandError(str(problem)) from None


def _signed(csr_pem: str, wanted: Wanted, authorities: list[str], key: tuple[str, str], now: datetime) -> Signed:
    """As `sign`; raises CertificateError."""
    if problems := ca_problems("".join(authorities), now):
        raise CertificateError("the authority's certificate: " + "; ".join(problems))
    public_key, (authority, *above) = csr_public_key(csr_pem), authorities
    opened = opened_for(authority, *key)
    request = Request(Profile.CLIENT, wanted.subject, wanted.names, wanted.days, public_key)
    issued = issue(request, Issuer(authority, opened.private_key_pem), now)
    chain = _sent(authority, above)
    if problems := client_problems(issued.certificate_pem + chain, _root(authority, above), now):
        raise CertificateError("; ".join(problems))
    return Signed(issued, chain, dropped_wishes(csr_pem, wanted.subject, wanted.names))


def _root(authority: str, above: list[str]) -> str:
    return above[-1] if above else authority


def _sent(authority: str, above: list[str]) -> str:
    """What the client sends: every CA on the way but the root, which the listener has."""
    return "".join(link for link in (authority, *above) if not inspect(link).self_issued)
