"""The package as `pip` makes it of this checkout, without a network."""

import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
READ = ("pyproject.toml", "README.md", "LICENSE", "NOTICE", "requirements.txt", "mtlsedge_components")
"""What `pip` reads of a checkout, beside the folder of the components."""


def build(folder: Path) -> Path:
    """The wheel, made in `folder`: from a copy, because `pip` builds in the checkout it is given."""
    source = folder / "checkout"
    shutil.copytree(CHECKOUT / "components", source / "components", ignore=shutil.ignore_patterns("__pycache__"))
    for name in READ:
        shutil.copy(CHECKOUT / name, source / name, follow_symlinks=False)
    _pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, environment: Path) -> None:
    """The wheel in a new environment, which finds the locked packages in that of the tests."""
    venv.create(environment, with_pip=False, symlinks=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "locked.pth").write_text(site.getsitepackages()[0] + "\n")
    _pip("--python", str(environment / "bin" / "python"), "install", str(wheel))


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--no-input", *arguments, "--no-index", "--no-deps"]
    done = subprocess.run(command, text=True, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
