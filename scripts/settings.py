"""Writes what comes from the declarations of settings: tables of the reference page, JSON Schema, keys of Pulumi.yaml.

`python -m scripts.settings` after a change of a declaration; a test says when one of the three is behind.
"""

import json
import re
import sys
from pathlib import Path

import yaml

from settings import catalog

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "reference" / "settings.md"
SCHEMA = PROJECT / "docs" / "reference" / "settings.schema.json"
PROGRAM = PROJECT / "Pulumi.yaml"
TABLE = re.compile(r"(<!-- settings: ([^>]+) -->\n\n)(?:\|.*\n)*")


def page(text: str) -> str:
    """The reference page with its tables written anew; each stands after a comment that names its keys."""
    return TABLE.sub(lambda found: found[1] + catalog.table(found[2]), text)


def schema() -> str:
    """The JSON Schema of stack files."""
    return json.dumps(catalog.json_schema(), indent=1, ensure_ascii=False) + "\n"


def program(text: str) -> str:
    """Pulumi.yaml with its keys written anew; what stands before them is written by hand."""
    before, _, _ = text.partition("\nconfig:\n")
    keys = yaml.safe_dump(catalog.pulumi_config(), sort_keys=False, allow_unicode=True, width=2000)
    return f"{before}\nconfig:\n{re.sub('^', '  ', keys, flags=re.MULTILINE).rstrip()}\n"


def main() -> None:
    """Writes all three."""
    for file, written in (
        (PAGE, page(PAGE.read_text(encoding="utf-8"))),
        (SCHEMA, schema()),
        (PROGRAM, program(PROGRAM.read_text(encoding="utf-8"))),
    ):
        file.write_text(written, encoding="utf-8")
        sys.stdout.write(f"{file.relative_to(PROJECT)}\n")


if __name__ == "__main__":
    main()
