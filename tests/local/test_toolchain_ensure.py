"""What is found, in which order, what `ensure` writes down, and what `doctor` says."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.places import CHECKOUT, Places
from local.toolchain import cache, doctor, ensuring, environment, vendor, yours
from local.toolchain.errors import ToolchainError
from local.toolchain.parts import ALICLOUD, ENGINE, KUBERNETES_PLUGIN, PARTS, Plugin
from tests.local.toolchain_fakes import Machine, executable, fake_pulumi


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """An empty machine whose Python environment is already there."""
    made = Machine(tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MTLSEDGE_LOCAL_KUBERNETES", "0")  # the cluster is test_cluster_wanted.py's
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    monkeypatch.setattr(cache, "free_gigabytes", lambda: 100.0)
    monkeypatch.setattr(environment, "ensure", lambda: Path(".venv"))
    return made


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "local")


def allow(monkeypatch: pytest.MonkeyPatch, steps: str) -> None:
    monkeypatch.setenv(ensuring.STEPS_VARIABLE, steps)


def test_users_engine_comes_first(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new enough pulumi on PATH is used, and nothing is built."""
    allow(monkeypatch, "yours,built")
    mine = fake_pulumi(tmp_path / "bin", "v3.300.1")
    assert ensuring.obtain(ENGINE) == ensuring.Found(mine, "yours")
    assert machine.builds() == 0


@pytest.mark.parametrize("version", ["v3.255.9", "v2.999.0", "''", "unknown"])
def test_old_engine_does_not_count(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """A pulumi older than the SDK, or one that does not say its version, is passed over."""
    allow(monkeypatch, "yours,built")
    fake_pulumi(tmp_path / "bin", version)
    assert ensuring.obtain(ENGINE).source == "built"


def test_engine_without_language_host_does_not_count(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine looks for the host beside its executable; one that lacks it cannot run the program."""
    allow(monkeypatch, "yours,built")
    (fake_pulumi(tmp_path / "bin", "v3.256.0") / "pulumi-language-python").unlink()
    assert yours.engine() is None


@pytest.mark.parametrize(("part", "name"), [(ALICLOUD, "alicloud-v3.105.0"), (KUBERNETES_PLUGIN, "kubernetes-v4.25.0")])
def test_users_plugin_comes_first(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: Plugin, name: str
) -> None:
    """This version in the user's plugin cache is used; another version, or a half installed one, is not."""
    allow(monkeypatch, "yours,built")
    plugins = tmp_path / "home" / ".pulumi" / "plugins"
    executable(plugins / f"resource-{name}1" / part.executable)
    assert ensuring.find(part) is None
    place = plugins / f"resource-{name}"
    executable(place / part.executable)
    assert ensuring.find(part) == ensuring.Found(place, "yours")
    place.with_name(place.name + ".partial").touch()
    assert ensuring.find(part) is None


def test_our_own_parts_are_not_the_users(machine: Machine, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `. .local/env` our engine and PULUMI_HOME are in the environment and are still called built."""
    ensuring.ensure(places)
    allow(monkeypatch, "yours,built")
    monkeypatch.setenv("PATH", f"{cache.folder(ENGINE)}:{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_HOME", str(places.pulumi_home))
    assert [ensuring.obtain(part).source for part in PARTS] == ["built", "built"]


def test_vendor_is_tried_before_building(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only when the vendor's release cannot be had is anything built."""
    asked = []
    monkeypatch.setattr(vendor, "download", lambda part: asked.append(part.name))
    allow(monkeypatch, "vendor,built")
    assert ensuring.obtain(ALICLOUD).source == "built"
    assert asked == ["alicloud"]


def test_missing_plugin_is_one_clear_line(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where building is forbidden and nothing is there, the message names the part and the reason."""
    allow(monkeypatch, "yours")
    with pytest.raises(ToolchainError, match=r"the alicloud plugin 3\.105\.0 is not here, and MTLSEDGE_TOOLCHAIN"):
        ensuring.obtain(ALICLOUD)


def test_unknown_step_is_named(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped MTLSEDGE_TOOLCHAIN says what was found and what is allowed."""
    allow(monkeypatch, "mine")
    with pytest.raises(ToolchainError, match="MTLSEDGE_TOOLCHAIN: found mine; allowed yours, vendor, built"):
        ensuring.obtain(ENGINE)


def test_toolchain_is_written_down(machine: Machine, places: Places) -> None:
    """`.local/toolchain.json` says what to put on PATH, where engine and plugin are, and where they came from."""
    ensuring.ensure(places)
    content = json.loads((places.root / "toolchain.json").read_text())
    engine, plugin = cache.folder(ENGINE), cache.folder(ALICLOUD)
    assert content == {
        "path": [str(CHECKOUT / ".venv" / "bin"), str(engine)],
        "pulumi": str(engine / "pulumi"),
        "plugins": {"alicloud": str(plugin / "pulumi-resource-alicloud")},
        "sources": {"engine": "built", "alicloud": "built"},
    }
    assert places.root.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("stale", ["", "#!/bin/sh\nexit 7\n"], ids=["link", "script"])
def test_plugin_is_started_from_where_the_engine_looks(machine: Machine, places: Places, stale: str) -> None:
    """A folder named after the version holds what becomes the plugin, renewed when it is a link to nowhere or stale."""
    place = places.pulumi_home / "plugins" / "resource-alicloud-v3.105.0" / "pulumi-resource-alicloud"
    place.parent.mkdir(parents=True)
    if stale:
        executable(place, stale)
    else:
        place.symlink_to("/gone")
    ensuring.ensure(places)
    executable(cache.folder(ALICLOUD) / ALICLOUD.executable, '#!/bin/sh\necho "$0 $*"\n')
    started = subprocess.run([place, "127.0.0.1:1", "a b"], capture_output=True, text=True, check=True)
    assert started.stdout == f"{cache.folder(ALICLOUD) / ALICLOUD.executable} 127.0.0.1:1 a b\n"


def test_temporary_files_of_a_plugin_lie_where_down_removes_them(
    machine: Machine, tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kubernetes plugin leaves a kubeconfig in its temporary folder: that is `.local`'s, closed to others, not the system's."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "system"))
    (tmp_path / "system").mkdir()
    ensuring.ensure(places)
    executable(cache.folder(ALICLOUD) / ALICLOUD.executable, "#!/bin/sh\nmktemp\n")
    place = places.pulumi_home / "plugins" / ALICLOUD.folder_name / ALICLOUD.executable
    left = Path(subprocess.run([place], capture_output=True, text=True, check=True).stdout.strip())
    assert left.is_relative_to(places.root)
    assert left.parent.stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "system").iterdir()) == []


def test_go_caches_are_dropped_when_everything_is_there(
    machine: Machine, places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a build's gigabytes only the results stay; removing them can take minutes, so it is said."""
    (cache.go_caches() / "modules").mkdir(parents=True)
    ensuring.ensure(places)
    assert not cache.go_caches().exists()
    assert not [path.name for path in cache.root().iterdir() if path.name.startswith(cache.DROPPED)]
    assert "freeing the space that only the builds needed: done in" in capsys.readouterr().err


def test_nobody_waits_for_another_run_when_everything_is_there(machine: Machine, places: Places) -> None:
    """While another run builds, a checkout whose parts are all there goes on, and leaves that run's Go caches alone."""
    ensuring.ensure(places)
    (cache.go_caches() / "modules").mkdir(parents=True)
    with cache.lock():
        ensuring.ensure(places)
        assert cache.go_caches().exists()


def test_second_ensure_says_nothing(machine: Machine, places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """With everything there, `ensure` is silent."""
    ensuring.ensure(places)
    capsys.readouterr()
    ensuring.ensure(places)
    assert capsys.readouterr() == ("", "")


def test_doctor_on_a_bare_machine(
    machine: Machine, places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, and each missing part says what `make up` would do and how long it takes."""
    monkeypatch.setattr(environment, "LINK", places.root / ".venv")
    assert doctor.report(places) == 1
    table = capsys.readouterr().out
    assert "missing: `make up` downloads it, or builds it in about 10 minutes" in table
    assert "missing: python packages, Pulumi engine, alicloud plugin" in table


def test_doctor_when_everything_is_there(
    machine: Machine, places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 0, with the place of each part."""
    ensuring.ensure(places)
    monkeypatch.setattr(environment, "is_users", lambda: False)
    monkeypatch.setattr(environment, "ready", lambda _: True)
    monkeypatch.setattr(doctor, "can_bind", lambda *_: True)
    assert doctor.report(places) == 0
    assert f"built here, in the cache: {cache.folder(ENGINE)}" in capsys.readouterr().out


def test_doctor_on_a_small_disk(
    machine: Machine, places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too little space for the builds that are due is reported before they start."""
    monkeypatch.setattr(cache, "free_gigabytes", lambda: 2.0)
    assert doctor.report(places) == 1
    assert "too little: building needs about 12 GB" in capsys.readouterr().out


def test_busy_port_is_told_from_our_own(places: Places, tmp_path: Path) -> None:
    """A port in use is a problem unless this checkout's own stack serves there."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert doctor._port("127.0.0.1", port, "local API", running=False).needed
        assert not doctor._port("127.0.0.1", port, "local API", running=True).needed


def test_command_says_its_problem_in_one_line(tmp_path: Path) -> None:
    """Without a set-up `paths` exits with 1 and one line, no traceback."""
    answer = subprocess.run(
        [sys.executable, "-m", "local.toolchain", "paths"],
        cwd=CHECKOUT,
        env={**os.environ, "MTLSEDGE_LOCAL_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr == (
        "toolchain: nothing is set up yet: run `make up`, or `python3 -m local.toolchain ensure`\n"
    )
