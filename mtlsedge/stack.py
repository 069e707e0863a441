"""Asks the Pulumi CLI about one stack: outputs, configuration, state. Nothing is changed."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtlsedge.errors import CommandError
from mtlsedge.progress import step
from mtlsedge.stack_file import project_name

TIMEOUT_SECONDS = 120
"""Longest wait for one Pulumi command; state in object storage can be slow."""


@dataclass(frozen=True)
class Stack:
    """A stack of the project in the working directory; an empty name means the selected one."""

    name: str = ""

    def outputs(self, *, show_secrets: bool) -> dict[str, Any]:
        """The stack's outputs; without `show_secrets` a secret reads `[secret]`."""
        return self._json("stack", "output", "--json", *(["--show-secrets"] if show_secrets else []))

    def state(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The exported deployment, the engine's own record of what the stack owns."""
        return self._json("stack", "export", *(["--show-secrets"] if show_secrets else []))

    def configuration(self) -> dict[str, Any]:
        """Configuration by full key (`alicloud:region`); structured values as objects, secrets left out."""
        entries = self._json("config", "--json")
        return {key: _value(entry) for key, entry in entries.items() if not entry.get("secret")}

    def decrypted_configuration(self) -> dict[str, Any]:
        """Configuration by full key with its secrets in clear. For `snapshot publish` only."""
        return {key: _value(entry) for key, entry in self._json("config", "--json", "--show-secrets").items()}

    def selected(self) -> str:
        """The stack's name, asked of Pulumi when none was given."""
        return self.name or self._run("stack", "--show-name").strip().rsplit("/", 1)[-1]

    def project(self) -> str:
        """The project's name, from the Pulumi.yaml that the working directory belongs to."""
        here = Path.cwd()
        for folder in (here, *here.parents):
            file = folder / "Pulumi.yaml"
            if file.is_file():
                return project_name(file)
        raise CommandError(f"no Pulumi.yaml in {here} or above it; run this in the project's folder")

    def _json(self, *arguments: str) -> dict[str, Any]:
        text = self._run(*arguments)
        try:
            document = json.loads(text)
        except ValueError:
            raise CommandError(f"`pulumi {' '.join(arguments[:2])}` did not answer with JSON") from None
        return document if isinstance(document, dict) else {}

    def _run(self, *arguments: str) -> str:
        command = ["pulumi", *arguments, "--non-interactive", *(["--stack", self.name] if self.name else [])]
        shown = f"`pulumi {' '.join(arguments[:2])}`"
        try:
            with step(f"waiting for {shown}"):
                done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
        except FileNotFoundError:
            raise CommandError("pulumi is not on PATH; install it, or run `. .local/env` for the local stack") from None
        except subprocess.TimeoutExpired:
            raise CommandError(f"{shown} gave no answer within {TIMEOUT_SECONDS} s") from None
        if done.returncode:
            raise CommandError(f"{shown} failed: {_reason(done.stderr)}")
        return done.stdout


def _value(entry: dict[str, Any]) -> Any:
    """A configuration value as written: the object where there is one, else the text."""
    return entry["objectValue"] if "objectValue" in entry else entry.get("value")


def _reason(stderr: str) -> str:
    """The line of Pulumi's error output that names the reason."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("error:").strip() for line in lines if line.startswith("error:")]
    return (errors or lines or ["no reason given"])[0]
