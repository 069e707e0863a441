"""Ending the recorded process: it is gone when that is said."""

import json
import os
import subprocess
import sys

from local import processes

LINGERS = """
import pathlib, signal, sys, time
file = pathlib.Path(sys.argv[1])
def end(*_):
    file.unlink()
    time.sleep(0.5)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(60)
"""
"""Removes its file first and ends a moment later, as a supervisor does."""


def test_stop_returns_when_the_process_has_ended(tmp_path):
    """Not when its file is gone: `make down` leaves no process."""
    file = tmp_path / "pid"
    command = [sys.executable, "-c", LINGERS, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        facts = {"pid": process.pid, "command": processes.command_line(process.pid)}
        file.write_text(f"{process.pid}\n{json.dumps(facts)}\n")
        assert processes.stop(file)
        assert processes.command_line(process.pid) == ""
        assert process.wait(1) == 0
    assert not processes.stop(file)


def test_a_process_whose_command_line_is_held_back_is_asked_again(tmp_path, monkeypatch):
    """A busy kernel answers `ps` with a bare name in brackets: the running cloud is not taken for one that has ended."""
    asked, ps = tmp_path / "asked", tmp_path / "ps"
    ps.write_text(f'#!/bin/sh\nif [ -e "{asked}" ]; then exec /bin/ps "$@"; fi\ntouch "{asked}"\necho "S [python]"\n')
    ps.chmod(0o755)
    right = processes.command_line(os.getpid())
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert processes.command_line(os.getpid()) == right
    assert asked.exists()
    assert not right.startswith("[")
