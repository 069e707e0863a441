"""Provider processes, and a local cloud for those that need one."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pulumi
import pytest

from local.cloud.application import Cloud
from tests.dynamic.process import ProviderProcess

Registered = tuple[str, dict[str, Any], pulumi.ResourceOptions]
"""Type, properties and options of a resource."""


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[Registered]:
    """Every resource made in the test; nothing is sent anywhere."""
    seen: list[Registered] = []

    def note(_self: Any, type_: str, _name: str, properties: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        seen.append((type_, properties, opts))

    monkeypatch.setattr(pulumi.CustomResource, "__init__", note)
    return seen


@pytest.fixture(scope="session")
def spawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ProviderProcess]]:
    """Starts provider processes; all of them end with the session."""
    started: list[ProviderProcess] = []

    def start(**options: Any) -> ProviderProcess:
        started.append(ProviderProcess(tmp_path_factory.mktemp("provider") / "stderr", **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture(scope="session")
def provider(spawn: Callable[..., ProviderProcess]) -> ProviderProcess:
    """A provider process without any configuration, at NOW."""
    return spawn()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local cloud on a free port; tests use names of their own in it."""
    running = Cloud(tmp_path_factory.mktemp("cloud"), api_address="127.0.0.1:0")
    running.start()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test's faults end with it."""
    yield
    if "cloud" in request.fixturenames:
        request.getfixturevalue("cloud").faults.clear()


@pytest.fixture(scope="session")
def config(cloud: Cloud) -> dict[str, str]:
    """Stack configuration of the local cloud, exactly as the engine hands it over: structures are JSON text."""
    address, keys = cloud.api_address, cloud.credentials
    return {
        "alicloud:region": "ap-southeast-1",
        "alicloud:protocol": "HTTP",
        "alicloud:endpoints": json.dumps([dict.fromkeys(("alb", "cas", "alidns", "sts"), address)]),
        "alicloud:accessKey": keys.access_key_id,
        "alicloud:secretKey": keys.access_key_secret,
    }


@pytest.fixture(scope="session")
def connected(spawn: Callable[..., ProviderProcess], config: dict[str, str]) -> ProviderProcess:
    """A provider process configured for the local cloud."""
    return spawn(config=config)


@pytest.fixture(scope="session")
def another(spawn: Callable[..., ProviderProcess], config: dict[str, str]) -> ProviderProcess:
    """A second such process: the next `pulumi up`, which remembers nothing of what `connected` did."""
    return spawn(config=config)


@pytest.fixture
def refused() -> Callable[..., str]:
    """Runs a call that must fail, and gives the text the engine would print."""

    def call(method: Callable, *arguments: Any) -> str:
        with pytest.raises(grpc.RpcError) as caught:
            method(*arguments)
        return caught.value.details()

    return call
