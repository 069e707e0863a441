"""Security Token Service: who is calling."""

from local.cloud.actions import Call, Response, action
from local.cloud.products import STS

_USER_ID = "200000000000000001"


@action(STS, "GetCallerIdentity", source="provider source")
def get_caller_identity(call: Call) -> Response:
    """The one RAM user of the local account."""
    account = call.context.account_id
    return {
        "AccountId": account,
        "Arn": f"acs:ram::{account}:user/local",
        "IdentityType": "RAMUser",
        "PrincipalId": _USER_ID,
        "UserId": _USER_ID,
    }
