"""One call to the API of a code host: standard HTTP only, the same on every CI. Who is too busy is asked again."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from mtlsedge.errors import CommandError

TIMEOUT_SECONDS = 30
PAGE_SIZE = 100
PAGE_LIMIT = 100
"""Pages looked through; ten thousand comments or issues are a mistake."""
BUSY = (429, 503)
"""The host did nothing: any call may be made again."""
FAILED = (500, 502, 504)
"""The host may have done it: only what changes nothing when done twice is made again."""
WAITS = (1, 4, 15)
"""Seconds before each further try, unless the host names more."""
LONGEST_WAIT = 60


class Refusal(CommandError):
    """The host answered with an error; `status` is HTTP's."""

    def __init__(self, method: str, address: str, status: int) -> None:
        super().__init__(f"{method} {urlsplit(address).path}: the host answers {status}{_hint(status)}")
        self.status = status


def found(address: str, headers: Mapping[str, str]) -> Any:
    """What is there, or None where the host knows no such thing. Raises CommandError for any other refusal."""
    try:
        return call("GET", address, headers)
    except Refusal as problem:
        if problem.status == 404:
            return None
        raise


def call(method: str, address: str, headers: Mapping[str, str], document: Mapping[str, Any] | None = None) -> Any:
    """The answer, as JSON. Raises CommandError that names the call and what the host answered, never a token."""
    for wait in WAITS:
        try:
            return _once(method, address, headers, document)
        except urllib.error.HTTPError as problem:
            if problem.code not in (BUSY if method == "POST" else BUSY + FAILED):
                raise Refusal(method, address, problem.code) from None
            time.sleep(_asked_to_wait(problem.headers.get("Retry-After"), wait))
    try:
        return _once(method, address, headers, document)
    except urllib.error.HTTPError as problem:
        raise Refusal(method, address, problem.code) from None


def pages(address: str, headers: Mapping[str, str], *, what: str, **query: str) -> Iterator[dict[str, Any]]:
    """Every entry of a list. A host that knows no pages answers with the whole list each time: it is read once.

    Raises CommandError when there are more entries than anybody means to have.
    """
    seen: set[object] = set()
    for page in range(1, PAGE_LIMIT + 1):
        asked = urlencode({**query, "per_page": PAGE_SIZE, "limit": PAGE_SIZE, "page": page})
        found = [one for one in call("GET", f"{address}?{asked}", headers) if one.get("id") not in seen]
        yield from found
        seen.update(one.get("id") for one in found)
        if not found:
            return
    raise CommandError(f"more than {PAGE_SIZE * PAGE_LIMIT} {what}; ours was not found among them")


def require_web(api: str) -> None:
    """Raises CommandError for an address of the API that is none of the web."""
    if urlsplit(api).scheme not in ("http", "https"):
        raise CommandError(f"found the API address {api!r}; allowed: https://…")


def _once(method: str, address: str, headers: Mapping[str, str], document: Mapping[str, Any] | None) -> Any:
    data = json.dumps(document).encode() if document is not None else None
    request = urllib.request.Request(  # noqa: S310 - http(s) only, see `require_web`
        address, data, {**headers, "Content-Type": "application/json"}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            text = answer.read()
            return json.loads(text) if text.strip() else None
    except urllib.error.HTTPError:
        raise
    except (OSError, ValueError) as problem:
        raise CommandError(f"{method} {urlsplit(address).path}: no answer ({type(problem).__name__})") from None


def _asked_to_wait(header: str | None, otherwise: int) -> int:
    return min(int(header), LONGEST_WAIT) if header and header.isascii() and header.isdigit() else otherwise


def _hint(code: int) -> str:
    return {401: ": the token is not accepted", 403: ": the token may not write comments or issues (a fork's never may)",
            404: ": no such pull request or repository, or the token may not see it",
            429: ": too many requests, run the job again later"}.get(code, "")  # fmt: skip
