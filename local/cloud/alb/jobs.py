"""Asynchronous jobs: every change of an ALB resource is one, Processing first, then Succeeded."""

from typing import NoReturn

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_milliseconds, token_page
from local.cloud.products import ALB
from local.cloud.store import Document, Store

KIND = "cloud.job"
LIFETIME_MILLISECONDS = 24 * 3600 * 1000


def begin(call: Call, resource_type: str, resource_id: str) -> str:
    """Start the job of this call; its id. Jobs outlive the resource: the provider asks after a deletion."""
    now = now_milliseconds()
    document: Document = {
        "Id": new_id("job"),
        "ApiName": call.name,
        "OperateType": _operation(call.name),
        "ResourceType": resource_type,
        "ResourceId": resource_id,
        "Status": "Processing",
        "CreateTime": now,
        "ModifyTime": now,
    }
    call.store.put(KIND, document["Id"], document)
    call.context.transitions.later(KIND, document["Id"], Status="Succeeded")
    return str(document["Id"])


class Undone(Exception):
    """A call is undone whose job will fail: what it wrote is rolled back, `keep` then brings the job alone."""

    def __init__(self, call: Call, response: Response) -> None:
        self.response = response
        self._call = call
        self._job = call.store.get(KIND, response["JobId"]) or {}

    def keep(self) -> None:
        """Put the job back, in a transaction after the one that was rolled back."""
        self._call.store.put(KIND, self._job["Id"], self._job)
        self._call.context.transitions.later(KIND, self._job["Id"], Status="Failed")


def undo(call: Call, response: Response) -> NoReturn:
    """Roll the call back, though it answers as if it had been taken; its job will fail."""
    raise Undone(call, response)


def are_at_work(call: Call, resource_id: str, name: str) -> bool:
    """Whether a job of a resource is not done yet whose call's name ends so."""
    return any(
        job["ResourceId"] == resource_id and job["Status"] == "Processing" and job["ApiName"].endswith(name)
        for job in call.store.list(KIND)
    )


@action(ALB, "ListAsynJobs", source="provider source")
def list_asyn_jobs(call: Call) -> Response:
    """Exactly the jobs asked for: the provider waits until all of the answer have succeeded (§7.8)."""
    ids, resources = call.parameters.texts("JobIds"), call.parameters.texts("ResourceIds")
    names = ("ResourceType", "ApiName")
    wanted = {name: value.lower() for name in names if (value := call.parameters.text(name))}
    found = [
        job
        for job in call.store.list(KIND)
        if (not ids or job["Id"] in ids)
        and (not resources or job["ResourceId"] in resources)
        and all(job[name].lower() == value for name, value in wanted.items())
    ]
    return token_page(call.parameters, found, "Jobs")


def forget_old(store: Store) -> None:
    """Drop jobs past the time anybody asks for them."""
    oldest = now_milliseconds() - LIFETIME_MILLISECONDS
    with store.transaction():
        for id, job in store.items(KIND):
            if job["CreateTime"] < oldest:
                store.delete(KIND, id)


def _operation(name: str) -> str:
    return next((verb for verb in ("Create", "Delete") if name.startswith(verb)), "Update")
