"""A configuration that loads, and ways to change it: the ground the settings tests stand on."""

import copy
from pathlib import Path

import yaml

from settings import Settings, SettingsError, load

PROJECT = Path(__file__).resolve().parents[2]
ABSENT = object()
"""A change to this value removes the key."""
PLACE = {"vpcId": "vpc-1a", "zones": {"ap-southeast-1a": "vsw-1a", "ap-southeast-1b": "vsw-1b"}}
"""A network that exists."""


def stack_file(stack: str) -> dict:
    """The configuration in a checked-in stack file."""
    return yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]


def local(changes: dict | None = None) -> dict:
    """The local stack's configuration, the load balancer's entry point alone, with changes: `section.key.key` (keys without
    dots) to a new value.
    """
    config = copy.deepcopy(stack_file("local"))
    del config["mtlsedge:kubernetes"]
    for path, value in (changes or {}).items():
        _set(config, path, value)
    return config


def read(config: dict, files: Path = PROJECT, secrets: tuple[str, ...] = ()) -> Settings:
    """The settings in a configuration; raises SettingsError."""
    return load(config, project="mtlsedge", stack="local", files=files, secrets=secrets)


def problems(config: dict, files: Path = PROJECT, secrets: tuple[str, ...] = ()) -> list[str]:
    """The problems of a configuration, a line each."""
    try:
        read(config, files, secrets)
    except SettingsError as error:
        return [str(problem) for problem in error.problems]
    return []


def _set(config: dict, path: str, value: object) -> None:
    head, *keys = path.split(".")
    steps = [head if ":" in head else f"mtlsedge:{head}", *keys]
    for step in steps[:-1]:
        config = config.setdefault(step, {})
    if value is ABSENT:
        config.pop(steps[-1], None)
    else:
        config[steps[-1]] = value
