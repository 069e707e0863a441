"""`--json` of commands that do something: one document on standard output that names what was done, and no secret."""

import json
import os
from pathlib import Path

import pytest

from mtlsedge.command import run
from tests.unit import der
from tests.unit.explain_cases import ANN
from tests.unit.verify_stack import outputs_document, pki
from tests.unit.x509_shapes import key as key_of

PASSPHRASE = "a passphrase that is long enough"


@pytest.fixture
def outputs(tmp_path: Path) -> str:
    """The outputs of a stack with one client, as a file."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs_document(pki())))
    return str(file)


def told(capsys, *arguments: str) -> dict:
    """The document that a command leaves on standard output."""
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_exports_name_files_that_are_there(outputs, tmp_path, capsys):
    """All of them as written; the second time all as kept."""
    for command in (["clients", "export", "alice"], ["authority", "export"]):
        line = [*command, "--to", str(tmp_path / command[0]), "--outputs", outputs]
        first, second = told(capsys, *line), told(capsys, *line)
        assert first["written"]
        assert all(map(os.path.isfile, first["written"]))
        assert (first["kept"], second["written"]) == ([], [])
        assert sorted(first["written"]) == sorted(second["kept"])


def test_a_new_authority_and_a_signed_request(tmp_path, capsys):
    """Their files; of the certificate what an inventory needs; no passphrase and no key."""
    passphrase, place = tmp_path / "passphrase", tmp_path / "ca"
    passphrase.write_text(PASSPHRASE)
    given = ["--passphrase-file", str(passphrase)]
    made = told(capsys, "authority", "new", "--common-name", "Acme Root", "--to", str(place), *given)
    assert sorted(Path(file).name for file in made["written"]) == ["root.crt", "root.key"]
    (tmp_path / "device.csr").write_text(der.pem(der.request(key_of("p256"), ANN), "CERTIFICATE REQUEST"))
    key, certificate = (
        ["--authority-key", str(place / "root.key")],
        ["--authority-certificate", str(place / "root.crt")],
    )
    run(["sign", str(tmp_path / "device.csr"), *key, *certificate, "--to", str(tmp_path / "out"), *given, "--json"])
    text = capsys.readouterr().out
    signed = json.loads(text)
    assert {"serial", "fingerprint", "notAfter", "dropped"} < set(signed)
    assert all(map(os.path.isfile, signed["written"]))
    assert PASSPHRASE not in text
    assert "PRIVATE" not in text


def test_denying_and_drawing(outputs, tmp_path, capsys):
    """Commands as a list; a picture in the document, or the file that has it."""
    denied = told(capsys, "clients", "deny", "alice", "--reason", "stolen", "--outputs", outputs)
    assert [line.split()[0] for line in denied["commands"]] == ["pulumi"] * len(denied["commands"])
    drawn = told(capsys, "diagram", "--outputs", outputs)
    assert drawn["format"] == "svg"
    assert drawn["picture"].startswith("<svg")
    to = tmp_path / "picture.svg"
    assert told(capsys, "diagram", "--outputs", outputs, "--to", str(to)) == {"format": "svg", "written": str(to)}
    assert to.read_text() == drawn["picture"]
