"""`mtlsedge sign` and `mtlsedge authority new`: an authority whose key never enters a stack."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mtlsedge.clients import NAME
from mtlsedge.errors import CommandError
from mtlsedge.files import PUBLIC_FILE, folder
from mtlsedge.options import AsJson, Folder
from mtlsedge.passphrases import read_passphrase
from mtlsedge.report import told
from mtlsedge.signing import Wanted, make_authority
from mtlsedge.signing import sign as signed
from mtlsedge_components.x509.keys import ALGORITHMS, DEFAULT_ALGORITHM
from settings.authority_model import TREES
from settings.model import NameConstraints, Subject, SubjectAlternativeNames, Subtrees

LARGEST_FILE = 64 * 1024
"""Bytes; a chain of certificates is a tenth of it."""
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with the passphrase; default: it is asked for.")
]
Names = Annotated[list[str] | None, typer.Option(help="Alternative name; may be repeated.")]
Trees = Annotated[
    list[str] | None,
    typer.Option(help="Names that it may (not) certify, as dns:DOMAIN, email:HOST or uri:HOST; may be repeated."),
]


def sign(  # noqa: PLR0913 - each option of the command is an argument
    *,
    request: Annotated[Path, typer.Argument(help="Signing request (PKCS#10, PEM).", show_default=False)],
    authority_key: Annotated[Path, typer.Option(help="Key of the authority, PEM or base64 of PKCS#12, encrypted.")],
    authority_certificate: Annotated[Path, typer.Option(help="Its certificate; its issuers may follow.")],
    to: Folder,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Validity; never beyond the authority's.")] = 30,
    name: Annotated[str, typer.Option(help="Name of the client; default: the request's file name.")] = "",
    common_name: Annotated[str, typer.Option(help="Common name; default: the client's name.")] = "",
    organization: Annotated[str, typer.Option(help="Organization in the subject.")] = "",
    email: Names = None,
    dns: Names = None,
    uri: Names = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Signs a request offline: NAME/NAME.crt (certificate and chain), NAME/chain.pem, NAME/ca.pem.

    Only the key is taken from the request; what it asks for beyond that is reported and dropped. The files are what
    a stack with an external authority names: clients.NAME.certificateFile, and authority.external.certificateFile.

    Example: `python -m mtlsedge sign device.csr --authority-key root.key --authority-certificate root.crt --to clients`.
    """
    name = name or request.stem
    if not NAME.fullmatch(name):
        raise CommandError(f"--name: found {name!r}; expected letters, digits, '.', '_', '@' or '-'")
    names = SubjectAlternativeNames(tuple(dns or ()), tuple(email or ()), tuple(uri or ()))
    if not (dns or email or uri):
        names = SubjectAlternativeNames(uri=(f"urn:mtlsedge:client:{name}",))
    wanted = Wanted(Subject(common_name or name, organization=organization), days, names)
    csr, authority, key = (_read(path) for path in (request, authority_certificate, authority_key))
    passphrase = read_passphrase(passphrase_file, str(authority_key)) if _is_locked(key) else ""
    done = signed(csr, wanted, authority, key, passphrase, datetime.now(UTC))
    files = {
        f"{name}.crt": done.issued.certificate_pem + done.chain_pem,
        "chain.pem": done.chain_pem,
        "ca.pem": authority,
    }
    with folder(to / name, private=True) as place:
        for file, content in files.items():
            place.write(file, content.encode(), PUBLIC_FILE)
        written = [str(place.path / file) for file in files]
    issued = {"serial": done.issued.serial, "fingerprint": done.issued.fingerprint, "notAfter": done.issued.not_after}
    told(
        {"dropped": list(done.dropped), "written": written, **issued},
        *(f"dropped  the request asks for {wish}" for wish in done.dropped),
        *(f"written  {file}" for file in written),
        f"serial {done.issued.serial}, SHA-256 {done.issued.fingerprint}, until {done.issued.not_after}",
        as_json=as_json,
    )


def new_authority(  # noqa: PLR0913 - each option of the command is an argument
    *,
    to: Folder,
    common_name: Annotated[str, typer.Option(help="Common name of the root.")],
    organization: Annotated[str, typer.Option(help="Organization in the subject.")] = "",
    country: Annotated[str, typer.Option(help="Country code of two letters.")] = "",
    algorithm: Annotated[str, typer.Option(help=f"One of {', '.join(ALGORITHMS)}.")] = DEFAULT_ALGORITHM,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Validity.")] = 3650,
    intermediate: Annotated[
        bool, typer.Option("--intermediate", help="Also an intermediate to sign with, so that the root's key can rest.")
    ] = False,
    permit: Trees = None,
    exclude: Trees = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Makes an offline root: root.crt, and root.key, encrypted, 0600. With --intermediate, that as well.

    Files that exist are never overwritten: nobody can make the same root again.

    Example: `python -m mtlsedge authority new --common-name "Acme Root" --to authority`.
    """
    limits = NameConstraints(_trees("--permit", permit or ()), _trees("--exclude", exclude or ()))
    passphrase = read_passphrase(passphrase_file, "the new authority", new=True)
    subject = Subject(common_name, organization=organization, country=country.upper())
    wanted = Wanted(subject, days, constraints=limits)
    made = make_authority(wanted, algorithm, passphrase, datetime.now(UTC), intermediate=intermediate)
    secret = {"root.key": made.root_key_pem, "intermediate.key": made.intermediate_key_pem}
    public = {
        "root.crt": made.root_pem,
        "intermediate.crt": made.intermediate_pem and made.intermediate_pem + made.root_pem,
    }
    with folder(to, private=True) as place:
        present = [file for file in (*secret, *public) if place.read(file) is not None]
        if present:
            raise CommandError(f"{place.path}: found {', '.join(present)}; an authority is never overwritten")
        made_files = {file: content for file, content in {**secret, **public}.items() if content}
        for file, content in made_files.items():
            place.write(file, content.encode(), *([] if file in secret else [PUBLIC_FILE]))
        written = [str(place.path / file) for file in made_files]
    told({"written": written}, *(f"written  {file}" for file in written), as_json=as_json)


def _trees(option: str, given: Sequence[str]) -> Subtrees:
    """Trees of names by kind, in the forms that a stack file's `nameConstraints` takes."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in given:
        kind, _, name = entry.partition(":")
        if kind not in TREES:
            raise CommandError(f"{option}: found {entry!r}; expected one of {', '.join(TREES)}, a colon, and a name")
        if not TREES[kind].accepts(name):
            raise CommandError(f"{option}: found {entry!r}; expected {kind}: and {TREES[kind].meaning}")
        found[kind] = (*found.get(kind, ()), name)
    return Subtrees(**found)


def _is_locked(key: str) -> bool:
    """Whether a passphrase may be needed: an encrypted PEM, or a PKCS#12 file."""
    return "ENCRYPTED" in key or "-----BEGIN" not in key


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CommandError(
                f"{path}: found more than {LARGEST_FILE // 1024} KiB; expected a certificate, key or request"
            )
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except OSError as problem:
        raise CommandError(f"cannot read {path}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: is not text; a PKCS#12 file goes in as base64") from None
