"""Who may call the local cluster: static tokens in a file only its owner can read, and the kubeconfig.

The stack's token authenticates as its service account, so that the rights in force are those of
docs/guides/kubernetes-rbac.yaml and no others, as on a real cluster.
"""

import base64
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from local import whole_files

NAMESPACE = "mtlsedge"
ACCOUNT = "mtlsedge"
CONTEXT = "mtlsedge-local"
CONTROLLER_USER = "alb-ingress-controller"


@dataclass(frozen=True)
class Tokens:
    """Bearer tokens: administrator (tests, kubectl of the curious), the controller, the stack's service account."""

    admin: str = field(repr=False)
    controller: str = field(repr=False)
    stack: str = field(repr=False)


def load_or_create(folder: Path) -> Tokens:
    """Read the tokens of this cluster, or make them; also writes the API server's own file of them."""
    file = folder / "tokens.json"
    if not file.exists():
        whole_files.write(
            file,
            json.dumps({name: secrets.token_urlsafe(32) for name in ("admin", "controller", "stack")}),
            durable=True,
        )
    tokens = Tokens(**json.loads(file.read_text()))
    groups = f"system:serviceaccounts,system:serviceaccounts:{NAMESPACE}"
    rows = [
        f'{tokens.admin},admin,admin,"system:masters"',
        f'{tokens.controller},{CONTROLLER_USER},{CONTROLLER_USER},"system:authenticated"',
        f'{tokens.stack},system:serviceaccount:{NAMESPACE}:{ACCOUNT},{ACCOUNT},"{groups}"',
    ]
    whole_files.write(folder / "tokens.csv", "\n".join(rows) + "\n", durable=True)
    return tokens


def write_kubeconfig(file: Path, *, server: str, ca_pem: str, user: str, token: str) -> None:
    """Write a kubeconfig (0600) with one context, `mtlsedge-local`."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [{"name": CONTEXT, "cluster": {
            "server": server, "certificate-authority-data": base64.b64encode(ca_pem.encode()).decode()}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": user, "namespace": "default"}}],
    }  # fmt: skip
    whole_files.write(file, yaml.safe_dump(document, sort_keys=False), durable=True)
