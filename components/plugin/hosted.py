"""The components as a package: their schema, and their construction for a program in another language."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.experimental.component import ComponentProvider

import mtlsedge_components

PACKAGE = "mtlsedge"
VERSION = "0.0.0"


SCHEMA = Path(__file__).with_name("schema.json")
"""What `python -m mtlsedge_components.plugin.hosted` prints. A test says when it differs from the sources."""


class HostedComponents(Provider):
    """Looks at the components' sources only when one is to be made; this program's own `up` never asks for that."""

    def __init__(self) -> None:
        super().__init__(VERSION, SCHEMA.read_text())

    @cached_property
    def _inferred(self) -> ComponentProvider:
        return inferred()

    def construct(
        self, name: str, resource_type: str, inputs: Any, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """One component, with all it consists of."""
        return self._inferred.construct(name, resource_type, inputs, options)


def inferred() -> ComponentProvider:
    """The components, with the schema of their sources."""
    return ComponentProvider(
        [getattr(mtlsedge_components, name) for name in mtlsedge_components.__all__], PACKAGE, version=VERSION
    )


def main() -> None:
    """Print the schema of the sources."""
    print(json.dumps(json.loads(inferred().schema or "{}"), indent=1, sort_keys=True, ensure_ascii=False))


if __name__ == "__main__":
    main()
