"""Requests of somebody who means harm: each is refused or harmless, and seen."""

import gzip
import json
import sqlite3
import subprocess
import tempfile
from base64 import b64encode
from pathlib import Path

import yaml

from forge.people import STRANGER
from forge.seeding import PROJECT, VERDICT
from mtlsedge.preview.findings import untouched
from tests.engine.sandbox import STACK
from tests.forge import searched
from tests.forge.requests import Forge, Request

LISTENER = "mtlsedge:listener"
OPTIONS = f"/repos/{PROJECT}/actions/variables/PREVIEW_OPTIONS"
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


FORGING = """
import os
from pathlib import Path

import pulumi

GREEN, HANDED = {green!r}, {handed!r}
NAMES = ("{stack}.json", "{stack}.md", "findings", "findings.json")
work = [folder for place in {places!r} for folder in Path(place).rglob("*") if folder.is_dir() and os.access(folder, os.W_OK)]
for folder in (*Path.cwd().resolve().parents, Path.cwd(), *work):
    for name in NAMES:
        try:
            (folder / name).write_text(GREEN)
        except OSError:
            pass
    for file in folder.glob("*.txt"):
        try:
            file.write_text("findings=" + HANDED)
        except OSError:
            pass
print("::set-output name=findings::" + HANDED, flush=True)
pulumi.ComponentResource("forged:index:Verdict", "x\\n::set-output name=findings::" + HANDED)
"""
"""Put before the request's program: it writes findings of its own wherever it may, and prints them as a host's command."""


def test_a_request_cannot_forge_its_findings(forge: Forge, tmp_path: Path) -> None:
    """A weakening beside green findings, well-formed: written by the program wherever it can, printed as the host's own command,
    in a resource's name, in files of the request, by rewritten scripts. The verdict is red, the comment the judge's.
    """
    request = forge.begin(tmp_path / "forging", "forging", STRANGER)
    mark = "forged-by-the-request"
    green = json.dumps(untouched("mtlsedge", STACK).noting(mark).to_json())
    handed = b64encode(gzip.compress(green.encode())).decode()
    places = [str(forge.places.runner("checks")), tempfile.gettempdir()]
    program = request.folder / "__main__.py"
    program.write_text(FORGING.format(green=green, handed=handed, stack=STACK, places=places) + program.read_text())
    for script in ("preview.sh", "preview-stacks.sh"):
        (request.folder / "scripts" / script).write_text(f'#!/bin/sh\necho "findings={handed}" >>"$GITHUB_OUTPUT"\n')
    for folder in ("previews", "snapshots"):
        (request.folder / folder).mkdir()
        (request.folder / folder / f"{STACK}.json").write_text(green)
        (request.folder / folder / "findings").write_text(handed)
    request.push({LISTENER: weaker(request)})
    request.open()
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    assert "Less safe" in comment["body"] and mark not in comment["body"]


REFERRING = """
import pulumi
from pathlib import Path

for number, file in enumerate(Path({states!r}).rglob("*.json")):
    pulumi.ComponentResource("read:index:State", f"found-{{number}}-{{file.name}}")
pulumi.export("theirs", pulumi.StackReference("organization/mtlsedge/prod").outputs)
"""


def test_another_teams_stack_is_not_read(forge: Forge, tmp_path: Path) -> None:
    """A program that refers to another team's stack, and looks for states on the machine: no preview, and nothing was found."""
    request = forge.begin(tmp_path / "referring", "referring", STRANGER)
    program = request.folder / "__main__.py"
    states = forge.stack.environment()["PULUMI_BACKEND_URL"].removeprefix("file://").partition("?")[0]
    assert any(Path(states).rglob("*.json")), "there is something to find"
    program.write_text(REFERRING.format(states=states) + program.read_text())
    request.push_files()
    request.open()
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    assert "no preview" in comment["body"] and "organization/mtlsedge/prod" in comment["body"]
    assert "found-" not in comment["body"]


def test_a_stack_file_that_names_another_teams_environment(forge: Forge, tmp_path: Path) -> None:
    """A stack file that imports settings which another team keeps with the engine's service gets no verdict."""
    request = forge.begin(tmp_path / "importing", "importing", STRANGER)
    file = request.folder / f"Pulumi.{STACK}.yaml"
    file.write_text(file.read_text() + "environment:\n  - payments/prod\n")
    request.push_files()
    request.open()
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    assert "no verdict" in comment["body"] or "no preview" in comment["body"]


def test_another_teams_stack_file_is_named(forge: Forge, tmp_path: Path) -> None:
    """A request that changes one stack file and adds another, of stacks that are not judged here: it passes as what is judged is
    not touched, and the comment names both files.
    """
    request = forge.begin(tmp_path / "theirs", "theirs", STRANGER)
    for name in ("prod", "payments"):
        file = request.folder / f"Pulumi.{name}.yaml"
        file.write_text((file.read_text() if file.exists() else "config: {}\n") + "# theirs\n")
    request.push_files()
    request.open()
    assert request.verdict() == "success"
    (comment,) = request.comments()
    assert "not touched" in comment["body"]
    (told,) = (line for line in comment["body"].splitlines() if "Judged by nobody" in line)
    assert "`Pulumi.payments.yaml`, `Pulumi.prod.yaml`" in told


WAITING = """
import subprocess

subprocess.run(["sh", "-c", "while :; do sleep 1; done # {mark}"])
"""


def test_a_program_that_never_ends_is_ended(forge: Forge, tmp_path: Path) -> None:
    """A program that waits for ever beside a weakening: after the time that the repository's settings give it, its request is red
    and says that there is no verdict, and nothing of it runs on.
    """
    forge.operator.post(OPTIONS, value="--longest 15")
    try:
        request = forge.begin(tmp_path / "endless", "endless", STRANGER)
        mark = "waits-for-ever-by-the-request"
        program = request.folder / "__main__.py"
        program.write_text(WAITING.format(mark=mark) + program.read_text())
        request.push({LISTENER: weaker(request)})
        request.open()
        assert request.verdict() == "failure"
    finally:
        forge.operator.delete(OPTIONS)
    (comment,) = request.comments()
    assert "no verdict" in comment["body"]
    (run,) = (one for one in forge.runs(PROJECT, "preview.yml") if one["head_sha"] == request.head)
    assert "gave no answer within 15 s" in forge.logs(PROJECT, run["id"])
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
    assert mark not in listed


def test_no_secret_stands_where_people_or_requests_read(forge: Forge) -> None:
    """After all of it: neither passphrase, cloud secret nor a person's token is in a log, a comment, a repository, the runner's
    folder or the forge's database, in clear or in the usual other forms. The search finds one that is put there.
    """
    assert searched.found(forge) == []
    planted = forge.places.runner("checks") / "planted"
    for text in (secret := searched.secrets(forge)[-1], b64encode(f"a {secret} b".encode()).decode(), secret[::-1]):
        planted.write_text(text)
        assert searched.found(forge) != []
    planted.unlink()
    with sqlite3.connect(f"file:{forge.places.gitea / 'data' / 'gitea.db'}?mode=ro", uri=True) as database:
        assert database.execute("SELECT count(*) FROM secret").fetchone()[0] >= 3, "the search looked at the right file"
