"""Making certificates: a request, an issuer and the time in; a version 3 certificate out.

Profiles follow RFC 5280 section 4 as strict verifiers read it (`openssl verify -x509_strict`,
Python 3.13, pkilint): critical basicConstraints and keyUsage, subject and authority key
identifiers, a 159-bit random serial number, no certificate outliving its issuer.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mtlsedge_components.x509 import keys, names
from mtlsedge_components.x509._authority import belong_together, lasting_problems, validity_problems
from mtlsedge_components.x509._reading import certificate_text, extension, load_certificate
from mtlsedge_components.x509.constraints import Limits, NameConstraints, constraints_extension, require_inside
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import fingerprint, serial_text, time_text
from mtlsedge_components.x509.names import Subject, SubjectAlternativeNames
from mtlsedge_components.x509.profiles import RULES, Profile, basic_constraints, key_usage

__all__ = ["CLOCK_SKEW", "MAXIMUM_VALIDITY_DAYS", "Issued", "Issuer", "Profile", "Request", "issue", "issue_root"]

CLOCK_SKEW = timedelta(minutes=5)
"""How far notBefore lies in the past, for verifiers whose clocks are behind."""
MAXIMUM_VALIDITY_DAYS = 36_500
_EARLIEST = datetime(1950, 1, 1, tzinfo=UTC)  # RFC 5280 section 4.1.2.5: UTCTime begins here


@dataclass(frozen=True)
class Request:
    """What shall be certified.

    `names` belong to clients (at least one of any kind) and servers (dns only, at least one), not to
    CAs; an address in the subject becomes a name by itself. `path_length` is for roots: how many CAs
    may follow, default 2; a bridge's is always 1, an intermediate's 0. `latest_end` (ISO 8601, "": none)
    is a moment that the certificate does not outlive, beside its issuer's end. `name_constraints` (CAs only) limit
    the names that it and whatever is below it may certify.
    """

    profile: Profile
    subject: Subject
    names: SubjectAlternativeNames
    validity_days: int
    public_key_pem: str
    path_length: int | None = None
    latest_end: str = ""
    name_constraints: NameConstraints | None = None


@dataclass(frozen=True)
class Issuer:
    """A CA certificate and its private key."""

    certificate_pem: str
    private_key_pem: str = field(repr=False)


@dataclass(frozen=True)
class Issued:
    """A new certificate and the facts about it that need no parsing again.

    `serial` and `fingerprint` (SHA-256 of the DER) are lower-case hex, times are ISO 8601 in UTC.
    """

    certificate_pem: str
    serial: str
    not_before: str
    not_after: str
    fingerprint: str


@dataclass(frozen=True)
class _Signer:
    """Who signs: the issuer's name, keys and validity; for a root the root's own."""

    name: x509.Name
    key: keys.PrivateKey
    key_identifier: x509.AuthorityKeyIdentifier
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True)
class _Opened:
    """An issuer after parsing, and what about it does not change with the time."""

    certificate: x509.Certificate
    problems: tuple[str, ...]
    path_length: int | None
    signer: _Signer
    limits: Limits


def issue(request: Request, issuer: Issuer, now: datetime) -> Issued:
    """Sign an intermediate, client or server certificate.

    `notAfter` is capped to the issuer's. Raises CertificateError for an issuer that cannot issue
    this (not a CA, another key, path length used up, outside its validity, names outside its name
    constraints) and for a bad request.
    """
    if request.profile == Profile.ROOT:
        raise CertificateError("profile: found root; allowed intermediate, client or server (a root signs itself)")
    now, opened = _utc_seconds(now), _open(issuer)
    _require_able_to_issue(opened, request.profile, now)
    require_inside(opened.limits, request.subject, request.names)
    return _issue(request, opened.signer, now)


def issue_root(request: Request, private_key_pem: str, now: datetime) -> Issued:
    """Sign a root with its own key; raises CertificateError if the request is for another key or profile."""
    if request.profile != Profile.ROOT:
        raise CertificateError(f"profile: found {request.profile}; allowed root (an issuer signs the others)")
    now, key = _utc_seconds(now), keys.load_private_key(private_key_pem)
    own = key.public_key()
    if own != keys.load_public_key(request.public_key_pem):
        raise CertificateError("the private key does not belong to the public key of the root's request")
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(own)
    name = names.distinguished_name(request.subject)
    return _issue(request, _Signer(name, key, identifier, _EARLIEST, datetime.max.replace(tzinfo=UTC)), now)


@lru_cache(maxsize=4)
def _open(issuer: Issuer) -> _Opened:
    """Parsed once a process, which ends with its `up`: an RSA key of 2,048 bits takes 40 ms each time, to be checked."""
    certificate, key = load_certificate(issuer.certificate_pem), keys.load_private_key(issuer.private_key_pem)
    problems = lasting_problems(certificate)
    if not belong_together(certificate, key):
        problems.append("its private key belongs to another certificate")
    found = extension(certificate, x509.BasicConstraints)
    room = found.path_length if found and found.ca else None
    return _Opened(certificate, tuple(problems), room, _issuer_as_signer(certificate, key), Limits.of(certificate))


def _require_able_to_issue(opened: _Opened, profile: Profile, now: datetime) -> None:
    problems = [*validity_problems(opened.certificate, now), *opened.problems]
    below, room = RULES[profile].path_length, opened.path_length
    if below is not None and room is not None and room <= below:
        problems.append(f"its path length is {room}: {_too_short_for(room, below)}")
    if problems:
        raise CertificateError("issuer: " + "; ".join(problems))


def _too_short_for(room: int, below: int) -> str:
    if room == 0:
        return "it may sign clients and servers, but no CA below it"
    return f"it may sign no CA that itself has {below} below it"


def _issuer_as_signer(certificate: x509.Certificate, key: keys.PrivateKey) -> _Signer:
    """The issuer's name is taken over as it stands, and its key identifier if it carries one."""
    if subject_key := extension(certificate, x509.SubjectKeyIdentifier):
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key)
    else:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return _Signer(
        certificate.subject, key, identifier, certificate.not_valid_before_utc, certificate.not_valid_after_utc
    )


def _issue(request: Request, signer: _Signer, now: datetime) -> Issued:
    key = _requested_key(request, signer)
    builder = (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())  # 159 random bits, positive (RFC 5280 section 4.1.2.2)
        .subject_name(_requested_name(request, signer))
        .issuer_name(signer.name)
        .public_key(key)
    )
    builder = _with_validity(builder, request, signer, now)
    builder = _with_extensions(builder, request, signer, key)
    return _issued(builder.sign(signer.key, signature_hash(signer.key)))


def _requested_key(request: Request, signer: _Signer) -> keys.PublicKey:
    key = keys.load_public_key(request.public_key_pem)
    if key == signer.key.public_key() and request.profile != Profile.ROOT:
        raise CertificateError("the request is for the issuer's own key; allowed a key of its own")
    return key


def _requested_name(request: Request, signer: _Signer) -> x509.Name:
    """A subject equal to the issuer's would read as self-signed to path builders."""
    name = names.distinguished_name(request.subject)
    if name == signer.name and request.profile != Profile.ROOT:
        raise CertificateError("subject: found the issuer's own name; allowed any other")
    return name


def _with_validity(
    builder: x509.CertificateBuilder, request: Request, signer: _Signer, now: datetime
) -> x509.CertificateBuilder:
    days = request.validity_days
    if type(days) is not int or not 1 <= days <= MAXIMUM_VALIDITY_DAYS:
        raise CertificateError(f"validityDays: found {days!s:.20}; allowed a whole number 1-{MAXIMUM_VALIDITY_DAYS}")
    try:
        begin, end = max(now - CLOCK_SKEW, signer.not_before), min(now + timedelta(days=days), signer.not_after)
    except OverflowError:
        raise CertificateError("validityDays: found an end after the year 9999; allowed fewer days") from None
    if request.latest_end:
        end = min(end, datetime.fromisoformat(request.latest_end))
    if end <= begin:
        raise CertificateError(f"validity: found an end at {time_text(end)}, before it begins; allowed a later end")
    return builder.not_valid_before(begin).not_valid_after(end)


def _with_extensions(
    builder: x509.CertificateBuilder, request: Request, signer: _Signer, key: keys.PublicKey
) -> x509.CertificateBuilder:
    rules = RULES[request.profile]
    for value in (basic_constraints(rules, _path_length(request)), key_usage(rules, key), *_name_constraints(request)):
        builder = builder.add_extension(value, critical=True)
    others = [x509.SubjectKeyIdentifier.from_public_key(key), signer.key_identifier]
    if rules.purpose:
        others.append(x509.ExtendedKeyUsage([rules.purpose]))
    if alternative := _alternative_names(request):
        others.append(alternative)
    for value in others:
        builder = builder.add_extension(value, critical=False)
    return builder


def _name_constraints(request: Request) -> list[x509.NameConstraints]:
    """Critical, so that a verifier that does not know them refuses instead of looking away (RFC 5280: MUST)."""
    value = constraints_extension(request.name_constraints) if request.name_constraints else None
    if value and not RULES[request.profile].is_ca:
        raise CertificateError(f"nameConstraints: found some; allowed for a CA, not for {request.profile}")
    return [value] if value else []


def _path_length(request: Request) -> int | None:
    """A root's may be chosen; an intermediate's is fixed, an end entity has none."""
    fixed, found = RULES[request.profile].path_length, request.path_length
    if found is None:
        return fixed
    if type(found) is not int or found < 0:
        raise CertificateError(f"pathLength: found {found!s:.20}; allowed a whole number from 0")
    if request.profile != Profile.ROOT and found != fixed:
        allowed = "none" if fixed is None else fixed
        raise CertificateError(f"pathLength: found {found}; allowed for {request.profile}: {allowed}")
    return found


def _alternative_names(request: Request) -> x509.SubjectAlternativeName | None:
    """Clients and servers carry at least one name, of the kinds their profile knows; CAs are given none.

    An address in the subject stands here as well (RFC 5280 section 4.1.2.6: MUST).
    """
    _refuse_other_kinds(request)
    wildcards = request.profile == Profile.SERVER
    alternative = names.alternative_names(request.names, also=request.subject.email, wildcards=wildcards)
    if not list(alternative) and (allowed := RULES[request.profile].names):
        raise CertificateError(f"names: found none; allowed at least one of {', '.join(allowed)}")
    return alternative if list(alternative) else None


def _refuse_other_kinds(request: Request) -> None:
    allowed = RULES[request.profile].names
    if refused := [kind for kind in names.KINDS if getattr(request.names, kind) and kind not in allowed]:
        expected = ", ".join(allowed) or "none"
        raise CertificateError(f"names: found {', '.join(refused)}; allowed for {request.profile}: {expected}")


def signature_hash(key: keys.PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """SHA-384 matches the strength of P-384; SHA-256 everything else in use."""
    is_p384 = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1)
    return hashes.SHA384() if is_p384 else hashes.SHA256()


def _issued(certificate: x509.Certificate) -> Issued:
    return Issued(
        certificate_pem=certificate_text(certificate),
        serial=serial_text(certificate),
        not_before=time_text(certificate.not_valid_before_utc),
        not_after=time_text(certificate.not_valid_after_utc),
        fingerprint=fingerprint(certificate),
    )


def _utc_seconds(now: datetime) -> datetime:
    """Certificates count in whole seconds of UTC; a time without a zone would be guessed, so it is refused."""
    if now.tzinfo is None:
        raise CertificateError("now: found a time without a zone; allowed one with a zone")
    try:
        now = now.astimezone(UTC).replace(microsecond=0)
        in_range = now - CLOCK_SKEW >= _EARLIEST
    except OverflowError:
        in_range = False
    if not in_range:
        raise CertificateError(f"now: found the year {now.year}; allowed {_EARLIEST.year} to 9999")
    return now
