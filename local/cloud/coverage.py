"""The coverage page: every action, whether the local cloud offers it, and where its behaviour comes from."""

from collections.abc import Iterator

from local.cloud import catalogue
from local.cloud.inventory import CALLS
from local.cloud.products import PRODUCTS

SOURCES = {
    "docs": "documented by the vendor",
    "provider source": "read in, or seen with, the vendor's Terraform provider",
    "sdk model": "request and response models of the vendor's SDK",
    "assumed": "plausible, not confirmed anywhere",
}


def render_coverage() -> str:
    """The page as Markdown."""
    return "\n".join([*_head(), *(line for version in PRODUCTS for line in _section(version))]) + "\n"


def missing() -> list[tuple[str, str]]:
    """(version, action) of the calls the provider can make that the local cloud does not offer."""
    calls = [(version, name) for version, names in CALLS.items() for name in names.split()]
    return [(version, name) for version, name in calls if catalogue.find(version, name) is None]


def _head() -> Iterator[str]:
    total = sum(len(names.split()) for names in CALLS.values())
    yield "# Coverage of the local cloud"
    yield ""
    yield (
        f"{len(catalogue.TABLE)} actions are offered. Of the {total} calls the provider can make for the resources in "
        f"scope, {total - len(missing())} are answered; the others get `UnsupportedOperation.Emulator`, which names them."
    )
    yield ""
    yield from (f"* **{source}**: {meaning}" for source, meaning in SOURCES.items())
    yield ""


def _section(version: str) -> Iterator[str]:
    offered = {action.name: action for (v, _), action in catalogue.TABLE.items() if v == version}
    absent = [name for v, name in missing() if v == version]
    yield f"## {PRODUCTS[version]} {version}"
    yield ""
    yield "| action | offered | changes something | source |"
    yield "| --- | --- | --- | --- |"
    for name in sorted([*offered, *absent]):
        action = offered.get(name)
        cells = ["yes", "yes" if action.writes else "no", action.source] if action else ["no", "", ""]
        yield f"| {name.replace('·', ' ')} | {' | '.join(cells)} |"
    yield ""
