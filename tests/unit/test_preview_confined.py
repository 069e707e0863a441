"""A request's program in its place: it runs, and reaches nothing of the machine but what it was given to read."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mtlsedge.errors import CommandError
from mtlsedge.preview import confined
from mtlsedge.preview.engine import Run
from tests.waiting import eventually

ATTACK = """
import json, os, socket, subprocess, sys
from pathlib import Path

secret, judge, project, system, own, port = sys.argv[1:]
told = {}

def tried(name, action):
    try:
        told[name] = repr(action())
    except OSError as problem:
        told[name] = type(problem).__name__

tried("reads a secret of the machine", lambda: Path(secret).read_text())
tried("lists its folder", lambda: os.listdir(Path(secret).parent))
tried("rewrites the judge", lambda: Path(judge).write_text("pass"))
tried("makes a file beside it", lambda: (Path(judge).parent / "new").write_text("x"))
tried("rewrites the project", lambda: (Path(project) / "file").write_text("x"))
tried("changes the system", lambda: (Path(system) / "x").write_text("x"))
tried("connects to the machine", lambda: socket.create_connection(("127.0.0.1", int(port)), 2))
tried("sees processes", lambda: len([name for name in os.listdir("/proc") if name.isdigit()]) > 4)
tried("reads the project", lambda: (Path(project) / "file").read_text())
tried("writes its own folder", lambda: (Path(own) / "mine").write_text("x"))
left = ["setsid", "sh", "-c", f"while :; do sleep 0.1; done # {own}"]
told["left"] = subprocess.Popen(left, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid
print(json.dumps(told))
"""


@pytest.fixture
def place(tmp_path: Path) -> dict[str, Path]:
    """A machine with a secret, the judge's code, the request's project, and the one folder that may be written."""
    files = {"secret": tmp_path / "home" / "token", "judge": tmp_path / "base" / "judge.py"}
    for file in files.values():
        file.parent.mkdir()
        file.write_text("as it was")
    folders = {name: tmp_path / name for name in ("project", "own")}
    for folder in folders.values():
        folder.mkdir()
    (folders["project"] / "file").write_text("as it was")
    return files | folders


def attack(place: dict[str, Path], system: Path, port: int, *, inside: bool) -> dict[str, str | int]:
    """What the program says of each attempt: a result, or the kind of error; and the process it left."""
    python = [Path(sys.prefix), Path(sys.prefix).resolve(), Path(sys.base_prefix)]
    before = confined.command([place["project"], *python], place["own"]) if inside else ()
    paths = (place["secret"], place["judge"], place["project"], system, place["own"])
    done = subprocess.run(
        [*before, sys.executable, "-c", ATTACK, *map(str, paths), str(port)],
        cwd=place["own"], capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_a_hostile_program_reaches_nothing_and_ends_with_its_engine(place: dict[str, Path]) -> None:
    """It reads its project and writes its folder; secrets, judge, system, network and other processes are out of reach,
    and what it left running is ended before the command returns.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = attack(place, Path("/usr"), server.getsockname()[1], inside=True)
    assert told.pop("reads the project") == "'as it was'" and told.pop("writes its own folder") == "1"
    assert told.pop("sees processes") == "False" and told.pop("left")
    assert set(told.values()) <= {"FileNotFoundError", "OSError", "PermissionError", "ConnectionRefusedError"}
    for name in ("secret", "judge"):
        assert place[name].read_text() == "as it was" and len(list(place[name].parent.iterdir())) == 1
    mark = f"# {place['own']}"
    assert not [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and mark in _command_line(entry)]


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


def test_the_same_program_beside_its_judge_does_all_of_it(place: dict[str, Path]) -> None:
    """The attempts are real: unconfined, each succeeds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = attack(place, place["judge"].parent, server.getsockname()[1], inside=False)
    os.kill(int(told.pop("left")), signal.SIGKILL)
    assert not [name for name, result in told.items() if str(result).endswith(("Error", "Refused"))]
    assert told["reads a secret of the machine"] == "'as it was'" and place["judge"].read_text() == "pass"


def test_of_a_home_only_what_is_needed_is_seen(place: dict[str, Path]) -> None:
    """A toolchain that lies in it can be read, and not written; what lies beside it is not there."""
    home = place["secret"].parent
    (home / "tool").mkdir()
    (home / "tool" / "file").write_text("a tool")
    script = 'ls -A "$1"; cat "$1/tool/file"; cat "$1/token"; echo x >"$1/tool/file"; echo x >"$1/new"'
    command = [*confined.command([home / "tool"], place["own"]), "sh", "-c", script, "sh", str(home)]
    done = subprocess.run(command, cwd=place["own"], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "tool\na tool"
    assert (home / "tool" / "file").read_text() == "a tool" and not (home / "new").exists()


@pytest.mark.parametrize("tool", ["bwrap", "prlimit"])
def test_a_machine_without_the_tools_refuses_and_names_the_way_out(tmp_path: Path, monkeypatch, tool: str) -> None:
    """No preview runs beside its judge by accident."""
    monkeypatch.setattr(confined.shutil, "which", lambda name, path=None: None if name == tool else f"/usr/bin/{name}")
    with pytest.raises(CommandError, match=r"bubblewrap.*--program-unconfined"):
        confined.command([], tmp_path)


def test_a_machine_that_gives_no_place_says_why(tmp_path: Path, monkeypatch) -> None:
    """Where the kernel or a container forbids namespaces, bubblewrap's own reason is told."""
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(CommandError, match="setting up uid map: Permission denied"):
        confined.command([], tmp_path)


def test_output_without_end_is_stopped(tmp_path: Path, monkeypatch) -> None:
    """An engine that prints more than the limit is ended, and there is no preview."""
    monkeypatch.setattr(confined, "FILE_BYTES", 100_000)
    engine = tmp_path / "bin" / "pulumi"
    engine.parent.mkdir()
    engine.write_text(
        "#!/bin/sh\nwhile :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done\n"
    )
    engine.chmod(0o755)
    (tmp_path / "own").mkdir()
    before = confined.command([engine.parent], tmp_path / "own")
    run = Run(tmp_path / "own", "dev", {"PATH": f"{engine.parent}:{os.environ['PATH']}"}, before)
    with pytest.raises(CommandError, match="did not begin"):
        run.preview()


def test_a_preview_without_end_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    """An engine that never ends is ended after its time, and so is what it left in another session; there is no preview."""
    engine, own = tmp_path / "bin" / "pulumi", tmp_path / "own"
    for folder in (engine.parent, own):
        folder.mkdir()
    engine.write_text(f"#!/bin/sh\nsetsid sh -c 'while :; do sleep 0.1; done # {own}'\n")
    engine.chmod(0o755)
    before = confined.command([engine.parent], own)
    run = Run(own, "dev", {"PATH": f"{engine.parent}:{os.environ['PATH']}"}, before, seconds=2)
    with pytest.raises(CommandError, match="no answer within 2 s"):
        run.preview()
    eventually(lambda: not any(f"# {own}" in line for line in _commands()))


def _commands() -> list[str]:
    """The command line of every process."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True, timeout=60)
    return listed.stdout.splitlines()
