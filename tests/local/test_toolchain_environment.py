"""The virtual environment: in the cache, linked from the checkout, and never in place of the user's own."""

import re
import sys
from pathlib import Path

import pytest

from local.toolchain import environment, parts
from local.toolchain.errors import ToolchainError


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a lock file, on a machine with an empty cache and a pip that only takes notes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "LINK", tmp_path / ".venv")
    monkeypatch.setattr(environment, "LOCK_FILE", tmp_path / "requirements.lock")
    monkeypatch.setattr(environment, "run", make_environment)
    monkeypatch.setattr(environment, "pip_install", lambda *_, **__: None)
    (tmp_path / "requirements.lock").write_text("pytest==0.1 \\\n    --hash=sha256:00\n")
    return tmp_path


def make_environment(command: list[str | Path], *, doing: str) -> None:
    if "venv" not in command:
        return
    python = Path(command[-1]) / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)


def test_environment_is_linked_from_the_checkout(checkout: Path) -> None:
    """`.venv` points into the cache."""
    environment.ensure()
    assert (checkout / ".venv").readlink() == environment.folder()


def test_environment_is_made_once(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run installs nothing."""
    environment.ensure()
    monkeypatch.setattr(environment, "pip_install", lambda *_, **__: pytest.fail("installed again"))
    environment.ensure()


UV = "uv==0.1 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\n"


@pytest.fixture
def installed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pip was told to install, in order: the text of each lock file; another package stands before and after uv."""
    (checkout / "requirements.lock").write_text(f"pytest==0.1 \\\n    --hash=sha256:00\n{UV}uv-build==0.1\n")
    taken: list[str] = []
    monkeypatch.setattr(environment, "pip_install", lambda *words, **_: taken.append(Path(words[-1]).read_text()))
    return taken


def test_uv_installs_what_is_locked(checkout: Path, installed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """pip brings uv, at the locked version with its hashes and nothing else; uv brings everything, with hashes demanded."""
    ran: list[list[str]] = []

    def run(command: list[str | Path], *, doing: str) -> None:
        make_environment(command, doing=doing)
        ran.append([str(word) for word in command])

    monkeypatch.setattr(environment, "run", run)
    environment.ensure()
    assert installed == [UV]
    assert ran[-1][:3] == [str(environment.folder() / "bin" / "uv"), "pip", "install"]
    assert ran[-1][-3:] == ["--require-hashes", "-r", str(checkout / "requirements.lock")]


def test_pip_installs_where_uv_cannot(checkout: Path, installed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that only pip's settings name is no reason to fail: pip installs the whole lock file then."""

    def run(command: list[str | Path], *, doing: str) -> None:
        make_environment(command, doing=doing)
        if "venv" not in command:
            raise ToolchainError("no such index")

    monkeypatch.setattr(environment, "run", run)
    environment.ensure()
    assert installed == [UV, (checkout / "requirements.lock").read_text()]
    assert environment.ready(environment.folder())


def test_changed_lock_moves_the_link(checkout: Path) -> None:
    """Another lock file is another environment; the link follows."""
    environment.ensure()
    before = (checkout / ".venv").readlink()
    (checkout / "requirements.lock").write_text("pytest==0.2\n")
    environment.ensure()
    assert (checkout / ".venv").readlink() == environment.folder() != before


def test_interrupted_installation_does_not_count(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment whose installation ended half way is thrown away and made again."""

    def fail(*_: object, **__: object) -> None:
        raise ToolchainError("no network")

    monkeypatch.setattr(environment, "pip_install", fail)
    with pytest.raises(ToolchainError):
        environment.ensure()
    assert not environment.ready(environment.folder())
    assert not (checkout / ".venv").exists()
    monkeypatch.setattr(environment, "pip_install", lambda *_, **__: None)
    environment.ensure()
    assert environment.ready(environment.folder())


def test_users_environment_is_used_when_it_satisfies_the_lock(checkout: Path) -> None:
    """A real `.venv` with the locked packages is left as it is and used."""
    make_environment([sys.executable, "-m", "venv", checkout / ".venv"], doing="")
    (checkout / "requirements.lock").write_text("")
    assert environment.ensure() == checkout / ".venv"
    assert not (checkout / ".venv").is_symlink()


def test_users_environment_is_never_replaced(checkout: Path) -> None:
    """A real `.venv` that lacks packages is refused with what it lacks and what to do."""
    make_environment([sys.executable, "-m", "venv", checkout / ".venv"], doing="")
    with pytest.raises(ToolchainError, match=r"\.venv is your own environment and lacks .*move \.venv away"):
        environment.ensure()
    assert (checkout / ".venv" / "bin" / "python").exists()


def test_differences_are_named_by_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each locked package that is absent or of another version is named; what another system needs is not asked for."""
    lock = tmp_path / "lock"
    lock.write_text(
        "pytest==0.1 \\\n    --hash=sha256:00\nno-such-package==1.0\ncolorama==9 ; sys_platform == 'win32' \\\n"
    )
    monkeypatch.setattr(environment, "LOCK_FILE", lock)
    assert environment.differences(Path(sys.prefix)) == ["pytest==0.1", "no-such-package==1.0"]


def test_this_environment_holds_what_the_lock_names() -> None:
    """The tests run with exactly the locked packages."""
    assert environment.differences(Path(sys.prefix)) == []


def test_lock_pins_everything_with_hashes_and_names_no_server() -> None:
    """Every package of the lock has a version and hashes, and the file holds no address."""
    text = environment.LOCK_FILE.read_text()
    packages = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 80
    assert all(re.match(r"[\w.-]+==", package) and "--hash=sha256:" in package for package in packages)
    assert "://" not in text


def test_versions_that_belong_together_agree() -> None:
    """Engine, plugin and packages carry one version each, wherever it is written."""
    packages = dict(re.findall(r"^([\w-]+)==(\S+)", environment.LOCK_FILE.read_text(), re.MULTILINE))
    assert packages["pulumi"] == parts.PULUMI_VERSION
    assert packages["pulumi-alicloud"] == parts.ALICLOUD_VERSION
    assert packages["pulumi-kubernetes"] == parts.KUBERNETES_PLUGIN_VERSION
    assert f'version    = "{parts.ALICLOUD_VERSION}"' in (parts.ALICLOUD_MODULE / "main.go").read_text()
    assert f"pkg/v3 v{parts.PULUMI_VERSION}" in (parts.ENGINE_MODULE / "go.mod").read_text()
