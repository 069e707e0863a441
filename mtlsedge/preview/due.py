"""What a preview has besides renewals that are due: what a run that nobody watches must not do. Pure.

Due is a certificate that is replaced for its renewal window alone, and what follows from it: the upload of a server's, and the
listener that is given the new upload.
"""

from typing import Any

from exposure import alb_config
from mtlsedge.preview import renewals
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview

WINDOW = "not_after"
"""The one difference that a certificate has whose renewal window is open."""
ISSUED = (t.CERTIFICATE, t.PCA_CLIENT)
SERVES = (t.LISTENER, alb_config.OWN, alb_config.ADOPTED)
"""What presents a server certificate."""


def renewed(preview: Preview) -> list[Change]:
    """Certificates that are replaced because their renewal window is open."""
    return [
        one
        for one in preview.changes
        if one.type in ISSUED and one.operation == "replace" and set(one.paths) == {WINDOW}
    ]


def others(preview: Preview) -> list[Change]:
    """Every change that is neither such a renewal nor follows from one."""
    due = renewed(preview)
    parents = {one.parent for one in due}
    uploads = [one for one in preview.changes if _is_upload(one, parents)]
    expected = {one.urn for one in (*due, *uploads)}
    return [
        one
        for one in preview.changes
        if one.is_change and one.urn not in expected and not (uploads and _takes_the_upload(one))
    ]


def _is_upload(one: Change, parents: set[str]) -> bool:
    return one.type == t.UPLOADED_CERTIFICATE and one.operation == "replace" and one.parent in parents


def _takes_the_upload(one: Change) -> bool:
    """A listener whose certificates alone change, to what is known after `up` only: the upload."""
    if one.type not in SERVES or one.operation != "update" or not one.paths or t.is_known(one.new):
        return False
    return all("certificates" in path.replace("[", ".").split(".") for path in one.paths)


def report(stack: str, day: str, preview: Preview, *, is_done: bool) -> dict[str, Any]:
    """What `mtlsedge issue` makes issues of: what stopped the renewals, and what was renewed on that day."""
    stopped = [_stopped(one, stack) for one in others(preview)]
    if not is_done and not stopped:
        stopped = [_finding("deployment", stack, "it was refused, or `pulumi up` failed", "look at the job's log")]
    return {
        "about": "renewals",
        "stack": stack,
        "day": day,
        "findings": stopped,
        "renewed": [_renewed(one, preview) for one in renewed(preview)] if is_done else [],
    }


def _stopped(change: Change, stack: str) -> dict[str, str]:
    changed = ", ".join(sorted(change.paths))
    remedy = f"look at `python -m mtlsedge preview --stack {stack}`; deploy it after review, or take it back"
    return _finding(
        change.kind, change.name, f"would be changed ({change.operation}){changed and ': '}{changed}", remedy
    )


def _renewed(change: Change, preview: Preview) -> dict[str, str]:
    end = renewals.of(change).until
    detail = f"renewed; the one before ends on {end}" if end else "renewed"
    if change not in t.client_certificates(preview):
        return _finding("certificate", change.name, detail, "nobody has to do anything: the load balancer has it")
    name = t.owner(change)
    return _finding("client", name, detail, f"hand it out: `python -m mtlsedge clients export {name}`")


def _finding(part: str, name: str, detail: str, remedy: str) -> dict[str, str]:
    return {"part": part, "name": name, "detail": detail, "remedy": remedy}
