"""The environment of a request that locks other packages: made from its lock file, and nothing of it executed."""

from pathlib import Path

import pytest

from local.toolchain import environment, requested
from local.toolchain.errors import ToolchainError

PIN = "iniconfig==2.0.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
OURS = PIN + "pytest==8.0.0 ; python_full_version < '3.13' \\\n    --hash=sha256:" + "1" * 64 + "\n"


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run, in order, on a machine whose judge locks `OURS`."""
    commands: list[list[str]] = []

    def run(command: list[str | Path], *, doing: str) -> None:
        commands.append([str(word) for word in command])
        if "venv" in command:
            python = Path(command[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "LINK", tmp_path / ".venv")
    monkeypatch.setattr(environment, "LOCK_FILE", tmp_path / "requirements.lock")
    for module in (environment, requested):
        monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(environment, "pip_install", lambda *_, **__: None)
    (tmp_path / "requirements.lock").write_text(OURS)
    environment.ensure()
    commands.clear()
    return commands


def lock(folder: Path, text: str) -> Path:
    """A request's lock file."""
    file = folder / "request.lock"
    file.write_text(text)
    return file


def test_the_same_packages_are_the_same_environment(ran: list[list[str]], tmp_path: Path) -> None:
    """A request that leaves the lock file as it is gets the judge's own environment, and nothing is installed."""
    assert requested.ensure(lock(tmp_path, OURS)) == environment.folder()
    assert not ran


def test_other_packages_are_another_environment(ran: list[list[str]], tmp_path: Path) -> None:
    """The judge's uv installs, once; only the package whose lines differ has to be a wheel; the new Python is not started."""
    changed = OURS.replace("8.0.0", "8.0.1")
    made = requested.ensure(lock(tmp_path, changed))
    assert requested.ensure(lock(tmp_path, changed)) == made != environment.folder()
    _, install = ran
    assert install[0] == str(tmp_path / ".venv" / "bin" / "uv")
    assert [word for word in install if word.startswith("--no-build")] == ["--no-build-package=pytest"]
    assert "--require-hashes" in install and "--compile-bytecode" not in install
    assert not any(command[0] == str(made / "bin" / "python") for command in ran)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://evil.example/simple",
        "-r ../secrets.txt",
        "-e .",
        "./here",
        "evil @ https://evil.example/evil-1.0.tar.gz",
        "https://evil.example/evil-1.0-py3-none-any.whl",
        "git+https://evil.example/evil",
        "iniconfig>=2.0.0 \\",
        "iniconfig",
        "iniconfig==2.0.0 --config-settings=x=y",
        "iniconfig==2.0.0 ; python_version > '3' --hash=sha256:" + "0" * 64,
        "    --hash=md5:" + "0" * 32,
    ],
)
def test_a_line_that_is_more_than_a_pinned_package_is_refused(ran: list[list[str]], tmp_path: Path, line: str) -> None:
    """It could name an index, a file of this machine or code to build; the message has the line's number and nothing is run."""
    with pytest.raises(ToolchainError, match=r"requirements\.lock of the request, line 3: found"):
        requested.ensure(lock(tmp_path, PIN + line + "\n"))
    assert not ran


def test_a_hash_without_its_package_is_refused(ran: list[list[str]], tmp_path: Path) -> None:
    """The first line that is no comment is a package."""
    with pytest.raises(ToolchainError, match="line 2"):
        requested.ensure(lock(tmp_path, "# locked\n    --hash=sha256:" + "0" * 64))
    assert not ran


def test_a_link_is_no_lock_file(ran: list[list[str]], tmp_path: Path) -> None:
    """It could lead to a file of this machine; nothing of that file is shown."""
    (tmp_path / "secret").write_text("planted")
    (tmp_path / "request.lock").symlink_to(tmp_path / "secret")
    with pytest.raises(ToolchainError, match="found no file") as refused:
        requested.ensure(tmp_path / "request.lock")
    assert "planted" not in str(refused.value) and not ran


def test_the_checked_in_lock_file_has_this_form() -> None:
    """So does every lock file that `make lock` writes."""
    found = requested.entries((Path(__file__).parents[2] / "requirements.lock").read_text())
    assert len(found) > 50 and found["uv"].startswith("uv==")
