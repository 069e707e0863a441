"""Project and stack files, `Pulumi.yaml` and `Pulumi.<stack>.yaml`, read as they stand."""

from pathlib import Path
from typing import Any

import yaml

from mtlsedge.errors import CommandError


def project_name(file: Path) -> str:
    """The name that a Pulumi.yaml gives its project, empty if it gives none; raises CommandError as for a stack file."""
    return str(_document(file).get("name", ""))


def read_stack_file(folder: Path, stack: str) -> dict[str, Any]:
    """The stack file's document; raises CommandError when there is none or it is not a mapping."""
    return _document(folder / f"Pulumi.{stack}.yaml")


def _document(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CommandError(f"cannot read {path}: {problem.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise CommandError(f"{path} is not YAML") from None
    if document is not None and not isinstance(document, dict):
        raise CommandError(f"{path}: found no mapping; allowed is a Pulumi project or stack file")
    return document or {}
