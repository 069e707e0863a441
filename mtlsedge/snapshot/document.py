"""The file that is published: a sanitized deployment, and the fingerprints of the configuration's ciphertexts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtlsedge.errors import CommandError
from mtlsedge.snapshot import configuration
from mtlsedge.snapshot.digests import Digester
from mtlsedge.snapshot.json_text import compact
from mtlsedge.snapshot.sanitizing import require_clean, sanitize

FORMAT = "mtlsedge-snapshot/1"
DEPLOYMENT_VERSION = 3


@dataclass(frozen=True)
class Snapshot:
    """A stack as its last `up` left it, in public form."""

    project: str
    stack: str
    deployment: dict[str, Any]
    configuration: dict[str, str]
    """Fingerprint of a ciphertext in the stack file -> digest of its secret."""

    def to_json(self) -> str:
        """The file's text."""
        return compact({"format": FORMAT, **vars(self)}) + "\n"


def publish(
    project: str, stack: str, exported: Mapping[str, Any], stack_file: Mapping[str, Any], decrypted: Mapping[str, Any]
) -> Snapshot:
    """Makes the snapshot of a deployment exported with its secrets; the key of its digests ends with this call.

    Raises CommandError when the deployment cannot be published, naming places and never values.
    """
    if exported.get("version") != DEPLOYMENT_VERSION:
        raise CommandError(
            f"the state has version {exported.get('version')!r}; this command knows {DEPLOYMENT_VERSION}"
        )
    digester = Digester()
    snapshot = Snapshot(
        project,
        stack,
        sanitize(exported.get("deployment") or {}, digester),
        configuration.published(stack_file, decrypted, digester),
    )
    secrets = configuration.secrets_of(stack_file, decrypted)
    require_clean(exported.get("deployment") or {}, secrets, vars(snapshot))
    return snapshot


def parse(text: str, source: str) -> Snapshot:
    """A snapshot from its file's text; raises CommandError for anything else."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not _is_whole(document):
        raise CommandError(f"{source} is no snapshot; make one with `python -m mtlsedge snapshot publish`")
    if document["format"] != FORMAT:
        raise CommandError(f"{source}: found format {document['format']!r}; this command reads {FORMAT}")
    return Snapshot(document["project"], document["stack"], document["deployment"], document["configuration"])


def _is_whole(document: Mapping[str, Any]) -> bool:
    texts = all(isinstance(document.get(key), str) for key in ("format", "project", "stack"))
    mappings = all(isinstance(document.get(key), dict) for key in ("deployment", "configuration"))
    return texts and mappings and isinstance(document["deployment"].get("resources"), list)
