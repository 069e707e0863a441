"""Errors as an operator sees them: what failed, the service's code, and our own words.

The engine prints whatever a dynamic provider raises, and an SDK's exception may quote its request, which holds
certificates and keys. So no foreign text passes here: only codes that look like codes, and type names.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from mtlsedge_components.importing import one_at_a_time

P = ParamSpec("P")
R = TypeVar("R")

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]*([._-][A-Za-z0-9]+)*")
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_MEANINGS = (
    ("Throttling", "too many requests; try again later"),
    ("Rejected.Throttling", "too many requests; try again later"),
    ("ServiceUnavailable", "the service is unavailable; try again later"),
    ("InternalError", "the service failed; try again later"),
    ("Forbidden", "the credentials lack the permission for this action"),
    ("NoPermission", "the credentials lack the permission for this action"),
    ("InvalidAccessKeyId", "the access key is unknown or disabled"),
    ("SignatureDoesNotMatch", "the access key secret is wrong"),
    ("InvalidSecurityToken", "the security token is wrong or has expired"),
    ("InvalidTimeStamp", "this machine's clock and the service's differ"),
    ("DependencyViolation", "something else still uses it"),
    ("QuotaExceeded", "a quota of the account is used up"),
    ("NameRepeat", "the name is taken"),
    ("NameAlreadyExist", "the name is taken"),
)
"""Prefix of a code, and what it means; the first that fits."""


class ProviderError(Exception):
    """A refusal or failure whose text is ours and safe to print."""


class CloudError(ProviderError):
    """A cloud call that failed: `code` and HTTP `status` as the service gave them (status 0: no answer at all)."""

    def __init__(self, action: str, code: str, meaning: str, status: int = 0, request_id: str = "") -> None:
        """`request_id` is what the account's records and the vendor's support know the call by."""
        super().__init__(f"{action} failed: {code}: {meaning}" + (f" (request {request_id})" if request_id else ""))
        self.code, self.status = code, status

    @property
    def not_found(self) -> bool:
        """Whether the object of the call does not exist (HTTP 404 or a NotFound code)."""
        return self.status == 404 or "notfound" in self.code.lower()

    @property
    def throttled(self) -> bool:
        """Whether the service turned the request away unexecuted, so that even a create may be repeated."""
        return "Throttling" in self.code

    @property
    def stale(self) -> bool:
        """Whether the request was turned away unexecuted for its time. The next one is signed with another."""
        return self.code == "InvalidTimeStamp.Expired"

    @property
    def unanswered(self) -> bool:
        """Whether the request may have been executed all the same: no answer, or a 5xx."""
        return self.code != "NoCredentials" and (self.status == 0 or self.status >= 500) and not self.throttled


@contextmanager
def cloud_call(action: str) -> Iterator[None]:
    """Turn every exception of an SDK call into a CloudError that holds codes and our own words only."""
    try:
        yield
    except ProviderError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold a secret
        raise _translated(action, error) from None


def safely(method: Callable[P, R]) -> Callable[P, R]:
    """Let only errors with a safe text out of a provider method; of all others, the type's name, and the package that is missing."""

    @wraps(method)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except Exception as error:
            if _is_safe(error):
                raise
            missing = f" of {error.name}" if isinstance(error, ImportError) and error.name else ""
            raise ProviderError(f"{method.__qualname__} failed: {type(error).__name__}{missing}") from None

    return guarded


def _is_safe(error: Exception) -> bool:
    with one_at_a_time:
        from mtlsedge_components.x509.errors import CertificateError

    return isinstance(error, (ProviderError, CertificateError))


def _translated(action: str, error: Exception) -> CloudError:
    inner = getattr(error, "inner_exception", None) or error
    code = getattr(inner, "code", None)
    status = getattr(inner, "status_code", None)
    if isinstance(status, int):
        return _refused(action, str(code), status, _request_id(inner))
    return CloudError(action, *_unsent(inner))


def _refused(action: str, code: str, status: int, request_id: str) -> CloudError:
    if len(code) > 80 or not _CODE.fullmatch(code):
        code = f"HTTP {status}"
    meaning = next((text for prefix, text in _MEANINGS if code.startswith(prefix)), "the service refused the request")
    return CloudError(action, code, meaning, status, request_id)


def _request_id(error: Exception) -> str:
    """What looks like one; nothing else that a service sends in its place is shown."""
    told = getattr(error, "request_id", None) or (getattr(error, "data", None) or {}).get("RequestId")
    return told if isinstance(told, str) and _REQUEST_ID.fullmatch(told) else ""


def _unsent(error: Exception) -> tuple[str, str]:
    """What to call a failure without an HTTP status; read off the type's name because the SDK hides the cause."""
    name = type(error).__name__
    if name == "CredentialException":
        return "NoCredentials", "no credentials in the environment, a profile, or a role"
    if name == "RetryError":  # the SDK's wrapper around every I/O error of the transport
        return "NoAnswer", "the endpoint did not answer, or broke off"
    return name, "the request could not be made, or its reply not be read"
