"""`make up` and `make down` as sequences of steps: their order, and that a failed step stops with one clear line."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from local.places import CHECKOUT
from tests.local.toolchain_fakes import executable

FAKE = """\
#!/bin/sh
# Notes how it was called; fails when the call contains $FAIL.
echo "$(basename "$0") $*" >>"$CALLS"
case "$*" in "-m local start") mkdir -p .local && echo 'PATH="$PWD/.venv/bin:$PATH"' >.local/env ;; esac
case "$*" in *"${FAIL:-nothing fails}"*) exit 1 ;; esac
"""
UP = [
    "python3 -m local.toolchain ensure",
    "python -m local start",
    "pulumi stack select --create local",
    "pulumi up --stack local --yes --skip-preview --suppress-outputs",
    "python -m local waits --since MOMENT",
    "python -m mtlsedge authority export --to {}/.local",
    "python -m mtlsedge clients export --all --to {}/.local/clients",
    "python -m local endpoints",
    "python -m mtlsedge verify --echo-path /echo --authority-key-from-state",
    "python -m local console",
]
DOWN = [
    "python -m local start",
    "pulumi stack select local",
    "pulumi destroy --stack local --yes --skip-preview --suppress-outputs",
    "pulumi stack rm --yes --preserve-config local",
    "python -m local stop",
]


class Checkout:
    """A folder with the project's Makefile and scripts, and tools that only take notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "local").mkdir()
        for name in ("Makefile", "local/up.sh", "local/down.sh"):
            shutil.copy(CHECKOUT / name, folder / name)
        for place in (".venv/bin/python", ".venv/bin/pulumi", "bin/python3"):
            executable(folder / place, FAKE)

    def make(self, *arguments: str, fail: str = "") -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MTLSEDGE"))}
        environment |= {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "CALLS": str(self.folder / "calls")}
        if fail:
            environment["FAIL"] = fail
        command = ["make", *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        calls = self.folder / "calls"
        lines = re.sub(r"--since \S+", "--since MOMENT", calls.read_text()).splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_up_takes_its_steps_in_order(checkout: Checkout) -> None:
    """Toolchain, local cloud, stack, deployment, files for the person, checks."""
    assert checkout.make("up").returncode == 0
    assert checkout.calls() == [step.format(checkout.folder) for step in UP]


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("local start", "make up: the local cloud did not start; 'make doctor' shows what is in its way"),
        ("stack select", "make up: the stack 'local' could not be selected"),
        (
            "up --stack",
            "make up: pulumi up failed (see above); the cloud's side of it: .venv/bin/python -m local log; after one that was cut off: docs/runbooks/up-cut-off.md",
        ),
        ("authority export", "make up: the authority's certificates could not be exported"),
        ("clients export", "make up: the client bundles could not be exported"),
        ("mtlsedge verify", "make up: the stack is up, but not every check passed"),
    ],
)
def test_up_stops_at_a_failed_step(checkout: Checkout, step: str, line: str) -> None:
    """The failed step is the last one, one line says so, and make's exit status is not 0."""
    answer = checkout.make("up", fail=step)
    assert answer.returncode != 0
    assert line in answer.stderr.splitlines()
    assert step in checkout.calls()[-1]


def test_up_after_a_failed_one_looks_first(checkout: Checkout) -> None:
    """What the failed one left half made is read before anything is made anew; the one after the good one has no need."""
    for fail, last in (("up --stack", ""), ("", " --refresh"), ("", "")):
        checkout.make("up", fail=fail)
        assert f"{UP[3]}{last}" in checkout.calls()


def test_up_without_a_toolchain_goes_no_further(checkout: Checkout) -> None:
    """The toolchain has said its line; nothing else is started."""
    assert checkout.make("up", fail="local.toolchain").returncode != 0
    assert checkout.calls() == UP[:1]


def test_down_destroys_stops_and_removes(checkout: Checkout) -> None:
    """The stack is destroyed while the cloud runs, then the cloud stops, then the run-time files go."""
    checkout.make("up")
    checkout.calls()
    assert checkout.make("down").returncode == 0
    assert checkout.calls() == DOWN
    assert not (checkout.folder / ".local").exists()


def test_down_keeps_everything_when_destroy_fails(checkout: Checkout) -> None:
    """A failed destroy leaves cloud and files for a second try, and names the way past it."""
    checkout.make("up")
    answer = checkout.make("down", fail="destroy")
    assert "make down: pulumi destroy failed (see above); FORCE=1 skips it" in answer.stderr
    assert (checkout.folder / ".local" / "env").exists()
    checkout.calls()
    assert checkout.make("down", "FORCE=1", fail="destroy").returncode == 0
    assert checkout.calls() == DOWN[-1:]
    assert not (checkout.folder / ".local").exists()


def test_down_without_a_stack_only_stops_the_cloud(checkout: Checkout) -> None:
    """After a `make up` that never got to the stack there is nothing to destroy."""
    checkout.make("up", fail="stack select")
    checkout.calls()
    assert checkout.make("down", fail="stack select").returncode == 0
    assert checkout.calls() == [*DOWN[:2], DOWN[-1]]


def test_down_with_nothing_there(checkout: Checkout) -> None:
    """It says so and succeeds, without calling anything."""
    answer = checkout.make("down")
    assert (answer.returncode, answer.stdout, checkout.calls()) == (0, "nothing to take down\n", [])


@pytest.mark.parametrize("target", ["verify", "preview"])
def test_what_needs_the_stack_says_so(checkout: Checkout, target: str) -> None:
    """Without `make up` these name the command that is missing."""
    answer = checkout.make(target)
    assert answer.returncode != 0
    assert "the local stack is not up: run 'make up'" in answer.stderr


def test_preview_passes_arguments_on(checkout: Checkout) -> None:
    """`make preview ARGS="…"` is `pulumi preview` on the local stack with these arguments."""
    checkout.make("up")
    checkout.calls()
    checkout.make("preview", "ARGS=--diff --refresh")
    assert checkout.calls() == ["pulumi preview --stack local --diff --refresh"]


def test_help_lists_every_target_a_person_types(checkout: Checkout) -> None:
    """`make` alone explains itself."""
    said = checkout.make().stdout
    assert all(f"make {name} " in said for name in ("up", "down", "test", "test-fast", "verify", "doctor", "preview"))
