"""Wrong stack files, each with the lines that are said about it: `mistakes/mistakes.txt`, in blocks such as

    local {"mtlsedge:listener.port": 70000}
      mtlsedge:listener.port: found 70000; allowed: a port from 1 to 65535

The first line names a checked-in stack file and what is changed in it, as YAML read by the engine's rules: path, as
`pulumi config set --path` takes it, to value. A path after `-` is removed; `secrets` names keys that are encrypted.
`python -m tests.unit.settings_mistakes` writes the lines anew: look at the difference before it is committed.
"""

import copy
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings import SettingsError, load
from settings.engine_yaml import parse

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent / "mistakes"
RECORDED = FOLDER / "mistakes.txt"
STEP = re.compile(r'\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)')
LABEL = "PRIVATE " + "KEY"


@dataclass(frozen=True)
class Mistake:
    """A changed stack file, and what is said about it."""

    given: str
    lines: tuple[str, ...]


def recorded() -> list[Mistake]:
    """Every mistake of the file."""
    blocks = re.split(r"\n(?=\S)", RECORDED.read_text(encoding="utf-8").rstrip("\n"))
    return [Mistake(given, tuple(line[2:] for line in lines)) for given, *lines in (b.split("\n") for b in blocks)]


def stack_files() -> dict[str, dict[str, Any]]:
    """The configuration of each checked-in stack file, read as the engine reads it."""
    names = ("local", "dev", "staging", "prod")
    return {name: parse((PROJECT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8"))["config"] for name in names}


def configuration(given: str, files: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """The changed configuration, and the keys that are encrypted in it."""
    stack, _, written = given.partition(" ")
    config, changes = copy.deepcopy(files[stack]), parse(written)
    secrets = changes.pop("secrets", [])
    for path, value in changes.items():
        _change(config, path.removeprefix("-"), value, remove=path.startswith("-"))
    return config, secrets


def said(given: str, files: dict[str, dict[str, Any]], folder: Path) -> tuple[str, ...]:
    """What the program says about it."""
    config, secrets = configuration(given, files)
    try:
        load(config, project="mtlsedge", stack=given.split(" ", maxsplit=1)[0], files=folder, secrets=secrets)
    except SettingsError as error:
        return tuple(str(problem) for problem in error.problems)
    return ()


def fill(folder: Path) -> None:
    """Writes the files that the mistakes name."""
    for name in ("root.pem", "version-1.pem", "server.pem", "client.pem", "rsa.csr"):
        (folder / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "authority").mkdir()
    shop = "# CA of the mtlsedge stack shop\n# production: {}\n"
    root = (folder / "root.pem").read_text(encoding="utf-8")
    texts = {
        "authority/prod-root.pem": root,
        "staging-root.pem": shop.format("false") + root,
        "with-key.pem": f"{root}-----BEGIN {LABEL}-----\nplanted\n-----END {LABEL}-----\n",
        "empty.pem": " \n",
        "words.pem": "no certificate\n",
        "broken.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "broken.csr": "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "large.pem": "#" * 70_000,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "binary.pem").write_bytes(b"\xff\xfe\x00")


def _change(config: Any, path: str, value: Any, *, remove: bool) -> None:
    *steps, last = _steps(path)
    for step in steps:
        config = config.setdefault(step, {}) if isinstance(config, dict) else config[step]
    if remove:
        del config[last]
    elif isinstance(config, list) and last == len(config):
        config.append(value)
    else:
        config[last] = value


def _steps(path: str) -> Iterator[Any]:
    for number, quoted, plain in STEP.findall(path):
        yield int(number) if number else quoted or plain


def main() -> None:
    """Writes what is said today about each mistake of the file."""
    files = stack_files()
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name))
        blocks = [
            "\n".join([one.given, *(f"  {line}" for line in said(one.given, files, Path(name)))]) for one in recorded()
        ]
    RECORDED.write_text("\n".join(blocks) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(blocks)} mistakes\n")


if __name__ == "__main__":
    main()
