"""Whether a stack has a cluster, and what the toolchain then makes ready."""

import json
import os
from pathlib import Path

import pytest

from local.kubernetes import accounts
from local.kubernetes.errors import ClusterError
from local.kubernetes.part import programs
from local.kubernetes.wanted import STACK_FILE, VARIABLE, is_wanted
from local.places import Places
from local.toolchain import cache, ensuring, environment, yours
from local.toolchain.parts import KUBERNETES, KUBERNETES_PLUGIN, PARTS, wanted
from tests.local.toolchain_fakes import Machine, executable


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.delenv(VARIABLE, raising=False)
    return Places(tmp_path / "stack" / ".local")


def write(places: Places, text: str) -> None:
    places.root.parent.mkdir(parents=True, exist_ok=True)
    (places.root.parent / STACK_FILE).write_text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("config:\n  mtlsedge:kubernetes: {}\n", True),
        ('config:\n  "mtlsedge:kubernetes":\n    clusterIdentifier: x\n', True),
        ("config:\n  # mtlsedge:kubernetes: {}\n", False),
        ("config:\n  mtlsedge:kubernetesish: {}\n", False),
        ("config: {}\n", False),
    ],
)
def test_stack_file_decides(places: Places, text: str, expected: bool) -> None:
    """A cluster is wanted when the stack file beside `.local` configures one; a comment does not."""
    write(places, text)
    assert is_wanted(places) is expected


def test_variable_decides_first(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """MTLSEDGE_LOCAL_KUBERNETES overrules the file, either way."""
    write(places, "config:\n  mtlsedge:kubernetes: {}\n")
    monkeypatch.setenv(VARIABLE, "0")
    assert not is_wanted(places)
    write(places, "config: {}\n")
    monkeypatch.setenv(VARIABLE, "1")
    assert is_wanted(places)


def test_cluster_is_built_only_when_wanted(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ensure` leaves the cluster out, or builds its three programs and its plugin, and puts the former on the path."""
    machine = Machine(tmp_path)
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cache, "free_gigabytes", lambda: 100.0)
    monkeypatch.setattr(environment, "ensure", lambda: Path(".venv"))
    write(places, "config: {}\n")
    ensuring.ensure(places)
    assert "kubernetes" not in ensuring.read(places)
    write(places, "config:\n  mtlsedge:kubernetes: {}\n")
    ensuring.ensure(places)
    content = ensuring.read(places)
    folder = cache.folder(KUBERNETES)
    assert (content["kubernetes"], content["path"][-1]) == (str(folder), str(folder))
    assert all(os.access(folder / name, os.X_OK) for name in ("etcd", "kube-apiserver", "kubectl"))
    assert programs(places) == folder
    assert content["sources"]["kubernetes-plugin"] == "built"
    assert content["plugins"]["kubernetes"] == str(cache.folder(KUBERNETES_PLUGIN) / "pulumi-resource-kubernetes")


def test_parts_of_a_stack() -> None:
    """The cluster's programs are one part more, the plugin for its resources another."""
    assert wanted(kubernetes=False) == PARTS
    assert wanted(kubernetes=True) == (*PARTS, KUBERNETES, KUBERNETES_PLUGIN)


def test_users_programs_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A complete folder in KUBEBUILDER_ASSETS is used; one that lacks a program is not."""
    for name in KUBERNETES.files:
        executable(tmp_path / name)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert yours.cluster() == tmp_path
    (tmp_path / "etcd").unlink()
    assert yours.cluster() is None


def test_missing_programs_are_one_line(places: Places) -> None:
    """Without the toolchain's file the reader is told what to run."""
    with pytest.raises(ClusterError, match=r"local\.toolchain ensure"):
        programs(places)


def test_tokens_are_kept(tmp_path: Path) -> None:
    """Tokens are made once, stay, are all different, and are not shown."""
    made = accounts.load_or_create(tmp_path)
    assert accounts.load_or_create(tmp_path) == made
    assert len({made.admin, made.controller, made.stack}) == 3
    assert made.admin not in repr(made)
    assert json.loads((tmp_path / "tokens.json").read_text())["stack"] in (tmp_path / "tokens.csv").read_text()
