"""`mtlsedge authority new` and `mtlsedge sign`: an authority outside every stack, and what it refuses to sign."""

import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtlsedge.command import run
from mtlsedge_components.x509.checking import key_matches
from mtlsedge_components.x509.facts import inspect
from settings.flaws import flaws
from tests.unit.settings_sample import local, problems, read
from tests.unit.test_external_requests import greedy_request
from tests.unit.test_x509_family import NOW, make_family

PASSPHRASE = "correct horse battery"


@pytest.fixture
def offline(tmp_path: Path) -> Path:
    """A folder with a passphrase file, and an offline root and intermediate in `ca`."""
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    make(tmp_path, "--intermediate")
    return tmp_path


def make(folder: Path, *options: str) -> int:
    """Runs `authority new`; its exit status."""
    return run(["authority", "new", "--to", str(folder / "ca"), "--common-name", "Acme Root", "--organization", "Acme",
                "--passphrase-file", str(folder / "passphrase"), *options])  # fmt: skip


def sign(folder: Path, request: str, *options: str, ca: str = "intermediate") -> int:
    """Runs `sign`; its exit status."""
    return run(["sign", str(folder / request), "--authority-key", str(folder / "ca" / f"{ca}.key"),
                "--authority-certificate", str(folder / "ca" / f"{ca}.crt"), "--to", str(folder / "out"),
                "--passphrase-file", str(folder / "passphrase"), *options])  # fmt: skip


def test_a_new_authority_is_encrypted_private_and_never_overwritten(offline: Path, capsys):
    """Keys are encrypted PKCS#8 of mode 0600 that openssl opens with the passphrase; a second run changes nothing."""
    for name in ("root", "intermediate"):
        key = offline / "ca" / f"{name}.key"
        assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        opened = subprocess.run(
            ["openssl", "pkey", "-in", key, "-passin", f"file:{offline / 'passphrase'}"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert key_matches((offline / "ca" / f"{name}.crt").read_text(), opened.stdout)
        form = subprocess.run(["openssl", "asn1parse", "-in", key], check=True, capture_output=True, text=True).stdout
        assert ":aes-256-cbc" in form and ":PBKDF2" in form
    before = (offline / "ca" / "root.key").read_bytes()
    assert make(offline) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (offline / "ca" / "root.key").read_bytes() == before


def test_a_short_passphrase_makes_nothing(tmp_path: Path, capsys):
    """Twelve characters at least; the message does not repeat it, and no file is left."""
    (tmp_path / "passphrase").write_text("hunter2")
    assert make(tmp_path) == 2
    text = capsys.readouterr().err
    assert "12 or more" in text
    assert "hunter2" not in text
    assert not list((tmp_path / "ca").glob("*")) if (tmp_path / "ca").exists() else True


def test_an_authority_limited_to_names_signs_nothing_else(tmp_path: Path, capsys):
    """`--permit` and `--exclude` are in root and intermediate; who is outside is refused, and who is inside verifies."""
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    assert make(tmp_path, "--intermediate", "--permit", "dns:example.com", "--exclude", "dns:admin.example.com") == 0
    csr, _ = greedy_request("device-7")
    (tmp_path / "device-7.csr").write_text(csr)
    for name in ("device-7.example.org", "x.admin.example.com"):
        assert sign(tmp_path, "device-7.csr", "--dns", name) == 2
        assert name in capsys.readouterr().err
    assert sign(tmp_path, "device-7.csr", "--dns", "device-7.example.com") == 0
    verified = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", tmp_path / "ca" / "root.crt",
         "-untrusted", tmp_path / "out" / "device-7" / "chain.pem", tmp_path / "out" / "device-7" / "device-7.crt"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stderr


@pytest.mark.parametrize("tree", ["example.com", "ip:10.0.0.0/8", "dns:*.example.com", "dns:", "email:a b"])
def test_a_limit_that_is_none_makes_nothing(tmp_path: Path, capsys, tree: str):
    """A kind that is not known, a wildcard, no name: one line, and no file."""
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    assert make(tmp_path, "--permit", tree) == 2
    text = capsys.readouterr().err
    assert f"--permit: found '{tree}'; expected" in text and len(text.splitlines()) == 1
    assert not (tmp_path / "ca").exists()


@pytest.mark.parametrize("ca", ["root", "intermediate"])
def test_a_signed_request_is_what_an_external_stack_needs(tmp_path: Path, capsys, ca: str):
    """Certificate, chain and authority load in a stack file, verify strictly in openssl, and what was asked is dropped."""
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    make(tmp_path, *(["--intermediate"] if ca == "intermediate" else []))
    csr, key = greedy_request("root")
    (tmp_path / "device-7.csr").write_text(csr)
    assert sign(tmp_path, "device-7.csr", "--days", "20", "--organization", "Acme", ca=ca) == 0
    out = capsys.readouterr().out
    assert "dropped  the request asks for basicConstraints CA:TRUE" in out
    certificate = (tmp_path / "out" / "device-7" / "device-7.crt").read_text()
    assert inspect(certificate).subject == "CN=device-7,O=Acme"
    assert key_matches(certificate, key)
    chain = [] if ca == "root" else ["-untrusted", "out/device-7/chain.pem"]
    subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca/root.crt", *chain,
         "out/device-7/device-7.crt"], cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    config = local({
        "authority": {"external": {"certificateFile": "ca/root.crt"}}, "serverCertificate": {"id": "1-ap-southeast-1"},
        "clients": {"device-7": {"certificateFile": "out/device-7/device-7.crt"}},
    })  # fmt: skip
    assert problems(config, tmp_path) == []
    assert flaws(read(config, tmp_path), datetime.now(UTC), look_at_keys=True) == []


EXTENSIONS = {
    "another organization": ("nameConstraints = critical, permitted;dirName:tree", "Other"),
    "the permitted organization": ("nameConstraints = critical, permitted;dirName:tree", "Acme"),
    "a critical extension nobody knows": ("1.2.3.4.5 = critical, ASN1:UTF8String:x", "Acme"),
    "the same, not critical": ("1.2.3.4.5 = ASN1:UTF8String:x", "Acme"),
}
"""An extension of the authority, and the organization that is signed for."""


@pytest.mark.parametrize(("row", "is_signed"), zip(EXTENSIONS, (False, True, False, True), strict=True))
def test_what_openssl_would_refuse_is_not_signed(tmp_path: Path, capsys, row: str, is_signed: bool):
    """Under an authority limited to a directory name, or with a critical extension that TLS libraries do not know."""
    extension, organization = EXTENSIONS[row]
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca.cnf").write_text(
        "[req]\ndistinguished_name = dn\nx509_extensions = ca\n[dn]\n[tree]\nO = Acme\n[ca]\nbasicConstraints = critical, CA:TRUE\n"
        f"keyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\n{extension}\n"
    )
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-config", "ca.cnf", "-days", "400",
         "-subj", "/O=Acme/CN=Root", "-keyout", "ca/own.key", "-out", "ca/own.crt", "-passout", "file:passphrase"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "ann.csr").write_text(greedy_request("ann")[0])
    status = sign(tmp_path, "ann.csr", "--days", "20", "--organization", organization, ca="own")
    assert (status == 0) is is_signed, capsys.readouterr().err
    assert (tmp_path / "out").exists() is is_signed
    if is_signed:
        verify = ["openssl", "verify", "-purpose", "sslclient", "-CAfile", "ca/own.crt", "out/ann/ann.crt"]
        subprocess.run(verify, cwd=tmp_path, check=True, capture_output=True)


def test_what_cannot_be_signed_is_one_line_and_writes_nothing(offline: Path, capsys):
    """A broken signature, a weak key, an SM2 key, a wrong passphrase, another authority's key, an expired authority, no request."""
    csr, _ = greedy_request("a")
    lines = csr.splitlines()
    lines[-2] = lines[-2][:-4] + ("AAA=" if lines[-2].endswith("=") else "AAAA")
    (offline / "broken.csr").write_text("\n".join(lines) + "\n")
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=x", "-keyout",
                    str(offline / "weak.key"), "-out", str(offline / "weak.csr")], check=True, capture_output=True)  # fmt: skip
    subprocess.run(["openssl", "req", "-new", "-newkey", "sm2", "-sm3", "-nodes", "-subj", "/CN=x", "-keyout",
                    str(offline / "sm2.key"), "-out", str(offline / "sm2.csr")], check=True, capture_output=True)  # fmt: skip
    (offline / "good.csr").write_text(csr)
    (offline / "wrong").write_text("not the passphrase")
    (offline / "binary.csr").write_bytes(b"\xff\xfe\x00")
    old = make_family(now=NOW.replace(year=NOW.year - 12))
    (offline / "old.crt").write_text(old.root.certificate_pem)
    cases = [
        ("broken.csr", []),
        ("weak.csr", []),
        ("sm2.csr", []),
        ("good.csr", ["--authority-key", str(offline / "sm2.key")]),
        ("missing.csr", []),
        ("binary.csr", []),
        ("good.csr", ["--passphrase-file", str(offline / "wrong")]),
        ("good.csr", ["--authority-key", str(offline / "ca" / "root.key")]),
        ("good.csr", ["--authority-certificate", str(offline / "old.crt")]),
        ("good.csr", ["--name", "../../etc"]),
        ("good.csr", ["--dns", "not a host"]),
    ]
    for request, options in cases:
        assert sign(offline, request, *options) == 2, (request, options)
        text = capsys.readouterr().err
        assert text.startswith("mtlsedge: "), text
        assert text.count("\n") == 1, text
        assert "Traceback" not in text
        assert "not the passphrase" not in text
    assert not (offline / "out").exists()


def test_a_passphrase_is_never_an_argument(offline: Path, capsys):
    """Without a file and without a terminal to type it, the command says so."""
    (offline / "good.csr").write_text(greedy_request("a")[0])
    arguments = ["sign", str(offline / "good.csr"), "--authority-key", str(offline / "ca/root.key"),
                 "--authority-certificate", str(offline / "ca/root.crt"), "--to", str(offline / "out")]  # fmt: skip
    assert run(arguments) == 2
    assert "--passphrase-file" in capsys.readouterr().err
    assert run([*arguments, "--passphrase", "x"]) == 2


def test_a_key_in_a_pkcs12_file_signs_too(offline: Path, capsys):
    """As base64 text, the form a secret configuration value has."""
    root = make_family(intermediate=False).root
    (offline / "k.pem").write_text(root.private_key_pem)
    (offline / "c.pem").write_text(root.certificate_pem)
    subprocess.run(["openssl", "pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", "-out", "k.p12", "-passout",
                    "file:passphrase"], cwd=offline, check=True, capture_output=True)  # fmt: skip
    text = subprocess.run(["base64", "k.p12"], cwd=offline, check=True, capture_output=True, text=True).stdout
    (offline / "k.b64").write_text(text)
    (offline / "good.csr").write_text(greedy_request("a")[0])
    options = ("--authority-key", str(offline / "k.b64"), "--authority-certificate", str(offline / "c.pem"))
    assert sign(offline, "good.csr", *options) == 0, capsys.readouterr().err
