"""Networks that are let in or refused: access lists and security groups, each change beside its near miss."""

from typing import Any

import pytest

from exposure import security_groups
from mtlsedge.preview import vocabulary
from mtlsedge.preview.events import SECRET_TEXT, UNKNOWN_TEXT, Change, Preview
from mtlsedge.preview.findings import judge
from tests.unit.preview_samples import change, guarded, kinds

TEN, SIXTEEN, WIDE, OTHER = "10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "203.0.113.0/24"
WHITE = {"aclId": "acl-1", "aclType": "White", "listenerId": "lsn-443"}
BLACK = WHITE | {"aclType": "Black"}
WIDENED, NOT_JUDGED = ["networks-widened"], ["not-judged"]


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
    assert kinds(guarded(), *changes) == expected


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
    assert kinds(guarded(old, new, "update"), *both) == expected


def test_a_listener_that_goes_takes_its_list_along() -> None:
    """A detached list widens nothing where the listener is deleted in the same change."""
    gone = change(vocabulary.LISTENER, {"listenerProtocol": "HTTPS"}, None, "delete", "https", id="lsn-443")
    assert kinds(gone, attached(WHITE, None, "delete"), KEPT) == []


def test_a_list_that_cannot_be_read_names_nobody() -> None:
    """Who is affected are networks, never the text that stands for what cannot be read."""
    swapped = attached(WHITE | {"aclId": "acl-9"}, WHITE, "replace")
    assert judge("p", "s", Preview((guarded(), swapped, KEPT))).effects == ()


def test_networks_that_a_deny_list_refuses_from_now_on_are_named() -> None:
    """A new entry of a deny list is somebody who is affected, and its removal is not."""
    (one,) = judge("p", "s", Preview((guarded(), REFUSED, acl([TEN], [TEN, OTHER])))).effects
    assert (one.kind, one.who) == ("networks-refused", (OTHER,))
    assert judge("p", "s", Preview((guarded(), REFUSED, acl([TEN, OTHER], [TEN])))).effects == ()


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


def moved(old: Any, new: Any, name: str = "https", id_: str = "lsn-1") -> Change:
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
    "what a rule refused, a rule of another new group refuses": (WIDENED, (
        change(vocabulary.SECURITY_RULE, DROP, None, "delete"), group("create", ""),
        change(vocabulary.SECURITY_RULE, None, DROP | OF_NEW, "create", "new", id=""))),
    "what a rule refused, its group made anew refuses": ([], (
        group("replace"), change(vocabulary.SECURITY_RULE, DROP, DROP | OF_NEW, "replace"))),
    "an entry is of a list that is not told": (NOT_JUDGED, (ALLOWED, KEPT, entry(None, OTHER, "create", UNKNOWN_TEXT))),
    "an entry is of the list that is made": ([], (
        ALLOWED, KEPT, acl(None, [], "create", "new", ""), entry(None, OTHER, "create", UNKNOWN_TEXT))),
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
