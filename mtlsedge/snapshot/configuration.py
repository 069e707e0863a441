"""The encrypted values of a stack file: fingerprints when a snapshot is published, stand-ins when it is used."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mtlsedge.errors import CommandError
from mtlsedge.snapshot.digests import Digester, is_guessable
from mtlsedge.snapshot.sanitizing import is_public_setting

Path = tuple[str | int, ...]
OURS = "mtlsedge:"
LOCKS = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""Keys of a stack file that belong to its secrets provider."""


@dataclass(frozen=True)
class Prepared:
    """A stack file for a preview without secrets."""

    document: dict[str, Any]
    """Without the file's own secrets provider, its encrypted values and what only concerns credentials."""
    secrets: dict[str, str]
    """Property path as `pulumi config set --path` takes it -> stand-in, to be set as secrets."""
    unknown: tuple[str, ...]
    """Paths of the encrypted values that the snapshot does not know: changed, new, encrypted again, or easy to guess."""


def fingerprint(ciphertext: str) -> str:
    """What stands for a ciphertext of a stack file; the file is public as it is."""
    return hashlib.sha256(ciphertext.encode()).hexdigest()


def encrypted(configuration: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Path and ciphertext of every encrypted value below `config:`."""
    yield from _encrypted((), configuration)


def published(stack_file: Mapping[str, Any], decrypted: Mapping[str, Any], digester: Digester) -> dict[str, str]:
    """Fingerprint of each ciphertext -> digest of what it hides. `decrypted` holds values by full key.

    What is easy to guess is left out: a preview then names its path as one that it cannot compare.
    """
    hidden = (
        (ciphertext, secret_at(decrypted, path)) for path, ciphertext in encrypted(stack_file.get("config") or {})
    )
    return {fingerprint(ciphertext): digester.text(text) for ciphertext, text in hidden if not is_guessable(text)}


def secrets_of(stack_file: Mapping[str, Any], decrypted: Mapping[str, Any]) -> dict[str, str]:
    """Readable path -> secret, of every encrypted value."""
    return {shown(path): secret_at(decrypted, path) for path, _ in encrypted(stack_file.get("config") or {})}


def prepare(stack_file: Mapping[str, Any], digests: Mapping[str, str], digester: Digester) -> Prepared:
    """The stack file as a preview job uses it: known secrets as their digests, others as what equals nothing."""
    configuration = {
        key: value for key, value in (stack_file.get("config") or {}).items() if key.startswith(OURS) or _is_public(key)
    }
    secrets, unknown = {}, []
    for path, ciphertext in encrypted(configuration):
        known = digests.get(fingerprint(ciphertext))
        secrets[property_path(path)] = digester.unknown() if known is None else known
        unknown += [] if known is not None else [shown(path)]
    document = {key: value for key, value in stack_file.items() if key not in LOCKS}
    return Prepared({**document, "config": _without_secrets(configuration)}, secrets, tuple(unknown))


def secret_at(decrypted: Mapping[str, Any], path: Path) -> str:
    """The decrypted text at a path. Raises CommandError when the stack's configuration has none there."""
    value: Any = decrypted
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            raise CommandError(
                f"{shown(path)} is encrypted in the stack file, and Pulumi shows no value for it"
            ) from None
    return value if isinstance(value, str) else str(value)


def shown(path: Path) -> str:
    """A path for people: `mtlsedge:serverCertificate.privateKey`."""
    first, *rest = path
    return str(first) + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)


def property_path(path: Path) -> str:
    """A path as `pulumi config set --path` reads it; every step is quoted, names may hold dots."""
    first, *rest = path
    return str(first) + "".join(f"[{step}]" if isinstance(step, int) else f'["{step}"]' for step in rest)


def _is_public(key: str) -> bool:
    return ":" in key and is_public_setting(key)


def _encrypted(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if is_ciphertext(value):
        yield path, value["secure"]
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _encrypted((*path, str(key)), entry)
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _encrypted((*path, index), entry)


def is_ciphertext(value: Any) -> bool:
    """Whether a value of a stack file is an encrypted one."""
    return isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)


def _without_secrets(value: Any) -> Any:
    """The value with an empty text in place of each encrypted one: lists must not shift."""
    if is_ciphertext(value):
        return ""
    if isinstance(value, dict):
        return {key: _without_secrets(entry) for key, entry in value.items()}
    return [_without_secrets(entry) for entry in value] if isinstance(value, list) else value
