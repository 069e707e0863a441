"""YAML as the engine reads and keeps it: the rules of Go's yaml.v3, seen on engine 3.256.0.

`NO`, `on`, `22:30` are texts, `0123` is 83, `1e3` is 1000, a date becomes Go's way to print it, every key is a text.
PyYAML follows YAML 1.1, where the first three are a switch and a number.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

LARGEST = 1024 * 1024
"""Characters of a file."""
MOST_VALUES, DEEPEST = 100_000, 100
"""Values with all aliases written out, and levels of nesting."""
_TAG = "tag:yaml.org,2002:"
_SCALARS = (
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("null", r"~|null|Null|NULL|"),
    ("int", r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)"),
    ("float", r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
    ("timestamp", r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?( ?(Z|[-+][0-9]{2}:[0-9]{2}))?)?"),
    ("merge", r"<<"),
)  # fmt: skip
_RULES = [(f"{_TAG}{kind}", re.compile(f"(?:{form})$")) for kind, form in _SCALARS]


class NotReadableError(Exception):
    """The text is no YAML that the engine would take, or too large; says why, and where."""


class _Loader(yaml.SafeLoader):
    """Composes nodes with the engine's tags."""

    yaml_implicit_resolvers = {None: _RULES}  # noqa: RUF012  (PyYAML's way to say it)


class _Dumper(yaml.SafeDumper):
    """Quotes what either reader would take for something else than text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (PyYAML's way to say it)
        **{first: [*rules, *_RULES] for first, rules in yaml.SafeDumper.yaml_implicit_resolvers.items()},
        None: _RULES,
    }

    def ignore_aliases(self, _data: Any) -> bool:
        """Every value is written out."""
        return True


def parse(text: str) -> Any:
    """The document. Raises NotReadableError."""
    if len(text) > LARGEST:
        raise NotReadableError(f"more than {LARGEST} characters")
    try:
        node = yaml.compose(text, Loader=_Loader)
        return None if node is None else _Reading().value(node)
    except ValueError as problem:  # `!!int abc`
        raise NotReadableError(str(problem)) from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise NotReadableError(f"{where}{problem.problem}") from None
    except yaml.YAMLError as problem:
        raise NotReadableError(str(problem).splitlines()[0]) from None
    except RecursionError:
        raise NotReadableError(f"more than {DEEPEST} levels of nesting") from None


def dump(document: Any) -> str:
    """A document as text that the engine, and PyYAML, read back as it is."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


def lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Path of each value -> line of its key, counted from 1; of a text that `parse` took."""
    node = yaml.compose(text, Loader=_Loader)
    return dict(_lines(node, ())) if node else {}


def _lines(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.tag != f"{_TAG}merge":
                yield (*path, _key(key)), key.start_mark.line + 1
                yield from _lines(value, (*path, _key(key)))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*path, index), item.start_mark.line + 1
            yield from _lines(item, (*path, index))


class _Reading:
    """One walk over the nodes, which counts."""

    def __init__(self) -> None:
        self._left, self._depth = MOST_VALUES, 0

    def value(self, node: yaml.Node) -> Any:
        self._left -= 1
        self._depth += 1
        if self._left < 0 or self._depth > DEEPEST:
            what = f"{MOST_VALUES} values" if self._left < 0 else f"{DEEPEST} levels of nesting"
            raise yaml.MarkedYAMLError(problem=f"more than {what}", problem_mark=node.start_mark)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node)
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item) for item in node.value]
            return _scalar(node)
        finally:
            self._depth -= 1

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == f"{_TAG}merge":
                for one in self._merged(value_node):
                    merged |= {key: value for key, value in one.items() if key not in merged}
                continue
            key = _key(key_node)
            if key in found:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark)
            found[key] = self.value(value_node)
        return found | {key: value for key, value in merged.items() if key not in found}

    def _merged(self, node: yaml.Node) -> Iterator[dict[str, Any]]:
        for one in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(one, yaml.MappingNode):
                raise yaml.MarkedYAMLError(problem="<< takes mappings only", problem_mark=one.start_mark)
            yield self._mapping(one)


def _key(node: yaml.Node) -> str:
    """Every key is a text in the end, as Go prints its value."""
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.MarkedYAMLError(problem="a key that is no text", problem_mark=node.start_mark)
    value = _scalar(node)
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _scalar(node: yaml.Node) -> Any:
    kind, text = node.tag.removeprefix(_TAG), str(node.value)
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind in ("int", "float"):
        return _number(text.replace("_", ""))
    if kind not in ("str", "timestamp"):
        raise yaml.MarkedYAMLError(problem=f"the tag {node.tag}", problem_mark=node.start_mark)
    return _printed_by_go(node) if isinstance(node, yaml.ScalarNode) and kind == "timestamp" else text


def _number(text: str) -> int | float:
    sign, digits = (-1 if text.startswith("-") else 1), text.lstrip("+-").lower()
    if digits.lstrip(".") in ("inf", "nan"):
        return sign * float(digits.lstrip("."))
    try:
        is_octal = len(digits) > 1 and digits[0] == "0" and digits.isdecimal()
        whole = sign * (int(digits, 8) if is_octal else int(digits, 0))
    except ValueError:
        return sign * float(digits)
    return whole if -(2**63) <= whole < 2**64 else float(whole)


def _printed_by_go(node: yaml.ScalarNode) -> str:
    """2026-01-01 is handed to the program as `2026-01-01 00:00:00 +0000 UTC`."""
    try:
        moment = yaml.SafeLoader("").construct_yaml_timestamp(node)
    except ValueError:  # the thirty-first of February: a text
        return str(node.value)
    zone = moment.strftime("%z") if hasattr(moment, "tzinfo") and moment.tzinfo else ""
    return f"{moment:%Y-%m-%d %H:%M:%S} " + ("+0000 UTC" if zone in ("", "+0000") else f"{zone} {zone}")
