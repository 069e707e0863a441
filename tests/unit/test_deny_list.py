"""The deny list from the stack file to a backend that turns a client away."""

import importlib.util
import json
import os
import shlex
from pathlib import Path

import pytest
import yaml

from mtlsedge.command import run
from program.outputs import denied
from settings.model import DeniedClient
from tests.unit.settings_sample import PROJECT, local, problems, read
from tests.unit.test_x509_family import family

MALLORY = "ab" * 32


@pytest.fixture(scope="module")
def example():
    """docs/examples/deny_list.py, as it is shown."""
    spec = importlib.util.spec_from_file_location("deny_list", PROJECT / "docs/examples/deny_list.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def backend(example, file: Path):
    """A backend behind the check: a fingerprint in, a status out."""

    def application(_environ, start_response):
        start_response("200 OK", [])
        return [b"hello"]

    checked = example.DenyList(application, file)

    def status(fingerprint: str | None) -> str:
        seen = []
        environ = {} if fingerprint is None else {"HTTP_X_CLIENT_FINGERPRINT": fingerprint}
        list(checked(environ, lambda line, _headers: seen.append(line)))
        return seen[0][:3]

    return status


def test_a_denied_client_is_turned_away_in_every_spelling(example, tmp_path):
    """Colons and capitals make no difference; anybody else gets through; a change of the file counts at once."""
    settings = read(local({"denied": {"mallory": {"fingerprint": MALLORY}}}))
    file = tmp_path / "denied.json"
    file.write_text(json.dumps(denied(settings)))
    status = backend(example, file)
    alice = family().client().issued.fingerprint
    assert status(alice) == "200"
    assert status(MALLORY) == "403"
    assert status(":".join(["AB"] * 32)) == "403"
    file.write_text(json.dumps({"fingerprints": [alice]}))
    os.utime(file, (1, 1))
    assert (status(alice), status(MALLORY)) == ("403", "200")


def test_without_a_header_or_a_list_nobody_gets_in(example, tmp_path):
    """A request past the listener, a missing list and a damaged one are refused."""
    file = tmp_path / "denied.json"
    status = backend(example, file)
    assert status(MALLORY) == "403"
    file.write_text("{")
    assert status(MALLORY) == "403"
    file.write_text('{"fingerprints": []}')
    assert (status(MALLORY), status(None), status("")) == ("200", "403", "403")


def test_the_printed_commands_are_what_the_stack_file_takes(tmp_path, capsys):
    """`clients deny` prints `pulumi config set` lines whose values load as an entry; an unknown client is one line."""
    certificate = {"fingerprint": MALLORY, "serial": "0123", "notAfter": "2030-01-01T00:00:00Z", "subject": "CN=m"}
    outputs = {"clientCertificates": {"m.x": certificate}, "region": "r", "certificateSite": "s", "caIdentifier": "c"}
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    arguments = ["clients", "deny", "--outputs", str(tmp_path / "outputs.json"), "--reason", "laptop stolen"]
    assert run([*arguments, "m.x"]) == 0
    entries: dict = {}
    for line in capsys.readouterr().out.splitlines():
        *command, path, value = shlex.split(line)
        assert command == ["pulumi", "config", "set", "--type", "string", "--path"]
        name, _, key = path.removeprefix('mtlsedge:denied["').partition('"].')
        entries.setdefault(name, {})[key] = value
    (entry,) = read(local({"denied": yaml.safe_load(yaml.safe_dump(entries))})).denied.values()
    assert (entry.name, entry.fingerprint, entry.serial) == ("m.x-abababab", MALLORY, "0123")
    assert entry.reason == "laptop stolen"
    assert run([*arguments, "nobody"]) == 2
    assert "the stack has m.x" in capsys.readouterr().err


def test_the_deny_list_is_read_in_every_spelling():
    """Colons and capitals are dropped; a short fingerprint, a double one and an unknown key are refused."""
    digits = "ab" * 32
    spelled = ":".join(["AB"] * 32)
    config = {"denied": {"mallory": {"fingerprint": spelled, "serial": "0A:FF", "reason": "laptop stolen"}}}
    assert read(local(config)).denied == {"mallory": DeniedClient("mallory", digits, "0aff", "laptop stolen")}
    cases = [
        {"denied": {"mallory": {"fingerprint": "ab"}}},
        {"denied": {"mallory": {}}},
        {"denied": {"a": {"fingerprint": digits}, "b": {"fingerprint": spelled}}},
        {"denied": {"a": {"fingerprint": digits, "color": "red"}}},
        {"denied": {"a": {"fingerprint": digits, "serial": "xyz"}}},
    ]
    assert all(len(problems(local(case))) == 1 for case in cases)
