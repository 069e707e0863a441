"""Requests of somebody who means harm: each is refused or harmless, and seen."""

import sqlite3
import subprocess
from pathlib import Path

import yaml

from forge.people import STRANGER, read
from forge.seeding import PROJECT, VERDICT
from tests.engine.sandbox import STACK
from tests.forge.requests import Forge, Request

LISTENER = "mtlsedge:listener"
OWN_VERDICT = """
name: preview
on: [pull_request, pull_request_target, push]
permissions: write-all
jobs:
  verdict:
    runs-on: {label}
    steps:
      - run: echo "${{{{ secrets.START_TOKEN }}}}" > {mark}; exit 0
"""


def weaker(request: Request) -> dict:
    """The listener's setting as the attacker wants it."""
    return request.setting(LISTENER) | {"tlsPolicy": "tls_cipher_policy_1_2"}


def test_a_request_cannot_bring_its_own_verdict(forge: Forge, tmp_path: Path) -> None:
    """The workflow replaced, one of the same name and job added that asks for secrets and for the deployments' runner, the
    scripts and the judge made to say yes: the verdict is that of the default branch's code, and none of it ran.
    """
    mark = forge.places.root / "mark"
    request = _hostile(forge, tmp_path, mark)
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    assert "Less safe" in comment["body"]
    assert not mark.exists()
    contexts = {
        one["context"]: one["status"]
        for one in forge.operator.get(f"/repos/{PROJECT}/commits/{request.head}/statuses?limit=50")
    }
    assert {name for name, status in contexts.items() if status == "success"} == set() and VERDICT in contexts
    request.approve()
    assert request.merge() == 405


def _hostile(forge: Forge, tmp_path: Path, mark: Path) -> Request:
    checkout = tmp_path / "own-verdict"
    request = forge.begin(checkout, "--upload-pack=touch", STRANGER)
    for name, label in (("preview", "ubuntu-24.04"), ("also", "deployments")):
        (checkout / ".gitea" / "workflows" / f"{name}.yml").write_text(OWN_VERDICT.format(label=label, mark=mark))
    for script in ("preview.sh", "preview-stacks.sh", "verdict.sh"):
        (checkout / "scripts" / script).write_text(f"#!/bin/sh\ntouch {mark}\nexit 0\n")
    for module in ("preview/weakenings.py", "preview/findings.py", "__init__.py"):
        (checkout / "mtlsedge" / module).write_text(f"open({str(mark)!r}, 'w').close()\nraise SystemExit(0)\n")
    file = checkout / f"Pulumi.{STACK}.yaml"
    document = yaml.safe_load(file.read_text())
    document["config"][LISTENER] = weaker(request)
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    request.push_files()
    request.open()
    return request


LEAVING = """
import subprocess

quiet = subprocess.DEVNULL
subprocess.Popen(["setsid", "sh", "-c", "while :; do sleep 0.2; done # {mark}"], stdout=quiet, stderr=quiet)
"""


def test_a_process_left_behind_ends_with_its_preview(forge: Forge, tmp_path: Path) -> None:
    """A program that starts a process of another session leaves none: nothing of it runs when the verdict is there."""
    mark = "left-behind-by-the-request"
    request = forge.begin(tmp_path / "leaving", "leaving", STRANGER)
    program = request.folder / "__main__.py"
    program.write_text(LEAVING.format(mark=mark) + program.read_text())
    request.push_files()
    request.open()
    request.verdict()
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
    assert mark not in listed


def test_a_submodule_is_not_fetched(forge: Forge, tmp_path: Path) -> None:
    """A request that adds a submodule, whose address is a command, is judged as it is; the submodule stays empty."""
    mark = forge.places.root / "fetched"
    request = forge.begin(tmp_path / "submodule", "submodule", STRANGER)
    (request.folder / ".gitmodules").write_text(
        f'[submodule "x"]\n\tpath = vendored\n\turl = ext::sh -c touch%20{mark}\n'
    )
    request.git("update-index", "--add", "--cacheinfo", f"160000,{request.git('rev-parse', 'HEAD').strip()},vendored")
    (request.folder / "vendored").mkdir()
    request.push_files()
    request.open()
    assert request.verdict() == "success"
    assert not mark.exists()


def test_ten_thousand_files(forge: Forge, tmp_path: Path) -> None:
    """A request with 10,000 new files beside a weakening is judged like any other."""
    request = forge.begin(tmp_path / "many", "many", STRANGER)
    (request.folder / "many").mkdir()
    for number in range(10_000):
        (request.folder / "many" / f"{number}.yaml").write_text(f"{number}\n")
    request.push({LISTENER: weaker(request)})
    request.open()
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    assert "Less safe" in comment["body"] and len(comment["body"]) < 65_536


def test_a_link_out_of_the_checkout_shows_no_secret(forge: Forge, tmp_path: Path) -> None:
    """A link to a file of the machine, on a branch with Markdown and HTML in its name: no verdict, and nothing of the file."""
    request = forge.begin(tmp_path / "link", "`a`_<b>b</b>_", STRANGER)
    (request.folder / "notes.yaml").symlink_to("/etc/passwd")
    request.push_files()
    request.open()
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    assert "no verdict" in comment["body"].lower()
    assert "root:" not in comment["body"] and "<b>" not in comment["body"]


def test_a_gigabyte_of_output_makes_nothing_pass(forge: Forge, tmp_path: Path) -> None:
    """A program that prints 1 GB beside a weakening: its request is red, and the next one is judged as ever."""
    request = forge.begin(tmp_path / "loud", "loud", STRANGER)
    program = request.folder / "__main__.py"
    program.write_text('for _ in range(1000):\n    print("x" * 1_000_000)\n' + program.read_text())
    request.push({LISTENER: weaker(request)})
    request.open()
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    assert len(comment["body"]) < 65_536
    other = forge.begin(tmp_path / "quiet", "quiet", STRANGER)
    other.push({"mtlsedge:domain": other.setting("mtlsedge:domain") | {"ttl": 700}})
    other.open()
    assert other.verdict() == "success"


def test_no_secret_stands_where_people_or_requests_read(forge: Forge) -> None:
    """After all of it: neither passphrase, cloud secret nor a person's token is in a log, a comment, the runner's folder or,
    in clear, in the forge's database.
    """
    secret = [one.token for one in read(forge.places.people).values() if one.token]
    environment = forge.stack.environment()
    secret.append(environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
    secret.append(Path(environment["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text().strip())
    assert all(len(one) >= 8 for one in secret)
    folders = (forge.places.gitea / "data", forge.places.gitea / "log", forge.places.runner("checks"))
    found = [
        f"{file}: secret {number}"
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink()
        for number, one in enumerate(secret)
        if one.encode() in file.read_bytes()
    ]
    assert found == []
    with sqlite3.connect(f"file:{forge.places.gitea / 'data' / 'gitea.db'}?mode=ro", uri=True) as database:
        assert database.execute("SELECT count(*) FROM secret").fetchone()[0] >= 3, "the search looked at the right file"
