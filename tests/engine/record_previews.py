"""`python -m tests.engine.record_previews [NAME …]`: the changes of `tests/unit/previews`, seen by the real engine.

Writes one recording a change, and the golden comment beside it; without names, all of them (about ten minutes). What
is recorded is the preview as `mtlsedge` reads it: no secret is in it, every one is the same fixed text. Look at the
comments before committing them: they are what the tests hold the program to.
"""

import copy
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mtlsedge.preview import events
from mtlsedge.preview.engine import Run
from mtlsedge.preview.events import Preview
from mtlsedge.preview.findings import judge
from mtlsedge.preview.markdown import comment
from tests.engine.preview_changes import ADOPTED, CREATED, EDGE, ROTATION, Edit, adopting, base, cluster
from tests.engine.sandbox import STACK, Sandbox
from tests.engine.test_kubernetes import FOREIGN, ClusterSandbox
from tests.unit.preview_samples import FOLDER, recorded

KEPT_OUTPUTS = ("fingerprint", "not_after", "status")
"""Outputs that the findings read; all others would only fill the recordings."""

REQUIRED = ("operation", "urn", "type", "old", "new")
LONGEST = 300
"""Characters of a text that is recorded as it is."""


def main() -> None:
    """Record what was asked for."""
    wanted = set(sys.argv[1:])

    def asked(changes: dict[str, Edit]) -> dict[str, Edit]:
        return {name: edit for name, edit in changes.items() if not wanted or name in wanted}

    if asked(EDGE):
        with _stack(Sandbox, 28, base) as stack:
            _record(stack, asked(EDGE))
    if asked(ROTATION):
        with _stack(Sandbox, 28, base) as stack:
            _rotate(stack)
    if asked(CREATED) or asked(ADOPTED):
        with _stack(_cluster_sandbox, 29, cluster) as stack:
            _record(stack, asked(CREATED))
            _adopt(stack)
            _record(stack, asked(ADOPTED))


@contextmanager
def _stack(kind: Callable[..., Sandbox], number: int, settings: Edit) -> Iterator[Any]:
    """A stack that is up with these settings."""
    stack = kind(Path(tempfile.mkdtemp(prefix="mtlsedge-record-")), number=number)
    stack.start()
    try:
        stack.init()
        _edit(stack, settings)
        stack.up()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(stack.root, ignore_errors=True)


def _cluster_sandbox(root: Path, number: int) -> ClusterSandbox:
    return ClusterSandbox(root, number=number, cluster=True)


def _edit(stack: Sandbox, edit: Edit) -> None:
    document = stack.read_config()
    edit(document["config"])
    stack.write_config(document)


def _record(stack: Sandbox, changes: dict[str, Edit]) -> None:
    """Each change by itself, against the same stack."""
    for name, edit in changes.items():
        config = copy.deepcopy(stack.read_config()["config"])
        edit(config)
        removed = dict.fromkeys(set(stack.read_config()["config"]) - set(config))
        with stack.changed(config | removed):
            _write(name, _preview(stack))


def _rotate(stack: Sandbox) -> None:
    """The steps of a rotation, each against the stack as the one before left it."""
    for name, edit in ROTATION.items():
        _edit(stack, edit)
        _write(name, _preview(stack))
        stack.up()


def _adopt(stack: ClusterSandbox) -> None:
    """Another team's AlbConfig in the stack's network, and the stack's entry point moved into it."""
    zones = stack.alb_config("alb")["spec"]["config"]["zoneMappings"]
    spec = {"config": {"name": "theirs", "addressType": "Internet", "zoneMappings": zones}, "listeners": FOREIGN}
    document = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": "theirs"}, "spec": spec}
    stack.kubectl("create", "-f", "-", stdin=json.dumps(document))
    _edit(stack, adopting)
    stack.up()


def _preview(stack: Sandbox) -> Preview:
    return events.read(Run(stack.root, STACK, stack.environment()).preview())


def _write(name: str, preview: Preview) -> None:
    document = _short(asdict(preview))
    lines = ",\n".join(json.dumps(_lean(change), sort_keys=True) for change in document.pop("changes"))
    head = json.dumps(document, sort_keys=True, indent=1).removesuffix("\n}")
    (FOLDER / f"{name}.json").write_text(f'{head},\n "changes": [\n{lines}\n]}}\n')
    (FOLDER / f"{name}.md").write_text(comment(judge("mtlsedge", STACK, recorded(name))), encoding="utf-8")
    print(f"{name}: {sum(one.is_change for one in preview.changes)} changes", flush=True)


def _short(value: Any) -> Any:
    """Certificates and other long texts as a digest: whether two are equal is all that a rule reads."""
    if isinstance(value, dict):
        return {key: _short(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_short(entry) for entry in value]
    is_long = isinstance(value, str) and len(value) > LONGEST and not value.startswith("urn:") and "\n  " not in value
    return f"text {hashlib.sha256(value.encode()).hexdigest()[:16]}" if is_long else value


def _lean(change: dict[str, Any]) -> dict[str, Any]:
    """A change without its empty fields and without outputs that nothing reads."""
    outputs = {key: value for key, value in change["outputs"].items() if key in KEPT_OUTPUTS}
    filled = {key: value for key, value in change.items() if value not in ("", {}, False)}
    return filled | {key: change[key] for key in REQUIRED} | ({"outputs": outputs} if outputs else {})


if __name__ == "__main__":
    main()
