"""Asks Alibaba Cloud's APIs, read-only, at the endpoints and with the credentials the stack itself uses.

The vendor's SDK is imported where it is used: it takes half a second, and most commands ask nobody.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mtlsedge.errors import CommandError
from mtlsedge_components import sites

CONNECT_MILLISECONDS, READ_MILLISECONDS = 5_000, 10_000
TOKEN = "token"  # noqa: S105 - a style of paging
PAGE_SIZE = 50
PAGE_LIMIT = 200
"""Pages of one list; more than that is a server that repeats itself."""


class CloudProblem(Exception):
    """A call that failed. Carries the error code, never the service's own text, which may quote a request."""

    def __init__(self, action: str, code: str, *, has_text: bool | None = None) -> None:
        super().__init__(f"{action} failed: {code}")
        self.code = code
        self.has_text = has_text
        """Whether the service said more than the code; None where no service answered."""


@dataclass(frozen=True)
class Product:
    """One API product: the key in `alicloud:endpoints`, its version, its public host, and how it numbers pages."""

    key: str
    version: str
    host: str
    page: str
    """`token`: NextToken/MaxResults; otherwise the names of the page and size parameters."""


PRODUCTS = {
    "vpc": Product("vpc", "2016-04-28", "vpc.{region}.aliyuncs.com", "PageNumber/PageSize"),
    "ecs": Product("ecs", "2014-05-26", "ecs.{region}.aliyuncs.com", "PageNumber/PageSize"),
    "alb": Product("alb", "2020-06-16", "alb.{region}.aliyuncs.com", TOKEN),
    "cas": Product("cas", "2020-04-07", "{cas}", "CurrentPage/ShowSize"),
    "alidns": Product("alidns", "2015-01-09", "alidns.aliyuncs.com", "PageNumber/PageSize"),
    "sts": Product("sts", "2015-04-01", "sts.aliyuncs.com", TOKEN),
}


@dataclass(frozen=True)
class Cloud:
    """Read access to the account a stack lives in; `configuration` is the stack's own, by full key."""

    configuration: Mapping[str, Any] = field(repr=False)

    @property
    def region(self) -> str:
        """The stack's region."""
        region = self.configuration.get("alicloud:region")
        if not region:
            raise CommandError("alicloud:region is not set in this stack's configuration")
        return str(region)

    def endpoint(self, product: str) -> str:
        """Where a product is asked: the stack's own endpoint, else the public one."""
        overrides = self.configuration.get("alicloud:endpoints") or []
        for entry in overrides if isinstance(overrides, list) else [overrides]:
            if entry.get(product):
                return str(entry[product]).removeprefix("http://").removeprefix("https://")
        site: sites.Site = "china" if self.configuration.get("mtlsedge:certificateSite") == "china" else "international"
        return PRODUCTS[product].host.format(region=self.region, cas=sites.HOSTS[site])

    def call(self, product: str, action: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One signed call; the answer's body."""
        from alibabacloud_tea_openapi.client import Client
        from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
        from darabonba.runtime import RuntimeOptions

        params = Params(
            action=action,
            version=PRODUCTS[product].version,
            protocol=self._protocol,
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        asked = {key: str(value) for key, value in {"RegionId": self.region, **(query or {})}.items()}
        configuration = self._client_configuration(product)
        try:
            return Client(configuration).call_api(params, OpenApiRequest(query=asked), RuntimeOptions())["body"]
        except Exception as problem:  # noqa: BLE001 - the SDK raises many kinds, and their text may quote a request
            raise CloudProblem(action, _code(problem), has_text=_has_text(problem)) from None

    def pages(
        self, product: str, action: str, path: str, query: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every item of a list call; `path` leads to the list in the body (`Vpcs.Vpc`)."""
        style, seen = PRODUCTS[product].page, 0
        position: dict[str, Any] = _first_page(style)
        for _ in range(PAGE_LIMIT):
            body = self.call(product, action, {**(query or {}), **position})
            items = _list(body, path)
            yield from items
            seen += len(items)
            if not items or not (position := _next_page(style, position, body, seen)):
                return

    @property
    def _protocol(self) -> str:
        return str(self.configuration.get("alicloud:protocol", "HTTPS")).upper()

    @cached_property
    def _credentials(self) -> Any:
        """Where the alicloud provider looks first, so that both act as the same account; then the SDK's default chain."""
        from alibabacloud_credentials.client import Client as Credentials
        from alibabacloud_credentials.models import Config as CredentialsConfig

        logging.getLogger("credentials").disabled = True  # it prints tracebacks; `_code` says the same in a line
        configured = [
            str(self.configuration.get(f"alicloud:{key}") or "") for key in ("accessKey", "secretKey", "securityToken")
        ]
        environment = [os.environ.get(f"ALICLOUD_{key}", "") for key in ("ACCESS_KEY", "SECRET_KEY", "SECURITY_TOKEN")]
        for key, secret, token in (configured, environment):
            if key and secret:
                kind = "sts" if token else "access_key"
                return Credentials(
                    CredentialsConfig(type=kind, access_key_id=key, access_key_secret=secret, security_token=token)
                )
        return Credentials()

    def _client_configuration(self, product: str) -> Any:
        from alibabacloud_tea_openapi.utils_models import Config

        return Config(
            credential=self._credentials,
            endpoint=self.endpoint(product),
            protocol=self._protocol,
            region_id=self.region,
            connect_timeout=CONNECT_MILLISECONDS,
            read_timeout=READ_MILLISECONDS,
        )


def _first_page(style: str) -> dict[str, Any]:
    """Parameters of the first page."""
    if style == TOKEN:
        return {"MaxResults": PAGE_SIZE}
    page, size = style.split("/")
    return {page: 1, size: PAGE_SIZE}


def _next_page(style: str, position: Mapping[str, Any], body: Mapping[str, Any], seen: int) -> dict[str, Any]:
    """Parameters of the page after this one; empty if there is none."""
    if style == TOKEN:
        return {**position, "NextToken": body["NextToken"]} if body.get("NextToken") else {}
    page = style.split("/", maxsplit=1)[0]
    return {**position, page: position[page] + 1} if seen < int(body.get("TotalCount") or 0) else {}


def _list(body: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    value: Any = body
    for step in path.split("."):
        value = (value or {}).get(step)
    return list(value or ())


def _code(problem: Exception) -> str:
    """The service's error code, or what kind of failure it was."""
    if "CredentialException" in {type(problem).__name__, type(getattr(problem, "inner_exception", None)).__name__}:
        return "no credentials found in the environment, a profile or a role"
    code = getattr(problem, "code", None)
    return str(code) if code else f"no answer ({type(problem).__name__})"


def _has_text(problem: Exception) -> bool | None:
    """Whether an error has a message of the service's own, which the SDK writes its code before; None where nothing answered."""
    data = getattr(problem, "data", None)
    return bool(data.get("Message")) if isinstance(data, dict) else None
