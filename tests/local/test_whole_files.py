"""Files of the local cloud are whole at any moment, beside other writers and after errors."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from local import whole_files
from local.places import CHECKOUT

RUNS, TIMES = 3, 300
WRITING = """
import sys
from pathlib import Path
from local import whole_files

place, link, mine = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for _ in range({times}):
    whole_files.write(place, mine * 1000, 0o644)
    whole_files.link(link, Path(mine))
    assert len(set(place.read_text())) == 1 and place.stat().st_size == 1000, "half of a file"
    assert link.is_symlink(), "no link"
"""


def test_runs_at_the_same_moment_do_not_disturb_each_other(tmp_path: Path) -> None:
    """As the previews of a request in one checkout: none fails, none sees half of a file or a missing link, and nothing else is left."""
    line = [sys.executable, "-c", WRITING.format(times=TIMES), str(tmp_path / "file.json"), str(tmp_path / "link")]
    runs = [subprocess.Popen([*line, mine], cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) for mine in "abc"[:RUNS]]
    for run in runs:
        _, told = run.communicate(timeout=120)
        assert run.returncode == 0, told
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file.json", "link"]


def test_files_are_replaced_whole_and_private(tmp_path):
    """Mode 0600, no scratch file left, no write when nothing changes."""
    file = tmp_path / "deep" / "file.json"
    assert whole_files.write(file, "one")
    inode = file.stat().st_ino
    assert not whole_files.write(file, "one")
    assert file.stat().st_ino == inode
    assert whole_files.write(file, "two")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [item.name for item in file.parent.iterdir()] == ["file.json"]


def test_a_file_that_others_could_read_becomes_private(tmp_path: Path) -> None:
    """The same content under another mode is no reason to leave it."""
    file = tmp_path / "key.pem"
    file.write_text("key")
    file.chmod(0o644)
    assert whole_files.write(file, "key", durable=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    """Where it leads stays as it is, even if the same content is there."""
    other, file = tmp_path / "other", tmp_path / "file"
    other.write_text("same")
    other.chmod(0o600)
    file.symlink_to(other)
    assert whole_files.write(file, "same")
    assert (file.is_symlink(), other.read_text()) == (False, "same")


def test_an_error_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, for one: the old content stays, and no part of the new one beside it."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "file"
    whole_files.write(file, "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        whole_files.write(file, "new", durable=True)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "old"
