"""What a product answers to an identity that may not do what it asks for."""

from typing import Any

from local.cloud.access.identities import Identity
from local.cloud.access.names import PREFIXES
from local.cloud.access.policy import Request, Verdict
from local.cloud.errors import CloudError

MESSAGE = "User not authorized to operate on the specified resource, or this API doesn't support RAM."
REFUSALS = {
    "ecs": (403, "Forbidden.RAM", "docs"),
    "alidns": (400, "Forbidden.RAM", "reported"),
}
"""Product code -> HTTP status, code, and where that comes from: the vendor's documents, or what users of the product
have reported in public."""
ASSUMED = (403, "Forbidden.RAM", "assumed")


class AccessDenied(CloudError):
    """The identity's policy does not let it do the call; `detail` is the reply's AccessDeniedDetail."""

    def __init__(self, product: str, detail: dict[str, Any]) -> None:
        status, code, _ = refusal(product)
        super().__init__(status, code, MESSAGE)
        self.detail = detail


def refusal(product: str) -> tuple[int, str, str]:
    """HTTP status, code and source of a product's refusal."""
    return REFUSALS.get(product, ASSUMED)


def authorize(identity: Identity, product: str, action: str, region: str, account: str) -> None:
    """Return if the identity may do the action; raise AccessDenied if not. Who has no policy is the account's owner."""
    if identity.policy is None:
        return
    request = Request(f"{PREFIXES.get(product, product)}:{action}", region, account)
    verdict = identity.policy.verdict(request)
    if verdict != "Allow":
        raise AccessDenied(product, _detail(identity, request, verdict))


def _detail(identity: Identity, request: Request, verdict: Verdict) -> dict[str, Any]:
    """The vendor's own fields, without the encoded message that only RAM can read."""
    return {
        "AuthAction": request.action,
        "AuthPrincipalType": "SubUser",
        "AuthPrincipalDisplayName": identity.user_id,
        "AuthPrincipalOwnerId": request.account,
        "PolicyType": "AccountLevelIdentityBasedPolicy",
        "NoPermissionType": verdict,
    }
