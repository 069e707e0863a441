"""What holds for every input: found by Hypothesis, not chosen by us."""

import base64
import contextlib
import textwrap
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtlsedge_components.x509.building import Issuer, Request, issue
from mtlsedge_components.x509.checking import (
    ca_problems,
    csr_problems,
    csr_public_key,
    key_matches,
    server_problems,
    split_chain,
)
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import certificate_key_fingerprint, generate, public_key_fingerprint, public_pem
from mtlsedge_components.x509.names import name_problems, subject_problems
from mtlsedge_components.x509.profiles import Profile
from mtlsedge_components.x509.renewal import reasons_to_replace
from settings.model import Subject, SubjectAlternativeNames
from tests.unit.test_x509_family import NOW, family, pkilint_errors

KEY = generate()
PUBLIC = public_pem(KEY)
EMAIL = SubjectAlternativeNames(email=("alice@example.com",))
PURPOSES = st.sampled_from([Profile.CLIENT, Profile.SERVER])


def request(profile: Profile, days: int) -> Request:
    """A request as good as any."""
    names = {Profile.CLIENT: EMAIL, Profile.SERVER: SubjectAlternativeNames(dns=("a.example",))}
    return Request(profile, Subject(profile.value), names.get(profile, SubjectAlternativeNames()), days, PUBLIC)


def issuer_for(profile: Profile) -> Issuer:
    """Roots sign intermediates, intermediates sign the rest."""
    return family().root if profile is Profile.INTERMEDIATE else family().issuing


@given(
    st.sampled_from([Profile.INTERMEDIATE, Profile.CLIENT, Profile.SERVER]),
    st.integers(1, 36_500),
    st.integers(-300, 3650 * 86_400 - 1),
)
@example(Profile.CLIENT, 36_500, 3650 * 86_400 - 1)
@example(Profile.CLIENT, 1, -300)
def test_nothing_outlives_its_issuer_or_begins_late(profile: Profile, days: int, seconds: int) -> None:
    """At any time and for any validity: issuer's notBefore <= notBefore <= now < notAfter <= issuer's notAfter."""
    now, issuer = NOW + timedelta(seconds=seconds), issuer_for(profile)
    issued, above = issue(request(profile, days), issuer, now), inspect(issuer.certificate_pem)
    begin, end = datetime.fromisoformat(issued.not_before), datetime.fromisoformat(issued.not_after)
    assert datetime.fromisoformat(above.not_before) <= begin <= now < end <= datetime.fromisoformat(above.not_after)
    assert end - now <= timedelta(days=days)


@given(st.integers(3650 * 86_400, 5000 * 86_400))
def test_nothing_is_issued_after_the_issuers_end(seconds: int) -> None:
    """From the second its validity ends, a CA signs nothing."""
    with pytest.raises(CertificateError, match="expired"):
        issue(request(Profile.CLIENT, 30), family().issuing, NOW + timedelta(seconds=seconds))


def test_serials_are_unique_positive_and_159_bits_at_most() -> None:
    """RFC 5280 allows 20 octets, whose first bit is the sign; 500 of them differ and use the whole width."""
    serials = [int(issue(request(Profile.CLIENT, 1), family().issuing, NOW).serial, 16) for _ in range(500)]
    assert len(set(serials)) == 500
    assert all(0 < serial < 2**159 for serial in serials)
    assert max(serials) > 2**150


@given(PURPOSES, st.integers(2, 3000), st.data())
def test_the_renewal_window_opens_when_it_should(profile: Profile, days: int, data: st.DataObject) -> None:
    """No reason until the window, a reason from then on, for every validity and window shorter than it."""
    window = data.draw(st.integers(1, days - 1))
    issued = issue(request(profile, days), family().issuing, NOW)
    inputs = {
        "profile": profile.value,
        "validity_days": days,
        "renew_before_days": window,
        "issuer_certificate_pem": family().issuing.certificate_pem,
    }
    outputs = {**inputs, "not_after": issued.not_after}
    opens = datetime.fromisoformat(issued.not_after) - timedelta(days=window)
    before = data.draw(st.integers(1, int((opens - NOW).total_seconds())))
    after = data.draw(st.integers(0, 10**9))
    assert reasons_to_replace(outputs, inputs, opens - timedelta(seconds=before)) == []
    assert reasons_to_replace(outputs, inputs, opens + timedelta(seconds=after)) == ["not_after"]


LABEL = st.text("abz019-XY", min_size=1, max_size=12)
TOP = st.sampled_from(["example", "co", "internal", "xn--p1ai"]) | LABEL
HOST = st.builds("{}.{}".format, st.lists(LABEL, min_size=1, max_size=3).map(".".join), TOP)
TEXT = st.text(max_size=70)
NAMES = st.builds(
    SubjectAlternativeNames,
    dns=st.lists(HOST | TEXT, max_size=2).map(tuple),
    email=st.lists(st.builds("{}@{}".format, LABEL | TEXT, HOST), max_size=2).map(tuple),
    uri=st.lists(st.builds("{}://{}/{}".format, st.sampled_from(["https", "http"]), HOST, LABEL), max_size=2).map(
        tuple
    ),
)
SUBJECT = st.builds(
    Subject,
    common_name=TEXT,
    country=st.sampled_from(["", "cn", "CN"]) | TEXT,
    state=TEXT,
    locality=TEXT,
    organization=TEXT,
    unit=TEXT,
    email=st.just("") | st.builds("{}@{}".format, LABEL, HOST),
)


@settings(max_examples=150)
@given(SUBJECT, NAMES)
@example(Subject("0" + "\U0001f511" * 16), SubjectAlternativeNames(dns=("a.example",)))
@example(Subject("\U0001f511" * 16), SubjectAlternativeNames(dns=("a.example",)))
def test_every_name_is_refused_in_words_or_certified_well(subject: Subject, names: SubjectAlternativeNames) -> None:
    """Whatever the names are: a CertificateError, or a certificate without a finding of pkilint."""
    wanted = Request(Profile.CLIENT, subject, names, 30, PUBLIC)
    expected_to_fail = bool(subject_problems(subject) or name_problems(names) or names_missing(subject, names))
    if expected_to_fail:
        with pytest.raises(CertificateError):
            issue(wanted, family().issuing, NOW)
    else:
        assert pkilint_errors(issue(wanted, family().issuing, NOW).certificate_pem) == []


GOOD_LABEL = LABEL.filter(lambda label: not (label.startswith("-") or label.endswith("-")))
GOOD_HOST = st.builds("{}.{}".format, GOOD_LABEL, st.sampled_from(["example", "co", "xn--p1ai"]))


@settings(max_examples=40)
@given(
    st.lists(GOOD_HOST, min_size=1, max_size=2), st.lists(st.builds("{}@{}".format, GOOD_LABEL, GOOD_HOST), max_size=1)
)
def test_plain_names_are_certified_well(hosts: list[str], emails: list[str]) -> None:
    """Ordinary hosts and addresses are accepted, pass pkilint, and come back from `inspect`."""
    names = SubjectAlternativeNames(dns=tuple(hosts), email=tuple(emails))
    pem = issue(Request(Profile.CLIENT, Subject("a"), names, 30, PUBLIC), family().issuing, NOW).certificate_pem
    assert pkilint_errors(pem) == []
    assert set(inspect(pem).dns_names) == {host.lower() for host in hosts}
    assert inspect(pem).emails == tuple(emails)


READERS: tuple[Callable[[str], object], ...] = (
    inspect,
    split_chain,
    certificate_key_fingerprint,
    public_key_fingerprint,
    public_pem,
    csr_public_key,
    lambda text: key_matches(text, KEY),
    lambda text: key_matches(family().chain, text),
    lambda text: issue(request(Profile.CLIENT, 1), Issuer(text, KEY), NOW),
    lambda text: ca_problems(text, NOW),
    lambda text: server_problems(text, ["a.example"], NOW),
    csr_problems,
)


def signing_request() -> str:
    """A request signed with KEY."""
    key = serialization.load_pem_private_key(KEY.encode(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device-7")])
    signed = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


SAMPLES = {
    "CERTIFICATE": (family().root.certificate_pem, family().client().certificate, family().server().certificate),
    "CERTIFICATE REQUEST": (signing_request(),),
    "PRIVATE KEY": (KEY,),
    "PUBLIC KEY": (PUBLIC,),
}


@st.composite
def mutated_pem(draw: st.DrawFn) -> str:
    """A good PEM block whose DER had bytes changed, cut out or put in; sometimes under another label."""
    label = draw(st.sampled_from(sorted(SAMPLES)))
    der = bytearray(der_of(draw(st.sampled_from(SAMPLES[label]))))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(der) - 1))
        der[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    shown = draw(st.just(label) | st.sampled_from([*SAMPLES, "EC PRIVATE KEY", "X509 CRL", ""]))
    return armored(shown, bytes(der))


def der_of(pem: str) -> bytes:
    """What is between the lines that begin and end it."""
    return base64.b64decode("".join(pem.splitlines()[1:-1]))


def armored(label: str, der: bytes) -> str:
    """As PEM."""
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def check_readers(text: str) -> None:
    """Every reader answers or raises CertificateError, and no answer to a human quotes the input."""
    for reader in READERS:
        try:
            answer = reader(text)
        except CertificateError as error:
            answer = [str(error)]
        lines = [line for line in text.splitlines()[1:-1] if len(line) > 20]
        if isinstance(answer, list) and reader is not split_chain:
            assert not any(line in problem for line in lines for problem in answer)


def damaged_name(pem: str) -> str:
    """The same block with a string type that does not exist in its common names."""
    label = pem.partition("-----BEGIN ")[2].partition("-----")[0]
    return armored(label, der_of(pem).replace(b"\x55\x04\x03\x0c", b"\x55\x04\x03\x00"))


@settings(max_examples=300)
@given(mutated_pem())
@example(damaged_name(family().root.certificate_pem))
@example(damaged_name(signing_request()))
def test_mutated_pem_gives_an_answer_or_a_certificate_error(text: str) -> None:
    """Damaged certificates, requests and keys never surface as an exception of another library."""
    check_readers(text)


@settings(max_examples=100)
@given(st.binary(max_size=400), st.sampled_from(["latin-1", "utf-8"]))
@example(b"\xff\xfe", "utf-8")
@example(b"-----BEGIN CERTIFICATE-----", "utf-8")
@example(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "utf-8")
def test_arbitrary_bytes_give_an_answer_or_a_certificate_error(content: bytes, encoding: str) -> None:
    """Any file, read as text in any way, is answered in words."""
    check_readers(content.decode(encoding, "surrogateescape" if encoding == "utf-8" else "strict"))


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_arbitrary_text_around_a_certificate_is_dropped_or_refused(text: str) -> None:
    """What stands around a certificate never becomes part of the chain."""
    certificate = family().chain
    with contextlib.suppress(CertificateError):
        assert split_chain(f"{text}\n{certificate}{text}") == [certificate]


def names_missing(subject: Subject, names: SubjectAlternativeNames) -> bool:
    """Whether a client would carry no name at all."""
    return not (names.dns or names.email or names.uri or subject.email)
