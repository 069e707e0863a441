"""Who calls: the account's own key, and RAM users with a key and a policy each.

The users stand in one file of the cloud's folder, which only its owner can read: there is no way to make one over the
network. The file may be changed while the cloud runs; the next call sees it.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import whole_files
from local.cloud.access.policy import Policy, read
from local.cloud.credentials import Credentials, new_pair

FILE = "identities.json"
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
OWNER_NAME = "local"
_OWNER_ID = "200000000000000001"


@dataclass(frozen=True)
class Identity:
    """One caller; without a policy it is the account's owner, who may do everything."""

    name: str
    user_id: str
    credentials: Credentials
    policy: Policy | None = None


class Identities:
    """The callers of one cloud, found by access key id."""

    def __init__(self, path: Path, owner: Credentials) -> None:
        """`path` need not exist; `owner` is the account's own key."""
        self._path = path
        self.owner = Identity(OWNER_NAME, _OWNER_ID, owner)
        self._read_at: tuple[int, int] | None = None
        self._users: dict[str, Identity] = {}

    def by_key(self, access_key_id: str) -> Identity | None:
        """The caller whose key it is; None if there is none."""
        if access_key_id == self.owner.credentials.access_key_id:
            return self.owner
        return self._current().get(access_key_id)

    def _current(self) -> Mapping[str, Identity]:
        """The users by access key id, read again when the file has changed."""
        if not self._path.exists():
            return {}
        found = self._path.stat()
        if (stamp := (found.st_mtime_ns, found.st_ino)) != self._read_at:
            users = [_identity(name, entry) for name, entry in load(self._path).items()]
            self._users = {user.credentials.access_key_id: user for user in users}
            self._read_at = stamp
        return self._users


def load(path: Path) -> dict[str, dict[str, Any]]:
    """Name -> the entry of each user, secrets included; {} without a file."""
    return dict(json.loads(path.read_text())) if path.exists() else {}


def put(path: Path, name: str, document: object) -> Credentials:
    """Make a user, or give an existing one another policy; its key. ValueError: bad name; PolicyError: bad policy."""
    if not NAME.fullmatch(name) or name == OWNER_NAME:
        raise ValueError(f"name: found {name!r}; allowed a-z, 0-9 and -, at most 32, not {OWNER_NAME!r}")
    read(document)
    users = load(path)
    users[name] = {**(users.get(name) or _new_user()), "policy": document}
    whole_files.write(path, json.dumps(users, indent=1), durable=True)
    return _identity(name, users[name]).credentials


def remove(path: Path, name: str) -> bool:
    """Take a user away, its key with it; whether there was one."""
    users = load(path)
    if users.pop(name, None) is None:
        return False
    whole_files.write(path, json.dumps(users, indent=1), durable=True)
    return True


def _new_user() -> dict[str, Any]:
    """No digit 0 or 5 in the id: the provider looks for "500" in whatever an error holds (openapi-contract.md §4.2)."""
    pair = new_pair()
    user_id = "2" + "".join(secrets.choice("12346789") for _ in range(17))
    return {"userId": user_id, "accessKeyId": pair.access_key_id, "accessKeySecret": pair.access_key_secret}


def _identity(name: str, entry: Mapping[str, Any]) -> Identity:
    pair = Credentials(entry["accessKeyId"], entry["accessKeySecret"])
    return Identity(name, entry["userId"], pair, read(entry["policy"]))
