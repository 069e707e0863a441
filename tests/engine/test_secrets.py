"""Planted keys are hunted for wherever they must not be: files, database, logs, process list, environments."""

import base64
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.engine.keys_in_state import resources
from tests.engine.sandbox import STACK, Sandbox

pytestmark = pytest.mark.engine

SHORTEST_FRAGMENT = 24
"""Characters of base64 that cannot be in a file by chance (144 bits)."""


def planted_keys(stack: Sandbox) -> dict[str, str]:
    """Resource name -> private key, of every key the state holds."""
    found = {}
    for one in resources(stack):
        value = one.get("outputs", {}).get("private_key_pem")
        if value:
            found[one["urn"].rsplit("::", 1)[1]] = json.loads(value["plaintext"]) if isinstance(value, dict) else value
    return found


ANY_KEY = b"PRIVATE KEY-----"


def spellings(pem: str) -> Iterator[bytes]:
    """A key as PEM lines, DER, base64 of either, hexadecimal, and with escaped newlines."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
    middle = body[len(body) // 3 : len(body) // 3 + 2 * SHORTEST_FRAGMENT]
    yield middle.encode()
    yield pem.strip().encode()
    yield pem.replace("\n", "\\n").strip("\\n").encode()
    yield der
    yield der.hex().encode()
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + pem.encode())
        yield whole[8 : 8 + 4 * SHORTEST_FRAGMENT]


def holders(root: Path, needles: list[bytes]) -> set[Path]:
    """Files below `root` that hold any of the needles; links are not followed."""
    found = set()
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            if path.is_symlink() or not path.is_file():
                continue
            content = path.read_bytes()
            if any(needle in content for needle in needles):
                found.add(path)
    return found


def is_documented(stack: Sandbox, path: Path) -> bool:
    """SECURITY.md's exceptions."""
    return any(path.is_relative_to(stack.local / place) for place in ("clients", "cloud/keys"))


def test_no_key_stands_in_clear_outside_the_documented_places(stack: Sandbox) -> None:
    """State, stack file, store, logs and caches hold no key in any spelling; the places that do are 0600 files."""
    keys = planted_keys(stack)
    assert {"alice", "bob"} <= {name.split("-")[1] for name in keys if name.startswith("client-")}
    found = holders(stack.root, [needle for pem in keys.values() for needle in spellings(pem)])
    assert {path for path in found if not is_documented(stack, path)} == set()
    assert found, "the hunt must find the exported keys, or it finds nothing at all"
    assert {oct(path.stat().st_mode & 0o777) for path in found} == {"0o600"}


def test_the_authoritys_keys_are_in_no_file_at_all(stack: Sandbox) -> None:
    """Root and intermediate keys are nowhere in clear, exceptions included, and were never sent to the cloud."""
    keys = [pem for name, pem in planted_keys(stack).items() if name.startswith("authority-")]
    assert 2 == len(keys)
    assert set() == holders(stack.root, [needle for pem in keys for needle in spellings(pem)])
    uploads = [entry for entry in stack.requests() if entry["action"] == "UploadPCACert"]
    assert uploads
    assert not any(entry.get("privateKeySent") for entry in uploads)


def test_no_passphrase_or_password_stands_in_logs_or_state(stack: Sandbox) -> None:
    """The PFX password of alice is in its own file and nowhere else."""
    password = (stack.local / "clients" / "alice" / "alice-password.txt").read_text().strip()
    assert len(password) >= 20
    assert {stack.local / "clients" / "alice" / "alice-password.txt"} == holders(stack.root, [password.encode()])


def test_outputs_show_no_secret_unless_asked(stack: Sandbox) -> None:
    """`pulumi stack output` masks the client bundles, and no plain output holds a key."""
    shown = stack.pulumi("stack", "output", "--json", "--stack", STACK).stdout
    assert "[secret]" in json.loads(shown)["clients"]
    assert "PRIVATE KEY" not in shown


def test_no_process_has_a_key_in_its_arguments_or_environment(stack: Sandbox) -> None:
    """During an `up`, no process of this machine shows a key of the stack, and none of the stack's shows any key.

    The engine gives a program its configuration in the environment, secrets too: another stack that is under test at
    the same time may have a key in it.
    """
    needles = [needle for pem in planted_keys(stack).values() for needle in spellings(pem)]
    running = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--refresh", "--non-interactive", "--stack", STACK],
        cwd=stack.root,
        env=stack.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen: set[str] = set()
    deadline = time.monotonic() + 120
    while running.poll() is None and time.monotonic() < deadline:
        seen |= set(exposed(needles, str(stack.root).encode()))
        time.sleep(0.2)
    printed = running.communicate(timeout=60)[0]
    assert running.returncode == 0, printed
    assert seen == set()
    assert not any(needle in printed.encode() for needle in [*needles, ANY_KEY])


def exposed(needles: list[bytes], root: bytes) -> Iterator[str]:
    """`/proc` entries whose arguments or environment hold a needle, or any key beside the stack's folder."""
    for entry in Path("/proc").iterdir():
        if re.fullmatch(r"\d+", entry.name) and int(entry.name) != os.getpid():
            for part in ("cmdline", "environ"):
                try:
                    content = (entry / part).read_bytes()
                except OSError:
                    continue
                if any(needle in content for needle in needles) or (root in content and ANY_KEY in content):
                    yield f"{entry.name}/{part}"
