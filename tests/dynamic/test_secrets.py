"""What the program marks as secret, before the engine sees it."""

import asyncio

import pulumi

from mtlsedge_components.dynamic import Certificate, PrivateKey
from tests.dynamic.conftest import Registered


def test_a_generated_key_is_a_secret_output(registered: list[Registered]) -> None:
    """It has no input of its name, so without this it would stand in state as plain text; other options stay."""
    PrivateKey("key", algorithm="ecdsa-p256", opts=pulumi.ResourceOptions(protect=True))
    ((_, _, options),) = registered
    assert options.additional_secret_outputs == ["private_key_pem"]
    assert options.protect is True


def test_the_issuers_key_is_a_secret_input(registered: list[Registered]) -> None:
    """Even when a caller hands it over as plain text; and it is no output."""

    async def secrecy() -> bool:
        Certificate("c", profile="client", subject={}, names={}, validity_days=1, renew_before_days=0,
                    issuer_private_key_pem="plain")  # fmt: skip
        ((_, properties, _),) = registered
        return await properties["issuer_private_key_pem"].is_secret()

    assert asyncio.run(secrecy())
    assert "issuer_private_key_pem" not in Certificate.__annotations__
