"""Ways around mutual TLS that a change may open, each with a near miss, as the preview judges them."""

from dataclasses import replace

import pytest

from exposure import reach
from mtlsedge.preview import renamed, vocabulary, weakenings
from mtlsedge.preview.events import SECRET_TEXT, UNKNOWN_TEXT, Preview, read
from mtlsedge.preview.findings import judge
from mtlsedge.preview.markdown import comment
from tests.unit.preview_samples import change, listener

OPEN, CLOSED = {"type": "ingress", "cidrIp": "0.0.0.0/0"}, {"type": "ingress", "cidrIp": "10.0.0.0/8"}
WHITE = {"aclId": "acl-1", "aclType": "White", "listenerId": "lsn-443"}


def kinds(*changes) -> list[str]:
    return [one.kind for one in judge("p", "s", Preview(changes)).weakenings]


def to(group: str) -> list[dict]:
    return [{"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": group}]}}]


def stack(*more, empty_servers=(), http=None):
    """A guarded group behind HTTPS, and a plain-HTTP listener that forwards to a group without servers."""
    guarded = {"servers": [{"serverId": "i-1", "port": 80}]}
    plain = {
        "listenerProtocol": "HTTP",
        "listenerPort": 80,
        "loadBalancerId": "alb-1",
        "defaultActions": to("sgp-empty"),
    }
    front = {"loadBalancerId": "alb-1", "defaultActions": to("sgp-web"), "caCertificates": [{"certificateId": "a"}]}
    return (
        listener(front, front, operation="same", id="lsn-443"),
        change(
            vocabulary.LISTENER, plain, {**plain, **(http or {})}, "update" if http else "same", "http", id="lsn-80"
        ),
        change(vocabulary.SERVER_GROUP, guarded, guarded, "same", "web", id="sgp-web"),
        change(vocabulary.SERVER_GROUP, {}, {"servers": list(empty_servers)}, "update", "deny", id="sgp-empty"),
        *more,
    )


def rule(group: str, path: str = "/*", of: str = "lsn-80", priority: int = 1):
    """A new forwarding rule outside every component, with literal ids."""
    inputs = {"listenerId": of, "priority": priority, "ruleActions": to(group),
              "ruleConditions": [{"type": "Path", "pathConfig": {"values": [path]}}]}  # fmt: skip
    return change(vocabulary.RULE, None, inputs, "create", f"rule-{priority}", id="")


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        (stack(), False),
        (stack(rule("sgp-web")), True),
        (stack(rule("sgp-web", "/status")), True),
        (stack(rule("sgp-web", of="lsn-443")), False),
        (stack(rule("sgp-empty")), False),
        (stack(empty_servers=[{"serverId": "i-1", "port": 80}]), True),
        (stack(http={"defaultActions": to("sgp-web")}), True),
        (stack(http={"idleTimeout": 5}), False),
    ],
)
def test_a_rule_or_a_server_opens_a_path_past_mutual_tls(changes, is_found):
    """A rule on plain HTTP to the guarded group, or servers in its empty group, is a path; one to nothing is none."""
    assert ("path-past-mutual-tls" in kinds(*changes)) is is_found


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (rule("sgp-web", of="lsn-elsewhere"), ["not-judged"]),
        (replace(rule("sgp-web", of="lsn-elsewhere"), operation="update", old={"ruleActions": to("sgp-empty")}), ["not-judged"]),
        (replace(rule("sgp-web", of="lsn-elsewhere"), operation="delete", old={"listenerId": "lsn-x"}, new=None), ["not-judged"]),
        (change(vocabulary.RULE, None, {"listenerId": "lsn-x", "ruleActions": [{"type": "Redirect"}]}, "create"), []),
        (change(vocabulary.RULE, {"listenerId": "lsn-x"}, {"listenerId": "lsn-x", "ruleName": "a"}), []),
        (change(reach.OWN_ACTIONS, None, {"rule_id": "rule-x", "actions": to("sgp-web")}, "create"), ["not-judged"]),
        (change(reach.OWN_ACTIONS, None, {"rule_id": SECRET_TEXT, "actions": to("sgp-web")}, "create"), ["not-judged"]),
        (change(vocabulary.SERVERS, None, {"server_group_id": "sgp-x", "servers": {"a": {"server_id": "i-1", "port": 80}}}, "create"),
         ["not-judged"]),
        (change(vocabulary.SERVERS, None, {"server_group_id": "sgp-x", "servers": {"a": {"server_id": "i-2", "port": 80}}}, "create"),
         []),
    ],
)  # fmt: skip
def test_what_is_done_to_things_outside_the_stack_is_not_judged(one, expected):
    """A rule of another owner's listener, and a guarded server in another owner's group; a redirect, a name and another server are none."""
    assert kinds(*stack(one)) == expected


def test_a_rule_of_an_imported_listener_is_read():
    """The listener has its id before `up`: a rule that names it leads to the guarded group past mutual TLS, as one of a new listener does."""
    plain = {
        "listenerProtocol": "HTTP",
        "listenerPort": 8080,
        "loadBalancerId": "alb-1",
        "defaultActions": to("sgp-empty"),
    }
    events = [
        {"resourcePreEvent": {"metadata": {
            "op": "import", "urn": f"urn:pulumi:s::p::{vocabulary.LISTENER}::old", "type": vocabulary.LISTENER,
            "new": {"id": "lsn-8080", "inputs": plain},
        }}},
    ]  # fmt: skip
    (imported,) = read(events).changes
    assert imported.id == "lsn-8080"
    assert kinds(*stack(imported, rule("sgp-web", of="lsn-8080"))) == ["path-past-mutual-tls"]
    assert kinds(*stack(imported, rule("sgp-empty", of="lsn-8080"))) == []


@pytest.mark.parametrize("key", ["sourceSecurityGroupId", "prefixListId"])
def test_another_groups_servers_or_a_list_of_prefixes_may_be_refused_no_more(key):
    """A rule that refused them goes while another lets in the network that they may be in; a rule that lets them in may go."""
    wide = change(vocabulary.SECURITY_RULE, CLOSED, CLOSED, "same", "wide", id="r-1")
    for policy, expected in (("drop", ["networks-widened"]), ("accept", [])):
        gone = {"type": "ingress", key: "x-1", "policy": policy}
        assert kinds(wide, change(vocabulary.SECURITY_RULE, gone, None, "delete", "peers")) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"caEnabled": True}, {"caEnabled": "false"}, ["client-verification-off"]),
        ({"caEnabled": True}, {"caEnabled": "true"}, []),
        ({"caEnabled": SECRET_TEXT}, {"caEnabled": False}, ["client-verification-off"]),
        ({"caEnabled": True}, {"caEnabled": SECRET_TEXT}, ["not-judged"]),
    ],
)
def test_client_verification_is_read_as_the_provider_reads_it(old, new, expected):
    """A text that says false is off; what cannot be read is not judged."""
    assert kinds(listener(old, new)) == expected


@pytest.mark.parametrize("value", [SECRET_TEXT, UNKNOWN_TEXT])
def test_verification_that_cannot_be_read_is_not_judged(value):
    """A secret or unknown `caEnabled` is never taken for on; one that nobody changes is not mentioned."""
    changed, same = (listener({}, {"caEnabled": value}, operation=one) for one in ("update", "same"))
    (one,) = weakenings.find(Preview((changed,)))
    assert (one.kind, "demands client certificates" in one.detail) == ("not-judged", True)
    assert not weakenings.find(Preview((same,)))


def test_an_imported_listener_without_verification_is_new():
    """An import brings an unverified listener into the stack, or one that takes old TLS; one that verifies is none."""
    plain = {"caEnabled": False}
    assert kinds(listener(plain, plain, operation="import")) == ["client-verification-off"]
    assert kinds(listener({}, {}, operation="import")) == []
    for policy, expected in (("tls_cipher_policy_1_2", []), ("", ["tls-floor-lowered"])):
        inputs = HTTPS | {"securityPolicyId": policy}
        assert kinds(change(vocabulary.LISTENER, None, inputs, "import", id="lsn-1")) == expected


def again(old: dict, new: dict, type_: str = vocabulary.LISTENER):
    """The same thing deleted under one logical name and created under another."""
    return (
        change(type_, old, None, "delete", "old-name"),
        change(type_, None, new, "create", "new-name", id=""),
    )


HTTPS = {
    "listenerProtocol": "HTTPS",
    "listenerPort": 443,
    "caEnabled": True,
    "loadBalancerId": "alb-1",
    "securityPolicyId": "tls_cipher_policy_1_2",
}
STRICT, OLD_TLS = {"securityPolicyId": "tls_cipher_policy_1_2_strict"}, {"securityPolicyId": "tls_cipher_policy_1_2"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (STRICT, OLD_TLS, ["tls-weaker"]),
        (STRICT, STRICT, []),
        ({}, {"loadBalancerId": UNKNOWN_TEXT}, []),
        (STRICT, OLD_TLS | {"loadBalancerId": UNKNOWN_TEXT}, ["tls-weaker"]),
        ({"caCertificates": [{"certificateId": "a"}]}, {"caCertificates": [{"certificateId": "b"}]}, ["authority-replaced"]),
    ],
)  # fmt: skip
def test_another_logical_name_hides_nothing(old, new, expected):
    """A listener under a new name is compared with what it was, and its port is not said to close."""
    found = judge("p", "s", Preview(again(HTTPS | old, HTTPS | new)))
    assert [one.kind for one in found.weakenings] == expected
    assert not [one for one in found.effects if "closes" in one.what]
    assert [row.operation for row in found.rows] == ["delete", "create"]


def test_another_listener_is_not_taken_for_the_old_one():
    """One port closes while another opens, or two could be meant: nothing is joined."""
    moved = Preview(again(HTTPS, HTTPS | {"listenerPort": 8443}))
    twice = Preview((*again(HTTPS, HTTPS), change(vocabulary.LISTENER, None, HTTPS, "create", "third", id="")))
    assert [renamed.joined(one).changes for one in (moved, twice)] == [moved.changes, twice.changes]


def test_a_load_balancer_of_another_logical_name_becomes_public():
    """Intranet to Internet is seen across a new logical name; the way back is none."""
    one, two = ({"loadBalancerName": "edge", "addressType": kind} for kind in ("Intranet", "Internet"))
    assert kinds(*again(one, two, vocabulary.LOAD_BALANCER)) == ["public-address"]
    assert kinds(*again(two, one, vocabulary.LOAD_BALANCER)) == []


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OPEN, ["public-address"]),
        ({"type": "ingress", "cidrIp": "0.0.0.0/1"}, ["public-address"]),
        ({"type": "ingress", "ipv6CidrIp": "::/0"}, ["public-address"]),
        ({"type": "egress", "cidrIp": "0.0.0.0/0"}, []),
        (OPEN | {"policy": "drop"}, []),
        (CLOSED, []),
    ],
)
def test_a_security_group_rule_lets_strangers_in_by_any_spelling(new, expected):
    """Half of the Internet and IPv6 are everybody; what is refused or leaves is not."""
    assert kinds(change(vocabulary.SECURITY_RULE, None, new, "create")) == expected


def test_a_rule_that_was_open_under_another_name_is_no_news():
    """A security group rule that only changes its logical name opens nothing."""
    assert kinds(*again(OPEN, OPEN, vocabulary.SECURITY_RULE)) == []


@pytest.mark.parametrize(("kind", "expected"), [("Black", ["networks-widened"]), ("White", [])])
def test_a_list_of_allowed_networks_becomes_one_of_refused(kind, expected):
    """White to Black by a replacement lets in every network but those that were allowed."""
    assert kinds(change(vocabulary.ACL_ATTACHMENT, WHITE, WHITE | {"aclType": kind}, "replace")) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"entry": "0.0.0.0/0"}, ["networks-widened"]),
        ({"entry": "10.1.0.0/16"}, []),
        ({"entries": [{"entry": "10.1.0.0/16"}, {"entry": "0.0.0.0/0"}]}, ["networks-widened"]),
        ({"entries": [{"entry": "10.1.0.0/16"}, {"entry": "10.2.0.0/16"}]}, []),
    ],
)
def test_an_entry_declared_apart_from_its_list_widens_it(told, expected):
    """A new attachment of an entry, or of several (3.109.1), counts as of the list; what the list holds already is no news."""
    acl = change(
        vocabulary.ACL,
        {"aclEntries": [{"entry": "10.0.0.0/8"}]},
        {"aclEntries": [{"entry": "10.0.0.0/8"}]},
        "same",
        id="acl-1",
    )
    assert kinds(acl, change(vocabulary.ACL_ENTRY, None, {"aclId": "acl-1", **told}, "create", "apart")) == expected


def test_what_no_rule_reads_is_never_called_safe():
    """A listener of another load balancer's kind is not judged, also beside an effect; a log's settings are read."""
    unread = change("alicloud:slb/listener:Listener", None, {"frontendPort": 443}, "create")
    log = change(
        "alicloud:alb/loadBalancerAccessLogConfigAttachment:LoadBalancerAccessLogConfigAttachment", None, {}, "create"
    )
    moved = again(HTTPS, HTTPS | {"listenerPort": 8443})
    text = comment(judge("p", "s", Preview((unread, *moved))))
    assert (
        "Nothing becomes less safe" not in text and "alicloud:slb/listener" in text and "#### Who is affected" in text
    )
    assert "Nothing becomes less safe" in comment(judge("p", "s", Preview((log, *moved))))


def client(old, new, operation="replace", name="bob"):
    """A client's certificate with differences before and after."""
    base = {
        "profile": "client",
        "validity_days": 60,
        "subject": {"common_name": name},
        "names": {"email": [f"{name}@example.test"]},
    }
    sides = [None if one is None else base | one for one in (old, new)]
    return change(vocabulary.CERTIFICATE, *sides, operation, f"client-{name}-leaf", parent=f"urn::client-{name}")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (client(None, {}, "create"), ["client-added"]),
        (client({}, {"names": {"email": ["alice@example.test"]}}), ["client-names-changed"]),
        (client({}, {"subject": {"common_name": "alice"}}), ["client-names-changed"]),
        (client({}, {"validity_days": 3_650}), ["client-validity-longer"]),
        (client({"csr_pem": "A\n"}, {"csr_pem": "B\n"}), ["client-request-changed"]),
        (client({}, {"csr_pem": "B\n"}), ["client-request-changed"]),
        (client({}, {"validity_days": 30}), ["client-validity-shorter"]),
        (client({}, {"names": {"email": []}}), ["client-names-changed"]),
        (client({}, None, "delete"), ["client-removed"]),
    ],
)
def test_who_is_let_in_leads_the_comment(one, expected):
    """Clients that come or go, and another name or validity of one, stand under a heading of their own."""
    found = judge("p", "s", Preview((one, *again(HTTPS, HTTPS | {"listenerPort": 8443}))))
    text = comment(found)
    assert [effect.kind for effect in found.effects if effect.kind.startswith("client-")] == expected
    places = [
        text.index(each) for each in ("Who is let in changes: `bob`", "#### Who is let in", "#### Who is affected")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("old", "new"),
    [({"csr_pem": "A\r\n"}, {"csr_pem": "A"}), ({"csr_pem": "A"}, {}), ({}, {}), ({}, {"generation": "2"})],
)
def test_a_certificate_made_anew_is_told_with_the_fingerprint_of_the_one_that_goes_on(old, new):
    """It stands under the same heading, but nobody is said to be let in who was not; one that stays is not told."""
    known = {"fingerprint": "ab12", "not_after": "2027-01-24T17:40:41Z"}
    text = comment(judge("p", "s", Preview((replace(client(old, new), outputs=known),))))
    assert "Who is let in changes" not in text and "New certificates for: `bob`" in text
    told = "- `bob`: gets a new certificate; the present one (SHA-256 ab12) ends on 2027-01-24"
    assert told in text[text.index("#### Who is let in") :]
    assert "`bob`" not in comment(judge("p", "s", Preview((client(old, old, "same"),))))


def test_the_deny_list_says_whom_servers_turn_away_and_whom_no_more():
    """A new entry, one that is gone, and one with another certificate, each with its fingerprint; one that stays is not told."""
    before, after = {"eve-1": "aa", "gus": "bb", "mal": "cc"}, {"eve-1": "aa", "mal": "dd", "zoe": "ee"}
    found = judge("p", "s", Preview((), denied_before=before, denied_after=after))
    assert [(one.kind, *one.who) for one in found.effects] == [
        ("client-denied", "mal"),
        ("client-denied", "zoe"),
        ("client-denied-no-more", "gus"),
        ("client-denied-no-more", "mal"),
    ]
    assert [one.what.split()[3] for one in found.effects] == ["dd", "ee", "bb", "cc"]
    text = comment(found)
    assert text.startswith("### 🟡 `p/s`: outputs change, no resource does") and "#### Who is let in" in text


def test_a_deny_list_that_only_gets_other_names_turns_away_whom_it_did():
    """An entry renamed is told as an entry, and nobody is said to be let in again."""
    found = judge("p", "s", Preview((), denied_before={"eve": "aa"}, denied_after={"eve-1": "aa"}))
    assert [one.kind for one in found.effects] == ["client-denied"]


def test_a_preview_that_ended_early_says_nothing_of_the_deny_list():
    """What the program would have said last is not known: nobody is said to be let in again."""
    found = judge("p", "s", Preview((), denied_before={"eve": "aa"}, incomplete="cut off"))
    assert not found.effects


def test_a_second_certificate_of_a_client_lets_in_nobody_new():
    """A new generation says what the one before says."""
    new = client(None, {}, "create")
    kinds_ = [one.kind for one in judge("p", "s", Preview((client({}, {}, "same"), new))).effects]
    assert kinds_ == []
