"""A disk that is really full (a file system of a few kilobytes in memory): one line that says so, and no trace of a crash."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port

CHECKOUT = Path(__file__).parents[2]
NEEDS_NAMESPACES = subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode != 0
pytestmark = [
    pytest.mark.slow,  # starts the local cloud on every disk
    pytest.mark.skipif(NEEDS_NAMESPACES, reason="this machine lets nobody make a mount namespace of his own"),
]
MOUNTED = 'mount -t tmpfs -o "size=$0k" none "$1" && shift && exec "$@"'
"""In a mount namespace of its own, so it needs no root and ends with the command."""


def on_a_small_disk(kilobytes: int, place: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command while `place` is a file system of so many kilobytes."""
    place.mkdir()
    kept = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(place), "MTLSEDGE_LOCAL_KUBERNETES": "0"}
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNTED, str(kilobytes), str(place), sys.executable, *command],
        cwd=CHECKOUT, env=kept | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("kilobytes", [16, 64, 120, 200])
def test_the_local_cloud_says_that_the_disk_is_full(kilobytes, tmp_path):
    """However far it came: nothing but the folder, the store, the certificates."""
    place = tmp_path / "small"
    done = on_a_small_disk(
        kilobytes, place, "-m", "local", "start",
        MTLSEDGE_LOCAL_DIR=str(place / "local"),
        MTLSEDGE_LOCAL_API_PORT=str(free_port()), MTLSEDGE_LOCAL_DNS_PORT=str(free_port()),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == f"error: the disk that holds {place / 'local'} is full\n"


def test_the_toolchain_says_that_the_disk_is_too_small(tmp_path):
    """Before anything is built, with what is missing and where it can go instead."""
    place = tmp_path / "small"
    done = on_a_small_disk(
        512, place, "-m", "local.toolchain", "ensure",
        XDG_CACHE_HOME=str(place), MTLSEDGE_LOCAL_DIR=str(place / "local"),
    )  # fmt: skip
    assert done.returncode != 0
    lines = done.stderr.strip().splitlines()
    assert "Traceback" not in done.stderr and "XDG_CACHE_HOME" in lines[-1], done.stderr
