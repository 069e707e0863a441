"""The request signatures of the vendor's clients, checked against the caller's key pair.

v1 by path (the oldest client of Container Service): HMAC-SHA1 over headers and path, in the Authorization header.
v1 (Terraform provider): HMAC-SHA1 over all query and form parameters. ACS3 (newer SDKs): HMAC-SHA256 over
method, path, query, signed headers and the body's digest, in the Authorization header.
"""

import base64
import hashlib
import hmac
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from local.cloud.access.identities import Identity
from local.cloud.errors import CloudError, refused
from local.cloud.wire import HttpRequest, flat_parameters

CLOCK_TOLERANCE_SECONDS = 15 * 60
_ACS3 = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    _ACS3 + r" Credential=(?P<key>[^,]+),\s*SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)
_ISO, _HTTP_DATE = "%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M:%S GMT"
_FORMS = {_ISO: "YYYY MM DDThh:mm:ssZ", _HTTP_DATE: "Day, DD Mon YYYY hh:mm:ss GMT"}
_V1_BY_PATH = re.compile(r"acs (?P<key>[^:]+):(?P<signature>.+)")

Callers = Callable[[str], Identity | None]
"""Access key id -> whose it is."""


class Nonces:
    """Nonces that were used within the time in which a signature is taken: each is taken once.

    Two sets take turns, so that forgetting the old ones costs a call nothing.
    """

    def __init__(self) -> None:
        self._recent: set[tuple[str, str]] = set()
        self._older: set[tuple[str, str]] = set()
        self._since: datetime | None = None
        self._lock = threading.Lock()

    def take(self, key: str, nonce: str, now: datetime) -> None:
        """Note a nonce. Raises CloudError for one that was used."""
        with self._lock:
            if self._since is None or (now - self._since).total_seconds() > 2 * CLOCK_TOLERANCE_SECONDS:
                self._recent, self._older, self._since = set(), self._recent, now
            if not nonce or (key, nonce) in self._recent or (key, nonce) in self._older:
                raise refused("SignatureNonceUsed", "The request's signature nonce was used already, or is missing.")
            self._recent.add((key, nonce))


def verify(request: HttpRequest, callers: Callers, now: datetime, nonces: Nonces | None = None) -> Identity:
    """Who signed `request`. Raises CloudError unless it is a known caller, the request's time is near `now`, and its
    nonce is new to `nonces`.
    """
    if request.is_v1_by_path:
        caller = _verify_v1_by_path(request, callers, now)
    else:
        caller = _verify_acs3(request, callers, now) if request.is_acs3 else _verify_v1(request, callers, now)
    if nonces is not None:
        sent = (
            request.headers.get("x-acs-signature-nonce")
            if request.headers.get("authorization")
            else flat_parameters(request).get("SignatureNonce")
        )
        nonces.take(caller.credentials.access_key_id, str(sent or ""), now)
    return caller


def access_key_id(request: HttpRequest) -> str:
    """The key that a request says it is signed with; empty where it says none."""
    authorization = request.headers.get("authorization", "")
    match = _V1_BY_PATH.fullmatch(authorization) or _AUTHORIZATION.fullmatch(authorization)
    return match["key"] if match else str(flat_parameters(request).get("AccessKeyId", ""))


def v1(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """HMAC-SHA1 signature of `parameters` (everything but Signature itself), base64."""
    canonical = "&".join(f"{_name(key)}={_encode(value)}" for key, value in sorted(parameters.items()))
    text = f"{method}&%2F&{_encode(canonical)}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def acs3(request: HttpRequest, signed_headers: str, secret: str) -> str:
    """HMAC-SHA256 signature of `request` over the headers named in `signed_headers`, hexadecimal."""
    query = "&".join(f"{_name(k)}={_encode(v)}" for k, v in sorted(request.query_parameters.items()))
    names = signed_headers.split(";")
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
    digest = request.headers.get("x-acs-content-sha256", "")
    canonical = f"{request.method}\n{request.path}\n{query}\n{headers}\n{signed_headers}\n{digest}"
    text = f"{_ACS3}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def v1_by_path(request: HttpRequest, secret: str) -> str:
    """HMAC-SHA1 signature of method, some headers, those of the product, and the path with its query; base64."""
    headers = request.headers
    first = [request.method, *(headers.get(name, "") for name in ("accept", "content-md5", "content-type", "date"))]
    own = [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-acs-")]
    resource = f"{request.path}?{request.query}" if request.query else request.path
    text = "\n".join([*first, *own, resource])
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _verify_v1_by_path(request: HttpRequest, callers: Callers, now: datetime) -> Identity:
    match = _V1_BY_PATH.fullmatch(request.headers["authorization"])
    if not match:
        raise refused("IncompleteSignature", "The Authorization header is not of the form acs KEY:SIGNATURE")
    caller = _known(match["key"], callers)
    _near(request.headers.get("date", ""), now, _HTTP_DATE)
    if request.body and request.headers.get("content-md5") != base64.b64encode(_md5(request.body)).decode():
        raise refused("ContentMD5NotMatched", "The body is not the one that was signed.")
    _same(match["signature"], v1_by_path(request, caller.credentials.access_key_secret))
    return caller


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def _verify_v1(request: HttpRequest, callers: Callers, now: datetime) -> Identity:
    parameters = {**request.query_parameters, **request.form_parameters}
    given = parameters.pop("Signature", "")
    caller = _known(parameters.get("AccessKeyId", ""), callers)
    _near(parameters.get("Timestamp", ""), now)
    _same(given, v1(request.method, parameters, caller.credentials.access_key_secret))
    return caller


def _verify_acs3(request: HttpRequest, callers: Callers, now: datetime) -> Identity:
    match = _AUTHORIZATION.fullmatch(request.headers["authorization"])
    if not match:
        raise refused("IncompleteSignature", f"The Authorization header is not of the form {_ACS3} Credential=…")
    caller = _known(match["key"], callers)
    _near(request.headers.get("x-acs-date", ""), now)
    if not {"x-acs-content-sha256", "x-acs-date", "x-acs-action", "x-acs-signature-nonce"} <= set(
        match["headers"].split(";")
    ):
        raise refused("IncompleteSignature", "The signed headers leave out one that must be signed.")
    _same(request.headers["x-acs-content-sha256"], hashlib.sha256(request.body).hexdigest())
    _same(match["signature"], acs3(request, match["headers"], caller.credentials.access_key_secret))
    return caller


def _known(given: str, callers: Callers) -> Identity:
    """The real code is InvalidAccessKeyId.NotFound with 404, which the provider would take for "object gone"."""
    if not given:
        raise refused("MissingAccessKeyId", "The request is not signed: no access key id was sent.")
    if (caller := callers(given)) is None:
        raise refused("InvalidAccessKeyId", "The specified access key is not one of this account.")
    return caller


def _near(text: str, now: datetime, form: str = _ISO) -> None:
    try:
        sent = _moment(text, form)
    except ValueError:
        raise refused("InvalidTimeStamp.Format", f"The timestamp is not of the form {_FORMS[form]}.") from None
    if abs((now - sent).total_seconds()) > CLOCK_TOLERANCE_SECONDS:
        raise refused("InvalidTimeStamp.Expired", "The timestamp differs from the server's clock by over 15 minutes.")


@lru_cache(64)
def _moment(text: str, form: str) -> datetime:
    """Kept, since the calls of a second all say the same one."""
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _same(given: str, expected: str) -> None:
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise CloudError(400, "SignatureDoesNotMatch", "The specified signature is not matched with our calculation.")


def _encode(text: str) -> str:
    return quote(text, safe="~")


@lru_cache(1024)
def _name(text: str) -> str:
    """A parameter's name, encoded: calls say the same ones again and again. Values are not kept, some are secrets."""
    return _encode(text)
