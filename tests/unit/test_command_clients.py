"""Client bundles on disk: what is written, how, and that a second export changes nothing."""

import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from mtlsedge import clients, files
from mtlsedge.errors import CommandError
from mtlsedge_components.x509 import bundles
from settings.provenance import is_of_production
from tests.unit import verify_stack
from tests.unit.verify_edge import edge
from tests.unit.verify_stack import outputs_document, pki

NAMES = ["alice-password.txt", "alice.crt", "alice.key", "alice.pfx", "chain.pem"]


@pytest.fixture
def facts():
    """The outputs of a stack with one client."""
    return verify_stack.outputs(pki())


def export(facts, folder: Path, *, legacy: bool = False) -> dict[Path, bool]:
    return clients.export(facts, ["alice"], folder, legacy=legacy)


def test_a_bundle_is_five_private_files(facts, tmp_path):
    """Folders 0700, files 0600, whatever the umask."""
    old = os.umask(0)
    try:
        export(facts, tmp_path / "clients")
    finally:
        os.umask(old)
    folder = tmp_path / "clients" / "alice"
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}


def test_the_pfx_opens_with_the_password_file(facts, tmp_path):
    """Key, certificate and chain are in it."""
    export(facts, tmp_path)
    password = (tmp_path / "alice/alice-password.txt").read_bytes().strip()
    held = pkcs12.load_pkcs12((tmp_path / "alice/alice.pfx").read_bytes(), password)
    assert held.key
    assert held.cert
    assert len(held.additional_certs) == 1


def test_a_second_export_changes_nothing(facts, tmp_path):
    """The same certificate keeps every byte, the password included."""
    export(facts, tmp_path)
    before = {path: (path.read_bytes(), path.stat().st_ino) for path in (tmp_path / "alice").iterdir()}
    assert set(export(facts, tmp_path).values()) == {False}
    assert {path: (path.read_bytes(), path.stat().st_ino) for path in (tmp_path / "alice").iterdir()} == before


def test_a_second_export_tightens_modes(facts, tmp_path):
    """Files somebody opened up are closed again."""
    export(facts, tmp_path)
    (tmp_path / "alice").chmod(0o755)
    for path in (tmp_path / "alice").iterdir():
        path.chmod(0o644)
    export(facts, tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "alice").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "alice").stat().st_mode) == 0o700


@pytest.mark.parametrize("broken", ["alice.pfx", "alice-password.txt"])
def test_an_interrupted_export_is_finished(facts, tmp_path, broken):
    """A PFX that does not open with the password beside it is made again."""
    export(facts, tmp_path)
    (tmp_path / "alice" / broken).write_text("cut off")
    export(facts, tmp_path)
    password = (tmp_path / "alice/alice-password.txt").read_bytes().strip()
    assert pkcs12.load_pkcs12((tmp_path / "alice/alice.pfx").read_bytes(), password).key


def test_legacy_is_another_file_format(facts, tmp_path):
    """Asking for the legacy profile rewrites the PFX once, and back again."""
    export(facts, tmp_path)
    assert export(facts, tmp_path, legacy=True)[tmp_path / "alice/alice.pfx"]
    assert not export(facts, tmp_path, legacy=True)[tmp_path / "alice/alice.pfx"]
    assert export(facts, tmp_path)[tmp_path / "alice/alice.pfx"]


def test_a_renewed_certificate_gets_a_new_pfx(facts, tmp_path):
    """Another certificate means another PFX and another password."""
    export(facts, tmp_path)
    password = (tmp_path / "alice/alice-password.txt").read_text()
    other = pki("Other Root").client
    bundle = {"certificate": other.certificate_pem, "chain": pki("Other Root").intermediate.certificate_pem}
    renewed = verify_stack.outputs(pki(), clients={"alice": {**bundle, "privateKey": other.private_key_pem}})
    assert set(export(renewed, tmp_path).values()) == {True}
    assert (tmp_path / "alice/alice-password.txt").read_text() != password


def test_a_client_with_a_csr_gets_certificate_and_chain_only(tmp_path):
    """There is no key here to hand out, so there is neither key file nor PFX."""
    bundle = {**outputs_document(pki())["clients"]["alice"], "privateKey": ""}
    export(verify_stack.outputs(pki(), clients={"alice": bundle}), tmp_path)
    assert sorted(path.name for path in (tmp_path / "alice").iterdir()) == ["alice.crt", "chain.pem"]


@pytest.mark.parametrize("place", ["alice", "alice/alice.key"])
def test_symbolic_links_are_refused(facts, tmp_path, place):
    """Neither a client's folder nor a file in it may lead elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = tmp_path / "clients" / place
    target.parent.mkdir(parents=True)
    target.symlink_to(elsewhere)
    with pytest.raises(CommandError, match="is a symbolic link"):
        export(facts, tmp_path / "clients")
    assert list(elsewhere.iterdir()) == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["alice.pfx", "alice.crt", "alice-password.txt"])
def test_a_pipe_in_the_folder_is_refused_at_once(facts, tmp_path, name):
    """Nobody writes into it: to wait for it would be to wait for ever."""
    (tmp_path / "alice").mkdir()
    os.mkfifo(tmp_path / "alice" / name)
    with pytest.raises(CommandError, match="no regular file"):
        export(facts, tmp_path)


def test_a_pfx_that_demands_too_many_rounds_is_made_again(facts, tmp_path, monkeypatch):
    """It is not opened: a new one takes its place, and stays. One of fewer rounds is opened, and stays."""
    opened = []
    load = pkcs12.load_pkcs12
    monkeypatch.setattr(clients.pkcs12, "load_pkcs12", lambda *given: opened.append(1) or load(*given))
    monkeypatch.setattr(bundles, "_MODERN_ROUNDS", 70_000)
    export(facts, tmp_path)
    file = tmp_path / "alice/alice.pfx"
    assert not export(facts, tmp_path)[file] and opened
    opened.clear()
    file.write_bytes(file.read_bytes().replace((70_000).to_bytes(3), (8_000_000).to_bytes(3)))
    assert export(facts, tmp_path)[file] and not opened
    assert not export(facts, tmp_path)[file]


@pytest.mark.parametrize("name", ["../alice", "a/b", ".ssh", ""])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    """Outputs from a file are not trusted to hold decent names."""
    bundle = outputs_document(pki())["clients"]["alice"]
    facts = verify_stack.outputs(pki(), clients={name: bundle})
    with pytest.raises(CommandError, match="cannot be a folder's name"):
        clients.export(facts, [name], tmp_path / "clients", legacy=False)


def test_an_unknown_client_is_named(facts, tmp_path):
    """The message lists whom the stack has."""
    with pytest.raises(CommandError, match="no such client: mallory; the stack has alice"):
        clients.export(facts, ["mallory"], tmp_path, legacy=False)


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    """A full disk leaves the old file whole and no temporary one."""
    with files.folder(tmp_path, private=True) as place:
        place.write("a.key", b"old")

        def full(_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(CommandError, match="No space left on device"):
            place.write("a.key", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.key", b"old")]


def test_the_authoritys_certificates_are_exported(facts, tmp_path):
    """`ca.crt` is what the listener trusts, `server-ca.crt` what signs the server."""
    written = clients.export_authority(facts, tmp_path)
    assert sorted(path.name for path in written) == ["ca.crt", "server-ca.crt"]
    assert (tmp_path / "ca.crt").read_text() == pki().root.certificate_pem


def test_the_exported_authority_says_whose_it_is(facts, tmp_path):
    """Stack and environment stand before the certificate, where openssl passes over them and settings read them."""
    clients.export_authority(replace(facts, stack="dev"), tmp_path)
    text = (tmp_path / "ca.crt").read_text()
    assert text == "# CA of the mtlsedge stack dev\n# production: false\n" + pki().root.certificate_pem
    shown = subprocess.run(["openssl", "x509", "-in", tmp_path / "ca.crt", "-noout"], check=False)
    assert shown.returncode == 0
    clients.export_authority(replace(facts, stack="prod", production=True), tmp_path)
    assert is_of_production((tmp_path / "ca.crt").read_text())


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_gets_in_with_the_exported_files(facts, tmp_path):
    """`curl --cert --key --cacert` with alice's files answers 200: the certificate file carries its chain."""
    clients.export(facts, ["alice"], tmp_path, legacy=False)
    clients.export_authority(facts, tmp_path)
    with edge(tmp_path) as place:
        command = [
            "curl",
            "--silent",
            "--show-error",
            "--max-time",
            "10",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
        ]
        command += ["--cert", "alice/alice.crt", "--key", "alice/alice.key", "--cacert", "server-ca.crt"]
        command += [
            "--resolve",
            f"{verify_stack.HOST}:{place.https_port}:127.0.0.1",
            f"https://{verify_stack.HOST}:{place.https_port}/",
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("200", "")


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_reads_the_pfx(facts, tmp_path):
    """The password file serves as `-passin file:`."""
    clients.export(facts, ["alice"], tmp_path, legacy=False)
    command = ["openssl", "pkcs12", "-in", "alice.pfx", "-passin", "file:alice-password.txt", "-nokeys"]
    done = subprocess.run(command, cwd=tmp_path / "alice", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("BEGIN CERTIFICATE") == 2
