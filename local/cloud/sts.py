"""Security Token Service of the local cloud: who is calling."""

from local.cloud.actions import Call, Response, action
from local.cloud.products import STS


@action(STS, "GetCallerIdentity", source="provider source")
def get_caller_identity(call: Call) -> Response:
    """The RAM user whose key signed the call; the account's own key says that it is the user `local`."""
    account, caller = call.context.account_id, call.caller
    return {
        "AccountId": account,
        "Arn": f"acs:ram::{account}:user/{caller.name}",
        "IdentityType": "RAMUser",
        "PrincipalId": caller.user_id,
        "UserId": caller.user_id,
    }
