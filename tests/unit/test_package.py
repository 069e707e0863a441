"""What another program installs."""

import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.packaging import build, install

COMPONENTS = Path(__file__).resolve().parents[2] / "components"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built once."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
def test_it_holds_the_components_under_their_own_name_and_nothing_else(wheel: Path) -> None:
    """Every module of the folder; no `settings`, `local` or `program`, which would be in the way of other packages."""
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    modules = {f"mtlsedge_components/{file.relative_to(COMPONENTS)}" for file in COMPONENTS.rglob("*.py")}
    assert held == modules | {"mtlsedge_components/py.typed", "mtlsedge_components/plugin/schema.json"}


@pytest.mark.slow
def test_an_installation_needs_no_checkout(wheel: Path, tmp_path: Path) -> None:
    """Its Python imports the components from beside its own packages, and its plugin prints the port it serves on."""
    install(wheel, tmp_path / "own")
    python, plugin = (tmp_path / "own" / "bin" / name for name in ("python", "pulumi-resource-mtlsedge"))
    told = subprocess.run(
        [python, "-c", "import mtlsedge_components as own; print(own.__file__, own.MutualTlsListener.__name__)"],
        cwd=tmp_path, env={}, text=True, capture_output=True, check=True, timeout=60,
    ).stdout.split()  # fmt: skip
    assert Path(told[0]).is_relative_to(tmp_path / "own" / "lib")
    assert told[1] == "MutualTlsListener"
    serving = subprocess.Popen([plugin], cwd=tmp_path, env={}, stdout=subprocess.PIPE, text=True)
    try:
        assert serving.stdout is not None
        assert int(serving.stdout.readline()) > 0
    finally:
        serving.kill()
        serving.communicate(timeout=60)
