"""Location service: where a product's endpoint is. Here every product is at the one address, or at its public name."""

from local.cloud.actions import Call, Response, action
from local.cloud.products import LOCATION
from local.cloud.tunnel import DOMAIN


@action(LOCATION, "DescribeEndpoints", source="provider source")
def describe_endpoints(call: Call) -> Response:
    """One openAPI endpoint: this cloud, or the product's public name for one who called such a name. The misspelt
    SerivceCode is the real service's.
    """
    code = call.parameters.text("ServiceCode")
    public = f"{code}.{call.parameters.text('Id') or call.context.region}.{DOMAIN}"
    endpoint = {
        "Type": "openAPI",
        "Endpoint": public if call.public_name else call.context.api_address(),
        "Id": call.parameters.text("Id") or call.context.region,
        "ServiceCode": code,
        "SerivceCode": code,
        "Namespace": "",
        "Protocols": {"Protocols": ["HTTP", "HTTPS"]},
    }
    return {"Success": True, "Endpoints": {"Endpoint": [endpoint]}}
