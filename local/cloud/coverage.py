"""The coverage page: every action, whether the local cloud offers it, where its behaviour comes from, what the real one said."""

from collections.abc import Iterator, Mapping, Sequence

from local.cloud import catalogue, live_records, witnesses
from local.cloud.access.names import PREFIXES
from local.cloud.access.refusals import refusal
from local.cloud.inventory import CALLS
from local.cloud.products import PRODUCTS
from local.proxy import coverage as data_plane

SOURCES = {
    "docs": "documented by the vendor",
    "provider source": "read in, or seen with, the vendor's Terraform provider",
    "vendor's controller": "called by the vendor's open-source ALB controller",
    "sdk model": "request and response models of the vendor's SDK",
    "assumed": "plausible, not confirmed anywhere",
}

UNKNOWN_OF_ACCESS = (
    "**reported**: seen in reports by users of the product, not by us.",
    "**[U]** whether RAM checks exactly the API's name for each action, and whether it checks `sts` and `location` at all. Here it does.",
    "**[U]** whether names are compared in exact case. Here an Allow is compared in exact case, a Deny in any case.",
    "**[U]** which object RAM checks for an action. A Resource that names one, a Condition, and `?` are refused when the policy is attached, not guessed.",
    "Not modelled: roles, session policies, groups, resource directories, service-linked roles.",
)
"""Lines below the table of access control; [U] marks what no public source answered."""


def render_coverage(records: Sequence[live_records.Record] | None = None) -> str:
    """The page as Markdown; `records` of live checks, by default the checked-in ones."""
    records = live_records.load() if records is None else records
    live = live_records.answered(records)
    upstream = witnesses.load()
    tables = [line for version in PRODUCTS for line in _section(version, live, upstream)]
    return "\n".join([*_head(), *live_records.section(records), *_access(), *data_plane.section(), *tables]) + "\n"


def rows() -> list[dict[str, object]]:
    """The actions for programs."""
    offered = [
        {**_named(version, action.name), "offered": True, "writes": action.writes, "source": action.source}
        for (version, _), action in catalogue.TABLE.items()
    ]
    return [*offered, *({**_named(version, name), "offered": False} for version, name in missing())]


def _named(version: str, action: str) -> dict[str, object]:
    return {"product": PRODUCTS[version], "version": version, "action": action.replace("·", " ")}


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
        f"scope, {total - len(missing())} are answered. Any other call gets `UnsupportedOperation.Emulator`, which names it."
    )
    yield ""
    yield from (f"* **{source}**: {meaning}" for source, meaning in SOURCES.items())
    yield ""
    yield (
        "Each offered action is called by this project's tests with what it must and must not know; answers of products whose SDK is "
        "locked are compared with its models. The column *upstream's tests* counts the tests of the provider's own authors "
        "that were answered the action and [passed](conformance.md)."
    )
    yield ""
    yield (
        "A parameter that an action does not know is refused with `InvalidParameter.Emulator`, which names it, and nothing "
        "is changed. Started with `MTLSEDGE_LOCAL_STRICT=0` the local cloud passes it over and says so in `serve.log`."
    )
    yield ""
    yield (
        "Answers have the fields that the response models of the vendor's SDK document; `tests/local/answers_left_out.txt` "
        "lists those that are left out, with the reasons."
    )
    yield ""


def _access() -> Iterator[str]:
    """What RAM users get refused with, and what of RAM is not known."""
    yield "## Access control"
    yield ""
    yield (
        "`python -m local identity add` makes a RAM user whose policy decides every call; the account's own key may do "
        "everything. Deny wins over Allow, and what is not allowed is denied: both documented."
    )
    yield ""
    yield "| product | prefix in a policy | a refusal is answered with | source |"
    yield "| --- | --- | --- | --- |"
    for product, prefix in PREFIXES.items():
        status, code, source = refusal(product)
        yield f"| {product} | `{prefix}:` | {status} `{code}` | {source} |"
    yield ""
    yield from (f"* {line}" for line in UNKNOWN_OF_ACCESS)
    yield ""


def _section(version: str, live: Mapping[str, str], upstream: Mapping[str, int]) -> Iterator[str]:
    offered = {action.name: action for (v, _), action in catalogue.TABLE.items() if v == version}
    absent = [name for v, name in missing() if v == version]
    yield f"## {PRODUCTS[version]} {version}"
    yield ""
    yield "| action | offered | changes something | source | upstream's tests | answered by the real cloud |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name in sorted([*offered, *absent]):
        action = offered.get(name)
        cells = ["yes", "yes" if action.writes else "no", action.source] if action else ["no", "", ""]
        call = f"{PRODUCTS[version]}:{name}"
        cells += [str(upstream.get(call, "")), live.get(call, "")]
        yield f"| {name.replace('·', ' ')} | {' | '.join(cells)} |"
    yield ""
