"""What every answer of the local cloud has in common, and what is not known of the real one: how it says that a text is empty, and in which order lists are."""

from typing import Any

from local.behaviours import EMPTY_TEXTS, ERROR_MESSAGES, LIST_ORDER, Answers

ORDERED = frozenset({"CertChain"})
"""Lists whose order means something."""


def shaped(body: dict[str, Any], behaviours: Answers) -> dict[str, Any]:
    """An answer as the chosen behaviours have it."""
    shown: dict[str, Any] = _reversed(body) if behaviours.is_(LIST_ORDER, "reverse") else body
    if behaviours.is_(EMPTY_TEXTS, "text"):
        return shown
    emptied: dict[str, Any] = _emptied(shown, keep=behaviours.is_(EMPTY_TEXTS, "null"))
    return emptied


def shaped_error(body: dict[str, Any], behaviours: Answers) -> dict[str, Any]:
    """An error as the chosen behaviours have it; the local cloud's own complaints keep their message."""
    mute = behaviours.is_(ERROR_MESSAGES, "empty") and not body["Code"].endswith(".Emulator")
    return {**body, "Message": ""} if mute else body


def _reversed(value: Any, name: str = "") -> Any:
    """Lists of objects the other way round, at any depth; a list of plain values is one value of an attribute."""
    if isinstance(value, dict):
        return {key: _reversed(item, key) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_reversed(item) for item in value]
    is_turned = name not in ORDERED and all(isinstance(item, dict) for item in items)
    return items[::-1] if is_turned else items


def _emptied(value: Any, *, keep: bool) -> Any:
    """Empty texts as null (`keep`), or without their keys."""
    if isinstance(value, list):
        return [_emptied(item, keep=keep) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: None if item == "" else _emptied(item, keep=keep) for key, item in value.items() if keep or item != ""}
