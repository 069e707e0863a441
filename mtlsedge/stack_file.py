"""Stack files, `Pulumi.<stack>.yaml`, read as they stand."""

from pathlib import Path
from typing import Any

import yaml

from mtlsedge.errors import CommandError


def read_stack_file(folder: Path, stack: str) -> dict[str, Any]:
    """The stack file's document; raises CommandError when there is none or it is not a mapping."""
    path = folder / f"Pulumi.{stack}.yaml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CommandError(f"cannot read {path}: {problem.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise CommandError(f"{path} is not YAML") from None
    if document is not None and not isinstance(document, dict):
        raise CommandError(f"{path}: found no mapping; allowed is a Pulumi stack file")
    return document or {}
