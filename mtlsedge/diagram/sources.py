"""Where a picture comes from: a stack file, a preview, or a stack's outputs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtlsedge.diagram.declared import from_settings
from mtlsedge.diagram.picture import Picture
from mtlsedge.errors import CommandError
from mtlsedge.stack_file import read_text, secret_keys, settings_of, told_in_one_error
from settings import load


def of_stack_file(file: Path, project: str) -> Picture:
    """The picture of `Pulumi.<stack>.yaml`."""
    with told_in_one_error():
        return from_settings(settings_of(read_text(file), file, project))


def of_preview(file: Path, project: str) -> Picture:
    """The picture of `pulumi preview --json`, which records the configuration it ran with, and in each URN the stack."""
    try:
        document = json.loads(read_text(file))
    except ValueError:
        raise CommandError(f"{file} is not JSON; write it with `pulumi preview --json`") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise CommandError(f"{file}: found no `config`; expected the output of `pulumi preview --json`")
    decoded = {key: _decoded(value) for key, value in config.items()}
    stack, secrets = _stack_of(document), secret_keys(decoded)
    with told_in_one_error():
        return from_settings(load(decoded, project=project, stack=stack, files=Path.cwd(), secrets=secrets))


def _stack_of(preview: Mapping[str, Any]) -> str:
    """The stack's name, out of `urn:pulumi:<stack>::<project>::…`."""
    urns = (str(step.get("urn", "")) for step in preview.get("steps") or ())
    return next((urn.split("::")[0].removeprefix("urn:pulumi:") for urn in urns if urn), "preview")


def _decoded(value: Any) -> Any:
    """A preview holds structured values as JSON text."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
