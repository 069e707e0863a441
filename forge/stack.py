"""The running local stack, as the deployment's job has to know it."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from forge.errors import ForgeError
from local.places import Places

NAME = "local"
_VARIABLES = (
    "PULUMI_BACKEND_URL",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "MTLSEDGE_RESOLVER",
)
_SECRETS = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET",)
READ_SECONDS = 30


@dataclass(frozen=True)
class LocalStack:
    """Settings of a deployment to the local cloud."""

    variables: dict[str, str]
    secrets: dict[str, str] = field(repr=False)


def read(places: Places) -> LocalStack:
    """The settings of the stack that is up, from its `.local/env`. Raises ForgeError when it is not up."""
    if not places.env.exists():
        raise ForgeError("the local stack is not up: run 'make up'")
    shown = subprocess.run(
        ["sh", "-c", '. "$1"; exec env -0', "sh", str(places.env)],
        env={"PATH": os.environ["PATH"]}, capture_output=True, check=True, timeout=READ_SECONDS,
    )  # fmt: skip
    found = dict(entry.split("=", 1) for entry in shown.stdout.decode().split("\0") if "=" in entry)
    passphrase = Path(found["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text().strip()
    kubeconfig = places.root / "kubeconfig"
    variables = {name: found[name] for name in _VARIABLES if found.get(name)}
    if kubeconfig.exists():
        variables["LOCAL_KUBECONFIG"] = str(kubeconfig.resolve())
    return LocalStack(variables, {name: found[name] for name in _SECRETS} | {"PULUMI_CONFIG_PASSPHRASE": passphrase})
