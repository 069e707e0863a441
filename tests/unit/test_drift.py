"""What counts as drift, and what does not."""

from mtlsedge.drift.finding import drifts, expiring, incomplete
from mtlsedge.expiry import Lifetime
from mtlsedge.preview.events import Change, Preview

LISTENER = "alicloud:alb/listener:Listener"


def changed(name: str, operation: str = "update", *paths: str, kind: str = LISTENER) -> Change:
    """One step of a preview."""
    return Change(operation, f"urn:pulumi:dev::p::{kind}::{name}", kind, paths=dict.fromkeys(paths, "update"))


def preview(*changes: Change, problem: str = "") -> Preview:
    """A preview of these steps."""
    return Preview(changes, incomplete=problem)


def test_what_only_a_refresh_would_repair_is_drift() -> None:
    """It is named as people call it, with the properties that differ and who can do what."""
    (found,) = drifts(preview(changed("https", "update", "caEnabled")), preview())
    assert (found.part, found.name) == ("listener", "https")
    assert "caEnabled" in found.detail and "pulumi up --refresh" in found.remedy and "stack file" in found.remedy


def test_a_change_of_the_stack_file_is_no_drift() -> None:
    """What the plain preview plans as well is not the cloud's doing; the same resource changed otherwise is."""
    planned = preview(changed("https", "update", "idleTimeout"))
    assert [] == drifts(preview(changed("https", "update", "idleTimeout")), planned)
    (found,) = drifts(preview(changed("https", "update", "idleTimeout", "caEnabled")), planned)
    assert "caEnabled" in found.detail


def test_what_is_the_same_is_quiet_and_what_was_deleted_is_not() -> None:
    """A refreshed resource without a step is fine; one that has to be made again was deleted."""
    assert [] == drifts(preview(changed("https", "same"), changed("other", "refresh")), preview())
    (found,) = drifts(preview(changed("www", "create", kind="alicloud:dns/alidnsRecord:AlidnsRecord")), preview())
    assert (found.part, found.detail) == ("DNS record", "deleted in the cloud")


def test_a_certificate_inside_its_window_is_found_and_one_outside_is_not() -> None:
    """The window itself counts."""
    ends = [Lifetime("client alice", "client", "2027-01-01T00:00:00Z", days, 5) for days in (5.0, 5.1)]
    (found,) = expiring(ends)
    assert found.kind == "expiring" and "client alice" in found.name


def test_a_preview_that_is_not_whole_decides_nothing() -> None:
    """Half a look is never taken for none found."""
    assert "not whole" in incomplete({"refreshing": preview(problem="cut off")})
    assert "" == incomplete({"refreshing": preview(), "plain": preview()})
