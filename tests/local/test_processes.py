"""Ending the recorded process: it is gone when that is said."""

import json
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
