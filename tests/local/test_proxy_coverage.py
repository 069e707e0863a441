"""The coverage page's table of the data plane tells of modules and tests that exist."""

import ast

from local.places import CHECKOUT
from local.proxy.coverage import ROWS


def test_every_row_names_modules_and_tests_that_exist():
    """And what is rendered is proved, but for what is said to be not served."""
    for row in ROWS:
        modules = [name for name in row.rendered_by.split() if name != "–"]
        assert all((CHECKOUT / "local" / "proxy" / f"{name}.py").is_file() for name in modules), row.item
        assert row.proved_by if modules else row.rest.startswith("not "), row.item
        for name in row.proved_by.split():
            module, _, function = name.partition("::")
            assert function in _functions(module), name


def _functions(module):
    tree = ast.parse((CHECKOUT / "tests" / "local" / f"test_proxy_{module}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
