"""The search for secrets in everything that people or requests read on the forge, in clear and in the usual other forms."""

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from forge.people import read
from forge.project import GIT_SECONDS
from forge.seeding import PROJECT, TRUSTED
from tests.forge.requests import Forge

SHORTEST = 8
"""A secret of fewer letters would be found in texts that have nothing to do with it."""
PAGE = 100


def secrets(forge: Forge) -> list[str]:
    """The people's tokens, the cloud's key and the stack's passphrase."""
    environment = forge.stack.environment()
    found = [one.token for one in read(forge.places.people).values() if one.token]
    found.append(environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
    found.append(Path(environment["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text().strip())
    assert all(len(one) >= SHORTEST for one in found)
    return found


def forms(secret: str) -> set[bytes]:
    """The secret as it is, backwards, in hex, percent-encoded, and in base64 wherever in a text it stood."""
    raw = secret.encode()
    inner = {b64encode(b"x" * shift + raw)[4 if shift else 0 : -4] for shift in range(3)}
    return {raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode(), quote(secret, safe="").encode(), *inner}


def found(forge: Forge) -> list[str]:
    """Where a secret stands; none where all is well. A secret is told by its number, never in words."""
    wanted = [(number, form) for number, one in enumerate(secrets(forge)) for form in forms(one)]
    return [f"{place}: secret {number}" for place, text in _texts(forge) for number, form in wanted if form in text]


def _texts(forge: Forge) -> Iterator[tuple[str, bytes]]:
    for folder in (forge.places.gitea / "data", forge.places.gitea / "log", forge.places.runner("checks")):
        for file in folder.rglob("*"):
            if file.is_file() and not file.is_symlink():
                yield str(file), file.read_bytes()
    for repository in (forge.places.gitea / "data" / "repositories").glob("*/*.git"):
        yield str(repository), _objects(repository)
    for name in (PROJECT, TRUSTED):
        for run in _pages(forge, f"/repos/{name}/actions/runs", "workflow_runs"):  # the files of logs are packed
            yield f"log of run {run['id']} of {name}", forge.logs(name, run["id"]).encode()
    for comment in _pages(forge, f"/repos/{PROJECT}/issues/comments", None):
        yield f"comment {comment['id']}", str(comment["body"]).encode()


def _objects(repository: Path) -> bytes:
    """Everything that a repository holds, unpacked."""
    return subprocess.run(
        ["git", "-c", f"safe.directory={repository}", "-C", str(repository), "cat-file", "--batch-all-objects", "--batch"],
        capture_output=True, check=True, timeout=GIT_SECONDS,
    ).stdout  # fmt: skip


def _pages(forge: Forge, path: str, key: str | None) -> Iterator[dict]:
    number, seen = 1, set[int]()
    while True:
        answer = forge.operator.get(f"{path}?limit={PAGE}&page={number}")
        fresh = [one for one in (answer[key] if key else answer) if one["id"] not in seen]
        if not fresh:
            return
        seen |= {one["id"] for one in fresh}
        yield from fresh
        number += 1
