"""Findings that another job wrote are data from anybody: what is not exactly of their form is refused by its key."""

import json
from dataclasses import replace

import pytest

from mtlsedge.errors import CommandError
from mtlsedge.preview.events import Preview
from mtlsedge.preview.findings import judge
from mtlsedge.preview.reading import LONGEST_LIST, LONGEST_TEXT, MOST_STACKS, from_json, several
from mtlsedge.preview.renewals import Renewal
from tests.unit.preview_samples import listener

GOOD = replace(
    judge("edge", "dev", Preview((listener({}, {"caEnabled": False}),))),
    renewals=(Renewal("alice", "its window is open", "2026-12-01"),),
    unknown=("a setting",),
)


def changed(path: str, value: object) -> dict:
    """The document with the value at a path like `rows.0.name`; None takes the key away."""
    document = json.loads(json.dumps(GOOD.to_json()))
    *parents, last = path.split(".")
    place = document
    for key in parents:
        place = place[int(key) if key.isdigit() else key]
    if value is None:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return document


def test_what_a_preview_wrote_is_read_as_it_was():
    """Nothing is lost, and the file's own verdict is not looked at."""
    assert from_json(json.loads(json.dumps(GOOD.to_json()))) == GOOD
    assert not from_json(changed("passes", value=True)).passes


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("project", "x" * 101),
        ("project", "../edge"),
        ("stack", "dev\n"),
        ("stack", 7),
        ("failure", ["x"]),
        ("failure", None),
        ("errors", "text"),
        ("errors", [1]),
        ("policies", {}),
        ("unknown", ["x"] * (LONGEST_LIST + 1)),
        ("unknown", ["x" * (LONGEST_TEXT + 1)]),
        ("unchanged", -1),
        ("unchanged", 10**400),
        ("unchanged", True),
        ("unchanged", 1.5),
        ("diagram", None),
        ("more", "x"),
        ("weakenings.0.kind", "[x](https://evil.test)"),
        ("weakenings.0.at", "mtlsedge:listener.other"),
        ("weakenings.0.label", None),
        ("weakenings.0.more", "x"),
        ("weakenings.0", "x"),
        ("rows.0.operation", "**update**"),
        ("rows.0.changed", "gzip"),
        ("rows.0.is_component", 1),
        ("renewals.0.until", "2026-12-01)](https://evil.test"),
        ("renewals.0.until", "soon"),
    ],
)
def test_another_form_is_refused_by_its_key(path, value):
    """The error names the key and quotes nothing of the value."""
    with pytest.raises(CommandError) as raised:
        from_json(changed(path, value))
    text = str(raised.value)
    assert text.startswith("found no findings: findings.")
    assert "evil" not in text and len(text) < 400


@pytest.mark.parametrize("document", [None, [], 1, "x", {}, {"a" * 10_000: 1}])
def test_a_document_of_another_kind_is_refused(document):
    """No traceback, and no long key in the error."""
    with pytest.raises(CommandError) as raised:
        from_json(document)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "nothing", json.dumps(GOOD.to_json()) + "x"])
def test_a_text_that_is_no_findings_is_one_error(text):
    """Deep, cut off, or with something behind it."""
    with pytest.raises(CommandError):
        several(text)


def test_the_number_of_stacks_has_a_limit():
    """As many as a request may have are read, one more is refused."""
    texts = [json.dumps(replace(GOOD, stack=f"s{number}").to_json()) for number in range(MOST_STACKS + 1)]
    assert len(several("\n".join(texts[:-1]))) == MOST_STACKS
    with pytest.raises(CommandError, match="more than 500"):
        several("\n".join(texts))
