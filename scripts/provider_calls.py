"""`python -m scripts.provider_calls SOURCE`: the API calls of each provider resource in use, read from the provider's source.

SOURCE is the folder `alicloud` of the module terraform-provider-alicloud, in the version that the plugin is built from.
Writes `docs/reference/permissions/provider.json`: resource -> create, read, update, delete -> `product:Action`.
A reading of text, not of the language: it follows calls of service methods, and sees an action by its name in quotes
or by the constructor of its request.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
TABLE = PROJECT / "local" / "plugins" / "alicloud" / "resources.go"
TARGET = PROJECT / "docs" / "reference" / "permissions" / "provider.json"
STEPS = ("Create", "Read", "Update", "Delete")
FUNCTION = re.compile(r"^func (?:\(\w+ \*?(?P<type>\w+)\) )?(?P<name>\w+)\(.*?^}", re.MULTILINE | re.DOTALL)
ACTION = re.compile(
    r'\baction\s*:?=\s*"(?P<action>[A-Z]\w+)"(?:(?!\baction\s*:?=).)*?\.Rpc\w+\("(?P<product>\w+)"', re.DOTALL
)
REQUEST = re.compile(r"\b(?P<product>ecs|vpc|alidns)\.Create(?P<action>[A-Z]\w+?)Request\(\)")
SERVICE = re.compile(r"\b(?P<variable>\w+)\s*:?=\s*&?(?P<type>\w+Service\w*)\{")
METHOD = re.compile(r"\b(?P<variable>\w+)\.(?P<name>[A-Z]\w+)\(")
PLAIN = re.compile(r"(?<![.\w])(?P<name>[a-z]\w+)\(")


class Source:
    """The functions of the provider's package, by receiver and name."""

    def __init__(self, folder: Path) -> None:
        self.functions: dict[tuple[str, str], str] = {}
        for file in folder.glob("*.go"):
            if file.name.startswith(("service_alicloud", "resource_alicloud")) and not file.name.endswith("_test.go"):
                for found in FUNCTION.finditer(file.read_text()):
                    self.functions[found["type"] or "", found["name"]] = found.group()
        self.calls = cache(self._calls)

    def _calls(self, type_: str, name: str, depth: int = 0) -> frozenset[str]:
        """What a function asks the cloud for, itself and through what it calls."""
        body = self.functions.get((type_, name), "")
        found = {
            f"{hit['product'].lower()}:{hit['action']}" for kind in (ACTION, REQUEST) for hit in kind.finditer(body)
        }
        if depth < 5:
            for callee in self._callees(type_, body):
                if callee != (type_, name):
                    found |= self.calls(*callee, depth + 1)
        return frozenset(found)

    def _callees(self, type_: str, body: str) -> set[tuple[str, str]]:
        types = {hit["variable"]: hit["type"] for hit in SERVICE.finditer(body)} | {"s": type_}
        methods = {(types.get(hit["variable"], ""), hit["name"]) for hit in METHOD.finditer(body)}
        plain = {("", hit["name"]) for hit in PLAIN.finditer(body)}
        return {callee for callee in methods | plain if callee in self.functions}


def resource_calls(source: Source, file: Path) -> dict[str, list[str]]:
    """The calls of each step of one resource."""
    names = {found["name"] for found in FUNCTION.finditer(file.read_text()) if not found["type"]}
    steps = {step: [name for name in names if name.startswith("resource") and name.endswith(step)] for step in STEPS}
    return {
        step.lower(): sorted({call for name in found for call in source.calls("", name)})
        for step, found in steps.items()
    }


def main(folder: Path) -> None:
    """Writes the table of all resources in `resources.go`."""
    source = Source(folder)
    resources = re.findall(r'^\t"(alicloud_\w+)":\s+\{"', TABLE.read_text(), re.MULTILINE)
    calls = {name: resource_calls(source, folder / f"resource_{name}.go") for name in resources}
    TARGET.write_text(json.dumps(calls, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
