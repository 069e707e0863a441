"""Signed OpenAPI calls through the vendor's generic SDK client, repeated while a resource is busy with a change."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions

VERSIONS = {"alb": "2020-06-16", "cas": "2020-04-07", "ecs": "2014-05-26", "vpc": "2016-04-28"}
BUSY = ("IncorrectStatus", "IncorrectBusinessStatus", "ResourceInConfiguring", "Throttling", "SystemBusy", "IdempotenceProcessing",
        "ServiceUnavailable", "OperationFailed.")  # fmt: skip
"""Codes that begin so go away by themselves."""
BUSY_SECONDS = 30
POLL_SECONDS = 0.1
CONNECT_MILLISECONDS, READ_MILLISECONDS = 3000, 20000

Answer = dict[str, Any]


class CloudError(Exception):
    """The cloud refused a call, or did not answer (code `Unreachable`)."""

    def __init__(self, action: str, code: str, message: str) -> None:
        super().__init__(f"{action} failed: {code}: {message}")
        self.code = code


class Api:
    """Calls of one account to one cloud."""

    def __init__(self, endpoint: str, region: str, key: str, secret: str) -> None:
        """`endpoint` is host:port of the local control plane, over HTTP."""
        config = Config(access_key_id=key, access_key_secret=secret, endpoint=endpoint, region_id=region, protocol="http",
                        connect_timeout=CONNECT_MILLISECONDS, read_timeout=READ_MILLISECONDS)  # fmt: skip
        self.region = region
        self._client = Client(config)

    def __call__(self, product: str, action: str, **parameters: Any) -> Answer:
        """One call; nested parameters in the API's own keys. Raises CloudError."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return self._once(product, action, parameters)
            except CloudError as error:
                if not error.code.startswith(BUSY) or time.monotonic() > deadline:
                    raise
            time.sleep(POLL_SECONDS)

    def pages(self, product: str, action: str, key: str, **parameters: Any) -> Iterator[Answer]:
        """Every row of a list that is paged by NextToken."""
        token = ""
        while True:
            answer = self(product, action, MaxResults=100, **({"NextToken": token} if token else {}), **parameters)
            yield from answer.get(key) or []
            token = answer.get("NextToken") or ""
            if not token:
                return

    def until(self, read: Callable[[], str], *wanted: str) -> str:
        """Repeat `read` until it gives one of the values. Raises CloudError when it takes too long."""
        deadline = time.monotonic() + BUSY_SECONDS
        while (value := read()) not in wanted:
            if time.monotonic() > deadline:
                raise CloudError("waiting", "Timeout", f"the status is {value}, not {' or '.join(wanted)}")
            time.sleep(POLL_SECONDS)
        return value

    def _once(self, product: str, action: str, parameters: Answer) -> Answer:
        params = Params(action=action, version=VERSIONS[product], protocol="HTTP", method="POST", auth_type="AK",
                        style="RPC", pathname="/", req_body_type="formData", body_type="json")  # fmt: skip
        request = OpenApiRequest(body=dict(flat(parameters)))
        try:
            answer = self._client.call_api(params, request, RuntimeOptions(autoretry=False))
        except Exception as error:  # noqa: BLE001  (the SDK raises half a dozen types, none of which may end the controller)
            code = str(getattr(error, "code", "") or "Unreachable")
            message = (
                str(getattr(error, "message", "") or type(error).__name__)
                if code != "Unreachable"
                else type(error).__name__
            )
            raise CloudError(action, code, _said(message)) from None
        body: Answer = answer.get("body") or {}
        return body


def _said(message: str) -> str:
    """Without status and request id: the same problem is the same text at every retry, and one event."""
    return re.sub(r"^code: \d+, | request id: \S+", "", message).strip()


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """`{"A": [{"B": True}]}` as `A.1.B=true`; None is left out."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{name}.{key}" if name else key)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value, 1):
            yield from flat(item, f"{name}.{number}")
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def covers(actual: Any, wanted: Any) -> bool:
    """Whether `actual` has everything that `wanted` says; the service may add what was not sent, and turns numbers to text."""
    if isinstance(wanted, dict):
        return isinstance(actual, dict) and all(covers(actual.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        same = isinstance(actual, list) and len(actual) == len(wanted)
        return same and all(covers(a, w) for a, w in zip(actual, wanted, strict=True))
    return str(actual).lower() == str(wanted).lower()


def tag_parameters(tags: dict[str, str]) -> list[Answer]:
    """Tags as a create call takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_of(document: Answer) -> dict[str, str]:
    """Tags of an answer, in either of the API's spellings."""
    return {
        str(tag.get("Key") or tag.get("TagKey")): str(tag.get("Value") or tag.get("TagValue"))
        for tag in document.get("Tags") or []
    }
