"""YAML as the engine reads it. `tests/engine/test_stack_yaml.py` asks the engine itself for the same table."""

import pytest
import yaml

from settings.engine_yaml import NotReadableError, dump, lines, parse

READ_BY_THE_ENGINE = {
    "NO": "NO", "on": "on", "off": "off", "yes": "yes", "y": "y", "Yes": "Yes", "=": "=", "<": "<",
    "true": True, "True": True, "TRUE": True, "tRUE": "tRUE", "null": None, "~": None, "Null": None, "nULL": "nULL",
    "22:30": "22:30", "10:20:30": "10:20:30", "1:2": "1:2",
    "0123": 83, "0o14": 12, "0x1F": 31, "0b11": 3, "089": 89, "1_000": 1000, "-5": -5, "+5": 5, "00": 0,
    "9007199254740993": 9007199254740993, "12345678901234567890123": 1.2345678901234568e22,
    "1e3": 1000, "1E3": 1000, "1.0": 1, "1.": 1, ".5": 0.5, "0.1": 0.1, "-1.5e-3": -0.0015, "1e": "1e", "e3": "e3", "1.2.3": "1.2.3",
    "2026-01-01": "2026-01-01 00:00:00 +0000 UTC", "2026-01-01T10:00:00Z": "2026-01-01 10:00:00 +0000 UTC",
    "2026-01": "2026-01", "10.0.0.0/8": "10.0.0.0/8", "a b": "a b", "'1'": "1", '"on"': "on", "!!str 5": "5",
}  # fmt: skip
"""A scalar as it stands in a stack file -> the value that the program is handed. Seen on engine 3.256.0."""
HOSTILE = {
    "a: &x {b: *x}": "levels of nesting",
    "a: [": "line 1",
    "a: 1\nb: 2\na: 3": "line 3: the key 'a' stands twice",
    "- " + "[" * 5000: "levels of nesting",
    "? [a]\n: 1": "a key that is no text",
    "a: !!python/object:os.system x": "the tag",
    "a: !!int abc": "abc",
    "a: *nobody": "undefined alias",
    "a: \x07": "special characters",
    "a: " + "x" * 2_000_000: "characters",
}


@pytest.mark.parametrize("scalar", READ_BY_THE_ENGINE)
def test_a_scalar_is_what_the_engine_makes_of_it(scalar):
    """As a value, and in a list."""
    value = READ_BY_THE_ENGINE[scalar]
    for text, found in ((f"k: {scalar}\n", "k"), (f"k:\n  - {scalar}\n", "k")):
        read = parse(text)[found]
        read = read[0] if isinstance(read, list) else read
        assert read == value
        assert isinstance(read, bool) == isinstance(value, bool)


def test_every_key_is_a_text():
    """`on:` stays `on`, a number is written out, as the engine does it."""
    keys = {"on": "on", "yes": "yes", "1": "1", "022": "18", "true": "true", "null": "<nil>", "1.0": "1", "'1'": "1"}
    for written, read in keys.items():
        assert list(parse(f"{written}: 1\n")) == [read]


@pytest.mark.parametrize("scalar", READ_BY_THE_ENGINE)
def test_a_text_is_written_so_that_it_stays_a_text(scalar):
    """For the engine's reader and for PyYAML's, as key and as value."""
    document = {"config": {scalar: [scalar, {"k": scalar}], "other": 5}}
    assert parse(dump(document)) == document
    assert yaml.safe_load(dump(document)) == document


def test_merged_mappings_are_written_out():
    """What stands beside `<<` wins; of several the first."""
    text = "a: &a {p: 1, q: 1}\nb: &b {q: 2, r: 2}\nc: {<<: [*a, *b], p: 3}\nd: *a\n"
    assert parse(text) == {
        "a": {"p": 1, "q": 1},
        "b": {"q": 2, "r": 2},
        "c": {"p": 3, "q": 1, "r": 2},
        "d": {"p": 1, "q": 1},
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_document_is_one_error_at_once(text):
    """It refers to itself, is too deep, too long, or asks for a type: a reason, and no traceback. Reading it to the end would not end.."""
    with pytest.raises(NotReadableError, match=HOSTILE[text]):
        parse(text)


def test_an_exploding_document_is_refused_and_a_large_one_is_read():
    """Ten levels of ten aliases are refused; a thousand server groups are taken."""
    bomb = "k0: &k0 [1]\n" + "".join(f"k{i}: &k{i} [{', '.join([f'*k{i - 1}'] * 10)}]\n" for i in range(1, 10))
    with pytest.raises(NotReadableError, match="values"):
        parse(bomb)
    large = {f"group-{number}": {"servers": {"a": {"id": "i-1", "weight": 100}}} for number in range(1000)}
    assert parse(dump(large)) == large


def test_each_key_knows_its_line():
    """Nested keys and list entries, counted from one."""
    assert lines("a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n") == {
        ("a",): 1, ("a", "b"): 2, ("a", "c"): 3, ("a", "c", 0): 4, ("a", "c", 1): 5, ("a", "c", 1, "d"): 5
    }  # fmt: skip
