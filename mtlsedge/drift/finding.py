"""From two previews to findings: what a refresh would have to repair, beyond what the program would change anyway. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from mtlsedge.expiry import Lifetime
from mtlsedge.preview.events import Change, Preview

PARTS = {
    "alicloud:alb/listener:Listener": "listener",
    "alicloud:alb/rule:Rule": "forwarding rule",
    "alicloud:alb/loadBalancer:LoadBalancer": "load balancer",
    "alicloud:alb/serverGroup:ServerGroup": "server group",
    "alicloud:alb/acl:Acl": "access control",
    "alicloud:alb/listenerAclAttachment:ListenerAclAttachment": "access control",
    "alicloud:dns/alidnsRecord:AlidnsRecord": "DNS record",
    "mtlsedge:index:UploadedCa": "uploaded CA",
    "mtlsedge:index:AdoptedAlbConfig": "AlbConfig",
    "kubernetes:alibabacloud.com/v1:AlbConfig": "AlbConfig",
}
"""Type of a resource -> what people call it."""
HAPPENED = {"create": "deleted in the cloud", "delete": "no longer wanted", "replace": "replaced in the cloud"}
REPAIR = "run `pulumi up --refresh` on this stack to put it back"
KEEP = "if the change was meant, write it into the stack file"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the stack declares it, and who can do what about it."""

    kind: str
    """`drift` or `expiring`."""
    part: str
    name: str
    detail: str
    remedy: str

    def to_json(self) -> dict[str, str]:
        """For programs."""
        return {
            "kind": self.kind,
            "part": self.part,
            "name": self.name,
            "detail": self.detail,
            "remedy": self.remedy,
        }


def drifted(refreshed: Preview, plain: Preview) -> tuple[Change, ...]:
    """What the refreshing preview would repair and the plain one does not change: the stack file's own changes are no drift."""
    pending = {one.urn: one for one in plain.changes if one.is_change}
    return tuple(one for one in refreshed.changes if one.is_change and not _is_pending(one, pending.get(one.urn)))


def of_drift(change: Change) -> Finding:
    """The finding about one drifted resource."""
    if change.operation == "update":
        detail = f"changed in the cloud: {', '.join(sorted(change.paths)) or 'its content'}"
    else:
        detail = HAPPENED.get(change.operation, change.operation)
    return Finding("drift", PARTS.get(change.type, change.kind), change.name, detail, f"{REPAIR}; {KEEP}")


def expiring(lifetimes: list[Lifetime]) -> list[Finding]:
    """Certificates inside their window."""
    return [
        Finding(
            "expiring",
            one.what,
            one.what,
            f"ends {one.not_after}, in {one.days:.0f} days; allowed are more than {one.window}",
            "run `pulumi up` to renew what the stack issues; a CA is rotated (docs/guides/rotation.md); "
            "what others issued, they renew",
        )
        for one in lifetimes
        if one.due
    ]


def incomplete(previews: Mapping[str, Preview]) -> str:
    """Why one cannot say whether there is drift; empty if one can."""
    for name, preview in previews.items():
        if preview.incomplete:
            return f"the {name} preview is not whole: {'; '.join(preview.errors) or preview.incomplete}"
    return ""


def _is_pending(change: Change, planned: Change | None) -> bool:
    return planned is not None and (planned.operation, planned.paths) == (change.operation, change.paths)
