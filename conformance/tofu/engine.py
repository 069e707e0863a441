"""OpenTofu in a folder of its own, with the vendor's provider of this machine and nothing from a network."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.tofu.source import Programs
from local import whole_files
from local.cloud import tls

NEEDED = "aliyun/alicloud"
"""The provider, as configurations name it."""
EMPTY, CHANGES = 0, 2
"""Exit status of `plan -detailed-exitcode`."""
LONGEST_SECONDS = 900


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    status: int
    said: str

    @property
    def last_words(self) -> str:
        """The error where there is one, else what the engine counted; one line."""
        found = re.findall(r"Error: [^\n]+", self.said) or re.findall(
            r"^(?:Plan:|Apply complete|Destroy complete|No changes)[^\n]*", self.said, re.MULTILINE
        )
        return " ".join(found[-1].split()) if found else "nothing told"


class Engine:
    """One folder with a configuration and its state."""

    def __init__(self, programs: Programs, folder: Path, environment: Mapping[str, str]) -> None:
        """`environment` is all that the engine sees; the configuration is what lies in `folder` when a command runs."""
        self._engine, self.folder = programs.engine, folder
        folder.mkdir(exist_ok=True)
        settings = folder / "tofu.rc"
        provider = json.dumps(str(programs.provider.parent))
        settings.write_text(
            f'provider_installation {{\n  dev_overrides {{\n    "{NEEDED}" = {provider}\n  }}\n  direct {{}}\n}}\n'
        )
        path = f"{programs.engine.parent}:{environment.get('PATH', '')}"
        self.environment = {**environment, "PATH": path, "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1"}
        self.environment["TF_CLI_ARGS"] = "-no-color"

    def take(self, configuration: Path, **variables: object) -> None:
        """Take over the HCL files of a folder, and what its variables are, in a file that only their owner reads."""
        whole_files.write(self.folder / "terraform.tfvars.json", json.dumps(variables), durable=True)
        for file in configuration.glob("*.tf"):
            shutil.copy(file, self.folder)

    def run(self, *arguments: str, log: Path | None = None) -> Ended:
        """`tofu ARGUMENTS`, with no question and no colours; what it printed is added to `log`."""
        command = [self._engine, *arguments, "-input=false"]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        said = done.stdout + done.stderr
        if log is not None:
            with log.open("a") as file:
                file.write(f"$ tofu {' '.join(arguments)}\n{said}\n")
        return Ended(done.returncode, said)


def server_pair(folder: Path, host: str) -> tuple[str, str]:
    """Key and chain of a server certificate, PEM."""
    folder.mkdir(mode=0o700)
    tls.ensure(folder, [host])
    key, mark, chain = (folder / "api-server.pem").read_text().partition("-----BEGIN CERTIFICATE-----")
    return key, mark + chain


def of_this_machine() -> dict[str, str]:
    """What a program needs of the environment it is started in."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
