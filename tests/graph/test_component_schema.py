"""Components as other programs see them: what Pulumi's own schema inference makes of their arguments."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

import mtlsedge_components
from tests.graph.test_components import CLASSES

COMPONENTS = Path(mtlsedge_components.__file__).parent


@pytest.fixture(scope="module")
def inferred() -> dict[str, Any]:
    """What the inference says, in a process of its own."""
    found: dict[str, Any] = json.loads(printed_by("tests.graph.schema_gaps"))
    return found


def printed_by(module: str) -> str:
    """What a module of the checkout prints."""
    return subprocess.run(
        [sys.executable, "-m", module], cwd=COMPONENTS.parent, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("component", CLASSES, ids=lambda component: component.__name__)
def test_the_schema_is_inferred_and_describes_every_argument(
    inferred: dict[str, Any], component: type[pulumi.ComponentResource]
) -> None:
    """Each argument, down to those of nested types, and each output has a type and a docstring."""
    assert inferred["gaps"][component.__name__] == []


def test_the_components_fit_into_one_schema(inferred: dict[str, Any]) -> None:
    """Two types of one name would be refused."""
    assert inferred["together"] == sorted(component.__name__ for component in CLASSES)


def test_an_argument_without_a_docstring_is_found(inferred: dict[str, Any]) -> None:
    """The near miss: one argument with a docstring, one without."""
    assert inferred["gaps"]["Undescribed"] == ["args.silent"]


def test_the_committed_schema_is_that_of_the_sources() -> None:
    """Another argument, type or docstring shows as a difference of `components/plugin/schema.json`: print it anew."""
    assert printed_by("mtlsedge_components.plugin.hosted") == (COMPONENTS / "plugin" / "schema.json").read_text()
