"""What the authority refuses to make, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mtlsedge_components.x509 import keys
from mtlsedge_components.x509.building import Issuer, issue, issue_root
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.names import name_problems, subject_problems
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.unit.test_x509_building import CLIENT, INTERMEDIATE, KEY, ROOT, SERVER, extensions, load
from tests.unit.test_x509_family import (
    FULL_SUBJECT,
    NO_NAMES,
    NOW,
    Family,
    bare_certificate,
    family,
    make_root,
)

REFUSED_REQUESTS = {
    "a client without a name": (replace(CLIENT, names=NO_NAMES), "names: found none; allowed at least one of"),
    "a server without a name": (replace(SERVER, names=NO_NAMES), "names: found none; allowed at least one of dns"),
    "a server with a mailbox": (replace(SERVER, names=CLIENT.names), "names: found email; allowed for server: dns"),
    "a CA with a name": (replace(INTERMEDIATE, names=CLIENT.names), "allowed for intermediate: none"),
    "a client's wildcard": (replace(CLIENT, names=SubjectAlternativeNames(dns=("*.a.example",))), "names: dns: found"),
    "no common name": (replace(CLIENT, subject=Subject("")), "commonName: found nothing"),
    "a long common name": (replace(CLIENT, subject=Subject("x" * 65)), "commonName: found 65 characters; allowed 64"),
    "a country of three": (
        replace(CLIENT, subject=Subject("a", country="CHN")),
        "country: found 'CHN'; allowed two letters",
    ),
    "a country of digits": (
        replace(CLIENT, subject=Subject("a", country="86")),
        "country: found '86'; allowed two letters",
    ),
    "a bad address": (replace(CLIENT, subject=Subject("a", email="a b@c")), "email: found 'a b@c'"),
    "control characters": (replace(CLIENT, subject=Subject("a\nb")), "commonName: found control characters"),
    "margins": (replace(CLIENT, subject=Subject(" a")), "commonName: found spaces"),
    "no validity": (replace(CLIENT, validity_days=0), "validityDays: found 0; allowed a whole number 1-36500"),
    "half a day": (replace(CLIENT, validity_days=0.5), "validityDays: found 0.5"),  # type: ignore[arg-type]
    "too long a validity": (replace(CLIENT, validity_days=36_501), "validityDays: found 36501"),
    "a client with a path": (replace(CLIENT, path_length=0), "pathLength: found 0; allowed for client: none"),
    "an intermediate with CAs below": (
        replace(INTERMEDIATE, path_length=1),
        "pathLength: found 1; allowed for intermediate: 0",
    ),
    "a root under an issuer": (ROOT, "profile: found root"),
    "a root by its plain name": (replace(ROOT, profile="root"), "profile: found root"),  # type: ignore[arg-type]
    "no key": (replace(CLIENT, public_key_pem=""), "the public key cannot be read"),
    "a private key": (replace(CLIENT, public_key_pem=KEY), "the public key cannot be read"),
    "the issuer's key": (
        replace(CLIENT, public_key_pem=public_pem(family().issuing.private_key_pem)),
        "the issuer's own key",
    ),
    "the issuer's name": (
        replace(CLIENT, subject=Subject("Acme Issuing", **FULL_SUBJECT)),
        "subject: found the issuer's own name",
    ),
}


@pytest.mark.parametrize("case", REFUSED_REQUESTS)
def test_a_bad_request_is_refused(case: str) -> None:
    """The message names the setting, what was found, and what is allowed."""
    request, message = REFUSED_REQUESTS[case]
    issuer = family().root if request.profile is Profile.INTERMEDIATE else family().issuing
    with pytest.raises(CertificateError) as refusal:
        issue(request, issuer, NOW)
    assert message in str(refusal.value)


REFUSED_ISSUERS = {
    "a client": (lambda: Issuer(family().client().certificate, KEY), "basicConstraints: found no CA"),
    "another key": (lambda: Issuer(family().issuing.certificate_pem, KEY), "private key belongs to another"),
    "an expired one": (lambda: make_root(now=NOW - timedelta(days=20), days=10), "validity: expired at"),
    "one of tomorrow": (lambda: make_root(now=NOW + timedelta(days=1)), "which is in the future"),
    "a chain without a key": (lambda: Issuer(family().chain, ""), "the private key cannot be read"),
    "no certificate": (lambda: Issuer("", KEY), "found no PEM certificate"),
    "a key as certificate": (lambda: Issuer(KEY, KEY), "found a private key where only a certificate belongs"),
    "one without extensions": (lambda: Issuer(bare_certificate(), KEY), "basicConstraints: found no CA"),
    "one that may not sign": (lambda: own_ca(x509.BasicConstraints(True, None), sign=False), "no keyCertSign"),
}


@pytest.mark.parametrize("case", REFUSED_ISSUERS)
def test_a_bad_issuer_is_refused(case: str) -> None:
    """The message says what the issuer lacks."""
    make, message = REFUSED_ISSUERS[case]
    with pytest.raises(CertificateError) as refusal:
        issue(CLIENT, make(), NOW)
    assert message in str(refusal.value)


@pytest.mark.parametrize("house", [family(), family(intermediate=False)], ids=["intermediate", "root of length 0"])
def test_a_path_length_is_not_exceeded(house: Family) -> None:
    """A CA of path length 0 signs no CA; it signs clients."""
    with pytest.raises(CertificateError, match="path length is 0"):
        issue(INTERMEDIATE, house.issuing, NOW)
    assert issue(CLIENT, house.issuing, NOW).serial


def test_an_issuer_without_limits_or_identifiers_is_served() -> None:
    """A CA made elsewhere may lack path length, key usage and key identifier; its leaves still point at its key."""
    issuer = own_ca(x509.BasicConstraints(True, None), sign=None)
    intermediate = issue(INTERMEDIATE, issuer, NOW).certificate_pem
    expected = x509.AuthorityKeyIdentifier.from_issuer_public_key(load(issuer.certificate_pem).public_key())
    assert extensions(intermediate)["authorityKeyIdentifier"][1] == expected


def test_a_root_is_signed_with_its_own_key_only() -> None:
    """Another key, another profile or a negative path length are refused."""
    refused = (
        (replace(ROOT, public_key_pem=public_pem(generate())), "does not belong to the public key"),
        (CLIENT, "profile: found client; allowed root"),
        (replace(ROOT, path_length=-1), "pathLength: found -1"),
        (replace(ROOT, path_length=True), "pathLength: found True"),
    )
    for request, message in refused:
        with pytest.raises(CertificateError, match=message):
            issue_root(request, KEY, NOW)


def test_times_out_of_range_are_refused() -> None:
    """A time without a zone, before 1950 or after 9999 gives a message, not a stack trace."""
    for now, message in (
        (NOW.replace(tzinfo=None), "without a zone"),
        (datetime(1949, 12, 31, tzinfo=UTC), "allowed 1950 to 9999"),
        (datetime(9999, 12, 2, tzinfo=UTC), "after the year 9999"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=8))), "found the year 1;"),
    ):
        with pytest.raises(CertificateError, match=message):
            issue_root(ROOT, KEY, now)


def test_problems_of_names_come_all_at_once() -> None:
    """Settings can show every problem of a subject and of names in one error."""
    subject = Subject("", country="x1", state="s" * 129, email="nobody")
    assert [line.partition(":")[0] for line in subject_problems(subject)] == ["country", "state", "email", "commonName"]
    names = SubjectAlternativeNames(dns=("a_b.example", "ok.example"), email=("x",), uri=("/relative", "https://host/"))
    assert [line.partition(":")[0] for line in name_problems(names)] == ["dns", "email", "uri", "uri"]
    assert name_problems(SubjectAlternativeNames(dns=("*.example.com",)), wildcards=True) == []


def test_a_key_pasted_as_a_name_is_not_quoted() -> None:
    """Messages quote short names only, nothing that may be key material."""
    names = SubjectAlternativeNames(dns=(KEY,), email=(KEY.splitlines()[1] * 2,))
    text = " ".join(subject_problems(Subject(KEY, country=KEY, email=KEY)) + name_problems(names))
    assert KEY.splitlines()[1] not in text
    assert "PRIVATE" not in text


def own_ca(constraints: x509.BasicConstraints, *, sign: bool | None) -> Issuer:
    """A CA as other tools make it; `sign` None leaves key usage out."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Foreign")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW, NOW + timedelta(days=9))
    builder = builder.add_extension(constraints, critical=False)
    if sign is not None:
        usage = x509.KeyUsage(True, False, False, False, False, sign, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    pkcs8 = serialization.PrivateFormat.PKCS8
    return Issuer(pem, key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()).decode())


def test_an_issuer_that_has_signed_is_refused_once_it_has_expired() -> None:
    """What is remembered of an issuer is what it is, not that it was in time; nor does it vouch for another's key."""
    root = make_root()
    assert issue(CLIENT, root, NOW).serial
    with pytest.raises(CertificateError, match="expired"):
        issue(CLIENT, root, NOW + timedelta(days=36_500))
    with pytest.raises(CertificateError, match="its private key belongs to another certificate"):
        issue(CLIENT, replace(root, private_key_pem=generate()), NOW)


def test_an_issuers_key_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand clients of one authority pay once for the check of an RSA key."""
    root, parsed = make_root(), []
    original = keys.load_private_key
    monkeypatch.setattr(keys, "load_private_key", lambda pem: parsed.append(pem) or original(pem))
    first, second = issue(CLIENT, root, NOW), issue(CLIENT, root, NOW)
    assert first.serial != second.serial
    assert len(parsed) == 1
