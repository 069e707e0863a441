"""Stand-ins for secrets: equal secrets get equal ones, and nothing else can be learnt from them.

The key is random, made for one publication and never stored: without it a guess can be neither confirmed nor
refuted, and two publications cannot be compared. Equality itself can betray a secret that has few possible values: one
flag that is known would tell all others. So flags, numbers and short texts get stand-ins that equal nothing.
"""

import hashlib
import hmac
import json
import secrets
from typing import Any

PREFIX = "mtlsedge-digest-"
"""What a stand-in for a text begins with, so that nobody takes it for the secret."""
KEY_BYTES = 32
NUMBER_RANGE = 2**40
"""Stand-ins of numbers are below this: exact in every JSON reader, and too many for two to meet by chance."""
SHORTEST = 8
"""Characters from which a text counts as hard to guess. Shorter ones are in any text by chance, too."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The engine's mark of a special value (secret, asset, archive, resource); it and its kind are no secret."""


class Digester:
    """Replaces values under one random key. Not to be stored, and its `repr` shows nothing."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(KEY_BYTES)

    def __repr__(self) -> str:
        return "Digester(…)"

    def value(self, value: Any) -> Any:
        """A value of the same shape: mappings, lists and empty values stay, texts, numbers and flags are replaced.

        It is the same each time, but where `is_guessable` says that the value, or a part of it, has few possible values.
        """
        if isinstance(value, dict):
            return {key: entry if key == SIGNATURE else self.value(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.value(entry) for entry in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool):
            return bool(secrets.randbits(1))
        if isinstance(value, int | float):
            return secrets.randbelow(NUMBER_RANGE)
        return value

    def text(self, text: str) -> str:
        """An empty text stays empty; JSON stays JSON of the same structure; anything else becomes a digest."""
        if not text:
            return ""
        structure = _structure(text)
        if structure is not None:
            return _dumped_like(text, structure, self.value(structure))
        return self.unknown() if len(text) < SHORTEST else PREFIX + self._mac(f"text {text}").hex()

    def unknown(self) -> str:
        """A stand-in that equals no other: for a secret nobody here can compare."""
        return PREFIX + secrets.token_hex(hashlib.sha256().digest_size)

    def _mac(self, message: str) -> bytes:
        return hmac.digest(self._key, message.encode("utf-8", "surrogatepass"), "sha256")


def is_guessable(value: Any) -> bool:
    """Whether a secret, or a part of it, has so few possible values that an equal one would betray it."""
    if isinstance(value, dict | list):
        return any(is_guessable(entry) for entry in (value.values() if isinstance(value, dict) else value))
    if isinstance(value, str):
        structure = _structure(value)
        return 0 < len(value) < SHORTEST if structure is None else is_guessable(structure)
    return value is not None


def _structure(text: str) -> Any:
    """The mapping or list that a text is JSON of; None for every other text."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _dumped_like(text: str, structure: Any, replaced: Any) -> str:
    """JSON in the spelling of `text`, where that is one of the usual two: else the compact one."""
    separators = (", ", ": ") if json.dumps(structure) == text else (",", ":")
    return json.dumps(replaced, separators=separators)
