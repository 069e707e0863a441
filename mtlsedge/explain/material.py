"""The client in question, from whatever its owner has: PEM files, a PFX, an exported folder, a request, a stack."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mtlsedge.errors import CommandError
from mtlsedge.explain.findings import Finding, classified
from mtlsedge.explain.predicting import NOBODY, Client
from mtlsedge.outputs import StackOutputs
from mtlsedge_components.x509.checking import csr_problems, split_chain
from mtlsedge_components.x509.custody import UnknownKeyError, open_key, open_pkcs12
from mtlsedge_components.x509.errors import CertificateError

LARGEST = 256 * 1024
"""Bytes of a file; a PFX with a long chain is a tenth of it."""


@dataclass(frozen=True)
class Files:
    """What the operator pointed at; at most one of the ways is used."""

    cert: Path | None = None
    key: Path | None = None
    pfx: Path | None = None
    folder: Path | None = None
    csr: Path | None = None
    password_file: Path | None = None

    @property
    def given(self) -> list[str]:
        """The ways that were chosen, as options."""
        return [f"--{name}" for name in ("cert", "pfx", "folder", "csr") if getattr(self, name)]


def from_files(files: Files) -> Client:
    """The client of these files; a file that cannot be read as such is a finding, one that is not there an error."""
    if files.cert:
        return client_of(files.cert.stem, _text(files.cert), _key(files.key, files) if files.key else "")
    if files.pfx:
        return _from_pfx(files)
    if files.folder:
        return _from_folder(files.folder)
    if files.csr:
        return _from_request(files.csr)
    return NOBODY


def from_stack(outputs: StackOutputs, name: str) -> Client:
    """A client of a stack, as it would export it."""
    if name not in outputs.clients:
        raise CommandError(f"--client: found {name!r}; the stack has {', '.join(outputs.clients) or 'none'}")
    bundle = outputs.clients[name]
    return client_of(name, bundle.certificate + bundle.chain, bundle.private_key)


def certificates(path: Path | None, option: str) -> tuple[x509.Certificate, ...]:
    """Every certificate of a PEM file of CAs."""
    if path is None:
        return ()
    try:
        return _parsed(_text(path))
    except CertificateError as problem:
        raise CommandError(f"{option}: {path}: {problem}") from None


def _from_folder(folder: Path) -> Client:
    """As `mtlsedge clients export` writes it: NAME.crt, NAME.key where the key was made here."""
    found = sorted(path for path in folder.glob("*.crt"))
    if len(found) != 1:
        raise CommandError(f"--folder: found {len(found)} files NAME.crt in {folder}; expected one")
    key = found[0].with_suffix(".key")
    return client_of(found[0].stem, _text(found[0]), _text(key) if key.is_file() else "")


def _from_pfx(files: Files) -> Client:
    path = files.pfx or Path()
    password = _text(files.password_file).strip() if files.password_file else ""
    try:
        opened = open_pkcs12(_bytes(path), password, judged=False)
    except UnknownKeyError as problem:
        return Client(path.stem, problems=(Finding("key.unknown", str(problem)),))
    except CertificateError as problem:
        hint = "" if files.password_file else "; --password-file names the file that has its password"
        raise CommandError(f"--pfx: {path}: {problem}{hint}") from None
    pem = "".join(one.public_bytes(Encoding.PEM).decode() for one in opened.certificates)
    return client_of(path.stem, pem, opened.private_key_pem)


def _from_request(path: Path) -> Client:
    lines = csr_problems(_text(path))
    return Client(path.stem, problems=(Finding("client.request-only", "; ".join(lines) or f"{path} is a request"),))


def _key(path: Path, files: Files) -> str:
    """The key, weak or not; empty for one of a kind that this machine cannot use, whose certificate tells what it is."""
    password = _text(files.password_file).strip() if files.password_file else ""
    try:
        return open_key(_text(path), password, judged=False).private_key_pem
    except UnknownKeyError:
        return ""
    except CertificateError as problem:
        raise CommandError(f"--key: {path}: {problem}") from None


def client_of(name: str, pem: str, key: str) -> Client:
    """A client of these certificates in their order; what cannot be read is its problem."""
    try:
        return Client(name, _parsed(pem), key)
    except CertificateError as problem:
        found = classified([str(problem)]) or [Finding("client.unreadable", str(problem))]
        return Client(name, problems=tuple(found))


def _parsed(pem: str) -> tuple[x509.Certificate, ...]:
    found = tuple(x509.load_pem_x509_certificate(one.encode()) for one in split_chain(pem))
    if not found:
        raise CertificateError("found no PEM certificate")
    return found


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError:
        raise CommandError(f"{path}: is not text; a PFX goes in with --pfx") from None


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise CommandError(f"{path}: is no file")
    if path.stat().st_size > LARGEST:
        raise CommandError(f"{path}: found more than {LARGEST // 1024} KiB; expected a certificate, key or bundle")
    try:
        return path.read_bytes()
    except OSError as problem:
        raise CommandError(f"cannot read {path}: {problem.strerror}") from None
