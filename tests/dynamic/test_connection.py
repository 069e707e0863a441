"""Where calls go, as whom, and the account guard."""

import json
import os
from typing import Any

import pulumi
import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import DefaultCredentialsProvider, StaticAKCredentialsProvider

from mtlsedge_components.account import require_account
from mtlsedge_components.dynamic.cloud_clients import Connection
from mtlsedge_components.dynamic.errors import ProviderError

REGION = {"alicloud:region": "eu-central-1"}


@pytest.fixture(autouse=True)
def no_ambient_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine the tests run on: no variables, and a chain that looks nowhere (no file, no metadata)."""
    for name in os.environ:
        if name.startswith(("ALICLOUD_", "ALIBABA_CLOUD_")):
            monkeypatch.delenv(name)

    def nothing(_chain: object) -> None:
        raise CredentialException("planted")

    monkeypatch.setattr(DefaultCredentialsProvider, "get_credentials", nothing)


def connection(**config: Any) -> Connection:
    """A connection with these keys under `alicloud:`."""
    return Connection({**REGION, **{f"alicloud:{key}": value for key, value in config.items()}}.get)


def key_of(made: Connection) -> str:
    """The access key id calls would be signed with."""
    return made.config("cas", "host").credential.get_credential().access_key_id


@pytest.mark.parametrize(
    ("site", "host"), [("china", "cas.aliyuncs.com"), ("international", "cas.ap-southeast-1.aliyuncs.com")]
)
def test_without_endpoints_the_public_hosts_are_called(site: str, host: str) -> None:
    """By HTTPS; certificates by site, whatever the region."""
    made = connection(accessKey="k", secretKey="s")
    service = made.certificates(site)._client
    assert (service._protocol, service._endpoint) == ("https", host)
    assert made.load_balancers()._client._endpoint == "alb.eu-central-1.aliyuncs.com"
    assert made.names()._client._endpoint == "alidns.aliyuncs.com"


def test_configured_endpoints_win_product_by_product() -> None:
    """JSON text, as the engine hands it over."""
    made = connection(accessKey="k", secretKey="s", protocol="HTTP", endpoints=json.dumps([{"alb": "127.0.0.1:1"}]))
    service = made.load_balancers()._client
    assert (service._protocol, service._endpoint) == ("http", "127.0.0.1:1")
    assert made.names()._client._endpoint == "alidns.aliyuncs.com"


def test_clients_are_made_once() -> None:
    """Each import and client costs time."""
    made = connection(accessKey="k", secretKey="s")
    assert made.names() is made.names()


def test_credentials_are_looked_for_where_the_provider_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configuration first, then ALICLOUD_…, then the SDK's chain: else two identities would share one run."""
    chain = StaticAKCredentialsProvider(access_key_id="third", access_key_secret="s").get_credentials()
    monkeypatch.setattr(DefaultCredentialsProvider, "get_credentials", lambda _chain: chain)
    assert key_of(connection()) == "third"
    monkeypatch.setenv("ALICLOUD_ACCESS_KEY", "second")
    monkeypatch.setenv("ALICLOUD_SECRET_KEY", "s")
    assert key_of(connection()) == "second"
    assert key_of(connection(accessKey="first", secretKey="s")) == "first"


def test_a_security_token_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary credentials are useless without it."""
    monkeypatch.setenv("ALICLOUD_ACCESS_KEY", "k")
    monkeypatch.setenv("ALICLOUD_SECRET_KEY", "s")
    monkeypatch.setenv("ALICLOUD_SECURITY_TOKEN", "from-environment")
    for made, token in (
        (connection(), "from-environment"),
        (connection(accessKey="k", secretKey="s", securityToken="t"), "t"),
    ):
        assert made.config("cas", "host").credential.get_credential().security_token == token


@pytest.mark.parametrize("key", ["profile", "assumeRole", "ecsRoleName"])
def test_what_only_the_provider_understands_is_refused(key: str) -> None:
    """Our calls would act as somebody else than the provider's."""
    with pytest.raises(ProviderError, match=f"alicloud:{key}: found a value; allowed none"):
        connection(**{key: "x"}).names()


def test_a_missing_region_is_named() -> None:
    """It cannot be guessed."""
    with pytest.raises(ProviderError, match="alicloud:region: found nothing"):
        Connection({}.get).load_balancers()


def test_the_right_account_passes(config: dict) -> None:
    """The local account's id is the one GetCallerIdentity gives."""
    require_account("1234567890123456", "ap-southeast-1", config)


def test_another_account_is_refused_by_number(config: dict) -> None:
    """The message names found and allowed."""
    with pytest.raises(pulumi.RunError, match="found credentials of account 1234567890123456; allowed 42; nothing was"):
        require_account("42", "ap-southeast-1", config)


def test_without_an_account_id_nobody_is_asked() -> None:
    """The guard is optional."""
    require_account("", "ap-southeast-1", {})


def test_an_unanswered_guard_refuses(config: dict) -> None:
    """Not knowing whose account it is counts as the wrong one."""
    closed = {**config, "alicloud:endpoints": '[{"sts": "127.0.0.1:9"}]'}
    with pytest.raises(pulumi.RunError, match=r"mtlsedge:accountId: cannot tell .* GetCallerIdentity failed: NoAnswer"):
        require_account("42", "ap-southeast-1", closed)


def test_without_credentials_the_guard_says_so() -> None:
    """In our words: the chain's own text lists files and what is in them."""
    with pytest.raises(pulumi.RunError, match="no credentials in the environment") as caught:
        require_account("42", "ap-southeast-1", {})
    assert "planted" not in str(caught.value)
