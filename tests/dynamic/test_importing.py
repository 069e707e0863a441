"""Late imports of what the engine calls in several threads at once."""

import ast
from pathlib import Path

import pytest

from mtlsedge_components.importing import one_at_a_time

ROOT = Path(__file__).parents[2]
THREADED = sorted(file for room in ("dynamic", "x509") for file in (ROOT / "components" / room).glob("*.py"))
GUARD = "one_at_a_time"


@pytest.mark.parametrize("file", THREADED, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_late_imports_are_made_one_at_a_time(file):
    """Two threads that first import the vendor's SDK and Kubernetes' fail now and then: `up --refresh` once did."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    held = [
        node for block in ast.walk(tree) if isinstance(block, ast.With) and _guards(block) for node in ast.walk(block)
    ]
    late = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in held
    ]
    assert not late, f"put the imports of lines {late} under `with {GUARD}:`"


def _guards(block):
    return any(isinstance(item.context_expr, ast.Name) and item.context_expr.id == GUARD for item in block.items)


def test_an_import_under_the_guard_may_import_under_the_guard():
    """A module that is imported late may itself import something late in the same thread."""
    with one_at_a_time, one_at_a_time:
        pass
