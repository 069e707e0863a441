"""The guard against deploying to the wrong account."""

from collections.abc import Mapping

import pulumi

from mtlsedge_components.dynamic.calls import called
from mtlsedge_components.dynamic.cloud_clients import Connection
from mtlsedge_components.dynamic.errors import ProviderError


def require_account(account_id: str, region: str, config: Mapping[str, object]) -> None:
    """Raise pulumi.RunError unless the credentials belong to `account_id`; an empty id asks nothing.

    For `up` only, before any resource is registered: it calls GetCallerIdentity at `sts.<region>.aliyuncs.com`, or at
    the `sts` entry of `alicloud:endpoints`. `config` has full keys (`alicloud:endpoints`, …), structures as JSON text.
    """
    if not account_id:
        return
    try:
        found = _caller_account(Connection({**config, "alicloud:region": region}.get))
    except ProviderError as error:
        raise pulumi.RunError(f"mtlsedge:accountId: cannot tell whose credentials these are: {error}") from None
    if found != account_id:
        raise pulumi.RunError(
            f"mtlsedge:accountId: found credentials of account {found}; allowed {account_id}; nothing was changed"
        )


def _caller_account(connection: Connection) -> str:
    """Account id behind the credentials; raises ProviderError."""
    from alibabacloud_sts20150401.client import Client  # noqa: PLC0415 - a preview does not wait for its import

    client = Client(connection.config("sts", f"sts.{connection.region}.aliyuncs.com"))
    return str(called("GetCallerIdentity", lambda _: client.get_caller_identity(), None).get("AccountId"))
