"""Location service: where a product's endpoint is. Here every product is at the one address."""

from local.cloud.actions import Call, Response, action
from local.cloud.products import LOCATION


@action(LOCATION, "DescribeEndpoints", source="provider source")
def describe_endpoints(call: Call) -> Response:
    """One openAPI endpoint: this cloud. The misspelt SerivceCode is the real service's."""
    code = call.parameters.text("ServiceCode")
    endpoint = {
        "Type": "openAPI",
        "Endpoint": call.context.api_address(),
        "Id": call.parameters.text("Id") or call.context.region,
        "ServiceCode": code,
        "SerivceCode": code,
        "Namespace": "",
        "Protocols": {"Protocols": ["HTTP", "HTTPS"]},
    }
    return {"Success": True, "Endpoints": {"Endpoint": [endpoint]}}
