"""The forge on this machine, as far as it needs no forge: what it is started with, and what is ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forge import accounts, places, processes, project, runner, seeding, server
from forge.accounts import Account
from forge.errors import ForgeError
from forge.people import Person, read, write
from forge.places import Places

LOOKING = "import sys, time; open(sys.argv[1], 'w').close(); time.sleep(600)"
WHERE = Places(Path("/somewhere"), 4680)
OTHER = Account("runner", 4_000_000, 4_000_000)


def test_the_forge_listens_on_loopback_and_takes_no_registration():
    """Its configuration names no other address, has new secrets every time, and reaches for nothing outside."""
    text, again = (server.configuration(WHERE, OTHER) for _ in range(2))
    for line in ("HTTP_ADDR = 127.0.0.1", "DISABLE_REGISTRATION = true", "OFFLINE_MODE = true", "RUN_USER = runner"):
        assert line in text.splitlines()
    for key in ("SECRET_KEY", "INTERNAL_TOKEN", "JWT_SECRET"):
        lines = [next(line for line in one.splitlines() if line.startswith(key)) for one in (text, again)]
        assert lines[0] != lines[1] and len(lines[0]) > 40


def test_another_account_gets_its_rights_by_number_and_no_group_of_the_persons():
    """A program of another account is started through setpriv; one of the person's own as it stands."""
    line = OTHER.command("/bin/true", "-x")
    assert line[0] == "setpriv" and "--clear-groups" in line and line[-2:] == ["/bin/true", "-x"]
    assert accounts.person().command("/bin/true") == ["/bin/true"]


def test_a_view_shows_what_lies_in_the_home_and_can_only_be_read():
    """Each folder below the home is bound and made read-only; one that lies elsewhere needs nothing."""
    text = accounts._view(Path("/home/ann"), [Path("/home/ann/.cache/x y"), Path("/opt/python")])
    assert "mount --bind '/home/ann/.cache/x y' '/mnt/.cache/x y'" in text
    assert "mount -o remount,bind,ro '/mnt/.cache/x y'" in text
    assert "/opt" not in text and "mount --move /mnt /home/ann" in text


def test_only_a_folder_of_ones_own_is_used(tmp_path):
    """A link in the place of the forge's folder is refused, for others may make names in a temporary folder."""
    places.prepare(tmp_path / "own")
    places.prepare(tmp_path / "own")
    (tmp_path / "link").symlink_to(tmp_path / "own")
    with pytest.raises(ForgeError, match="found a link"):
        places.prepare(tmp_path / "link")


def test_a_link_of_the_project_stays_a_link(tmp_path):
    """The components' import name is a link to their folder; a forge without it has a program that does not start."""
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
    (tmp_path / "here" / "name").symlink_to("folder")
    project._copy(tmp_path / "here", tmp_path / "there", ["name", "removed"])
    assert (tmp_path / "there" / "name").readlink() == Path("folder")
    assert not (tmp_path / "there" / "removed").exists()


def test_tokens_are_for_the_person_alone(tmp_path):
    """The file of people is closed to others, comes back as it was, and a token does not show itself."""
    ann = Person("ann", "the-password", "the-token")
    write(tmp_path / "people.json", {"ann": ann})
    assert (tmp_path / "people.json").stat().st_mode & 0o777 == 0o600
    assert read(tmp_path / "people.json") == {"ann": ann}
    assert "the-" not in repr(ann)
    with pytest.raises(ForgeError, match="make forge"):
        read(tmp_path / "nobody.json")


def test_the_runner_of_requests_cannot_be_asked_for_deployments():
    """Its repository and its label are others than those of the runner with the person's rights."""
    assert runner.CHECKS.label != runner.DEPLOYMENTS.label and not runner.CHECKS.trusted
    assert seeding.PROJECT != seeding.TRUSTED
    given = runner._environment(WHERE.runner("checks"), OTHER)
    assert set(given) <= {"PATH", "HOME", "USER", "LANG", "XDG_CACHE_HOME", "PYTHONDONTWRITEBYTECODE", "MTLSEDGE_LOCAL_KUBERNETES"}  # fmt: skip


def test_who_reviews_may_not_deploy_and_who_starts_may_not_write():
    """No team but the operator's writes code in the repository with the secrets."""
    assert [team.name for team in seeding.TEAMS if team.repository == seeding.TRUSTED_REPOSITORY] == ["starters"]
    (starters,) = (team for team in seeding.TEAMS if team.name == "starters")
    assert starters.units == {"repo.code": "read", "repo.actions": "write"}


def _begin(folder: Path, code: str) -> int:
    record, made = folder / "one.pid", folder / "made"
    process = processes.start(
        [sys.executable, "-c", code, str(made)], record=record, folder=folder,
        environment={"PATH": os.environ["PATH"]}, log=folder / "log",
    )  # fmt: skip
    processes.await_ready(process, made.exists, what="it", log=folder / "log")
    return process.pid


def test_ending_a_process_ends_what_it_left_running(tmp_path):
    """A child that ignores the polite signal ends with its parent's session, and a second stop finds nothing."""
    child = (
        "import signal, sys, time; signal.signal(15, signal.SIG_IGN); open(sys.argv[1], 'w').close(); time.sleep(600)"
    )
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}, sys.argv[1]]).wait()"
    processes.STOP_SECONDS, before = 0.2, processes.STOP_SECONDS
    try:
        session = _begin(tmp_path, code)
        assert len(processes.members(session)) == 2
        assert processes.stop(tmp_path / "one.pid")
    finally:
        processes.STOP_SECONDS = before
    assert processes.members(session) == [] and not processes.stop(tmp_path / "one.pid")


def test_a_strangers_process_is_not_ended(tmp_path):
    """A record whose number now belongs to a process that leads no session of ours is no reason to end it."""
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        (tmp_path / "one.pid").write_text(f'{{"pid": {stranger.pid}}}')
        assert not processes.stop(tmp_path / "one.pid")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_what_ends_as_it_starts_shows_its_last_words(tmp_path):
    """A program that dies is one message with the end of its log, not a wait."""
    with pytest.raises(ForgeError, match=r"ended as it started.*\n.*no such thing"):
        _begin(tmp_path, "import sys; sys.exit('no such thing')")


def test_git_shows_no_token(tmp_path):
    """A token stands neither on a command line nor in what git says when it fails."""
    with pytest.raises(ForgeError) as problem:
        project.git(tmp_path, "push", "http://127.0.0.1:9/x.git", authorization="token the-token")
    assert "the-token" not in str(problem.value)
