"""From an HTTP request to parameters: merge query, form and JSON body, then unflatten `A.1.B`.

Rules: openapi-contract.md §3 and §11.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from local.cloud.errors import refused
from local.cloud.json_texts import parsed

JSON = "application/json"
COMMON = frozenset(
    {
        "Action", "Version", "Format", "Timestamp", "SignatureNonce", "SignatureMethod", "SignatureVersion",
        "SignatureType", "Signature", "AccessKeyId", "SecurityToken", "SourceIp", "SecureTransport",
    }
)  # fmt: skip
"""Parameters every call carries; they are no business of an action."""
DEEPEST = 50
"""Parts of a parameter's name: the deepest of the vendor's models has a dozen."""


@dataclass(frozen=True)
class HttpRequest:
    """One request as it arrived; header names in lower case, `query` still percent-encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False, default=b"")
    public_name: str = ""
    """The name that was asked, where the request came through a tunnel; its end has shown who opened it."""

    @property
    def is_acs3(self) -> bool:
        """Whether it is signed in the header `Authorization`, as the newer SDKs do, or in its parameters."""
        return bool(self.headers.get("authorization")) and not self.is_v1_by_path

    @property
    def is_v1_by_path(self) -> bool:
        """Whether it is signed in that header as the oldest client of products with paths does."""
        return self.headers.get("authorization", "").startswith("acs ")

    @property
    def media_type(self) -> str:
        """What the body is, without parameters such as the character set; empty if nothing says it."""
        return media_type(self.headers.get("content-type", ""))

    @cached_property
    def query_parameters(self) -> dict[str, str]:
        """The decoded query, empty values included."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form_parameters(self) -> dict[str, str]:
        """The decoded form body, empty values included; {} for any other kind of body."""
        if self.media_type != "application/x-www-form-urlencoded":
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def json_parameters(self) -> dict[str, Any]:
        """The JSON object in the body; {} for any other kind of body."""
        if self.media_type != JSON:
            return {}
        try:
            value = parsed(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


def media_type(content_type: str) -> str:
    """`application/json` of `application/json; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def flat_parameters(request: HttpRequest) -> dict[str, Any]:
    """What the signature covers, in one mapping: query and form, and with ACS3, which signs the body, JSON as well."""
    signed = {**request.query_parameters, **request.form_parameters}
    return {**signed, **request.json_parameters} if request.is_acs3 else signed


def action_and_version(request: HttpRequest, flat: Mapping[str, Any]) -> tuple[str, str]:
    """What is called; RPC clients say it in parameters, the newer SDKs in headers that they sign."""
    headers = request.headers if request.headers.get("authorization") else {}
    action = flat.get("Action") or headers.get("x-acs-action", "")
    version = flat.get("Version") or headers.get("x-acs-version", "")
    return str(action), str(version)


def unflatten(flat: Mapping[str, Any], *, keep_empty: bool) -> dict[str, Any]:
    """Nest `A.1.B=x` as {"A": [{"B": "x"}]}.

    Empty strings are dropped (a create treats them as absent) unless `keep_empty`: in an update they clear
    the attribute. Keys that begin with a dot are a known defect of the provider and are ignored.
    """
    root: dict[str, Any] = {}
    for key, value in flat.items():
        if key in COMMON or key.startswith(".") or (value == "" and not keep_empty):
            continue
        if (path := key.split("."))[DEEPEST:]:
            raise refused("InvalidParameter", f"A parameter's name has at most {DEEPEST} parts.")
        _insert(root, path, value)
    return {key: _lists(value) for key, value in root.items()}


def _insert(node: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        child = node.setdefault(part, {})
        if not isinstance(child, dict):
            return
        node = child
    node.setdefault(path[-1], value)


def _lists(node: Any) -> Any:
    """Turn mappings whose keys are all numbers into lists, in the order of the numbers."""
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(value) for key, value in node.items()}
