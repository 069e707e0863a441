"""Arrows point one way: which room imports which, and no module imports itself in a circle, late or for types alone."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ARROWS = {
    "components/x509": {"components/x509"},
    "components/reading": {"components/reading"},
    "components": {"components"},
    "exposure": {"exposure"},
    "settings": {"settings", "components", "exposure"},
    "program": {"program", "settings", "components"},
    "policy": {"policy", "exposure"},
    "mtlsedge": {"mtlsedge", "settings", "components", "exposure", "program/manifests"},
    "local": {"local"},
}
"""Rooms of the house, and what each may import of it. The program's manifests are pure: `mtlsedge render` writes them."""
IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<where>[\w.]+) import (?:\((?P<many>[^)]*)\)|(?P<one>[^\n#]*))|import (?P<whole>[\w.]+))",
    re.MULTILINE,
)
"""Read as text: CPython 3.11 now and then refuses to parse beside other threads (python/cpython#106905)."""


def modules() -> dict[str, Path]:
    """Every module of the rooms, by the name it is imported by: that of the link, for the folder `components`."""
    rooms = {room.split("/")[0] for room in ARROWS}
    files = [file.relative_to(PROJECT) for room in sorted(rooms) for file in (PROJECT / room).rglob("*.py")]
    names = {".".join(file.with_suffix("").parts).removesuffix(".__init__"): PROJECT / file for file in files}
    return {re.sub(r"^components\b", "mtlsedge_components", name): file for name, file in names.items()}


def imports(text: str, known: dict[str, Path]) -> Iterator[str]:
    """The modules among `known` that a module's text imports, wherever in it."""
    for found in IMPORT.finditer(text):
        if found["whole"]:
            names = [found["whole"]]
        else:
            taken = re.findall(r"(\w+)(?: as \w+)?,?", found["many"] or found["one"] or "")
            names = [name if (name := f"{found['where']}.{one}") in known else found["where"] for one in taken]
        yield from (name for name in names if name in known)


def edges() -> dict[str, set[str]]:
    """Module -> the modules it imports."""
    known = modules()
    return {name: set(imports(file.read_text(), known)) - {name} for name, file in known.items()}


def room_of(module: str) -> str:
    """The narrowest room that a module is in."""
    path = path_of(module)
    return max((room for room in ARROWS if path == room or path.startswith(f"{room}/")), key=len)


def path_of(module: str) -> str:
    """Where a module stands, as `ARROWS` names places."""
    return module.removeprefix("mtlsedge_").replace(".", "/")


def test_a_room_imports_only_rooms_it_may_know() -> None:
    """X.509 and the reading of values know nothing above them, components no stack file, the local cloud no product."""
    wrong = [
        f"{module} imports {other}"
        for module, others in edges().items()
        for other in others
        if not any(f"{path_of(other)}/".startswith(f"{room}/") for room in ARROWS[room_of(module)])
    ]
    assert wrong == []


def test_no_module_leads_back_to_itself() -> None:
    """A circle has no first module: one of it is half made when another needs it. Packages count as what they import."""
    try:
        TopologicalSorter(edges()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize(
    "text",
    [
        "import settings.model",
        "    from settings.model import Settings",
        "from settings import (\n    model,\n    forms,\n)",
    ],
)
def test_an_import_is_seen_wherever_it_stands(text: str) -> None:
    """At the top, late, for types alone, over several lines; and the near miss, a text that only speaks of one."""
    known = {"settings.model": PROJECT, "settings": PROJECT}
    assert "settings.model" in set(imports(text, known))
    assert set(imports('"""We import settings.model here."""\n# from settings.model import Settings', known)) == set()
