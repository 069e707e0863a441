"""The configuration as the engine hands it over, turned into what `load` takes."""

import json
from pathlib import Path

import pulumi
from pulumi.runtime import config as engine_config
from pulumi.runtime import get_config_env, get_config_secret_keys_env

from settings.loading import KEYS, load
from settings.model import Settings
from settings.problems import SettingsError

TEXTS = ("mtlsedge:accountId", "mtlsedge:certificateSite", "mtlsedge:production")
"""Keys whose values are texts, however much they look like JSON."""
STRUCTURED = (*(key for key in KEYS if key not in TEXTS), "alicloud:endpoints")


def from_pulumi() -> Settings:
    """The settings of the stack that is running.

    The engine hands nested secrets over in clear within their key's JSON, and says which keys hold any; it does
    not say where in them. Raises `pulumi.RunError`, which is printed without a traceback.
    """
    values = {**get_config_env(), **engine_config.CONFIG.get()}
    secrets = {*get_config_secret_keys_env(), *(key for key in values if engine_config.is_config_secret(key))}
    try:
        return load(
            {key: _decode(key, values[key]) for key in sorted(values, key=_order)},
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            files=Path.cwd(),
            secrets=secrets,
        )
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def _decode(key: str, value: object) -> object:
    if key not in STRUCTURED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _order(key: str) -> tuple[int, str]:
    """The engine keeps no order: the provider's keys first, then ours as they are documented."""
    return (KEYS.index(key) + 1 if key in KEYS else len(KEYS) + 1 if key.startswith("mtlsedge:") else 0, key)
