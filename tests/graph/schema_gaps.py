"""What Pulumi's own schema inference makes of the components: `python -m tests.graph.schema_gaps` prints it as JSON.

It is a program of its own. The inference parses source text, and CPython 3.11 now and then refuses to parse
in a process with other threads (python/cpython#106905), which the inference takes for "no docstring".
"""

import json
from collections.abc import Iterator
from typing import TypedDict

import pulumi
from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition

from tests.graph.test_components import CLASSES


class UndescribedArgs(TypedDict):
    """Arguments of the near miss."""

    said: str
    """What it means."""
    silent: str


class Undescribed(pulumi.ComponentResource):
    """The near miss."""

    def __init__(self, name: str, args: UndescribedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:Undescribed", name, None, opts)


def undescribed(component: type[pulumi.ComponentResource]) -> Iterator[str]:
    """Every argument, at every depth, and every output that has no description in the inferred schema."""
    found = Analyzer("mtlsedge").analyze([component])
    own = found["component_definitions"][component.__name__]
    places: list[tuple[str, dict[str, PropertyDefinition]]] = [("args", own.inputs), ("outputs", own.outputs)]
    places += [(name, type_.properties) for name, type_ in found["type_definitions"].items()]
    for place, properties in places:
        yield from (f"{place}.{key}" for key, property_ in properties.items() if not property_.description)
    yield from (name for name, type_ in found["type_definitions"].items() if not type_.description)


def main() -> None:
    """Component -> its gaps, and the names in the schema of all components together."""
    gaps = {component.__name__: list(undescribed(component)) for component in (*CLASSES, Undescribed)}
    together = Analyzer("mtlsedge").analyze(CLASSES)["component_definitions"]
    print(json.dumps({"gaps": gaps, "together": sorted(together)}))


if __name__ == "__main__":
    main()
