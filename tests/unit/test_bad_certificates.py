"""Each kind of bad certificate, request and key, wherever one is brought in: one line, before anything is made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from mtlsedge_components.reading.secret import Secret
from mtlsedge_components.x509.checking import ca_problems
from mtlsedge_components.x509.custody import encrypted, open_key, open_pkcs12
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.external import client_problems, external_problems
from mtlsedge_components.x509.keys import generate
from settings import SettingsError
from settings.flaws import flaws
from tests.unit.settings_sample import local, read
from tests.unit.test_external_requests import greedy_request
from tests.unit.test_x509_checking import forged, run_openssl
from tests.unit.test_x509_family import NOW, family, make_family

PASSPHRASE = "correct horse battery"
LATER = NOW + timedelta(days=2)
"""When it is judged: some of it is over by then, and what OpenSSL makes has begun, which it dates from this very second."""
ID = {"id": "1-ap-southeast-1"}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Good and bad files of every kind, each made once."""
    folder = tmp_path_factory.mktemp("bad")
    house, other, old = family(), make_family(), make_family(now=NOW - timedelta(days=4000))
    root, between, [request, _] = house.root.certificate_pem, house.chain, greedy_request("device")
    server, client = house.server("www.example.test"), house.client()
    short, short_server = house.client(days=1), house.server("www.example.test", days=1)
    stranger = other.client().certificate + other.chain
    texts = {
        "root.pem": root, "root.key": house.root.private_key_pem, "locked.key": encrypted(generate(), PASSPHRASE),
        "old.pem": old.root.certificate_pem, "old.key": old.root.private_key_pem, "other.key": generate(),
        "only-leaf.pem": client.certificate, "leaf.key": client.key, "leaf.pem": client.certificate + between + root, "order.pem": root + between,
        "client.pem": client.certificate + between, "client-old.pem": short.certificate + between,
        "client-order.pem": client.certificate + root + between, "client-other.pem": stranger,
        "server.pem": server.certificate + between, "server.key": server.key,
        "server-old.pem": short_server.certificate + between, "server-old.key": short_server.key,
        "server-order.pem": server.certificate + root + between,
        "good.csr": request, "broken.csr": forged(request), "profiles": profiles(),
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text)
    for kind, options in (("sm2", ["-newkey", "sm2", "-sm3"]), ("weak", ["-newkey", "rsa:1024", "-sha256"])):
        for made in _made_by_openssl(kind, options):
            run_openssl(folder, *made)
    return folder


def _made_by_openssl(kind: str, options: list[str]) -> Iterator[list[str]]:
    """Commands for a root with its key, a request, and a client's and a server's certificate below that root."""
    yield ["req", "-x509", *options, "-nodes", "-keyout", f"{kind}.key", "-out", f"{kind}.pem", "-subj", f"/CN={kind}"]
    yield ["req", *options, "-nodes", "-keyout", f"{kind}-leaf.key", "-out", f"{kind}.csr", "-subj", "/CN=leaf"]
    for purpose in ("client", "server"):
        signer = ["-CA", f"{kind}.pem", "-CAkey", f"{kind}.key", "-CAcreateserial", options[-1], "-days", "20"]
        profile = ["-extfile", "profiles", "-extensions", purpose]
        yield ["x509", "-req", "-in", f"{kind}.csr", *signer, *profile, "-out", f"{kind}-{purpose}.pem"]


def profiles() -> str:
    """What OpenSSL is told of a client and of a server."""
    common = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:www.example.test"
    return "".join(f"[{purpose}]\n{common}\nextendedKeyUsage={purpose}Auth\n" for purpose in ("client", "server"))


def said(folder: Path, changes: dict) -> list[str]:
    """What the whole way from a stack file to the first resource says, a line each, with the keys looked at."""
    try:
        return [str(flaw) for flaw in flaws(read(local(changes), folder), LATER, look_at_keys=True)]
    except SettingsError as error:
        return [str(problem) for problem in error.problems]


@dataclass(frozen=True)
class Entry:
    """A place where something is brought in: its key path, and the stack file around one or two files."""

    path: str
    around: Callable[[Path, str, str], dict]


def _external(_folder: Path, certificate: str, _key: str) -> dict:
    return {"authority": {"external": {"certificateFile": certificate}}, "clients": {}, "serverCertificate": ID}


def _imported(folder: Path, certificate: str, key: str) -> dict:
    brought = {"key": Secret((folder / key).read_text()), "passphrase": Secret("wrong-passphrase")}
    authority = {"selfManaged": {"generations": {"2026": {"certificateFile": certificate}}}}
    return {"authority": authority, "importedKeys": {"2026": brought}, "clients": {}, "serverCertificate": ID}


def _client(_folder: Path, certificate: str, _key: str) -> dict:
    authority = {"external": {"certificateFile": "root.pem"}}
    return {"authority": authority, "clients": {"a": {"certificateFile": certificate}}, "serverCertificate": ID}


def _request(_folder: Path, request: str, _key: str) -> dict:
    return {"clients": {"a": {"csrFile": request}}}


def _server(folder: Path, certificate: str, key: str) -> dict:
    secret = Secret((folder / (key or "server.key")).read_text())
    return {"serverCertificate": {"certificateFile": certificate, "privateKey": secret}}


EXTERNAL = Entry("mtlsedge:authority.external.certificateFile", _external)
IMPORTED = Entry("mtlsedge:authority.selfManaged.generations.2026.certificateFile", _imported)
IMPORTED_KEY = Entry("mtlsedge:importedKeys.2026.key", _imported)
CLIENT = Entry("mtlsedge:clients.a.certificateFile", _client)
REQUEST = Entry("mtlsedge:clients.a.csrFile", _request)
SERVER = Entry("mtlsedge:serverCertificate.certificateFile", _server)
SERVER_KEY = Entry("mtlsedge:serverCertificate.privateKey", _server)
BAD = [
    (EXTERNAL, "leaf.pem", "", "found no CA"),
    (EXTERNAL, "old.pem", "", "expired"),
    (EXTERNAL, "sm2.pem", "", "found SM2"),
    (EXTERNAL, "weak.pem", "", "found rsa-1024"),
    (EXTERNAL, "order.pem", "", "did not sign"),
    (EXTERNAL, "locked.key", "", "private key"),
    (IMPORTED, "only-leaf.pem", "leaf.key", "found no CA"),
    (IMPORTED, "old.pem", "old.key", "expired"),
    (IMPORTED, "sm2.pem", "sm2.key", "found SM2"),
    (IMPORTED, "weak.pem", "weak.key", "found rsa-1024"),
    (IMPORTED_KEY, "root.pem", "other.key", "belongs to another certificate"),
    (IMPORTED_KEY, "root.pem", "sm2.key", "found SM2"),
    (IMPORTED_KEY, "root.pem", "weak.key", "found rsa-1024"),
    (IMPORTED_KEY, "root.pem", "locked.key", "the passphrase does not open it"),
    (CLIENT, "root.pem", "", "found a CA certificate"),
    (CLIENT, "client-old.pem", "", "expired"),
    (CLIENT, "sm2-client.pem", "", "found SM2"),
    (CLIENT, "weak-client.pem", "", "found rsa-1024"),
    (CLIENT, "client-order.pem", "", "did not sign"),
    (CLIENT, "client-other.pem", "", "not signed by the key of the authority"),
    (REQUEST, "sm2.csr", "", "found SM2"),
    (REQUEST, "weak.csr", "", "found rsa-1024"),
    (REQUEST, "broken.csr", "", "signature: does not verify"),
    (SERVER, "root.pem", "", "a CA certificate"),
    (SERVER, "server-old.pem", "server-old.key", "expired"),
    (SERVER, "sm2-server.pem", "sm2-leaf.key", "found SM2"),
    (SERVER, "weak-server.pem", "weak-leaf.key", "found rsa-1024"),
    (SERVER, "server-order.pem", "", "did not sign"),
    (SERVER_KEY, "server.pem", "other.key", "another certificate's key"),
    (SERVER_KEY, "server.pem", "sm2.key", "found SM2"),
    (SERVER_KEY, "server.pem", "locked.key", "passphrase"),
]


@pytest.mark.parametrize(("entry", "file", "key", "words"), BAD, ids=lambda value: getattr(value, "path", value))
def test_what_is_bad_is_one_line_with_its_key_path(entry: Entry, file: str, key: str, words: str, files: Path) -> None:
    """Nothing is built, one line says where and why, and no secret is in it."""
    lines = said(files, entry.around(files, file, key))
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{entry.path}: ")
    assert words in lines[0]
    secrets = ["wrong-passphrase", *((files / key).read_text().splitlines()[1:3] if key else [])]
    assert not any(secret in lines[0] for secret in secrets)


@pytest.mark.parametrize(
    ("entry", "file", "key"),
    [(EXTERNAL, "root.pem", ""), (IMPORTED, "root.pem", "root.key"), (CLIENT, "client.pem", ""),
     (REQUEST, "good.csr", ""), (SERVER, "server.pem", "server.key")],
)  # fmt: skip
def test_the_good_one_beside_it_is_taken(entry: Entry, file: str, key: str, files: Path) -> None:
    """Each way above lets in what it is for: the refusals are of what was bad."""
    assert said(files, entry.around(files, file, key)) == []


def test_sm2_anywhere_in_a_chain_is_one_line(files: Path) -> None:
    """An SM2 issuer behind a certificate of a good key: its place is named, and nothing that follows from it."""
    sm2, client = ((files / name).read_text() for name in ("sm2.pem", "client.pem"))
    root = (files / "root.pem").read_text()
    found = [
        ca_problems(root + sm2, LATER),
        external_problems(root + sm2, LATER),
        client_problems(client + sm2, root, LATER),
    ]
    assert all(len(lines) == 1 and "found SM2" in lines[0] for lines in found), found
    assert [lines[0].partition(": key")[0] for lines in found] == ["chain: certificate 2"] * 2 + [
        "chain: certificate 3"
    ]


def test_sm2_keys_are_named_in_every_container(files: Path, tmp_path: Path) -> None:
    """PKCS#8, SEC 1, encrypted with its passphrase, PKCS#12; a wrong passphrase is still called that."""
    word = ["-passout", "pass:word-of-test"]
    key, certificate = str(files / "sm2.key"), str(files / "sm2.pem")
    run_openssl(tmp_path, "pkcs8", "-topk8", "-in", key, "-out", "locked", *word)
    run_openssl(tmp_path, "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", "sec1")
    run_openssl(tmp_path, "pkcs12", "-export", "-in", certificate, "-inkey", key, "-out", "file.p12", *word)
    for name in ("locked", "sec1"):
        with pytest.raises(CertificateError, match="private key: found SM2; allowed RSA"):
            open_key((tmp_path / name).read_text(), "word-of-test")
    with pytest.raises(CertificateError, match="private key: found SM2; allowed RSA"):
        open_pkcs12((tmp_path / "file.p12").read_bytes(), "word-of-test")
    for read_it in (
        lambda: open_key((tmp_path / "locked").read_text(), "another word"),
        lambda: open_pkcs12((tmp_path / "file.p12").read_bytes(), "another word"),
    ):
        with pytest.raises(CertificateError, match="the passphrase does not open it"):
            read_it()
