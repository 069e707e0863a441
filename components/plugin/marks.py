"""Secrets on the wire: the engine marks them, providers work on bare values, and what comes back is marked again."""

from collections.abc import Mapping
from typing import Any

from pulumi.runtime import rpc


def bare(value: Any) -> Any:
    """The value without the marks of secrets, at every depth."""
    if rpc.is_rpc_secret(value):
        return bare(rpc.unwrap_rpc_secret(value))
    if isinstance(value, Mapping):
        return {key: bare(item) for key, item in value.items()}
    return [bare(item) for item in value] if isinstance(value, list) else value


def marked_like(value: Any, like: Any) -> Any:
    """The bare value, a secret wherever `like` has one: what the engine does for plugins that know of no secrets."""
    if rpc.is_rpc_secret(like):
        return rpc.wrap_rpc_secret(value)
    if isinstance(value, Mapping) and isinstance(like, Mapping):
        return {key: marked_like(item, like.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(like, list):
        beside = [*like, *[None] * (len(value) - len(like))]
        return [marked_like(item, other) for item, other in zip(value, beside, strict=False)]
    return value
