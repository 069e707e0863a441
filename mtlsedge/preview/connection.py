"""What changes about the providers: where calls and credentials go, and which cloud or cluster the resources are in."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from exposure import connection
from exposure.facts import HIDDEN
from mtlsedge.preview.events import Change, Preview, is_made_by_the_engine
from mtlsedge.snapshot.configuration import is_ciphertext
from mtlsedge.snapshot.sanitizing import CONNECTION, PROVIDER_TYPE, is_secret

Found = Iterator[tuple[str, str, str, str]]


def implied(configuration: Mapping[str, Any], resources: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    """The providers that the engine makes of `alicloud:region` and the like: as the state has them, and as they will be.

    `configuration` holds full keys, of the project's file and the stack's; `resources` are those of the deployment.
    """
    before: dict[str, list[Mapping[str, Any]]] = {}
    for one in resources:
        if is_made_by_the_engine(one):
            before.setdefault(one["type"], []).append(_readable(one.get("inputs") or {}))
    after: dict[str, dict[str, Any]] = {}
    for key, value in configuration.items():
        package, _, name = key.partition(":")
        if name in CONNECTION:
            after.setdefault(f"{PROVIDER_TYPE}{package}", {})[name] = HIDDEN if is_ciphertext(value) else value
    for type_ in sorted({*after, *(set(before) if after else ())}):
        new = after.get(type_, {})
        known: list[Mapping[str, Any] | None] = [*before.get(type_, ())]
        for old in known or [None]:
            operation = "create" if old is None else "same" if _texts(old) == _texts(new) else "update"
            yield Change(operation, f"configuration::{type_.removeprefix(PROVIDER_TYPE)}", type_, old=old, new=new)


def _readable(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: HIDDEN if is_secret(value) else value for key, value in inputs.items() if key in CONNECTION}


def _texts(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Inputs as the engine keeps them: every one a text."""
    return {key: json.dumps(_data(value), sort_keys=True) for key, value in inputs.items()}


def _data(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def find(preview: Preview) -> Found:
    """An endpoint that is neither the vendor's nor on this machine, and calls without TLS."""
    for one in _providers(preview):
        if not (connection.can_be_read(one.new) and connection.can_be_read(one.old)):
            continue
        if added := sorted(connection.foreign(one.new) - connection.foreign(one.old)):
            shown = ", ".join(f"{service} at {host}" for service, host in added)
            yield (
                "foreign-endpoint",
                "calls go to a foreign endpoint",
                one.name,
                f"{shown}: it learns the credentials' signatures and answers for the cloud",
            )
        if connection.in_clear(one.new) and not connection.in_clear(one.old):
            yield (
                "calls-in-clear",
                "calls without TLS",
                one.name,
                "calls to the cloud leave this machine over plain HTTP",
            )


def undecided(preview: Preview) -> Iterator[tuple[str, str]]:
    """Provider, and what of its change no rule can read: the state describes another place from then on."""
    for one in _providers(preview):
        if not connection.can_be_read(one.new):
            yield one.name, "its endpoints or protocol are a secret or known after `up` only"
        elif one.old is not None and connection.can_be_read(one.old):
            if added := sorted(connection.local(one.new) - connection.local(one.old)):
                yield one.name, f"calls go to this machine: {', '.join(service for service, _ in added)}"
            for what in connection.moved(one.old, one.new or {}):
                yield one.name, f"{what}: the resources are looked for elsewhere"


def _providers(preview: Preview) -> Iterator[Change]:
    """Providers that change, those that nobody declared included."""
    for one in (*preview.providers, *preview.changes):
        if one.type.startswith(PROVIDER_TYPE) and one.new is not None and one.is_change:
            yield one
