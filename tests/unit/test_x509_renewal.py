"""When a certificate is made anew, and above all when it is not."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.renewal import IDENTITY, identity_changes, reasons_to_replace
from settings.model import Subject, SubjectAlternativeNames
from tests.unit.test_x509_family import NOW, family, make_family

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine passes for a value that is not known in a preview."""
CLIENT = family().client()
INPUTS: Mapping[str, Any] = {
    "profile": "client",
    "subject": asdict(Subject("alice", country="CN")),
    "names": {"dns": [], "email": ["a@example.com", "b@example.com"], "uri": []},
    "validity_days": 30,
    "renew_before_days": 10,
    "public_key_pem": public_pem(CLIENT.key),
    "csr_pem": "",
    "issuer_certificate_pem": family().issuing.certificate_pem,
    "issuer_private_key_pem": "(a secret)",
    "path_length": None,
    "generation": "",
}
OUTPUTS: Mapping[str, Any] = {**INPUTS, "not_after": CLIENT.issued.not_after}
END = datetime.fromisoformat(CLIENT.issued.not_after)
WINDOW = END - timedelta(days=10)


def test_a_fresh_certificate_stays() -> None:
    """Nothing changed, window closed: no reason."""
    assert reasons_to_replace(OUTPUTS, INPUTS, NOW) == []


def test_the_window_opens_on_the_second() -> None:
    """A second before the window there is no reason, then there is, and still after the end."""
    assert reasons_to_replace(OUTPUTS, INPUTS, WINDOW - timedelta(seconds=1)) == []
    for moment in (WINDOW, END, END + timedelta(days=400)):
        assert reasons_to_replace(OUTPUTS, INPUTS, moment) == ["not_after"]


def test_the_window_is_read_from_the_new_inputs() -> None:
    """Widening the window renews at once, by itself it is no change."""
    assert reasons_to_replace(OUTPUTS, {**INPUTS, "renew_before_days": 29}, NOW + timedelta(days=2)) == ["not_after"]
    assert reasons_to_replace(OUTPUTS, {**INPUTS, "renew_before_days": 5.0}, WINDOW) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("profile", "server"),
        ("subject", asdict(Subject("bob"))),
        ("names", {"dns": [], "email": ["c@example.com"], "uri": []}),
        ("validity_days", 31),
        ("path_length", 0),
        ("public_key_pem", public_pem(generate())),
        ("csr_pem", "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n"),
        ("issuer_certificate_pem", make_family().issuing.certificate_pem),
        ("issuer_certificate_pem", UNKNOWN),
        ("generation", "2"),
    ],
)
def test_each_part_of_the_identity_is_a_reason_by_its_name(key: str, value: object) -> None:
    """A changed or unknown property is named, and nothing else is."""
    assert reasons_to_replace(OUTPUTS, {**INPUTS, key: value}, NOW) == [key]
    assert identity_changes(OUTPUTS, {**INPUTS, key: value}) == [key]
    assert key in IDENTITY


def test_what_does_not_matter_is_no_reason() -> None:
    """The issuer's key, floats for integers, order of names, empty or absent entries, line ends and margins."""
    same = {
        **INPUTS,
        "issuer_private_key_pem": UNKNOWN,
        "validity_days": 30.0,
        "names": {"email": ("b@example.com", "a@example.com")},
        "subject": {"common_name": "alice", "country": "CN", "an_attribute_of_a_later_version": ""},
        "public_key_pem": INPUTS["public_key_pem"].replace("\n", "\r\n") + "\n",
    }
    del same["path_length"], same["generation"]
    assert reasons_to_replace(OUTPUTS, same, NOW) == []


@pytest.mark.parametrize("profile", ["root", "intermediate"])
def test_time_never_replaces_a_ca(profile: str) -> None:
    """A CA that renewed itself would lock out every client; another generation follows it instead."""
    old, new = {**OUTPUTS, "profile": profile}, {**INPUTS, "profile": profile}
    assert reasons_to_replace(old, new, END + timedelta(days=1)) == []
    assert reasons_to_replace(old, {**new, "generation": "x"}, END) == ["generation"]


def test_a_certificate_that_lasts_as_long_as_its_issuer_stays() -> None:
    """The next one could not last longer, so replacing it would repeat in every run."""
    house = make_family(days=15)
    client = house.client(days=30)
    inputs = {**INPUTS, "issuer_certificate_pem": house.issuing.certificate_pem}
    outputs = {**inputs, "not_after": client.issued.not_after}
    assert reasons_to_replace(outputs, inputs, NOW + timedelta(days=14)) == []
    assert reasons_to_replace(outputs, {**inputs, "generation": "2"}, NOW) == ["generation"]


@pytest.mark.parametrize("not_after", [None, "", "soon", UNKNOWN])
def test_an_unreadable_end_counts_as_over(not_after: str | None) -> None:
    """Nothing expires unnoticed because state was damaged."""
    assert reasons_to_replace({**OUTPUTS, "not_after": not_after}, INPUTS, NOW) == ["not_after"]


@pytest.mark.parametrize("window", [UNKNOWN, ["10"], 1e300, float("nan")])
def test_an_unreadable_window_is_named(window: object) -> None:
    """A window not known in a preview shows as a change, like every unknown."""
    assert reasons_to_replace(OUTPUTS, {**INPUTS, "renew_before_days": window}, NOW) == ["renew_before_days"]


def test_times_without_a_zone_are_utc() -> None:
    """State written by hand may lack the Z."""
    outputs = {**OUTPUTS, "not_after": CLIENT.issued.not_after.removesuffix("Z")}
    assert reasons_to_replace(outputs, INPUTS, WINDOW - timedelta(seconds=1)) == []


def test_names_are_compared_as_they_are_issued() -> None:
    """The dataclass form and the property form of names are the same."""
    names = asdict(SubjectAlternativeNames(email=("a@example.com", "b@example.com")))
    assert identity_changes(OUTPUTS, {**INPUTS, "names": names}) == []
