"""Resource Management: the account's resource groups. They are there from the start; nobody makes or removes one here."""

from local.cloud.actions import Call, Response, action
from local.cloud.documents import numbered_page
from local.cloud.errors import gone
from local.cloud.products import RESOURCE_MANAGER

GROUPS = {"rg-default": "default", "rg-edge": "edge", "rg-backends": "backends"}
"""Id -> name [assumed: a real account has one, and those it makes]."""


@action(RESOURCE_MANAGER, "ListResourceGroups", source="provider source")
def list_resource_groups(call: Call) -> Response:
    """All groups, or those of an id, a name or a status."""
    wanted = {"Id": call.parameters.text("ResourceGroupId"), "Name": call.parameters.text("Name"),
              "Status": call.parameters.text("Status")}  # fmt: skip
    rows = [_row(call, id) for id in GROUPS]
    found = [row for row in rows if all(value in ("", row[name]) for name, value in wanted.items())]
    page, counters = numbered_page(call.parameters, found)
    return {"ResourceGroups": {"ResourceGroup": page}, **counters}


@action(RESOURCE_MANAGER, "GetResourceGroup", source="provider source")
def get_resource_group(call: Call) -> Response:
    """One group, with its state in the one region."""
    id = call.parameters.required("ResourceGroupId")
    if id not in GROUPS:
        raise gone("EntityNotExists.ResourceGroup", "resource group")
    regions = [{"RegionId": call.context.region, "Status": "OK"}]
    return {"ResourceGroup": {**_row(call, id), "RegionStatuses": {"RegionStatus": regions}}}


def _row(call: Call, id: str) -> dict[str, str]:
    name = GROUPS[id]
    return {
        "Id": id,
        "Name": name,
        "DisplayName": name,
        "AccountId": call.context.account_id,
        "CreateDate": "2020-01-01T00:00:00+08:00",
        "Status": "OK",
    }
