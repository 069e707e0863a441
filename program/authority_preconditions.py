"""What is refused before the first resource about authorities and clients that were made elsewhere: dates, rights, keys."""

from collections.abc import Iterator
from datetime import datetime

from components.x509 import CertificateError
from components.x509.custody import import_problems, opened_for
from components.x509.external import client_problems, external_problems
from settings.model import ExternalAuthority, ImportedRoot, SelfManagedAuthority, Settings
from settings.problems import IMPORTED_KEYS

AUTHORITY = "mtlsedge:authority"


def authority_problems(settings: Settings, now: datetime, *, look_at_keys: bool) -> Iterator[str]:
    """A line each. `look_at_keys` is for `up` only: a preview must not look inside a secret."""
    match settings.authority:
        case ExternalAuthority() as external:
            yield from _external_problems(settings, external, now)
        case SelfManagedAuthority() as authority:
            for name, generation in authority.generations.items():
                if generation.imported:
                    path = f"{AUTHORITY}.selfManaged.generations.{name}.certificateFile"
                    found = import_problems(
                        generation.imported.certificate_pem, now, signs_intermediate=generation.intermediate
                    )
                    yield from (f"{path}: {problem}" for problem in found)
                    if look_at_keys:
                        yield from _key_problems(name, generation.imported)


def _external_problems(settings: Settings, external: ExternalAuthority, now: datetime) -> Iterator[str]:
    pem = external.certificate_pem
    found = external_problems(pem, now, allow_version_1_root=external.allow_version_1_root)
    yield from (f"{AUTHORITY}.external.certificateFile: {problem}" for problem in found)
    if found:
        return
    for name, client in sorted(settings.clients.items()):
        for problem in client_problems(client.certificate_pem, pem, now):
            yield f"mtlsedge:clients.{name}.certificateFile: {problem}"


def _key_problems(name: str, imported: ImportedRoot) -> Iterator[str]:
    """Opens the key, and says nothing of it but why it cannot be used. No key: the state has it by now."""
    if not imported.key.reveal():
        return
    try:
        opened_for(imported.certificate_pem, imported.key.reveal(), imported.passphrase.reveal())
    except CertificateError as error:
        yield f"{IMPORTED_KEYS}.{name}.key: {error}"
