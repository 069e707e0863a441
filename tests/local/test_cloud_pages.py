"""Lists of the local cloud, page by page, beside their plain definition: all documents in order, those that fit, a piece of them."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cloud import tagging
from local.cloud.documents import among, being, default_or_not, numbered_page, token_page
from local.cloud.parameters import Parameters
from local.cloud.store import Document, Store

KIND = "kind"
IDS = ("a", "b", "c", "d", "e")
NEAR = ("x", "X", "x ", "xx", "1", "")
"""Values that are easily taken for each other."""
TAGS = [{"Key": key, "Value": value} for key in ("k", "K") for value in ("", "v", "V")]

documents = st.fixed_dictionaries(
    {"IsDefault": st.booleans(), "Tags": st.lists(st.sampled_from(TAGS), max_size=2, unique_by=lambda tag: tag["Key"]),
     "Groups": st.lists(st.sampled_from(NEAR), max_size=3)},
    optional={"RegionId": st.sampled_from(("here", "there")), "Name": st.one_of(st.sampled_from(NEAR), st.none()), "N": st.integers(0, 1)},
)  # fmt: skip
changes = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(IDS), documents),
    st.tuples(st.just("delete"), st.sampled_from(IDS), st.none()),
    st.tuples(st.just("taken back"), st.sampled_from(IDS), documents),
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "RegionId": st.sampled_from(("here", "there", "nowhere")), "Name": st.sampled_from(NEAR),
        "IsDefault": st.sampled_from(("true", "False", "1", "")), "Ids": st.lists(st.sampled_from((*IDS, "z")), max_size=3),
        "Groups": st.lists(st.sampled_from(NEAR), max_size=2), "Tag": st.lists(st.sampled_from(TAGS), max_size=2), "Exact": st.just("yes"),
    },
)  # fmt: skip
sizes = st.integers(1, 4)


class TakenBackError(Exception):
    """Ends a transaction that leaves nothing."""


@given(st.lists(st.tuples(changes, filters, sizes), min_size=1, max_size=25))
@settings(max_examples=150, deadline=None)
def test_pages_are_pieces_of_what_fits(steps):
    """After each of any changes: order, total and every page, by number and by token, are those of the plain definition."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store.sqlite")
        kept: dict[str, Document] = {}
        for (what, id, document), said, size in steps:
            _change(store, kept, what, id, document)
            found, fitting = _found(store, said), [one for one in kept.values() if _fits(one, said)]
            assert list(found) == fitting
            assert _by_number(found, size) == _by_token(found, size) == (fitting, len(fitting))
        store.close()


def _change(store: Store, kept: dict[str, Document], what: str, id: str, document: Document) -> None:
    if what == "delete":
        store.delete(KIND, id)
        kept.pop(id, None)
    elif what == "put":
        store.put(KIND, id, {**document, "Id": id})
        kept[id] = {**document, "Id": id}
    else:
        with pytest.raises(TakenBackError), store.transaction():
            store.put(KIND, id, {**document, "Id": id})
            for other in IDS[:2]:
                store.delete(KIND, other)
            len(store.where(KIND, ("Name", ["x"])))
            raise TakenBackError


def _found(store: Store, said: dict[str, Any]) -> Any:
    call = Parameters({**said, "Tag": said.get("Tag", [])})
    tags = tagging.sent(call)
    having = tagging.having_exactly(tags) if "Exact" in said else tagging.having(tags)
    wanted = [
        *being(call, "RegionId", "Name"),
        *default_or_not(call),
        *among(Id=said.get("Ids", []), Groups=said.get("Groups", [])),
    ]
    return store.where(KIND, *wanted, *having)


def _fits(document: Document, said: dict[str, Any]) -> bool:
    """The plain definition; of several tags with one key the last is asked for."""
    tags = list({tag["Key"]: tag for tag in said.get("Tag", [])}.values())
    return (
        all(said.get(name, "") in ("", document.get(name)) for name in ("RegionId", "Name"))
        and said.get("IsDefault", "").lower() in ("", str(document["IsDefault"]).lower())
        and (not said.get("Ids") or document["Id"] in said["Ids"])
        and (not said.get("Groups") or any(group in said["Groups"] for group in document["Groups"]))
        and (all(tag in document["Tags"] for tag in tags) if "Exact" in said else tagging.fits(tags, document))
    )


def _by_number(found: Any, size: int) -> tuple[list[Document], int]:
    pages, total = [], 0
    for number in range(1, len(IDS) + 2):
        page, counters = numbered_page(Parameters({"PageNumber": number, "PageSize": size}), found)
        pages, total = [*pages, *page], counters["TotalCount"]
    return pages, total


def _by_token(found: Any, size: int) -> tuple[list[Document], int]:
    answer = token_page(Parameters({"MaxResults": size}), found, "Items")
    pages = answer["Items"]
    while "NextToken" in answer:
        answer = token_page(Parameters({"MaxResults": size, "NextToken": answer["NextToken"]}), found, "Items")
        pages = [*pages, *answer["Items"]]
    return pages, answer["TotalCount"]
