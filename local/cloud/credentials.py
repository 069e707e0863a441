"""The access key of the local account: made at first start, kept in a file only its owner can read."""

import json
import secrets
import string
from dataclasses import dataclass, field
from pathlib import Path

from local import whole_files

_ALPHABET = string.ascii_letters


@dataclass(frozen=True)
class Credentials:
    """Access key id and secret; `repr` hides the secret."""

    access_key_id: str
    access_key_secret: str = field(repr=False)


def load_or_create(path: Path) -> Credentials:
    """Read the key pair from the JSON file `path`; make one there (mode 0600) if it is absent."""
    if not path.exists():
        made = new_pair()
        whole_files.write(
            path,
            json.dumps({"accessKeyId": made.access_key_id, "accessKeySecret": made.access_key_secret}),
            durable=True,
        )
    pair = json.loads(path.read_text())
    return Credentials(pair["accessKeyId"], pair["accessKeySecret"])


def new_pair() -> Credentials:
    """A key pair that nobody has, in the form of the vendor's."""
    return Credentials("LTAI" + _random(20), _random(30))


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
