"""Envoy's admin interface: where it is, and who can ask it."""

import os
import stat
from pathlib import Path

import pytest

from local.proxy.admin import RUNS, Admin
from local.proxy.envoy import Envoy
from local.proxy.rendering import Rendering

LISTENING = "0A"
"""State of a socket in /proc/net/tcp."""


@pytest.fixture
def envoy(tmp_path):
    """A running Envoy without listeners, in a folder with a longer path than a socket may have."""
    folder = tmp_path / ("long-" * 25) / "envoy"
    folder.mkdir(parents=True)
    running = Envoy(folder)
    running.files.write(Rendering())
    running.start()
    yield running
    running.stop()


def listening_ports(pid: int) -> list[str]:
    """Addresses in hexadecimal digits on which this process takes TCP connections, as Linux tells it."""
    held = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()}
    rows = [line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[3] == LISTENING and f"socket:[{row[9]}]" in held]


def test_the_admin_interface_is_a_socket_file_of_this_user(envoy):
    """It can end Envoy: no TCP port leads to it, for programs of other users or for web pages; the file has mode 0600."""
    mode = envoy.admin.path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert listening_ports(envoy.process.pid) == []


def test_it_answers_below_a_path_that_is_too_long_for_a_socket(envoy):
    """A checkout may lie deep: the system takes 107 bytes, and here there are more."""
    assert len(os.fsencode(envoy.admin.path)) > 107
    assert envoy.admin.answers()
    assert envoy.ask_json("/server_info")["state"] == "LIVE"


def test_what_envoy_does_not_offer_is_an_error(envoy):
    """A path that Envoy does not know raises OSError; an Envoy that has ended does not answer."""
    with pytest.raises(OSError, match="404"):
        envoy.admin.ask("/no-such-page")
    envoy.stop()
    assert not envoy.admin.answers(RUNS)
    assert not Admin(envoy.folder.parent).answers(RUNS)
