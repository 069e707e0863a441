"""Each kind of authority is one module where it is read and one where it is built; nothing else tells kinds apart."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from mtlsedge.diagram import outline
from mtlsedge.diagram.declared import from_settings
from program.authorities import BUILDERS
from settings.authorities import KINDS, kind_of
from settings.authority_model import AUTHORITY, Authority
from settings.flaws import flaws
from tests.unit.settings_sample import local, read
from tests.unit.test_x509_family import NOW, family

PROJECT = Path(__file__).resolve().parents[2]
SUBJECT = {
    "commonName": "Acme Root", "country": "SG", "state": "Singapore", "locality": "Singapore", "organization": "Acme",
    "unit": "Edge",
}  # fmt: skip
SAID = {
    "selfManaged": {"generations": {"2026": {"subject": {"commonName": "Acme Root"}}}},
    "external": {"certificateFile": "ca.pem"},
    "privateCa": {"subject": SUBJECT},
    "identifier": "0e40dda9-65f4-4a54-9a1b-2f4b3c1d5e6f",
}
SHOWN = {
    "selfManaged": ("root 2026: Acme Root", "key in the stack's state", "trusts: Acme Root", "key made by the stack"),
    "external": ("external; its key is elsewhere", "trusts: Acme Root", "certificate and key of its own"),
    "privateCa": ("Alibaba's private CA service", "trusts: Acme Root", "key made by the stack"),
    "identifier": ("uploaded by others", "trusts: 0e40dda9-65f4-4a54-9a1b-2f4b3c1d5e6f"),
}
"""What a picture says of each kind, and of a client it has."""


def settings(kind: str, folder: Path):
    """A stack with an authority of this kind, and a client where it can have one."""
    house = family()
    (folder / "ca.pem").write_text(house.root.certificate_pem)
    (folder / "alice.pem").write_text(house.client().certificate + house.chain)
    client = {"certificateFile": "alice.pem"} if kind == "external" else {}
    without = {} if kind == "selfManaged" else {"serverCertificate": {"id": "1234567-ap-southeast-1"}}
    clients = {"clients": {} if kind == "identifier" else {"alice": client}}
    nothing = {"certificateRepository": None} if kind == "identifier" else {}
    return read(local({"authority": {kind: SAID[kind]}, **clients, **without, **nothing}), folder)


def test_every_kind_is_read_and_built() -> None:
    """A kind that one room knows and the other does not would end as a traceback."""
    assert [kind.key for kind in KINDS] == list(AUTHORITY.one_of) == list(SAID)
    assert {kind.model for kind in KINDS} == set(BUILDERS) == set(get_args(Authority))


@pytest.mark.parametrize("kind", SAID)
def test_a_picture_shows_the_kind_that_it_is(kind: str, tmp_path: Path) -> None:
    """And none of the sentences of another kind: the private CA was drawn as an external one once."""
    found = settings(kind, tmp_path)
    shown = outline.draw(from_settings(found))
    assert kind_of(found.authority).key == kind
    for sentence in SHOWN[kind]:
        assert sentence in shown
    others = {sentence for other, sentences in SHOWN.items() if other != kind for sentence in sentences}
    assert not [sentence for sentence in others - set(SHOWN[kind]) if sentence in shown]
    assert ("CA repository" in shown) is (kind != "identifier")


def test_only_the_time_makes_flaws(tmp_path: Path) -> None:
    """The same stack file reads well in both years; in the second the CA and what it signed have ended."""
    found = settings("external", tmp_path)
    assert flaws(found, NOW, look_at_keys=True) == []
    late = flaws(found, datetime(2099, 1, 1, tzinfo=UTC), look_at_keys=True)
    assert {flaw.path for flaw in late} == {"mtlsedge:authority.external.certificateFile"}


def test_no_other_module_tells_kinds_apart() -> None:
    """An `isinstance` or `case` for a kind of authority elsewhere would be forgotten when a kind is added."""
    asks = re.compile(r"(?:isinstance\([^)]*|case )\b(?:SelfManaged|External|PrivateCa|Identifier)\w*Authority\b")
    files = [
        file for room in ("settings", "program", "mtlsedge", "components") for file in (PROJECT / room).rglob("*.py")
    ]
    assert [str(file.relative_to(PROJECT)) for file in files if asks.search(file.read_text())] == []
