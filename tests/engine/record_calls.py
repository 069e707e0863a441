"""`python -m tests.engine.record_calls`: which actions a stack's life needs, seen against a local cloud of its own.

Writes the record that `scripts.permissions` turns into RAM policies. Run it again when the provider, the
program's own calls or the components change; it takes a few minutes.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.permissions import RECORD
from tests.engine.own_calls import own_calls
from tests.engine.sandbox import CHECKOUT, Sandbox

LISTENER: dict[str, Any] = {
    "default": "web",
    "redirectHttp": True,
    "forwardClientCertificate": {"subject": "x-client-subject"},
}
RAISED: dict[str, Any] = {"deletionProtection": False, "edition": "StandardWithWaf"}
"""An edition can be raised and never lowered, so it stays in every later change."""
CHANGES: tuple[dict[str, Any], ...] = (
    {
        "mtlsedge:listener": LISTENER
        | {
            "tlsPolicy": "tls_cipher_policy_1_2",
            "allowFrom": ["203.0.113.0/24"],
            "rules": {"more": {"serverGroup": "web", "priority": 10, "paths": ["/more/*"]}},
        },
        "mtlsedge:serverCertificate": {
            "issueFromAuthority": True,
            "additional": {"partners": {"issueFromAuthority": True, "names": ["partners.example.test"]}},
        },
        "mtlsedge:loadBalancer": {"deletionProtection": True, "tags": {"team": "edge"}},
        "mtlsedge:names": {"load-balancer": "renamed", "vpc": "renamed-vpc", "vswitch/ap-southeast-1a": "renamed-vsw"},
        "mtlsedge:domain": {"zone": "example.test", "names": ["www", "api"], "ttl": 900},
    },
    {
        "mtlsedge:listener": LISTENER
        | {
            "allowFrom": ["198.51.100.0/24"],
            "rules": {"more": {"serverGroup": "web", "priority": 20, "paths": ["/else/*"]}},
        },
        "mtlsedge:loadBalancer": RAISED,
        "mtlsedge:domain": {"zone": "example.test", "names": ["www"], "ttl": 1200},
        "mtlsedge:serverGroups": {
            "web": {
                "type": "instance",
                "port": 80,
                "servers": {"ECS01": {"id": "ECS01", "weight": 50}, "ECS02": "ECS02"},
                "healthCheck": {"path": "/", "interval": 3},
                "sticky": {"mode": "insert"},
            }
        },
    },
    {
        "mtlsedge:loadBalancer": RAISED | {"accessLog": {"project": "edge-logs", "store": "alb"}},
        "mtlsedge:listener": LISTENER | {"clientVerification": "off-for-migration"},
    },
    {
        "mtlsedge:loadBalancer": RAISED,
        "mtlsedge:domain": {"zone": "example-shop.test", "names": ["www"], "create": True},
    },
)
"""Stack files that differ from the checked-in one, so that changing and removing are seen, too."""


def main() -> None:
    """Record one stack's life and write the record."""
    root = Path(tempfile.mkdtemp(prefix="mtlsedge-record-"))
    stack, seen = Sandbox(root, number=27), {"program": own_calls()}
    stack.start()
    try:
        _live(stack, seen)
    finally:
        stack.stop()
        shutil.rmtree(root, ignore_errors=True)
    record = {phase: sorted(calls) for phase, calls in seen.items()}
    (CHECKOUT / RECORD).write_text(json.dumps(record, indent=1) + "\n")


def _live(stack: Sandbox, seen: dict[str, set[str]]) -> None:
    with _phase(stack, seen, "up"):
        stack.init()
        stack.up()
    stack.export()
    with _phase(stack, seen, "read"):
        stack.preview("--refresh", "--expect-no-changes")
        stack.verify()
        stack.python("-m", "mtlsedge", "orphans", "--stack", "local")
    with _phase(stack, seen, "refresh"):
        stack.up("--refresh")
    with _phase(stack, seen, "change"):
        for changes in CHANGES:
            with stack.changed(changes):
                stack.up("--refresh")
    with _phase(stack, seen, "destroy"):
        stack.pulumi("destroy", "--yes", "--skip-preview", "--stack", "local")


@contextmanager
def _phase(stack: Sandbox, seen: dict[str, set[str]], name: str) -> Iterator[None]:
    """Notes which actions the cloud was asked for meanwhile, refused ones included."""
    before = len(stack.requests()) if (stack.local / "cloud" / "requests.jsonl").exists() else 0
    yield
    seen[name] = {f"{entry['product']}:{entry['action']}" for entry in stack.requests()[before:]}
    print(f"{name}: {len(seen[name])} actions", flush=True)


if __name__ == "__main__":
    main()
