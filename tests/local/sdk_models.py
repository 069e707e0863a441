"""What the vendor's SDK documents of an answer, read from its response models, and what an answer leaves out of it."""

import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.local.conftest import SDKS

_SCALAR = re.compile(r"result\['([\w-]+)'\] = self\.(\w+)")
_LIST = re.compile(r"result\['([\w-]+)'\] = \[\]\s+if self\.(\w+) is not None")


def left_out(product: str, action: str, answer: dict[str, Any]) -> set[str]:
    """Places of documented fields that an answer lacks; one within a list counts when no object of the list has it."""
    module = importlib.import_module(f"{SDKS[product][0]}.models")
    body = getattr(module, f"{action}ResponseBody")().from_map(answer)
    return set(_missing(body, answer, ""))


def undocumented(product: str, action: str, answer: dict[str, Any]) -> set[str]:
    """Places of fields that an answer has and its model does not."""
    module = importlib.import_module(f"{SDKS[product][0]}.models")
    return set(_beside(getattr(module, f"{action}ResponseBody")().from_map(answer), answer, ""))


def _beside(model: Any, answer: dict[str, Any], path: str) -> Iterator[str]:
    known = dict(_fields(type(model)))
    for key, given in answer.items():
        if key not in known:
            yield f"{path}{key}"
            continue
        value = getattr(model, known[key])
        pairs = zip(value, given, strict=True) if isinstance(value, list) else [(value, given)]
        for inner, one in pairs:
            if hasattr(inner, "to_map"):
                yield from _beside(inner, one, f"{path}{key}.")


def _missing(model: Any, answer: dict[str, Any], path: str) -> Iterator[str]:
    for key, attribute in _fields(type(model)):
        value = getattr(model, attribute)
        if key not in answer:
            yield f"{path}{key}"
        elif isinstance(value, list):
            yield from _missing_of_all(value, answer[key], f"{path}{key}.")
        elif hasattr(value, "to_map"):
            yield from _missing(value, answer[key], f"{path}{key}.")


def _missing_of_all(models: list[Any], answers: list[Any], path: str) -> Iterator[str]:
    pairs = [(model, answer) for model, answer in zip(models, answers, strict=True) if hasattr(model, "to_map")]
    if pairs:
        yield from set.intersection(*(set(_missing(model, answer, path)) for model, answer in pairs))


@cache
def _fields(model: type) -> list[tuple[str, str]]:
    """(key on the wire, attribute) of a model, from the code that writes it."""
    source = inspect.getsource(model.to_map)  # type: ignore[attr-defined]
    return _SCALAR.findall(source) + _LIST.findall(source)
