"""A project folder, and an engine that says what a test gives it: for commands that only ask `pulumi` for one thing."""

from pathlib import Path

import pytest


def project(folder: Path, monkeypatch: pytest.MonkeyPatch, *, stack: str, asked: str, answer: Path) -> Path:
    """A project with a stack, and the working folder from now on. To the words `asked` its `pulumi` prints the file `answer`, else `{}`."""
    made, tools = folder / "project", folder / "tools"
    for one in (made, tools):
        one.mkdir()
    (made / "Pulumi.yaml").write_text("name: edge\nruntime: python\n")
    (made / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    engine = tools / "pulumi"
    engine.write_text(f'#!/bin/sh\ncase "$* " in "{asked} "*) cat {answer};; *) echo {{}};; esac\n')
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.chdir(made)
    return made
