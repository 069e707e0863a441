"""The alicloud plugin's own table against the PyPI package whose programs it serves.

The reference is the installed package, not the table: a token, a property or a shape (one object or a list) that
differs would create a resource and then fail the program, or lose a property silently.
"""

import functools
import importlib
import json
import os
import re
import subprocess
import typing
from pathlib import Path

import pulumi
import pytest
from pulumi import _types as sdk_types

from local.places import CHECKOUT, Places
from local.toolchain import ensuring

pytestmark = pytest.mark.engine

TABLE = CHECKOUT / "local" / "plugins" / "alicloud" / "resources.go"
SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def table_tokens() -> list[str]:
    rows = re.findall(r'^\s*"alicloud_\w+":\s*\{"(\w+)", "(\w+)"\}', TABLE.read_text(), re.MULTILINE)
    return [f"alicloud:{module}/{kind[0].lower()}{kind[1:]}:{kind}" for module, kind in rows]


@functools.cache
def schema() -> dict[str, typing.Any]:
    """The schema as the engine gets it from the plugin."""
    toolchain = ensuring.read(Places())
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_HOME": str(Places().pulumi_home)}
    command = [toolchain["pulumi"], "package", "get-schema", toolchain["plugins"]["alicloud"]]
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def sdk_class(token: str) -> type[pulumi.Resource]:
    _, place, kind = token.split(":")
    return getattr(importlib.import_module(f"pulumi_alicloud.{place.split('/')[0]}"), kind)


def declared_shape(definition: dict[str, typing.Any]) -> object:
    """What the plugin's schema says a property looks like; an object is spelled out."""
    if reference := definition.get("$ref", "").removeprefix("#/types/"):
        members = schema()["types"][reference]["properties"]
        return {name: declared_shape(member) for name, member in members.items()}
    if definition["type"] == "array":
        return ["list", declared_shape(definition["items"])]
    if definition["type"] == "object":
        return ["map", declared_shape(definition["additionalProperties"])]
    return definition["type"]


def package_shape(hint: typing.Any) -> object:
    """The same for a type hint of the installed package."""
    if isinstance(hint, str):
        msg = f"unresolved type hint {hint}"
        raise TypeError(msg)
    arguments = [argument for argument in typing.get_args(hint) if argument is not type(None)]
    origin = typing.get_origin(hint)
    if origin is typing.Union:
        return package_shape(arguments[0])
    if origin is not None and issubclass(origin, typing.Mapping):
        return ["map", package_shape(arguments[1])]
    if origin is not None and issubclass(origin, typing.Sequence):
        return ["list", package_shape(arguments[0])]
    if sdk_types.is_output_type(hint):
        return {name: package_shape(member) for name, member in sdk_types.output_type_types(hint).items()}
    return SCALARS[hint]


def test_table_is_read_whole() -> None:
    """Every row of resources.go is understood by this test, so none escapes the comparison."""
    table = TABLE.read_text().split("var shapes")[0]
    assert len(table_tokens()) == table.count('"alicloud_') > 0


def test_plugin_serves_exactly_the_table() -> None:
    """The plugin offers each resource of the table; one that we built offers nothing else."""
    offered = set(schema()["resources"])
    assert set(table_tokens()) <= offered
    if ensuring.read(Places())["sources"]["alicloud"] == "built":
        assert offered == set(table_tokens())


@pytest.mark.parametrize("token", table_tokens())
def test_type_token_is_the_packages(token: str) -> None:
    """The package's class registers under the token the plugin serves."""
    assert sdk_class(token).pulumi_type == token


@pytest.mark.parametrize("token", table_tokens())
def test_outputs_have_the_packages_names_and_shapes(token: str) -> None:
    """Each property the plugin returns is one the package's class has, in the same shape, and none is missing."""
    declared = {name: declared_shape(it) for name, it in schema()["resources"][token]["properties"].items()}
    expected = {name: package_shape(hint) for name, hint in sdk_types.resource_types(sdk_class(token)).items()}
    assert declared == expected


@pytest.mark.parametrize("token", table_tokens())
def test_inputs_have_the_packages_names(token: str) -> None:
    """Each argument of the package's class is one the plugin knows, and the other way round."""
    kind = token.rsplit(":", 1)[1]
    arguments = getattr(importlib.import_module(sdk_class(token).__module__), f"{kind}Args")
    names = {property_name for _, property_name, _ in sdk_types._py_properties(arguments)}
    assert set(schema()["resources"][token]["inputProperties"]) == names


def test_schema_lies_beside_a_built_plugin() -> None:
    """`pulumi import` writes code from the schema, which a plugin that we built finds beside its executable."""
    toolchain = ensuring.read(Places())
    beside = Path(toolchain["plugins"]["alicloud"]).parent / "schema.json"
    assert beside.exists() or toolchain["sources"]["alicloud"] != "built"
