"""What counts as drift, and what does not."""

from typing import Any

import pytest

from mtlsedge.drift.finding import Finding, drifted, expiring, incomplete, of_drift
from mtlsedge.drift.safety import less_safe
from mtlsedge.expiry import Lifetime
from mtlsedge.preview.events import Change, Preview

LISTENER = "alicloud:alb/listener:Listener"
ACL = "alicloud:alb/acl:Acl"
ATTACHMENT = "alicloud:alb/listenerAclAttachment:ListenerAclAttachment"
RULE = "alicloud:alb/rule:Rule"
VERIFYING = {"listenerProtocol": "HTTPS", "listenerPort": 443, "caEnabled": True}


def changed(name: str, operation: str = "update", *paths: str, kind: str = LISTENER) -> Change:
    """One step of a preview."""
    return Change(operation, f"urn:pulumi:dev::p::{kind}::{name}", kind, paths=dict.fromkeys(paths, "update"))


def preview(*changes: Change, problem: str = "") -> Preview:
    """A preview of these steps."""
    return Preview(changes, incomplete=problem)


def drifts(refreshed: Preview, plain: Preview) -> list[Finding]:
    """The findings about what drifted."""
    return [of_drift(one) for one in drifted(refreshed, plain)]


def standing(kind: str, name: str, inputs: dict[str, Any], id_: str) -> Change:
    """A resource that nothing changes, as a plain preview tells of it."""
    return Change("same", f"urn:pulumi:dev::p::{kind}::{name}", kind, id=id_, old=inputs, new=inputs)


def edited(state: Change, *paths: str, outputs: dict[str, Any] | None = None, **cloud: Any) -> Change:
    """What a refreshing preview would repair of it: the cloud has other values, the program the old ones."""
    return Change(
        "update", state.urn, state.type, id=state.id, old={**(state.old or {}), **cloud}, new=state.new,
        outputs=outputs or {}, paths=dict.fromkeys(paths or cloud, "update"),
    )  # fmt: skip


def worse(*states: Change, by_hand: Change) -> list[tuple[str, str]]:
    """Kind and name of what a change by hand makes less safe."""
    found = drifted(Preview((by_hand, *(one for one in states if one.urn != by_hand.urn))), Preview(states))
    return [(one.kind, one.subject) for one in less_safe(found, Preview(states))]


def test_what_was_switched_off_by_hand_is_less_safe() -> None:
    """The cloud's listener asks for no certificate. Another time-out lets nobody in; nor is it less safe to switch it on."""
    https = standing(LISTENER, "https", VERIFYING, "lsn-1")
    assert worse(https, by_hand=edited(https, caEnabled=False)) == [("client-verification-off", "https")]
    assert worse(https, by_hand=edited(https, idleTimeout=30)) == []
    off = standing(LISTENER, "https", {**VERIFYING, "caEnabled": False}, "lsn-1")
    assert worse(off, by_hand=edited(off, caEnabled=True)) == []


def test_a_deny_list_that_was_deleted_by_hand_is_less_safe() -> None:
    """The list is not in the cloud any more: everybody on it is let in. One that grew by hand refuses more."""
    https = standing(LISTENER, "https", VERIFYING, "lsn-1")
    acl = standing(ACL, "acl", {"aclName": "a", "aclEntries": [{"entry": "203.0.113.0/24"}]}, "acl-1")
    held = standing(ATTACHMENT, "held", {"aclId": "acl-1", "listenerId": "lsn-1", "aclType": "Black"}, "lsn-1:acl-1")
    gone = Change("create", held.urn, ATTACHMENT, new=held.new)
    assert worse(https, acl, held, by_hand=gone) == [("networks-widened", "acl")]
    more = [{"entry": "203.0.113.0/24"}, {"entry": "198.51.100.0/24"}]
    assert worse(https, acl, held, by_hand=edited(acl, aclEntries=more)) == []


def test_a_rule_made_to_forward_by_hand_is_less_safe() -> None:
    """A redirect on the HTTP listener forwards in the cloud; one that redirects elsewhere is none the worse."""
    group = standing(
        "alicloud:alb/serverGroup:ServerGroup", "web", {"servers": [{"serverId": "i-1", "port": 80}]}, "sgp-1"
    )
    forward = [{"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": "sgp-1"}]}}]
    https = standing(LISTENER, "https", {**VERIFYING, "defaultActions": forward}, "lsn-1")
    http = standing(LISTENER, "http", {"listenerProtocol": "HTTP", "listenerPort": 80}, "lsn-2")
    actions = [{"type": "Redirect", "redirectConfig": {"protocol": "HTTPS"}}]
    rule = standing(RULE, "rule", {"listenerId": "lsn-2", "priority": 1, "ruleActions": actions}, "rule-1")
    stack = (group, https, http, rule)
    paths = ("ruleActions[0].type", "ruleActions[0].forwardGroupConfig")
    assert worse(*stack, by_hand=edited(rule, *paths, ruleActions=forward)) == [("path-past-mutual-tls", "http")]
    elsewhere = [{"type": "Redirect", "redirectConfig": {"protocol": "HTTPS", "port": "8443"}}]
    assert worse(*stack, by_hand=edited(rule, "ruleActions[0].redirectConfig.port", ruleActions=elsewhere)) == []


def test_what_the_stack_file_changes_is_not_held_against_the_cloud() -> None:
    """`up` is about to switch verification off: the cloud still asks, and a change of another property is none of that."""
    https = standing(LISTENER, "https", VERIFYING, "lsn-1")
    off = {**VERIFYING, "caEnabled": False}
    plain = Change("update", https.urn, LISTENER, id="lsn-1", old=https.old, new=off, paths={"caEnabled": "update"})
    cloud = {**VERIFYING, "idleTimeout": 30}
    refreshed = Change(
        "update",
        https.urn,
        LISTENER,
        id="lsn-1",
        old=cloud,
        new=off,
        paths={"caEnabled": "update", "idleTimeout": "delete"},
    )
    found = drifted(Preview((refreshed,)), Preview((plain,)))
    assert found and less_safe(found, Preview((plain,))) == ()


@pytest.mark.parametrize(
    ("outputs", "kind"),
    [({"caEnabled": False}, "client-verification-off"), ({}, "not-judged"), ({"caEnabled": True}, "not-judged")],
)
def test_a_provider_that_keeps_its_inputs_tells_the_cloud_in_its_outputs(outputs: dict[str, Any], kind: str) -> None:
    """Inputs of before beside another output: the output counts. If neither tells it, the change is not judged."""
    https = standing(LISTENER, "https", VERIFYING, "lsn-1")
    assert worse(https, by_hand=edited(https, "caEnabled", outputs=outputs)) == [(kind, "https")]


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
