"""Billing: the one call by which the provider learns whether the account is Domestic or International."""

from local.cloud.actions import Call, Response, action
from local.cloud.errors import refused
from local.cloud.products import BSS


@action(BSS, "QueryAvailableInstances", source="provider source")
def query_available_instances(call: Call) -> Response:
    """An empty list for a domestic account; an international one is told so by the code NotApplicable."""
    if call.context.site != "cn-hangzhou":
        raise refused("NotApplicable", "This API is not applicable for the caller.")
    page = {"InstanceList": [], "PageNum": 1, "PageSize": call.parameters.integer("PageSize", 1, 300, 20)}
    return {"Code": "Success", "Success": True, "Message": "", "Data": {**page, "TotalCount": 0}}
