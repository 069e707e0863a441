"""Calls to a sandbox's local cloud as somebody in the console would make them: the vendor's SDK, no program."""

from typing import Any

from alibabacloud_tea_openapi import models
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils_models import Params
from alibabacloud_tea_util.models import RuntimeOptions

from tests.engine.sandbox import Sandbox

ALB = "2020-06-16"
CAS = "2020-04-07"
DNS = "2015-01-09"
ECS = "2014-05-26"
VPC = "2016-04-28"


def call(stack: Sandbox, version: str, action: str, **parameters: Any) -> dict[str, Any]:
    """One RPC call, signed with the sandbox's credentials; keys are the API's own, nested ones written `A.1.B`."""
    environment = stack.environment()
    client = Client(
        models.Config(
            access_key_id=environment["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            endpoint=f"127.0.0.1:{stack.api_port}",
            protocol="http",
        )
    )
    params = Params(
        action=action,
        version=version,
        protocol="HTTP",
        method="POST",
        auth_type="AK",
        style="RPC",
        pathname="/",
        req_body_type="formData",
        body_type="json",
    )
    request = models.OpenApiRequest(query={key: str(value) for key, value in parameters.items()})
    answer: dict[str, Any] = client.call_api(params, request, RuntimeOptions())["body"]
    return answer
