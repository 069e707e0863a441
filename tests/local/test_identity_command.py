"""`python -m local identity` as an operator types it, in a folder of its own."""

import json
import os
import stat
import subprocess
import sys

import pytest

from local.places import CHECKOUT

pytestmark = pytest.mark.slow  # starts the command for every step

POLICY = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "alb:List*", "Resource": "*"}]}


@pytest.fixture
def command(tmp_path):
    """Runs the command on a local cloud's folder; answers status, output and errors."""
    (tmp_path / "cloud").mkdir()
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "local", "identity", *arguments], cwd=tmp_path, capture_output=True, text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "MTLSEDGE_LOCAL_DIR": str(tmp_path)},
            timeout=30, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_user_is_made_listed_and_removed(command, tmp_path):
    """The key goes into a private shell file and is printed nowhere."""
    status, told, _ = command("add", "reader", "--policy", "policy.json")
    shell = tmp_path / "identities" / "reader"
    assert (status, f". {shell}" in told, stat.S_IMODE(shell.stat().st_mode)) == (0, True, 0o600)
    secret = json.loads((tmp_path / "cloud" / "identities.json").read_text())["reader"]["accessKeySecret"]
    sourced = subprocess.run(
        ["sh", "-c", '. "$0"; echo "$ALIBABA_CLOUD_ACCESS_KEY_SECRET"', str(shell)],
        capture_output=True, text=True, check=True, env={}, timeout=60,
    )  # fmt: skip
    assert sourced.stdout.strip() == secret
    listed = command("list")[1]
    assert "reader" in listed and secret not in told + listed
    assert command("remove", "reader")[0] == 0
    assert (command("list")[1], shell.exists()) == ("", False)


def test_mistakes_are_said_in_a_line_each(command, tmp_path):
    """A file that is none, a document that is no policy, a name that is none, a user that is not there."""
    (tmp_path / "wrong.json").write_text(json.dumps({"Version": "2", "Statement": []}))
    (tmp_path / "text.json").write_text("Allow")
    assert command("add", "x", "--policy", "absent.json")[::2] == (
        1, "error: absent.json: found no JSON document (FileNotFoundError); allowed a RAM policy\n",
    )  # fmt: skip
    assert "text.json: found no JSON document" in command("add", "x", "--policy", "text.json")[2]
    assert command("add", "x", "--policy", "wrong.json")[2].splitlines() == [
        "error: wrong.json: Version: found '2'; allowed \"1\"",
        "error: wrong.json: Statement: found none; allowed one or more",
    ]
    assert "found 'Not a name'" in command("add", "Not a name", "--policy", "policy.json")[2]
    assert command("remove", "x")[::2] == (1, "error: name: found 'x'; allowed none, there are no users\n")
    assert not (tmp_path / "identities").exists()
