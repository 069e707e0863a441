"""The files for GitHub and GitLab, executed step by step by the programs that play these hosts, about requests of the forge.

Stood in for: GitHub's actions for checkout and cache, `sudo` and `apt-get` (the machine has what they would install), GitLab's API and
the variables that GitLab sets.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import yaml

from forge.people import AUTHOR, BOT, read
from forge.seeding import PROJECT
from local.toolchain import cache
from tests.engine.sandbox import STACK
from tests.forge import hosts
from tests.forge.requests import Forge
from tests.unit.comment_host import TOKEN, CommentHost

CLIENTS, LISTENER = "mtlsedge:clients", "mtlsedge:listener"
GITHUBS, GITLABS = ".github/workflows/preview.yml", "docs/guides/ci/preview.gitlab-ci.yml"
LONGEST_SECONDS = 900
CHECKOUT_ACTION = """
name: checkout
description: what GitHub's own does with these inputs
inputs: {ref: {required: true}, path: {required: true}, persist-credentials: {required: false}}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        REF: ${{ inputs.ref }}
        PLACE: ${{ inputs.path }}
      run: |
        git init -q "$PLACE" && git -C "$PLACE" fetch -q --depth 1 "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" "$REF"
        git -C "$PLACE" checkout -q FETCH_HEAD
"""

NO_ACTION = """
name: {name}
description: takes the inputs, does nothing; there is nothing kept
inputs: {{path: {{required: true}}, key: {{required: true}}}}
outputs: {{cache-hit: {{value: ''}}, cache-primary-key: {{value: "${{{{ inputs.key }}}}"}}}}
runs: {{using: composite, steps: [{{shell: bash, run: 'echo "{name} ${{{{ inputs.key }}}}"'}}]}}
"""


def test_githubs_workflow(forge: Forge, tmp_path: Path) -> None:
    """Both jobs, with the event that the forge recorded: a good request passes and its comment names the new client, a weaker
    one fails and its comment says why.
    """
    hosts.obtain()
    good = forge.propose(tmp_path, "for-github", {CLIENTS: {"alice": {}, "bob": {}, "uma": {}}})
    good.verdict()
    weaker = forge.begin(tmp_path / "weaker", "for-github-weaker", AUTHOR)
    weaker.push({LISTENER: weaker.setting(LISTENER) | {"tlsPolicy": "tls_cipher_policy_1_2"}})
    weaker.open()
    weaker.verdict()
    for request, status, told in ((good, 0, "`uma`"), (weaker, 1, "Less safe")):
        done = _act(forge, tmp_path / f"act-{request.number}", _event(forge, request.head))
        assert done.returncode == status, done.stdout + done.stderr
        found = forge.operator.get(f"/repos/{PROJECT}/issues/{request.number}/comments")
        (comment,) = [one["body"] for one in found if one["user"]["login"] == BOT]
        assert told in comment


def _event(forge: Forge, head: str) -> str:
    """What the forge told its own job of the request."""
    with sqlite3.connect(f"file:{forge.places.gitea / 'data' / 'gitea.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT event_payload FROM action_run WHERE trigger_event = 'pull_request_target'")
        (text,) = [text for (text,) in rows if json.loads(text)["pull_request"]["head"]["sha"] == head]
    return str(text)


def _act(forge: Forge, folder: Path, event: str) -> "subprocess.CompletedProcess[str]":
    actions, project = folder / "actions", folder / "project"
    for name, text in (
        ("checkout", CHECKOUT_ACTION),
        ("cache/restore", NO_ACTION.format(name="restore")),
        ("cache/save", NO_ACTION.format(name="save")),
    ):
        (actions / name).mkdir(parents=True)
        (actions / name / "action.yml").write_text(text)
    (folder / "event.json").write_text(event)
    forge.begin(project, "unused", AUTHOR)
    steps = yaml.safe_load((project / GITHUBS).read_text())["jobs"]["preview"]["steps"]
    used = {re.sub(r"(actions/\w+)(/\w+)?@", r"\1@", step["uses"]) for step in steps if "uses" in step}
    in_place = [f"--local-repository={forge.places.url}/{one}={actions / Path(one).name.split('@')[0]}" for one in used]
    line: list[str | Path] = [
        hosts.act(), "pull_request_target", "--workflows", GITHUBS, "--eventpath", folder / "event.json",
        "--platform", "ubuntu-24.04=-self-hosted", "--action-cache-path", folder / "cache",
        *in_place,
        "--secret", "GITHUB_TOKEN", "--var", f"STACKS={STACK}",
        "--env", f"GITHUB_SERVER_URL={forge.places.url}", "--env", f"GITHUB_API_URL={forge.places.url}/api/v1",
        "--env", f"GITHUB_REPOSITORY={PROJECT}",
    ]  # fmt: skip
    environment = _environment(folder) | {"GITHUB_TOKEN": read(forge.places.people)[BOT].token}
    return _run(line, project, environment)


def test_gitlabs_template(forge: Forge, tmp_path: Path) -> None:
    """Both jobs, from the forge's repository: one note, of a good request that passes, and of a weaker one that fails."""
    hosts.obtain()
    node, script = hosts.gitlab_ci_local()
    with CommentHost().serving() as host:
        for name, changes, status, told in (
            ("good", {CLIENTS: {"alice": {}, "bob": {}, "vic": {}}}, 0, "`vic`"),
            ("weaker", {LISTENER: {"tlsPolicy": "tls_cipher_policy_1_2"}}, 1, "Less safe"),
        ):
            folder = tmp_path / name
            folder.mkdir()
            request = forge.begin(folder / "project", f"for-gitlab-{name}", AUTHOR)
            origin = f"{forge.places.url}/{PROJECT}.git"
            request.git("remote", "add", "origin", origin)
            request.push({key: (request.setting(key) | added) for key, added in changes.items()})
            (request.folder / ".cache").mkdir()
            (request.folder / ".cache" / "mtlsedge").symlink_to(cache.root())
            variables = {
                "CI_PIPELINE_SOURCE": "merge_request_event",
                "CI_MERGE_REQUEST_IID": "7",
                "CI_DEFAULT_BRANCH": "main",
                "CI_PROJECT_DIR": str(request.folder),
                "CI_REPOSITORY_URL": origin,
                "CI_COMMIT_SHA": request.head,
                "CI_PROJECT_ID": "acme/edge",
                "CI_API_V4_URL": host.address,
                "GITLAB_TOKEN": TOKEN,
                "MTLSEDGE_COMMENT_AUTHOR": "github-actions[bot]",
                "STACKS": STACK,
            }
            line = [node, script, "--file", GITLABS, "--force-shell-executor"]
            line += [word for key, value in variables.items() for word in ("--variable", f"{key}={value}")]
            done = _run(line, request.folder, _environment(folder))
            assert done.returncode == status, done.stdout + done.stderr
            (note,) = host.comments
            assert told in note["body"] and request.head in note["body"]


def _environment(folder: Path) -> dict[str, str]:
    """A home of its own, the toolchain's cache, and commands that would need root."""
    commands = folder / "commands"
    commands.mkdir(parents=True)
    for name in ("sudo", "apt-get"):
        (commands / name).write_text("#!/bin/sh\nexit 0\n")
        (commands / name).chmod(0o755)
    python = Path(sys.base_prefix) / "bin"
    return {
        "PATH": f"{commands}:{python}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "XDG_CACHE_HOME": str(cache.root().parent),
        "MTLSEDGE_LOCAL_KUBERNETES": os.environ["MTLSEDGE_LOCAL_KUBERNETES"],
    }


def _run(
    line: list[str | Path] | list[Path], folder: Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(word) for word in line],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS,
    )  # fmt: skip
