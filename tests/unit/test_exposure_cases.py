"""Changes that a review passed off as harmless, each beside its near miss, as the command's own judge sees them.

The other changes of that review are in test_preview_paths and test_preview_rules.
"""

from typing import Any

import pytest

from exposure import security_groups
from mtlsedge.preview import vocabulary
from mtlsedge.preview.events import SECRET_TEXT, UNKNOWN_TEXT, Change, Preview
from mtlsedge.preview.findings import judge
from tests.unit.preview_samples import change, listener
from tests.unit.test_preview_cluster import HTTPS as IN_CLUSTER
from tests.unit.test_preview_cluster import adopted, own
from tests.unit.test_preview_paths import stack

TEN, SIXTEEN, WIDE, OTHER = "10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "203.0.113.0/24"
WHITE = {"aclId": "acl-1", "aclType": "White", "listenerId": "lsn-443"}
BLACK = WHITE | {"aclType": "Black"}
WIDENED, NOT_JUDGED = ["networks-widened"], ["not-judged"]


def kinds(*changes: Change) -> list[str]:
    return [one.kind for one in judge("p", "s", Preview(changes)).weakenings]


def front(old: Any = None, new: Any = None, operation: str = "same") -> Change:
    """The listener whose lists change."""
    return listener(old or {}, new or {}, operation=operation, id="lsn-443")


def acl(old: Any, new: Any, operation: str = "update", name: str = "list", id_: str = "acl-1") -> Change:
    """A list with these entries before and after."""
    sides = [None if one is None else {"aclEntries": [{"entry": text} for text in one]} for one in (old, new)]
    return change(vocabulary.ACL, *sides, operation, name, id=id_)


def attached(old: Any, new: Any, operation: str = "same", name: str = "attached") -> Change:
    """A list's attachment to the listener."""
    return change(vocabulary.ACL_ATTACHMENT, old, new, operation, name, id="" if old is None else "acl-1:lsn-443")


def entry(old: Any, new: Any, operation: str, of: str = "acl-1") -> Change:
    """An entry that is declared apart from its list."""
    sides = [None if one is None else {"aclId": of, "entry": one} for one in (old, new)]
    return change(vocabulary.ACL_ENTRY, *sides, operation, "apart", id="")


def inline(kind: str, *lists: str) -> dict[str, Any]:
    """The lists that a listener names itself."""
    return {"aclConfig": {"aclType": kind, "aclRelations": [{"aclId": one} for one in lists]}}


ALLOWED, REFUSED = attached(WHITE, WHITE), attached(BLACK, BLACK)
KEPT, NEW = acl([TEN], [TEN], "same"), WHITE | {"aclId": UNKNOWN_TEXT}
LISTS: dict[str, tuple[list[str], tuple[Change, ...]]] = {
    "an entry leaves a deny list": (WIDENED, (REFUSED, acl([TEN, OTHER], [TEN]))),
    "an entry joins a deny list": ([], (REFUSED, acl([TEN], [TEN, OTHER]))),
    "a deny list's entry becomes narrower": (WIDENED, (REFUSED, acl([TEN], [SIXTEEN]))),
    "a deny list's entry becomes wider": ([], (REFUSED, acl([SIXTEEN], [TEN]))),
    "an entry apart from its deny list goes": (WIDENED, (REFUSED, acl([], [], "same"), entry(OTHER, None, "delete"))),
    "an entry apart from its deny list comes": ([], (REFUSED, acl([], [], "same"), entry(None, OTHER, "create"))),
    "a deny list is detached": (WIDENED, (attached(BLACK, None, "delete"), KEPT)),
    "a deny list is attached": ([], (attached(None, BLACK, "create"), KEPT)),
    "an allow list becomes a deny list": (WIDENED, (attached(WHITE, BLACK, "replace"), KEPT)),
    "a deny list becomes an allow list of others": ([], (
        attached(BLACK, NEW, "replace"), KEPT, acl(None, [OTHER], "create", "new", ""))),
    "a deny list becomes an allow list of the same": (WIDENED, (attached(BLACK, WHITE, "replace"), KEPT)),
    "an allow list is detached": (WIDENED, (attached(WHITE, None, "delete"), KEPT)),
    "a wide new list takes the old one's place": (WIDENED, (
        attached(WHITE, NEW, "replace"), KEPT, acl(None, [WIDE], "create", "new", ""))),
    "a narrow new list takes the old one's place": ([], (
        attached(WHITE, NEW, "replace"), KEPT, acl(None, [SIXTEEN], "create", "new", ""))),
    "a wide list is attached beside the old one": (WIDENED, (
        ALLOWED, KEPT, acl(None, [WIDE], "create", "new", ""), attached(None, NEW, "create", "second"))),
    "a list inside the old one is attached beside it": ([], (
        ALLOWED, KEPT, acl(None, [SIXTEEN], "create", "new", ""), attached(None, NEW, "create", "second"))),
    "the list is made anew, wider": (WIDENED, (attached(WHITE, NEW, "replace"), acl([TEN], [WIDE], "replace"))),
    "the list is made anew, as it was": ([], (attached(WHITE, NEW, "replace"), acl([TEN], [TEN], "replace"))),
    "an allow list is emptied, which lets in everybody": (WIDENED, (ALLOWED, acl([TEN], []))),
    "another list, which is not in the stack": (NOT_JUDGED, (
        attached(WHITE, WHITE | {"aclId": "acl-9"}, "replace"), KEPT)),
    "an entry that is a secret": (NOT_JUDGED, (ALLOWED, acl([TEN], [SECRET_TEXT]))),
    "a secret entry that nobody changes": ([], (ALLOWED, acl([SECRET_TEXT], [SECRET_TEXT], "same"))),
    "the kind of list is a secret": (NOT_JUDGED, (attached(WHITE, WHITE | {"aclType": SECRET_TEXT}), KEPT)),
    "a list whose use nobody sees loses an entry": (NOT_JUDGED, (acl([TEN, OTHER], [TEN]),)),
    "a list whose use nobody sees stays": ([], (acl([TEN], [TEN]),)),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read_as_what_the_listener_does_with_it(name: str) -> None:
    """What lets in a network that was refused is a weakening, in allow lists and deny lists, however they are declared."""
    expected, changes = LISTS[name]
    assert kinds(front(), *changes) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (inline("White", "acl-1"), {}, WIDENED),
        (inline("White", "acl-1"), inline("Black", "acl-1"), WIDENED),
        (inline("White", "acl-1"), inline("White", "acl-2"), WIDENED),
        (inline("White", "acl-1"), {"aclConfig": UNKNOWN_TEXT}, NOT_JUDGED),
        (inline("White", "acl-2"), inline("White", "acl-1"), []),
        ({}, inline("White", "acl-1"), []),
    ],
)
def test_lists_that_a_listener_names_itself_are_read_too(old: Any, new: Any, expected: list[str]) -> None:
    """`aclConfig` of a listener counts as an attachment does."""
    both = acl([TEN], [TEN], "same"), acl([WIDE], [WIDE], "same", "wide", "acl-2")
    assert kinds(front(old, new, "update"), *both) == expected


def test_a_listener_that_goes_takes_its_list_along() -> None:
    """A detached list widens nothing where the listener is deleted in the same change."""
    gone = change(vocabulary.LISTENER, {"listenerProtocol": "HTTPS"}, None, "delete", "https", id="lsn-443")
    assert kinds(gone, attached(WHITE, None, "delete"), KEPT) == []


def test_a_list_that_cannot_be_read_names_nobody() -> None:
    """Who is affected are networks, never the text that stands for what cannot be read."""
    swapped = attached(WHITE | {"aclId": "acl-9"}, WHITE, "replace")
    assert judge("p", "s", Preview((front(), swapped, KEPT))).effects == ()


def test_networks_that_a_deny_list_refuses_from_now_on_are_named() -> None:
    """A new entry of a deny list is somebody who is affected, and its removal is not."""
    (one,) = judge("p", "s", Preview((front(), REFUSED, acl([TEN], [TEN, OTHER])))).effects
    assert (one.kind, one.who) == ("networks-refused", (OTHER,))
    assert judge("p", "s", Preview((front(), REFUSED, acl([TEN, OTHER], [TEN])))).effects == ()


OPEN = {"type": "ingress", "securityGroupId": "sg-1", "ipProtocol": "tcp", "portRange": "80/80", "cidrIp": WIDE}
DROP, TEN_ONLY = OPEN | {"policy": "drop"}, OPEN | {"cidrIp": TEN}
PUBLIC = ["public-address"]


@pytest.mark.parametrize(
    ("old", "new", "operation", "expected"),
    [
        (OPEN, OPEN | {"portRange": "1/65535"}, "replace", PUBLIC),
        (OPEN, OPEN | {"portRange": "443/443"}, "replace", PUBLIC),
        (OPEN | {"portRange": "1/1024"}, OPEN, "replace", []),
        (OPEN, OPEN | {"ipProtocol": "all", "portRange": "-1/-1"}, "replace", PUBLIC),
        (OPEN | {"ipProtocol": "all", "portRange": "-1/-1"}, OPEN, "replace", []),
        (OPEN, OPEN | {"cidrIp": "0.0.0.0/1"}, "replace", []),
        (TEN_ONLY, OPEN | {"cidrIp": "128.0.0.0/1"}, "replace", PUBLIC),
        (TEN_ONLY, {key: value for key, value in OPEN.items() if key != "cidrIp"}, "replace", PUBLIC),
        (TEN_ONLY, TEN_ONLY | {"cidrIp": OTHER}, "replace", []),
        (OPEN, OPEN | {"securityGroupId": "sg-2"}, "replace", PUBLIC),
        (OPEN, OPEN | {"description": "the web"}, "update", []),
        (DROP, OPEN, "update", ["public-address", "networks-widened"]),
        (DROP, None, "delete", WIDENED),
        (DROP, DROP | {"cidrIp": TEN}, "replace", WIDENED),
        (DROP | {"cidrIp": TEN}, DROP, "replace", []),
        (OPEN, DROP, "update", []),
        (OPEN, None, "delete", []),
        (None, TEN_ONLY | {"cidrIp": UNKNOWN_TEXT}, "create", NOT_JUDGED),
        (TEN_ONLY, TEN_ONLY | {"cidrIp": SECRET_TEXT}, "replace", NOT_JUDGED),
        (None, {key: value for key, value in OPEN.items() if key != "cidrIp"} | {"prefixListId": "pl-1"}, "create", NOT_JUDGED),
        (None, {key: value for key, value in OPEN.items() if key != "cidrIp"} | {"sourceSecurityGroupId": "sg-2"}, "create", []),
    ],
)  # fmt: skip
def test_a_security_group_rule_is_read_with_its_ports_and_its_policy(
    old: Any, new: Any, operation: str, expected: list[str]
) -> None:
    """Strangers who reach a port that they did not, by a rule that lets in or one that refuses no more; what is hidden is said."""
    assert kinds(change(vocabulary.SECURITY_RULE, old, new, operation)) == expected


def test_a_security_group_that_goes_takes_its_rules_along() -> None:
    """A rule that refuses networks widens nothing where its whole group is deleted."""
    group = change(vocabulary.SECURITY_GROUP, {}, None, "delete", "group", id="sg-1")
    assert kinds(group, change(vocabulary.SECURITY_RULE, DROP, None, "delete")) == []


def test_what_another_rule_opened_before_is_opened_already() -> None:
    """Two rules that become one, which lets in no more than they did, open nothing."""
    wide = change(vocabulary.SECURITY_RULE, OPEN | {"portRange": "1/1024"}, None, "delete", "wide")
    assert kinds(wide, change(vocabulary.SECURITY_RULE, None, OPEN, "create", "narrow", id="")) == []
    assert kinds(change(vocabulary.SECURITY_RULE, None, OPEN, "create", "narrow", id="")) == PUBLIC


def joined(old: Any, new: Any, operation: str = "same", name: str = "joined") -> Change:
    """The load balancer in a security group, by the group's id."""
    sides = [None if one is None else {"loadBalancerId": "alb-1", "securityGroupId": one} for one in (old, new)]
    return change(vocabulary.BALANCER_GROUP, *sides, operation, name, id="" if old is None else f"alb-1:{old}")


def ruled(old: Any, new: Any, operation: str = "same", name: str = "rule") -> Change:
    """A rule about what comes in, of the group sg-1 unless another one is said."""
    base = {"type": "ingress", "securityGroupId": "sg-1", "ipProtocol": "tcp", "portRange": "443/443"}
    sides = [None if one is None else base | one for one in (old, new)]
    return change(vocabulary.SECURITY_RULE, *sides, operation, name, id="" if old is None else "r-1")


def group(operation: str = "same", id_: str = "sg-1") -> Change:
    return change(
        vocabulary.SECURITY_GROUP, None if operation == "create" else {}, {}, operation, f"group {id_}", id=id_
    )


SHUT, OFFICE = {"cidrIp": WIDE, "policy": "drop"}, {"cidrIp": OTHER, "policy": "accept"}
JOINED, OF_SECOND = joined("sg-1", "sg-1"), {"securityGroupId": "sg-2"}
OF_NEW = {"securityGroupId": UNKNOWN_TEXT}
CLOSED = (group(), ruled(SHUT, SHUT), JOINED)
SWAPPED = joined("sg-1", UNKNOWN_TEXT, "replace")
BALANCER_GROUPS: dict[str, tuple[list[str], tuple[Change, ...]]] = {
    "the load balancer leaves a group that refuses": (WIDENED, (group(), ruled(SHUT, SHUT), joined("sg-1", None, "delete"))),
    "it leaves a group that refuses nobody": ([], (group(), ruled(OFFICE, OFFICE), joined("sg-1", None, "delete"))),
    "it leaves a group that the stack does not declare": (WIDENED, (joined("sg-1", None, "delete"),)),
    "it leaves a group, and another refuses the same": ([], (
        group(), group(id_="sg-2"), ruled(SHUT, SHUT), ruled(SHUT | OF_SECOND, SHUT | OF_SECOND, name="two"),
        joined("sg-1", None, "delete"), joined("sg-2", "sg-2", name="second"))),
    "it leaves a group, and another refuses less": (WIDENED, (
        group(), group(id_="sg-2"), ruled(SHUT, SHUT), ruled(*[SHUT | OF_SECOND | {"cidrIp": TEN}] * 2, name="two"),
        joined("sg-1", None, "delete"), joined("sg-2", "sg-2", name="second"))),
    "it goes, with its groups": ([], (
        change(vocabulary.LOAD_BALANCER, {}, None, "delete", "balancer", id="alb-1"), joined("sg-1", None, "delete"))),
    "it is put into its first group": ([], (joined(None, "sg-1", "create"),)),
    "it is put into a second one, which is not declared": (NOT_JUDGED, (JOINED, joined(None, "sg-2", "create", "second"))),
    "it is put into a second one, which lets in past the first": (WIDENED, (
        *CLOSED, group(id_="sg-2"), ruled(OFFICE | OF_SECOND, OFFICE | OF_SECOND, name="two"),
        joined(None, "sg-2", "create", "second"))),
    "it is put into a second one, which only refuses": ([], (
        *CLOSED, group(id_="sg-2"), ruled(SHUT | OF_SECOND, SHUT | OF_SECOND, name="two"),
        joined(None, "sg-2", "create", "second"))),
    "its attachment has another name": ([], (joined("sg-1", None, "delete"), joined(None, "sg-1", "create", "renamed"))),
    "a rule of its group lets in a network": (WIDENED, (*CLOSED, ruled(None, OFFICE, "create", "office"))),
    "a rule lets in a network at a port where none is refused": ([], (
        *CLOSED, ruled(None, OFFICE | {"portRange": "80/80"}, "create", "office"))),
    "a rule lets in a part of what was let in": ([], (
        *CLOSED, ruled(OFFICE, OFFICE, name="all"), ruled(None, OFFICE | {"cidrIp": "203.0.113.7/32"}, "create", "one"))),
    "a rule becomes wider": (WIDENED, (*CLOSED, ruled(OFFICE | {"cidrIp": "203.0.113.7/32"}, OFFICE, "replace", "office"))),
    "a rule becomes narrower": ([], (*CLOSED, ruled(OFFICE, OFFICE | {"cidrIp": "203.0.113.7/32"}, "replace", "office"))),
    "a rule that refuses goes": (WIDENED, (group(), ruled(SHUT, None, "delete"), JOINED)),
    "a rule lets in beside a group that is not declared": (NOT_JUDGED, (
        joined("sg-9", "sg-9", name="foreign"), group(), JOINED, ruled(None, OFFICE, "create", "office"))),
    "the same in a group that it is not in": ([], (
        group(id_="sg-2"), ruled(None, OFFICE | OF_SECOND, "create", "office"), *CLOSED)),
    "the group is made anew as it was": ([], (group("replace"), ruled(SHUT, SHUT | OF_NEW, "replace"), SWAPPED)),
    "the group is made anew, without its rule": ([*WIDENED, *WIDENED], (group("replace"), ruled(SHUT, None, "delete"), SWAPPED)),
    "another new group takes its place, with the same rule": ([], (
        group(), group("create", ""), ruled(SHUT, SHUT), ruled(None, SHUT | OF_NEW, "create", "new"), SWAPPED)),
    "one of two new groups takes its place": (WIDENED, (
        group(), group("create", ""), group("create", "x"), ruled(SHUT, SHUT), ruled(None, SHUT | OF_NEW, "create", "new"), SWAPPED)),
}  # fmt: skip


@pytest.mark.parametrize("name", BALANCER_GROUPS)
def test_a_load_balancers_security_groups_are_read_as_what_they_refuse(name: str) -> None:
    """What no rule refuses is let in, so leaving a group, and a rule that lets in past one that refuses, are weakenings."""
    expected, changes = BALANCER_GROUPS[name]
    assert kinds(*changes) == expected


POLICY = {"tlsVersions": ["TLSv1.2"], "ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}
SECRET_POLICY = {"loadBalancerId": "alb-1", "listenerProtocol": "HTTPS", "listenerPort": 9443, "caEnabled": True,
                 "securityPolicyId": SECRET_TEXT}  # fmt: skip
FORWARDS = {"loadBalancerId": "alb-1", "listenerProtocol": "HTTP", "listenerPort": 80}


def to(group: str) -> dict[str, Any]:
    """A listener in clear that forwards to a group."""
    action = {"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": group}]}}
    return FORWARDS | {"defaultActions": [action]}


def web(id_: str = "sgp-1") -> Change:
    return change(vocabulary.SERVER_GROUP, *[{"servers": [{"serverId": "i-1", "port": 80}]}] * 2, "same", "web", id=id_)


def at_port(port: Any, group: str = "sgp-0") -> dict[str, Any]:
    """A listener of alb-1 that verifies."""
    return to(group) | {"listenerProtocol": "HTTPS", "listenerPort": port, "caEnabled": True,
                        "caCertificates": [{"certificateId": "ca-1"}]}  # fmt: skip


def moved(old: Any, new: Any, name: str = "front", id_: str = "lsn-1") -> Change:
    return change(vocabulary.LISTENER, old, new, "same" if old == new else "update", name, id=id_)


SHUT_80 = (group(), ruled(*[SHUT | {"portRange": "80/80"}] * 2), JOINED)
GENERATED: dict[str, tuple[list[str], tuple[Change, ...]]] = {
    "a listener moves to a port that its groups do not refuse": (WIDENED, (*CLOSED, moved(at_port(443), at_port(444)))),
    "a listener moves to a port that they refuse as well": ([], (
        group(), ruled(*[SHUT | {"portRange": "1/65535"}] * 2), JOINED, moved(at_port(443), at_port(444)))),
    "a listener moves to a port that is a secret": (NOT_JUDGED, (*CLOSED, moved(at_port(443), at_port(SECRET_TEXT)))),
    "servers behind a port that is refused are served at another": (WIDENED, (
        *SHUT_80, web(), moved(to("sgp-1"), to("sgp-1"), "plain", "lsn-80"), moved(at_port(443), at_port(443, "sgp-1")))),
    "servers behind a port that is not refused are": ([], (
        web(), moved(to("sgp-1"), to("sgp-1"), "plain", "lsn-80"), moved(at_port(443), at_port(443, "sgp-1")))),
    "a new listener's TLS policy is a secret, and one policy is made": (NOT_JUDGED, (
        change(vocabulary.TLS_POLICY, None, POLICY, "create", "policy", id=""),
        change(vocabulary.LISTENER, None, SECRET_POLICY, "create", "new", id=""))),
    "a new listener's TLS policy is the one that is made": ([], (
        change(vocabulary.TLS_POLICY, None, POLICY, "create", "policy", id=""),
        change(vocabulary.LISTENER, None, SECRET_POLICY | {"securityPolicyId": UNKNOWN_TEXT}, "create", "new", id=""))),
    "what a rule refused, a rule of another new group refuses": (WIDENED, (
        change(vocabulary.SECURITY_RULE, DROP, None, "delete"), group("create", ""),
        change(vocabulary.SECURITY_RULE, None, DROP | OF_NEW, "create", "new", id=""))),
    "what a rule refused, its group made anew refuses": ([], (
        group("replace"), change(vocabulary.SECURITY_RULE, DROP, DROP | OF_NEW, "replace"))),
    "an entry is of a list that is not told": (NOT_JUDGED, (ALLOWED, KEPT, entry(None, OTHER, "create", UNKNOWN_TEXT))),
    "an entry is of the list that is made": ([], (
        ALLOWED, KEPT, acl(None, [], "create", "new", ""), entry(None, OTHER, "create", UNKNOWN_TEXT))),
    "a listener in clear leaves a group that the stack does not declare": (NOT_JUDGED, (
        web(), moved(to("sgp-foreign"), to("sgp-1")))),
    "a listener in clear stays at such a group": ([], (web(), moved(to("sgp-foreign"), to("sgp-foreign")))),
}  # fmt: skip


@pytest.mark.parametrize("name", GENERATED)
def test_a_change_that_the_generator_found_is_told(name: str) -> None:
    """Each passed as harmless once, in one of 60,000 generated pairs; its near miss still does."""
    expected, changes = GENERATED[name]
    assert kinds(*changes) == expected


@pytest.mark.parametrize(
    ("value", "refusing", "letting_in"),
    [(None, 1, 1), (50, 50, 50), (50.0, 50, 50), ("50", 50, 50), (UNKNOWN_TEXT, 100, 1), ("1.5", 100, 1), ("²", 100, 1), ("9" * 5000, 100, 1)],
)  # fmt: skip
def test_a_priority_that_is_no_number_is_taken_for_the_worse(value: Any, refusing: int, letting_in: int) -> None:
    """A rule that refuses counts last then, one that lets in first; no text of a program's ends the verdict."""
    drop, accept = ({"policy": policy, "priority": value} for policy in ("drop", "accept"))
    found = [security_groups.passage(one) for one in (drop, accept)]
    assert [one.priority for one in found if one] == [refusing, letting_in]


RUNS = {"listenerId": "lsn-443", "position": "RequestHead", "scriptContent": "now()", "enabled": True}
OFF_NOW, ON_ANSWERS = RUNS | {"enabled": False}, RUNS | {"position": "ResponseHead"}
SCRIPT, CHANGED = "alicloud:alb/aScript:AScript", ["script-changed"]
UNASKED = {"caEnabled": False}


@pytest.mark.parametrize(
    ("old", "new", "operation", "expected"),
    [
        (None, RUNS, "create", CHANGED),
        (None, OFF_NOW, "create", []),
        (None, {key: value for key, value in RUNS.items() if key != "enabled"}, "create", []),
        (None, ON_ANSWERS, "create", CHANGED),
        (RUNS, RUNS | {"scriptContent": "time()"}, "update", CHANGED),
        (OFF_NOW, OFF_NOW | {"scriptContent": "time()"}, "update", []),
        (OFF_NOW, RUNS, "update", CHANGED),
        (RUNS, OFF_NOW, "update", CHANGED),
        (RUNS, None, "delete", CHANGED),
        (OFF_NOW, None, "delete", []),
        (RUNS, RUNS | {"position": "RequestFoot"}, "replace", CHANGED),
        (RUNS, RUNS | {"ascriptName": "renamed"}, "update", []),
        (RUNS, RUNS | {"listenerId": UNKNOWN_TEXT}, "replace", []),
        (RUNS, RUNS | {"scriptContent": UNKNOWN_TEXT}, "update", CHANGED),
        (RUNS | {"scriptContent": SECRET_TEXT}, RUNS | {"scriptContent": SECRET_TEXT}, "update", CHANGED),
        (RUNS | {"scriptContent": SECRET_TEXT}, RUNS | {"scriptContent": SECRET_TEXT}, "same", []),
        (OFF_NOW, RUNS | {"enabled": UNKNOWN_TEXT}, "update", CHANGED),
        (RUNS, RUNS | {"extAttributeEnabled": True}, "update", NOT_JUDGED),
    ],
)  # fmt: skip
def test_a_script_on_a_guarded_listener_is_told(old: Any, new: Any, operation: str, expected: list[str]) -> None:
    """One that comes, goes, changes or is switched; what it does nobody reads. One that does not run is none."""
    assert kinds(front(), change(SCRIPT, old, new, operation, "script")) == expected


def test_a_script_matters_where_certificates_are_demanded() -> None:
    """Not on a listener that asks for none, nor on one that goes with it; on one that the stack does not declare it may."""
    made, gone = change(SCRIPT, None, RUNS, "create", "script"), change(SCRIPT, RUNS, None, "delete", "script")
    assert kinds(front(UNASKED, UNASKED), made) == []
    assert kinds(made) == CHANGED
    assert (
        kinds(
            change(
                vocabulary.LISTENER,
                {"listenerProtocol": "HTTPS", "caEnabled": True},
                None,
                "delete",
                "https",
                id="lsn-443",
            ),
            gone,
        )
        == []
    )
    assert (
        kinds(front(UNASKED, UNASKED), change(SCRIPT, None, RUNS | {"listenerId": "lsn-9"}, "create", "s")) == CHANGED
    )


UNVERIFIED = IN_CLUSTER | {"caEnabled": False}
OFF = ["client-verification-off"]


@pytest.mark.parametrize("made", [own, adopted], ids=["created", "adopted"])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([IN_CLUSTER], [IN_CLUSTER | {"caEnabled": "false"}], OFF),
        ([IN_CLUSTER], [IN_CLUSTER | {"caEnabled": "true"}], OFF),
        ([IN_CLUSTER], [IN_CLUSTER | {"caEnabled": SECRET_TEXT}], NOT_JUDGED),
        ([IN_CLUSTER], [UNVERIFIED, IN_CLUSTER], OFF),
        ([IN_CLUSTER], [IN_CLUSTER, UNVERIFIED], OFF),
        ([IN_CLUSTER], [IN_CLUSTER, IN_CLUSTER], []),
        ([UNVERIFIED, IN_CLUSTER], [IN_CLUSTER], []),
        ([IN_CLUSTER], UNKNOWN_TEXT, NOT_JUDGED),
        ([IN_CLUSTER], [SECRET_TEXT], NOT_JUDGED),
        (SECRET_TEXT, [UNVERIFIED], OFF),
        (SECRET_TEXT, [IN_CLUSTER], []),
    ],
)
def test_an_alb_config_hides_no_listener(made: Any, before: Any, after: Any, expected: list[str]) -> None:
    """A text in a boolean's place is off, each of two entries for a port counts, and what is hidden is not judged."""
    assert kinds(made(before, after)) == expected


def test_an_alb_config_whose_spec_is_hidden_is_not_judged() -> None:
    """Nothing is said to be taken away of what cannot be read."""
    old = own([IN_CLUSTER], [], {"deletionProtectionEnabled": True, "accessLogConfig": {"logProject": "p"}}).old
    found = judge("p", "s", Preview((change(own([], []).type, old, {"spec": UNKNOWN_TEXT}, name="config"),)))
    assert [one.kind for one in found.weakenings] == NOT_JUDGED
    assert found.effects == ()


SUBJECT = {"xForwardedForClientCertSubjectDnEnabled": True}
QUIC = ["path-past-mutual-tls"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"quicConfig": {"quicUpgradeEnabled": "true"}}, QUIC),
        ({}, {"quicConfig": {"quicUpgradeEnabled": "false"}}, []),
        ({}, {"quicConfig": {"quicUpgradeEnabled": UNKNOWN_TEXT}}, NOT_JUDGED),
        ({}, {"quicConfig": SECRET_TEXT}, NOT_JUDGED),
        ({"xForwardedForConfig": SUBJECT}, {"xForwardedForConfig": {next(iter(SUBJECT)): "false"}}, ["header-forwarding-off"]),
        ({"xForwardedForConfig": SUBJECT}, {"xForwardedForConfig": {next(iter(SUBJECT)): "true"}}, []),
        ({}, {"listenerProtocol": UNKNOWN_TEXT}, NOT_JUDGED),
        ({"listenerProtocol": SECRET_TEXT}, {"listenerProtocol": SECRET_TEXT}, []),
        ({"caEnabled": False}, {"caEnabled": False, "defaultActions": SECRET_TEXT}, NOT_JUDGED),
        ({}, {"defaultActions": SECRET_TEXT}, []),
        ({"caCertificates": [{"certificateId": "a"}]}, {"caCertificates": SECRET_TEXT}, ["authority-replaced", *NOT_JUDGED]),
    ],
)  # fmt: skip
def test_a_listeners_properties_are_read_as_the_provider_reads_them(old: Any, new: Any, expected: list[str]) -> None:
    """A text stands for a boolean; a hidden block ends in no verdict, not in a traceback, unless nobody changes it."""
    assert kinds(listener(old, new)) == expected


PROTECTED = {"deletionProtectionConfig": {"enabled": True}}
UNPROTECTED = ["deletion-protection-off"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"deletionProtectionEnabled": True}, {"deletionProtectionEnabled": "false"}, UNPROTECTED),
        ({"deletionProtectionEnabled": True}, {"deletionProtectionEnabled": "true"}, []),
        (PROTECTED, {"deletionProtectionConfig": {"enabled": False}}, UNPROTECTED),
        (PROTECTED, {}, UNPROTECTED),
        (PROTECTED, {"deletionProtectionEnabled": True}, []),
        (PROTECTED, {"deletionProtectionConfig": SECRET_TEXT}, NOT_JUDGED),
        ({"addressType": "Intranet"}, {"addressType": SECRET_TEXT}, NOT_JUDGED),
        ({"ipv6AddressType": "Intranet"}, {"ipv6AddressType": "Internet"}, PUBLIC),
        ({"ipv6AddressType": "Internet"}, {"ipv6AddressType": "Intranet"}, []),
    ],
)
def test_a_load_balancers_properties_are_read_in_all_their_forms(old: Any, new: Any, expected: list[str]) -> None:
    """Protection stands in one of two properties, an address is of IPv4 or IPv6, and what is hidden is not judged."""
    assert kinds(change(vocabulary.LOAD_BALANCER, old, new)) == expected


GCM, PLAIN = "ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA"
LOWERED, WEAKER = ["tls-floor-lowered"], ["tls-weaker"]


def suites(*ciphers: str, versions: Any = ("TLSv1.2",)) -> dict[str, Any]:
    """A custom TLS policy."""
    return {"tlsVersions": [*versions] if isinstance(versions, tuple) else versions, "ciphers": list(ciphers)}


def policy(old: Any, new: Any, operation: str = "update", id_: str = "tls-1", name: str = "policy") -> Change:
    """A custom policy before and after."""
    return change(vocabulary.TLS_POLICY, old, new, operation, name, id=id_)


def with_policy(old: str, new: str) -> Change:
    """The listener that goes from one policy to another."""
    return front({"securityPolicyId": old}, {"securityPolicyId": new}, "update")


STRICT, BASIC = "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2"
TLS: dict[str, tuple[list[str], tuple[Change, ...]]] = {
    "a custom policy takes TLS 1.0 in place": (LOWERED, (policy(suites(GCM), suites(GCM, versions=("TLSv1.0", "TLSv1.2"))),)),
    "a custom policy ceases to take TLS 1.0": ([], (policy(suites(GCM, versions=("TLSv1.0", "TLSv1.2")), suites(GCM)),)),
    "a custom policy takes TLS 1.3 too": ([], (policy(suites(GCM), suites(GCM, versions=("TLSv1.2", "TLSv1.3"))),)),
    "a custom policy takes a suite without forward secrecy": (WEAKER, (policy(suites(GCM), suites(GCM, PLAIN)),)),
    "a custom policy takes another suite with it": ([], (policy(suites(GCM), suites(GCM, "ECDHE-RSA-AES256-GCM-SHA384")),)),
    "a custom policy loses a suite": ([], (policy(suites(GCM, PLAIN), suites(GCM)),)),
    "a custom policy gets tags": ([], (policy(suites(GCM), suites(GCM) | {"tags": {"a": "b"}}),)),
    "a custom policy is hidden": (NOT_JUDGED, (policy(suites(GCM), suites(GCM) | {"ciphers": SECRET_TEXT}),)),
    "a custom policy has a hidden version": (NOT_JUDGED, (policy(suites(GCM), suites(GCM, versions=(UNKNOWN_TEXT,))),)),
    "the listener gets a weak custom policy": (LOWERED, (
        with_policy(STRICT, "tls-1"), policy(*[suites(GCM, versions=("TLSv1.1",))] * 2, "same"))),
    "the listener gets a strong custom policy": ([], (with_policy(STRICT, "tls-1"), policy(*[suites(GCM)] * 2, "same"))),
    "the listener gets a new weak policy": (WEAKER, (
        with_policy(STRICT, UNKNOWN_TEXT), policy(None, suites(PLAIN), "create", ""))),
    "the listener gets a new strong policy": ([], (
        with_policy(STRICT, UNKNOWN_TEXT), policy(None, suites(GCM), "create", ""))),
    "the listener gets one of two new policies": (NOT_JUDGED, (
        with_policy(STRICT, UNKNOWN_TEXT), policy(None, suites(GCM), "create", ""),
        policy(None, suites(PLAIN), "create", "", "second"))),
    "its policy has another logical name and is weaker": (LOWERED, (
        with_policy("tls-1", UNKNOWN_TEXT), policy(suites(GCM), None, "delete"),
        policy(None, suites(GCM, versions=("TLSv1.0",)), "create", "", "again"))),
    "its policy has another logical name": ([], (
        with_policy("tls-1", UNKNOWN_TEXT), policy(suites(GCM), None, "delete"),
        policy(None, suites(GCM), "create", "", "again"))),
    "its policy is made anew and is weaker": (WEAKER, (
        with_policy("tls-1", UNKNOWN_TEXT), policy(suites(GCM), suites(PLAIN), "replace"))),
    "from a custom policy to the vendor's plain one": (WEAKER, (
        with_policy("tls-1", BASIC), policy(*[suites(GCM)] * 2, "same"))),
    "from a custom policy to the vendor's strict one": ([], (
        with_policy("tls-1", STRICT), policy(*[suites(GCM)] * 2, "same"))),
    "from the vendor's plain one to suites that it may not take": (NOT_JUDGED, (
        with_policy(BASIC, "tls-1"), policy(*[suites(PLAIN)] * 2, "same"))),
    "from a policy outside the stack to the vendor's": (NOT_JUDGED, (with_policy("tls-9", STRICT),)),
}  # fmt: skip


@pytest.mark.parametrize("name", TLS)
def test_a_custom_tls_policy_is_read_where_the_stack_declares_it(name: str) -> None:
    """Versions and suites of a policy are compared, in place or at another listener; what nobody tells is not judged."""
    expected, changes = TLS[name]
    assert kinds(*changes) == expected


@pytest.mark.parametrize(
    ("old", "new", "operation", "expected"),
    [
        (None, {}, "create", LOWERED),
        (None, {"securityPolicyId": BASIC}, "create", []),
        ({"securityPolicyId": BASIC}, {}, "replace", LOWERED),
        ({"securityPolicyId": BASIC}, {}, "update", []),
        ({}, {}, "replace", []),
    ],
)
def test_a_listener_without_a_policy_takes_tls_1_0(old: Any, new: Any, operation: str, expected: list[str]) -> None:
    """ALB's default is the weakest policy; a listener that only loses the setting keeps what it has."""
    base = {"listenerProtocol": "HTTPS", "listenerPort": 443, "caEnabled": True}
    sides = [None if one is None else base | one for one in (old, new)]
    assert kinds(change(vocabulary.LISTENER, *sides, operation, "https", id="lsn-443")) == expected


def ruled(*actions: dict[str, Any], of: str = "lsn-80", operation: str = "create") -> Change:
    """A rule with these actions."""
    inputs = {"listenerId": of, "priority": 1, "ruleActions": list(actions)}
    old = None if operation == "create" else inputs
    return change(vocabulary.RULE, old, inputs, operation, "rule", id="" if old is None else "rule-1")


def mirrored(group: str) -> dict[str, Any]:
    """An action that sends a copy of each request to a group."""
    config = {
        "mirrorGroupConfig": {"serverGroupTuples": [{"serverGroupId": group}]},
        "targetType": "ForwardGroupMirror",
    }
    return {"type": "TrafficMirror", "trafficMirrorConfig": config}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ruled(mirrored("sgp-web")), ["path-past-mutual-tls"]),
        (ruled(mirrored("sgp-empty")), []),
        (ruled(mirrored("sgp-web"), of="lsn-443"), []),
        (ruled(mirrored("sgp-web"), operation="same"), []),
    ],
)
def test_a_copy_of_a_request_reaches_servers_too(rule: Change, expected: list[str]) -> None:
    """A rule on plain HTTP that mirrors requests to servers behind mutual TLS is a path past it."""
    assert kinds(*stack(rule)) == expected


def inserts(key: str, value: str = "CN=alice") -> dict[str, Any]:
    return {"type": "InsertHeader", "insertHeaderConfig": {"key": key, "value": value, "valueType": "UserDefined"}}


NAMED = {"xForwardedForConfig": SUBJECT | {"xForwardedForClientCertSubjectDnAlias": "x-client-subject"}}
REPLACED = ["header-forwarding-off"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ruled(inserts("X-Client-Subject"), of="lsn-443"), REPLACED),
        (ruled(inserts("X-Forwarded-Clientcert-subjectdn"), of="lsn-443"), REPLACED),
        (ruled({"removeHeaderConfig": {"key": "x-client-subject"}}, of="lsn-443"), REPLACED),
        (ruled(inserts(UNKNOWN_TEXT), of="lsn-443"), REPLACED),
        (ruled(inserts("x-trace"), of="lsn-443"), []),
        (ruled(inserts("x-client-subject"), of="lsn-443", operation="update"), []),
    ],
)
def test_a_rule_that_writes_the_clients_headers_is_found(rule: Change, expected: list[str]) -> None:
    """What servers learn of a client's certificate is the listener's word, not a rule's."""
    assert kinds(front(NAMED, NAMED), rule) == expected


NLB = "alicloud:nlb/"
TCP = {"loadBalancerId": "nlb-1", "listenerPort": 8443, "listenerProtocol": "TCP", "serverGroupId": "nsg-1"}
SSL = TCP | {"listenerProtocol": "TCPSSL", "caEnabled": True, "caCertificateIds": ["a"], "securityPolicyId": STRICT}
PAST = ["path-past-mutual-tls"]


def nlb(old: Any, new: Any, operation: str) -> Change:
    """A listener of a network load balancer."""
    return change(f"{NLB}listener:Listener", old, new, operation, "nlb", id="" if old is None else "nlsn-1")


def behind(server: str, port: int = 80, operation: str = "same", kind: str = "Ecs") -> Change:
    """A server in the group of that listener."""
    new = {"serverGroupId": "nsg-1", "serverId": server, "port": port, "serverType": kind}
    type_ = f"{NLB}serverGroupServerAttachment:ServerGroupServerAttachment"
    return change(type_, None if operation == "create" else new, new, operation, "member")


GROUP = change(f"{NLB}serverGroup:ServerGroup", {}, {}, "same", "group", id="nsg-1")
NETWORK: dict[str, tuple[list[str], tuple[Change, ...]]] = {
    "TCP to a server behind mutual TLS": (PAST, (nlb(None, TCP, "create"), behind("i-1"))),
    "UDP to a server behind mutual TLS": (PAST, (nlb(None, TCP | {"listenerProtocol": "UDP"}, "create"), behind("i-1"))),
    "TCP to another server": ([], (nlb(None, TCP, "create"), behind("i-2"))),
    "TCP to another port of the server": ([], (nlb(None, TCP, "create"), behind("i-1", 22))),
    "TCP to the load balancer that verifies": ([], (nlb(None, TCP, "create"), behind("alb-1", 443, kind="Alb"))),
    "TCP to an address, which may be the server's": (NOT_JUDGED, (nlb(None, TCP, "create"), behind("10.0.0.5", kind="Ip"))),
    "TCP to a group outside the stack": (NOT_JUDGED, (nlb(None, TCP | {"serverGroupId": "nsg-9"}, "create"),)),
    "TCP that was there before": ([], (nlb(TCP, TCP, "same"), behind("i-1"))),
    "a server behind mutual TLS joins the group": (PAST, (nlb(TCP, TCP, "same"), behind("i-1", operation="create"))),
    "another server joins the group": ([], (nlb(TCP, TCP, "same"), behind("i-2", operation="create"))),
    "TCPSSL that verifies": ([], (nlb(None, SSL, "create"), behind("i-1"))),
    "TCPSSL that does not verify": (OFF, (nlb(None, SSL | {"caEnabled": False}, "create"), behind("i-1"))),
    "TCPSSL becomes TCP": ([*OFF, "authority-replaced"], (nlb(SSL, TCP, "replace"), behind("i-1"))),
    "TCPSSL ceases to verify": (OFF, (nlb(SSL, SSL | {"caEnabled": "false"}, "update"), behind("i-2"))),
    "TCPSSL trusts another CA": (["authority-replaced"], (nlb(SSL, SSL | {"caCertificateIds": ["b"]}, "update"),)),
    "TCPSSL takes TLS 1.0": (LOWERED, (nlb(SSL, SSL | {"securityPolicyId": "tls_cipher_policy_1_0"}, "update"),)),
    "TCPSSL gets another idle time": ([], (nlb(SSL, SSL | {"idleTimeout": 60}, "update"),)),
    "TCPSSL hides whether it verifies": (NOT_JUDGED, (nlb(SSL, SSL | {"caEnabled": SECRET_TEXT}, "update"),)),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORK)
def test_a_network_load_balancer_is_judged_by_the_same_rules(name: str) -> None:
    """TCP and UDP to servers behind mutual TLS are paths past it; TCPSSL is read as HTTPS is."""
    expected, changes = NETWORK[name]
    assert kinds(*stack(GROUP, *changes)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"addressType": "Intranet"}, {"addressType": "Internet"}, PUBLIC),
        ({"addressType": "Internet"}, {"addressType": "Intranet"}, []),
        ({"deletionProtectionEnabled": True}, {"deletionProtectionEnabled": False}, UNPROTECTED),
        ({"securityGroupIds": ["sg-1"]}, {"securityGroupIds": ["sg-2"]}, NOT_JUDGED),
        ({"crossZoneEnabled": True}, {"crossZoneEnabled": False}, []),
    ],
)
def test_the_instance_of_a_network_load_balancer_is_judged_too(old: Any, new: Any, expected: list[str]) -> None:
    """Address and protection are those of ALB; another security group is not judged."""
    assert kinds(change(f"{NLB}loadBalancer:LoadBalancer", old, new)) == expected


def forwarding(group: str, **more: Any) -> dict[str, Any]:
    """What a listener of the load balancer says that forwards everything to a group."""
    action = {"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": group}]}}
    return {"loadBalancerId": "alb-1", "defaultActions": [action], **more}


GROUPS = [
    change(vocabulary.SERVER_GROUP, inputs, inputs, "same", name, id=f"sgp-{name}")
    for name, inputs in (
        ("a", {"servers": [{"serverId": "i-1", "port": 80}]}),
        ("b", {"servers": [{"serverId": "i-2", "port": 80}]}),
    )
]
GUARDED = front(forwarding("sgp-a"), forwarding("sgp-a"))


@pytest.mark.parametrize(
    ("group", "expected"), [("sgp-elsewhere", NOT_JUDGED), ("sgp-b", []), ("sgp-a", ["path-past-mutual-tls"])]
)
@pytest.mark.parametrize("protocol", ["HTTPS", "HTTP"])
def test_an_open_listener_that_leads_outside_the_stack_is_not_judged(
    protocol: str, group: str, expected: list[str]
) -> None:
    """A group that the stack only names may hold the servers behind mutual TLS; one it declares is compared."""
    sides = [forwarding(one, caEnabled=False, listenerPort=8443, listenerProtocol=protocol) for one in ("sgp-b", group)]
    opened = change(vocabulary.LISTENER, *sides, "update", "open", id="lsn-8443")
    assert kinds(GUARDED, opened, *GROUPS) == expected
