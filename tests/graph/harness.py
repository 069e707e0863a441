"""Runs the program against a recording monitor: no engine, no plugin, no provider process, no cloud.

`deploy` gives the graph the engine would have been asked for, with what mocks leave out (options,
dependencies, exports). Each call has an event loop and a root stack of its own, so nothing leaks.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pulumi
from pulumi.runtime import rpc, settings
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks

from program import outputs, topology
from settings.model import Settings
from tests.graph import samples
from tests.graph.computed import outputs_of

SECRET = "4dabf18193072939515e22adb298388d"
"""Key under which a secret travels on the wire [pulumi SDK, rpc.py]."""


@dataclass(frozen=True)
class Node:
    """One resource as the engine is asked for it; `inputs` in wire form, secrets marked."""

    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    protect: bool
    retain_on_delete: bool
    ignored: frozenset[str]
    replaced_by: frozenset[str]
    delete_before_replace: bool
    import_id: str
    dependencies: frozenset[str]
    secret_outputs: tuple[str, ...]


@dataclass
class Graph(MockMonitor):
    """The recorded graph: nodes by URN, and the stack's exports."""

    mocks: Mocks
    nodes: dict[str, Node] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        MockMonitor.__init__(self, self.mocks)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (name of the gRPC method)
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.nodes[response.urn] = _node(request)
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":  # a component's begins so, too
            # `set_mocks` registers a stack of its own, which exports nothing, before or after ours.
            self.exports |= rpc.deserialize_properties(request.outputs, keep_unknowns=True)
        return super().RegisterResourceOutputs(request)

    def of(self, type_: str) -> dict[str, Node]:
        """Nodes whose type ends so (`alb/listener:Listener`, `:Certificate`), by name."""
        return {node.name: node for node in self.nodes.values() if node.type.endswith(type_)}

    def shape(self) -> dict[str, Any]:
        """What can be compared between two runs."""
        return {urn: (node.type, node.parent, node.inputs, node.protect) for urn, node in self.nodes.items()}


class Cloud(Mocks):
    """Answers a registration with its inputs and what the cloud would compute; unknown in a preview."""

    def __init__(self, *, preview: bool) -> None:
        self.preview = preview

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        computed = outputs_of(args.typ, args.name) if args.custom else {}
        if self.preview and args.custom:
            return None, {**args.inputs, **dict.fromkeys(computed, rpc.UNKNOWN)}
        return args.resource_id or f"{args.name}-id", {**args.inputs, **computed}

    def call(self, args: Any) -> Any:
        raise AssertionError(f"the program made an invoke: {args.token}")


def deploy(program: Callable[[], None], *, preview: bool = False) -> Graph:
    """Runs a program as the language host does, and gives the graph it asked for."""
    graph = Graph(Cloud(preview=preview))

    async def run() -> None:
        pulumi.runtime.set_mocks(graph.mocks, project="mtlsedge", stack="test", preview=preview, monitor=graph)
        settings.SETTINGS.rpc_manager.clear()  # what a deployment that failed has left behind
        settings.SETTINGS.outputs.clear()
        settings.ROOT.set(None)  # run_in_stack makes the root, as under the language host
        await pulumi.runtime.run_in_stack(program)

    asyncio.run(run())
    return graph


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every plain string in a wire value with its path; what is marked as a secret is passed over."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        if SECRET not in value:
            for key, item in value.items():
                yield from texts(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")


def _node(request: Any) -> Node:
    return Node(
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        inputs=rpc.deserialize_properties(request.object, keep_unknowns=True),
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        ignored=frozenset(request.ignoreChanges),
        replaced_by=frozenset(request.replaceOnChanges),
        delete_before_replace=request.deleteBeforeReplace,
        import_id=request.importId,
        dependencies=frozenset(request.dependencies),
        secret_outputs=tuple(request.additionalSecretOutputs),
    )


def program(stack: Settings) -> Callable[[], None]:
    """The program of `__main__.py` without its reading of configuration and its look at the account."""

    def run() -> None:
        for name, value in outputs.stack_outputs(stack, topology.build(stack)).items():
            pulumi.export(name, value)

    return run


@cache
def local_graph() -> Graph:
    """The graph of a first `up` of the local stack; made once, for reading only."""
    return graph_of(samples.LOCAL)


def graph_of(stack: Settings, *, preview: bool = False) -> Graph:
    """The graph of a stack's settings."""
    return deploy(program(stack), preview=preview)
