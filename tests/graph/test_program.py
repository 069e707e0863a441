"""`__main__.py` itself, from the committed stack file of the local stack to its exports."""

import gc
import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import settings, stack
from pulumi.runtime.mocks import MockEngine

from mtlsedge_components import account
from tests.graph import samples
from tests.graph.harness import Graph, deploy, graph_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Configuration of the local stack as the engine hands it over: structures as JSON."""
    config = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]
    flat = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(flat))
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(pulumi.log, "debug", pulumi.log.debug)
    thresholds = gc.get_threshold()
    yield config
    gc.set_threshold(*thresholds)


def main() -> None:
    """Runs the program as the language host does."""
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def names(graph: Graph) -> set[tuple[str, str]]:
    """Type and name of every resource."""
    return {(node.type, node.name) for node in graph.nodes.values()}


@pytest.mark.usefixtures("configured")
def test_the_local_stack_file_is_both_tutorials() -> None:
    """The committed stack file gives the graph the other tests look at in detail, and the cluster's entry point beside it."""
    found = names(deploy(main, preview=True))
    cluster = {(kind, name) for kind, name in found if name.startswith("kubernetes")}
    assert found - cluster == names(graph_of(samples.LOCAL, preview=True))
    assert {kind.rpartition(":")[2] for kind, _ in cluster} >= {"AlbIngress", "AlbConfig", "IngressClass", "Ingress"}


@pytest.mark.usefixtures("configured")
def test_a_preview_asks_nobody_who_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account is looked at in `up` only, before the first resource."""
    asked = []
    monkeypatch.setattr(account, "require_account", lambda *arguments: asked.append(arguments[:2]))
    deploy(main, preview=True)
    assert asked == []
    deploy(main)
    assert asked == [("1234567890123456", "ap-southeast-1")]


@pytest.mark.usefixtures("configured")
def test_another_account_is_refused_before_the_first_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal leaves nothing registered."""

    def refuse(*_: object) -> None:
        raise pulumi.RunError("found credentials of account 1")

    monkeypatch.setattr(account, "require_account", refuse)
    registered: list[str] = []
    monkeypatch.setattr(Graph, "RegisterResource", _recording(registered))
    with pytest.raises(pulumi.RunError, match="account 1"):
        deploy(main)
    assert [kind for kind in registered if kind != "pulumi:pulumi:Stack"] == []


@pytest.mark.usefixtures("configured")
def test_the_garbage_collector_looks_rarely_but_is_on() -> None:
    """The program keeps all it makes, so that looking for cycles is in vain: dozens of looks become a handful."""
    looks: list[str] = []

    def record(phase: str, _: dict[str, int]) -> None:
        looks.append(phase)

    gc.callbacks.append(record)
    try:
        deploy(main, preview=True)
    finally:
        gc.callbacks.remove(record)
    assert gc.isenabled()
    assert looks.count("start") < 10, looks.count("start")


@pytest.mark.usefixtures("configured")
def test_every_registration_has_begun_when_the_sdk_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it would not find them, and would wait for all outputs at once, again and again."""
    begun: list[int] = []
    original = stack.wait_for_rpcs

    async def wait_for_rpcs() -> None:
        begun.append(len(settings.SETTINGS.rpc_manager.rpcs))
        await original()

    monkeypatch.setattr(stack, "wait_for_rpcs", wait_for_rpcs)
    registered = len(deploy(main, preview=True).nodes)
    assert begun[0] >= registered


@pytest.mark.usefixtures("configured")
def test_the_engine_gets_no_debug_message_about_a_resource_and_every_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would be a call of the engine, four a resource, and a plain `pulumi up` shows none."""
    told: list[str] = []
    monkeypatch.setattr(MockEngine, "Log", lambda _, request: told.append(request.message))

    def program() -> None:
        main()
        pulumi.log.info("said")

    deploy(program, preview=True)
    assert "said" in told
    assert [message for message in told if "ty=" in message and "pulumi:pulumi:Stack" not in message] == []


def test_the_program_is_short_and_knows_no_stack_by_name() -> None:
    """`__main__.py` stays under 60 lines and has no branch on a stack's name."""
    text = (ROOT / "__main__.py").read_text()
    assert len(text.splitlines()) < 60
    assert "get_stack" not in text


def _recording(registered: list[str]) -> Any:
    original = Graph.RegisterResource

    def register(self: Graph, request: Any) -> Any:
        registered.append(request.type)
        return original(self, request)

    return register
