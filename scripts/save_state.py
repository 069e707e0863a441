"""Saves the state that the present version makes, in public form: `python -m scripts.save_state VERSION`.

A release adds one (docs/reference/versions.md); `tests/engine/test_saved_states.py` previews every saved state under
the newest code. Needs the engine on PATH and a minute; nothing that is running is touched. No key is in what is
written: `mtlsedge snapshot publish` puts a digest under a thrown-away key in the place of every secret.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import yaml

from tests.engine.sandbox import CHECKOUT, STACK, Sandbox

STATES = CHECKOUT / "tests" / "engine" / "states"
NUMBER = 39
"""Of the sandbox; no test has it."""
LATER = {"subject": {"commonName": "Acme Edge Root 2027", "country": "CN", "organization": "Acme"}}
"""A second generation, so that bridges and second leaves are in the state, too."""


def main(version: str) -> None:
    """Writes `tests/engine/states/VERSION/`; refuses to replace one, for people's states do not change either."""
    place = STATES / version
    if place.exists():
        raise SystemExit(f"{place} is there already; a saved state is never replaced")
    with tempfile.TemporaryDirectory() as temporary:
        sandbox = Sandbox(Path(temporary) / "stack", number=NUMBER)
        document = sandbox.read_config()
        document["config"]["mtlsedge:authority"]["selfManaged"]["generations"]["2027"] = LATER
        document["config"]["mtlsedge:authority"]["selfManaged"]["issuing"] = "2027"
        sandbox.write_config(document)
        sandbox.start()
        try:
            sandbox.init()
            sandbox.up()
            snapshot = str(sandbox.root / "snapshot.json")
            sandbox.python("-m", "mtlsedge", "snapshot", "publish", "--stack", STACK, "--to", snapshot)
            save(sandbox, place)
        finally:
            sandbox.stop()


def save(sandbox: Sandbox, place: Path) -> None:
    """The snapshot, the stack file it belongs to, and the time, which decides what is due for renewal."""
    place.mkdir(parents=True)
    shutil.copy(sandbox.root / "snapshot.json", place / "snapshot.json")
    config = {"config": sandbox.read_config()["config"]}  # without its salt: nothing here is encrypted
    (place / "stack.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (place / "saved-at").write_text(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n")


if __name__ == "__main__":
    main(sys.argv[1])
