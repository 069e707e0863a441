"""Who is on the forge: names, passwords and tokens, made anew for each forge and kept in one file of the person's."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from forge.errors import ForgeError

AUTHOR, REVIEWER, STRANGER, BOT, STARTER = "author", "reviewer", "stranger", "bot", "starter"
ROLES = {
    AUTHOR: "proposes changes from a fork; may write to neither repository",
    REVIEWER: "approves and merges",
    STRANGER: "knows nobody here; proposes from a fork as well",
    BOT: "publishes snapshots and writes issues about drift",
    STARTER: "may start a deployment of what main holds, and nothing else",
}
_SCOPES = ("write:repository", "write:issue", "write:user", "write:organization")


@dataclass(frozen=True)
class Person:
    """Somebody with an account on the forge."""

    name: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)


def new_password() -> str:
    """One that nobody guesses."""
    return secrets.token_urlsafe(18)


def scopes() -> list[str]:
    """What a person's own token may do: what the person may, in repositories and issues."""
    return list(_SCOPES)


def write(file: Path, people: dict[str, Person]) -> None:
    """Keep them, for the person who started the forge alone."""
    file.touch(mode=0o600)
    file.write_text(json.dumps({name: asdict(one) for name, one in people.items()}, indent=2) + "\n")


def read(file: Path) -> dict[str, Person]:
    """Those of the running forge. Raises ForgeError when there is none."""
    try:
        return {name: Person(**one) for name, one in json.loads(file.read_text()).items()}
    except (OSError, ValueError, TypeError):
        raise ForgeError("no forge is here: run `make forge`") from None
