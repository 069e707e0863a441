"""One request from arrival to answer: signature, permission, faults, idempotency, one transaction, log."""

import contextlib
import sqlite3
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from local.cloud import answers, catalogue, roa, strictness, tokens
from local.cloud.access.identities import Identities, Identity
from local.cloud.access.refusals import AccessDenied, authorize
from local.cloud.actions import Action, Call, Response
from local.cloud.alb import jobs
from local.cloud.context import Context
from local.cloud.documents import new_request_id
from local.cloud.errors import CloudError, refused
from local.cloud.faults import Fate, Faults
from local.cloud.parameters import Parameters
from local.cloud.products import PRODUCTS
from local.cloud.request_log import RequestLog, sends_private_key
from local.cloud.signatures import Nonces, access_key_id, verify
from local.cloud.wire import HttpRequest, action_and_version, flat_parameters, unflatten


@dataclass(frozen=True)
class Reply:
    """What goes back: status and JSON, or nothing at all when the reply is lost on request."""

    status: int
    body: Any
    lost: bool = False
    reset: bool = False
    """Whether a connection whose reply is lost ends by a reset."""


class Dispatcher:
    """Answers requests with the registered actions."""

    def __init__(
        self, context: Context, identities: Identities, faults: Faults, log: RequestLog, *, strict: bool
    ) -> None:
        """All of it belongs to one cloud; `strict` refuses parameters that an action does not know."""
        self._context = context
        self._identities = identities
        self._faults = faults
        self._log = log
        self._nonces = Nonces()
        self._strict = strict

    def answer(self, request: HttpRequest) -> Reply:
        """Do the call; whatever it changed is on disk before this returns."""
        flat = flat_parameters(request)
        name, version = action_and_version(request, flat)
        if version in roa.VERSIONS:
            name, of_path = roa.route(request, version)
            flat |= of_path
        action = catalogue.find(version, name)
        request_id = new_request_id()
        fate = Fate(self._faults, action.name if action else "")

        def note(reply: Reply) -> None:
            with contextlib.suppress(OSError):  # a full disk costs the entry, not the answer
                self._log.write(
                    product=PRODUCTS.get(version, ""),
                    action=action.name if action else name[:100],
                    version=version[:20],
                    status=reply.status,
                    code=reply.body.get("Code", "") if reply.status >= 300 else "",
                    requestId=request_id,
                    writes=action.writes if action else None,
                    lost=reply.lost,
                    privateKeySent=sends_private_key(flat),
                    parameters=flat,
                    **({"faults": fate.struck} if fate.struck else {}),
                )

        fate.last_words = partial(note, Reply(200, {}, lost=True))
        reply = self._reply(request, flat, name, version, action, request_id, fate)
        note(reply)
        return reply

    def _reply(
        self,
        request: HttpRequest,
        flat: dict[str, Any],
        name: str,
        version: str,
        action: Action | None,
        request_id: str,
        fate: Fate,
    ) -> Reply:
        try:
            caller = self._caller(request)
            known = action or _unknown(name, version)
            call = self._call(caller, known, request, version, flat)
            authorize(caller, known.product, known.name, call.region, self._context.account_id)
            fate.begin()
            if fate.loses_request():
                return Reply(503, {"Code": "RequestLost.Emulator"}, lost=True)
            body = self._perform(known, call, fate)
            shown = (
                body[roa.BARE]
                if roa.BARE in body
                else answers.shaped({"RequestId": request_id, **body}, self._context.behaviours)
            )
            reset = fate.resets()
            return Reply(200, shown, reset or fate.loses_reply(), reset)
        except CloudError as error:
            body = _error_body(error, request_id, PRODUCTS.get(version, ""))
            return Reply(error.status, answers.shaped_error(body, self._context.behaviours))
        except (OSError, sqlite3.OperationalError) as error:
            return Reply(400, _error_body(_storage_failure(error), request_id, PRODUCTS.get(version, "")))
        except Exception as error:  # noqa: BLE001 - a defect of one action must not end the connection
            return Reply(400, _error_body(_defect(name, error), request_id, PRODUCTS.get(version, "")))

    def _caller(self, request: HttpRequest) -> Identity:
        """Who signed; in a tunnel a key of some other account stands for the owner, who alone can open one.

        Its signature cannot be checked: the secret is that account's, and nobody should have to tell it here.
        """
        key = access_key_id(request) if request.public_name else ""
        if key and self._identities.by_key(key) is None:
            return self._identities.owner
        return verify(request, self._identities.by_key, datetime.now(UTC), self._nonces)

    def _call(self, caller: Identity, action: Action, request: HttpRequest, version: str, flat: dict[str, Any]) -> Call:
        parameters = Parameters(unflatten(flat, keep_empty=action.clears_empty))
        return Call(action.name, version, parameters, self._context, caller, request.public_name)

    def _perform(self, action: Action, call: Call, fate: Fate) -> Response:
        if not action.writes:
            return self._handled(action, call)
        try:
            with self._context.store.transaction():
                response = self._write(action, call)
                fate.fill_disk()
                if "JobId" in response and fate.fails_job():
                    jobs.undo(call, response)
        except jobs.Undone as undone:
            with self._context.store.transaction():
                undone.keep()
                tokens.remember(self._context.store, action, call.parameters, undone.response)
            return undone.response
        fate.kill()
        for step in call.after_commit:
            step()
        return response

    def _write(self, action: Action, call: Call) -> Response:
        store, parameters = self._context.store, call.parameters
        before = tokens.remembered(store, action, parameters)
        if before is not None:
            return before
        response = self._handled(action, call)
        if parameters.boolean("DryRun"):
            raise refused("DryRunOperation", "Request validation has been passed with DryRun flag set.")
        tokens.remember(store, action, parameters, response)
        return response

    def _handled(self, action: Action, call: Call) -> Response:
        response = action.handler(call)
        strictness.check(call, strict=self._strict)
        return response


def _unknown(name: str, version: str) -> Action:
    """Not 404: the provider would take that for "object gone" and let deletes pass (§11.1)."""
    raise refused(
        "UnsupportedOperation.Emulator",
        f"The local cloud does not offer {PRODUCTS.get(version, 'an unknown product')} {version} {name or '(no action)'}; "
        "`python -m local coverage` lists what it does.",
    )


def _storage_failure(error: Exception) -> CloudError:
    """Most often a full disk; 400, since a 5xx would be repeated for minutes."""
    return refused("StorageFailure.Emulator", f"The local cloud cannot write its store: {error}.")


def _defect(name: str, error: Exception) -> CloudError:
    """A defect of the local cloud; type and place only, since the text of an exception can hold what was sent."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {place.name}, line {place.lineno}"
    return CloudError(400, "InternalError.Emulator", f"The local cloud failed at {name[:100]}: {where}.")


def _error_body(error: CloudError, request_id: str, product: str) -> dict[str, Any]:
    body = {
        "RequestId": request_id,
        "HostId": f"{product or 'local'}.aliyuncs.com",
        "Code": error.code,
        "Message": error.message,
        "Recommend": "",
    }
    return body | ({"AccessDeniedDetail": error.detail} if isinstance(error, AccessDenied) else {})
