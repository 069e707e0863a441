"""Hands a client its bundle: PFX with a password file, PEM key, certificate and chain."""

import re
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from mtlsedge.certificates import fingerprint, read_chain
from mtlsedge.errors import CommandError
from mtlsedge.files import PUBLIC_FILE, Folder, folder
from mtlsedge.outputs import Bundle, StackOutputs
from mtlsedge_components.x509.bundles import Bundle as PfxBundle
from mtlsedge_components.x509.bundles import new_password, pfx
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.rounds import demands_too_much
from settings.provenance import preface

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")
"""What may become a folder's name; settings allow no more."""
MODERN_ENCRYPTION = bytes.fromhex("06092a864886f70d01050d")
"""DER of the object identifier PBES2 (RFC 8018): in a modern PFX, never in a legacy one."""


def export(outputs: StackOutputs, names: list[str], to: Path, *, legacy: bool) -> dict[Path, bool]:
    """Writes the bundles of these clients; every file, and whether it changed."""
    unknown = [name for name in names if name not in outputs.clients]
    if unknown:
        raise CommandError(
            f"no such client: {', '.join(unknown)}; the stack has {', '.join(outputs.clients) or 'none'}"
        )
    written: dict[Path, bool] = {}
    with folder(to, private=False):
        pass
    for name in names:
        written |= _export_one(name, outputs.clients[name], to, legacy=legacy)
    return written


def _export_one(name: str, bundle: Bundle, to: Path, *, legacy: bool) -> dict[Path, bool]:
    """One client's folder. With a CSR there is no key here, so certificate and chain are all there is."""
    if not NAME.fullmatch(name):
        raise CommandError(f"client name {name!r} cannot be a folder's name")
    read_chain(bundle.certificate, f"clients.{name}.certificate")
    with folder(to / name, private=True) as place:
        files = {f"{name}.crt": bundle.certificate + bundle.chain, "chain.pem": bundle.chain}
        if bundle.private_key:
            files[f"{name}.key"] = bundle.private_key
        written = {place.path / file: place.write(file, content.encode()) for file, content in files.items()}
        return written | (_export_pfx(name, bundle, place, legacy=legacy) if bundle.private_key else {})


def _export_pfx(name: str, bundle: Bundle, place: Folder, *, legacy: bool) -> dict[Path, bool]:
    """PFX and password. A PFX differs each time it is made, so one that already holds the same is kept as it is.

    The password goes first: an interrupted export leaves a PFX that does not open with it, and is made again.
    """
    pfx_name, password_name = f"{name}.pfx", f"{name}-password.txt"
    paths = (place.path / pfx_name, place.path / password_name)
    kept, password = place.read(pfx_name), (place.read(password_name) or b"").decode(errors="replace").strip()
    if kept and _holds(kept, password, bundle, legacy=legacy):
        return {
            place.path / file: place.write(file, content)
            for file, content in ((password_name, f"{password}\n".encode()), (pfx_name, kept))
        }
    password = new_password()
    try:
        made = pfx(PfxBundle(name, bundle.certificate, bundle.private_key, bundle.chain), password, legacy=legacy)
    except CertificateError as problem:
        raise CommandError(f"clients.{name}: {problem}") from None
    place.write(password_name, f"{password}\n".encode())
    place.write(pfx_name, made)
    return dict.fromkeys(paths, True)


def _holds(content: bytes, password: str, bundle: Bundle, *, legacy: bool) -> bool:
    """Whether a PFX opens with this password, in this profile, and holds this very bundle."""
    if not password or (MODERN_ENCRYPTION in content) is legacy or demands_too_much(content):
        return False
    try:
        held = pkcs12.load_pkcs12(content, password.encode())
        key = load_pem_private_key(bundle.private_key.encode(), None)
    except (ValueError, TypeError):
        return False
    if not held.cert or not held.key:
        return False
    own = [held.cert.certificate, *(extra.certificate for extra in held.additional_certs)]
    wanted = read_chain(bundle.certificate + bundle.chain, "clients")
    return {fingerprint(one) for one in own} == {fingerprint(one) for one in wanted} and _der(held.key) == _der(key)


def _der(key: object) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]


def export_authority(outputs: StackOutputs, to: Path) -> dict[Path, bool]:
    """`ca.crt`, the CA the listener trusts, with whose it is, and `server-ca.crt`, what signs the server's certificate, where known."""
    if not outputs.authority:
        raise CommandError("the stack outputs carry no CA certificate (the authority is only an identifier)")
    whose = preface(outputs.stack, production=outputs.production) if outputs.stack else ""
    files = {"ca.crt": whose + outputs.authority.certificate}
    if outputs.server_certificate and outputs.server_certificate.issuer:
        files["server-ca.crt"] = outputs.server_certificate.issuer
    with folder(to, private=False) as place:
        return {place.path / name: place.write(name, pem.encode(), PUBLIC_FILE) for name, pem in files.items()}
