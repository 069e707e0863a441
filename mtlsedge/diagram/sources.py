"""Where a picture comes from: a stack file, a preview, or a stack's outputs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.settings import SettingsError, load
from mtlsedge.diagram.declared import from_settings
from mtlsedge.diagram.picture import Picture
from mtlsedge.errors import CommandError


def of_stack_file(file: Path, project: str) -> Picture:
    """The picture of `Pulumi.<stack>.yaml`."""
    try:
        document = yaml.safe_load(_read(file))
    except yaml.YAMLError:
        raise CommandError(f"{file} is not YAML") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise CommandError(f"{file}: found no `config`; expected a stack file, Pulumi.<stack>.yaml")
    stack = file.stem.removeprefix("Pulumi.")
    return _draw(config, project, stack, file.parent)


def of_preview(file: Path, project: str) -> Picture:
    """The picture of `pulumi preview --json`, which records the configuration it ran with, and in each URN the stack."""
    try:
        document = json.loads(_read(file))
    except ValueError:
        raise CommandError(f"{file} is not JSON; write it with `pulumi preview --json`") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise CommandError(f"{file}: found no `config`; expected the output of `pulumi preview --json`")
    return _draw({key: _decoded(value) for key, value in config.items()}, project, _stack_of(document), Path.cwd())


def _stack_of(preview: Mapping[str, Any]) -> str:
    """The stack's name, out of `urn:pulumi:<stack>::<project>::…`."""
    urns = (str(step.get("urn", "")) for step in preview.get("steps") or ())
    return next((urn.split("::")[0].removeprefix("urn:pulumi:") for urn in urns if urn), "preview")


def _draw(config: Mapping[str, Any], project: str, stack: str, folder: Path) -> Picture:
    secrets = [key for key, value in config.items() if _has_secret(value)]
    try:
        return from_settings(load(config, project=project, stack=stack, files=folder, secrets=secrets))
    except SettingsError as problems:
        raise CommandError(str(problems)) from None


def _decoded(value: Any) -> Any:
    """A preview holds structured values as JSON text."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _has_secret(value: Any) -> bool:
    """Whether an encrypted value stands somewhere below."""
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(_has_secret(item) for item in value.values())
    return isinstance(value, list) and any(_has_secret(item) for item in value)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as problem:
        raise CommandError(f"cannot read {file}: {problem.strerror}") from None
