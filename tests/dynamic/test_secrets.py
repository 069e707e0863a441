"""What the program marks as secret, before the engine sees it."""

import asyncio
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import Resource

from components.dynamic import Certificate, PrivateKey


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], pulumi.ResourceOptions | None]]:
    """Properties and options of every resource made in the test; nothing is sent anywhere."""
    seen: list = []
    monkeypatch.setattr(
        Resource, "__init__", lambda _self, _provider, _name, props, opts=None: seen.append((props, opts))
    )
    return seen


def test_a_generated_key_is_a_secret_output(registered: list) -> None:
    """It has no input of its name, so without this it would stand in state as plain text; other options stay."""
    PrivateKey("key", algorithm="ecdsa-p256", opts=pulumi.ResourceOptions(protect=True))
    ((_, options),) = registered
    assert options.additional_secret_outputs == ["private_key_pem"]
    assert options.protect is True


def test_the_issuers_key_is_a_secret_input(registered: list) -> None:
    """Even when a caller hands it over as plain text; and it is no output."""

    async def secrecy() -> bool:
        Certificate("c", profile="client", subject={}, names={}, validity_days=1, renew_before_days=0,
                    issuer_private_key_pem="plain")  # fmt: skip
        ((properties, _),) = registered
        return await properties["issuer_private_key_pem"].is_secret()

    assert asyncio.run(secrecy())
    assert "issuer_private_key_pem" not in Certificate.__annotations__
