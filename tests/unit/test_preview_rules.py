"""What counts as less safe and who is affected: each rule with its near miss, on small stacks made by hand."""

import json
from dataclasses import replace

import pytest

from exposure import scripts
from mtlsedge.preview import affected, not_judged, renewals, vocabulary, weakenings
from mtlsedge.preview.connection import implied
from mtlsedge.preview.events import SECRET_TEXT, UNKNOWN_TEXT, Change, Preview, read
from mtlsedge.preview.findings import judge
from mtlsedge.preview.markdown import comment
from mtlsedge.stack_file import configuration
from settings.weakenings import KINDS
from tests.unit import settings_sample as sample
from tests.unit.preview_samples import change, listener, recorded

BALANCER, RULE, GROUP = vocabulary.LOAD_BALANCER, vocabulary.SECURITY_RULE, vocabulary.SERVER_GROUP
OPEN = {"type": "ingress", "cidrIp": "0.0.0.0/0"}
CLOSED = {"type": "ingress", "cidrIp": "10.0.0.0/8"}


def kinds(*changes) -> list[str]:
    return [one.kind for one in weakenings.find(Preview(changes))]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (listener({}, {"caEnabled": False}), "client-verification-off"),
        (listener({"caEnabled": False}, {}), ""),
        (listener({"caEnabled": False}, {"caEnabled": False}), ""),
        (listener({"caCertificates": [{"certificateId": "a"}]}, {"caCertificates": [{"certificateId": "b"}]}), "authority-replaced"),
        (listener({"caCertificates": [{"certificateId": "a"}]}, {"caCertificates": []}), "authority-replaced"),
        (listener({"caCertificates": []}, {"caCertificates": [{"certificateId": "b"}]}), ""),
        (listener({"securityPolicyId": "tls_cipher_policy_1_2"}, {"securityPolicyId": "tls_cipher_policy_1_1"}), "tls-floor-lowered"),
        (listener({"securityPolicyId": "tls_cipher_policy_1_0"}, {"securityPolicyId": "tls_cipher_policy_1_1"}), ""),
        (listener({"securityPolicyId": "tls_cipher_policy_1_2_strict"}, {"securityPolicyId": "tls_cipher_policy_1_2"}), "tls-weaker"),
        (listener({}, {"quicConfig": {"quicUpgradeEnabled": True}}), "path-past-mutual-tls"),
        (listener({}, {"quicConfig": {"quicUpgradeEnabled": False}}), ""),
        (change(BALANCER, {"addressType": "Intranet"}, {"addressType": "Internet"}), "public-address"),
        (change(BALANCER, {"addressType": "Internet"}, {"addressType": "Intranet"}), ""),
        (change(BALANCER, None, {"addressType": "Internet"}, "create"), ""),
        (change(BALANCER, {"accessLogConfig": {"logProject": "p"}}, {}), "access-log-off"),
        (change(BALANCER, {}, {"accessLogConfig": {"logProject": "p"}}), ""),
        (change(BALANCER, {}, {}, was_protected=True), "deletion-protection-off"),
        (change(BALANCER, {}, {}, was_protected=True, is_protected=True), ""),
        (change(RULE, CLOSED, OPEN, "replace"), "public-address"),
        (change(RULE, OPEN, CLOSED, "replace"), ""),
        (change(RULE, OPEN, OPEN, "same"), ""),
        (change(vocabulary.ACL, {"aclEntries": [{"entry": "10.0.0.0/8"}]}, {"aclEntries": [{"entry": "10.0.0.0/7"}]}), "networks-widened"),
        (change(vocabulary.ACL, {"aclEntries": [{"entry": "10.0.0.0/8"}]}, {"aclEntries": [{"entry": "10.1.0.0/16"}]}), "not-judged"),
    ],
)  # fmt: skip
def test_each_weakening_is_found_and_its_near_miss_is_not(one, expected):
    """The change in the dangerous direction is flagged, the one in the safe direction is not."""
    assert kinds(one) == ([expected] if expected else [])


def uploads(old: str | None, new: str | None, operation: str) -> Change:
    """An upload of a CA, by its certificate."""
    held = [{"certificate_pem": one} if one else None for one in (old, new)]
    return change(vocabulary.UPLOADED_CA, *held, operation)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((uploads("A\n", None, "delete"), uploads(None, "A", "create")), []),
        ((uploads("A", "A", "replace"),), []),
        ((uploads("A", None, "delete"), uploads(None, "B", "create")), ["authority-replaced"]),
        ((uploads("A", "B", "replace"),), ["authority-replaced"]),
        ((uploads(None, UNKNOWN_TEXT, "create"),), ["authority-replaced"]),
    ],
)
def test_the_same_ca_uploaded_anew_is_no_other_ca(changes, expected):
    """Another repository or another name in the stack gives it another id, known after `up`; another CA is said."""
    moved = listener(
        {"caCertificates": [{"certificateId": "a"}]}, {"caCertificates": [{"certificateId": UNKNOWN_TEXT}]}
    )
    assert kinds(*changes, moved) == expected


def test_the_kinds_that_can_be_accepted_are_those_that_are_found():
    """Settings take exactly the kinds the rules speak of, so that no remedy in a comment is refused by the program."""
    found = {one.kind for name in ("mtls-off", "ca-replaced", "tls-floor-down", "tls-ciphers-weaker", "http-forwarding",
                                   "protection-off", "headers-off", "allow-list-wider")
             for one in weakenings.find(recorded(name))}  # fmt: skip
    found |= {
        one.kind for one in weakenings.find(Preview((), providers=(alicloud({}, FOREIGN | {"protocol": "HTTP"}),)))
    }
    runs = change(scripts.SCRIPT, None, {"listenerId": "lsn-1", "scriptContent": "now()", "enabled": True}, "create")
    found |= {one.kind for one in weakenings.find(Preview((runs,)))}
    assert found | {"public-address", "access-log-off", not_judged.KIND} == set(KINDS)


@pytest.mark.parametrize(
    ("reason", "problem"), [("agreed with the security team", ""), ("ok", "a reason of 15"), ("", "a reason of")]
)
def test_an_accepted_weakening_needs_a_reason(reason, problem):
    """The stack file takes a kind with a reason, which the output `weakenings` then shows; a shrug is refused."""
    config = sample.local({"acceptWeakening": {"tls-weaker": reason}})
    if problem:
        assert [line for line in sample.problems(config) if problem in line and "acceptWeakening.tls-weaker" in line]
    else:
        assert f"mtlsedge:acceptWeakening.tls-weaker: {reason}" in sample.read(config).weakenings


def test_an_unknown_kind_is_refused():
    """A misspelt kind accepts nothing silently."""
    assert sample.problems(sample.local({"acceptWeakening": {"tls-weakr": "agreed with the security team"}}))


def test_a_custom_tls_policy_is_not_judged():
    """A policy whose floor a preview cannot see: exit status 3, a headline that says so, and a setting that accepts it."""
    preview = Preview((listener({"securityPolicyId": "tls_cipher_policy_1_2"}, {"securityPolicyId": "tls-abc"}),))
    found = judge("p", "s", preview)
    (one,) = found.weakenings
    assert (one.kind, found.exit_status) == ("not-judged", 3)
    assert "tls-abc" in one.detail
    text = comment(found)
    assert text.startswith("### 🔴 `p/s`: not judged")
    assert "Not judged: " in text and "mtlsedge:acceptWeakening.not-judged: " in text
    accepted = replace(preview, weakenings_after=("mtlsedge:acceptWeakening.not-judged: the policy was reviewed",))
    assert judge("p", "s", accepted).exit_status == 0


def test_what_cannot_be_told_hides_no_weakening():
    """Beside a weakening that nothing accepts, the status is the weakening's."""
    custom = listener(
        {"securityPolicyId": "tls_cipher_policy_1_2"}, {"securityPolicyId": "tls-abc", "caEnabled": False}
    )
    found = judge("p", "s", Preview((custom,)))
    assert {one.kind for one in found.weakenings} == {"not-judged", "client-verification-off"}
    assert found.exit_status == 1
    assert "becomes less safe" in comment(found).splitlines()[0]


LOCAL = {
    "endpoints": '[{"alb": "127.0.0.1:4600", "cas": "localhost:4600"}]',
    "protocol": "HTTP",
    "region": "ap-southeast-1",
}
VENDORS = {"endpoints": [{"cas": "cas.ap-southeast-1.aliyuncs.com"}], "protocol": "HTTPS", "region": "ap-southeast-1"}
FOREIGN = {"endpoints": '[{"alb": "alb.aliyuncs.com.evil.example", "cas": "https://cas.aliyuncs.com/"}]'}


def alicloud(old, new, operation="update", name="default_3_105_0"):
    """A provider's change."""
    return change("pulumi:providers:alicloud", old, new, operation, name)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (VENDORS, VENDORS | FOREIGN, ["foreign-endpoint"]),
        (None, FOREIGN, ["foreign-endpoint"]),
        (
            VENDORS,
            VENDORS | {"endpoints": [{"cas": "http://cas.aliyuncs.com@evil.example:443/x"}]},
            ["foreign-endpoint"],
        ),
        (VENDORS, VENDORS | {"endpoints": [{"cas": "10.0.0.7"}]}, ["foreign-endpoint"]),
        (VENDORS, VENDORS | {"endpoints": [{"cas": "aliyuncs.com.example"}]}, ["foreign-endpoint"]),
        (VENDORS, VENDORS | {"protocol": "http"}, ["calls-in-clear"]),
        ({}, {"protocol": "HTTP"}, ["calls-in-clear"]),
        (LOCAL, VENDORS | {"protocol": "HTTP"}, ["calls-in-clear"]),
        (VENDORS, LOCAL, ["not-judged"]),
        (VENDORS, VENDORS | {"region": "cn-hangzhou"}, ["not-judged"]),
        (VENDORS, VENDORS | {"endpoints": SECRET_TEXT}, ["not-judged"]),
        (VENDORS, VENDORS | {"endpoints": UNKNOWN_TEXT}, ["not-judged"]),
        (VENDORS, VENDORS | {"endpoints": "no list"}, ["not-judged"]),
        (VENDORS, VENDORS | {"version": "3.106.0"}, []),
        (VENDORS, {"region": "ap-southeast-1"}, []),
        (None, LOCAL, []),
        (None, VENDORS, []),
        (LOCAL, VENDORS, []),
        (LOCAL, LOCAL | {"endpoints": '[{"alb": "127.0.0.1:4601", "cas": "[::1]:4600"}]'}, ["not-judged"]),
        (VENDORS | FOREIGN, VENDORS | FOREIGN | {"version": "3.106.0"}, []),
    ],
)
def test_where_calls_and_credentials_go_is_part_of_the_verdict(old, new, expected):
    """The vendor's addresses and this machine are no weakening; what only looks like the vendor's is one."""
    operation = "create" if old is None else "update"
    own = Preview((), providers=(alicloud(old, new, operation),))
    declared = Preview((alicloud(old, new, operation, "second-account"),))
    for preview in (own, declared):
        assert [one.kind for one in weakenings.find(preview)] == expected


def test_another_cluster_is_not_judged():
    """The context, or the kubeconfig, of the cluster that the objects are in; a secret one says nothing when it stays."""

    def found(old, new):
        one = change("pulumi:providers:kubernetes", old, new, "update", "cluster")
        return [one.detail for one in weakenings.find(Preview((one,)))]

    (context,) = found({"context": "staging"}, {"context": "prod"})
    assert "context staging → prod" in context
    assert len(found({"kubeconfig": ".local/kubeconfig"}, {"kubeconfig": "/etc/other"})) == 1
    assert found({"kubeconfig": SECRET_TEXT}, {"kubeconfig": SECRET_TEXT}) == []
    assert found({}, {"kubeconfig": SECRET_TEXT}) == []


def server(name: str, weight: int = 100) -> dict:
    return {"serverId": f"i-{name}", "port": 80, "weight": weight, "description": f"web/{name}"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([server("a"), server("b")], [server("a", 50), server("b")], [("servers-out", ("a",))]),
        ([server("a"), server("b")], [server("a", 50), server("b", 50)], [("group-out", ("a", "b"))]),
        ([server("a"), server("b")], [server("a")], [("servers-removed", ("b",))]),
        ([server("a")], [server("a"), server("b")], [("servers-added", ("b",))]),
        ([server("a"), server("b")], [server("b"), server("a")], []),
    ],
)
def test_servers_that_leave_for_seconds_are_named(before, after, expected):
    """The provider changes a server by removing and adding it: which ones, and whether nobody is left."""
    one = change(GROUP, {"servers": before}, {"servers": after}, name="server-groups-web")
    assert [(effect.kind, effect.who) for effect in affected.find(Preview((one,)))] == expected


def managed(**weights: int) -> dict:
    """Servers that are managed by themselves, by name with a weight."""
    servers = {name: {"server_id": f"i-{name}", "port": 80, "weight": weight} for name, weight in weights.items()}
    return {"server_group_id": "sgp-1", "servers": servers}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (managed(a=100, b=100), managed(a=50, b=50), []),
        (managed(a=100, b=100), managed(a=0, b=100), [("servers-drained", ("a",))]),
        (managed(a=100, b=100), managed(a=0, b=0), [("group-out", ("a", "b"))]),
        (managed(a=100, b=0), managed(a=0, b=0), [("group-out", ("a",))]),
        (managed(a=100, b=100), managed(a=100), [("servers-removed", ("b",))]),
        (managed(a=100), managed(a=100, b=100), [("servers-added", ("b",))]),
    ],
)
def test_a_weight_changes_in_place_and_zero_drains(before, after, expected):
    """Another weight interrupts nobody; weight 0 is named, above all if nobody is left."""
    one = change(vocabulary.SERVERS, before, after, name="server-groups-web-servers")
    found = affected.find(Preview((one,)))
    assert [(effect.kind, effect.who) for effect in found] == expected
    assert all("group web" in effect.what for effect in found)


@pytest.mark.parametrize(("after", "expected"), [({"a": "vsw-1", "c": "vsw-3"}, [("b",)]), ({"a": "1", "b": "2"}, [])])
def test_a_zone_that_goes_is_named(after, expected):
    """Connections in a removed zone drop; a zone that only gets another vSwitch is not removed."""
    one = change(vocabulary.ZONES, {"zones": {"a": "vsw-1", "b": "vsw-2"}}, {"zones": after})
    assert [effect.who for effect in affected.find(Preview((one,)))] == expected


def test_a_replaced_load_balancer_moves_every_name():
    """A CNAME whose target is known after `up` only is named as moving."""
    record = {"domainName": "example.test", "rr": "www", "type": "CNAME", "value": "old"}
    one = change(vocabulary.RECORD, record, record | {"value": UNKNOWN_TEXT})
    assert [effect.who for effect in affected.find(Preview((one,)))] == [("www.example.test",)]


def leaf(client: str, operation: str, ends: str) -> Change:
    """A certificate of a client, which stays or goes."""
    inputs = {"profile": "client"}
    parent = f"urn:pulumi:s::p::mtlsedge:index:ClientCertificate::client-{client}"
    new = None if operation == "delete" else inputs
    return change(vocabulary.CERTIFICATE, inputs, new, operation, outputs={"not_after": ends}, parent=parent)


def test_a_client_is_removed_with_its_last_certificate():
    """A retired generation's certificate goes while the newer one stays: nobody is removed. Then both go."""
    old, new = "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"
    assert not affected.find(Preview((leaf("alice", "delete", old), leaf("alice", "same", new))))
    (removed,) = affected.find(Preview((leaf("alice", "delete", old), leaf("alice", "delete", new))))
    assert removed.who == ("alice",) and "until 2027-02-01" in removed.what


@pytest.mark.parametrize(("said", "named"), [(None, ("alice", "bob")), (("bob", "eve"), ("bob",)), ((), ())])
def test_who_is_locked_out_is_what_the_program_declares(said, named):
    """With another CA, everybody is named unless the program says who gets in; then only those who do not, as of now."""
    edited = listener({"caCertificates": [{"certificateId": "a"}]}, {"caCertificates": [{"certificateId": "b"}]})
    leaves = (leaf("alice", "same", ""), leaf("bob", "same", ""))
    found = affected.find(Preview((edited, *leaves), locked_out=said))
    assert [one.who for one in found if one.kind == "clients-locked-out"] == ([named] if named else [])
    (weaker,) = weakenings.find(Preview((edited, *leaves), locked_out=said))
    assert ("accepts every client" in weaker.detail) is (said == ())


def test_the_programs_last_word_says_who_is_locked_out():
    """The stack's outputs come first as they were, then as they will be."""

    def outputs(verdict: str) -> dict:
        document = {
            "outputs": {"rotation": {"clients": {"alice": {"verdict": verdict}, "bob": {"verdict": "accepted"}}}}
        }
        return {"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack", "new": document}}}

    assert read([outputs("accepted"), outputs("locked out"), summary()]).locked_out == ("alice",)
    assert read([summary()]).locked_out is None


def test_the_last_word_is_whole_only_with_the_clients_of_every_listener():
    """Those of a listener beside the first count too, on the load balancer and in an AlbConfig; of one that is not told, nobody is known."""

    def told(**beside: object) -> tuple[str, ...] | None:
        document = {"outputs": {"rotation": {"clients": {"alice": {"verdict": "accepted"}}}, **beside}}
        return read(
            [{"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack", "new": document}}}, summary()]
        ).locked_out

    out = {"clients": ["bob"], "rotation": {"clients": {"bob": {"verdict": "locked out"}}}}
    for place in (lambda one: {"listeners": {"b": one}}, lambda one: {"kubernetes": {"listeners": {"b": one}}}):
        assert told(**place(out)) == ("bob",)
        assert told(**place({"clients": ["bob"]})) is None
        assert told(**place({"clients": []})) == ()
    assert told(kubernetes=UNKNOWN_TEXT) is None


def test_the_deny_list_is_read_before_and_after():
    """From the stack's outputs as they were, and from the program's last word; without one there is no list."""

    def outputs(**clients: str) -> dict:
        return {"outputs": {"denied": {"clients": {name: {"fingerprint": one} for name, one in clients.items()}}}}

    stack = {"type": "pulumi:pulumi:Stack", "op": "same", "urn": "urn::stack"}
    events = [
        {"resourcePreEvent": {"metadata": stack | {"old": outputs(mal="aa"), "new": outputs(mal="aa")}}},
        {"resOutputsEvent": {"metadata": stack | {"old": outputs(mal="aa"), "new": outputs(mal="aa", eve="bb")}}},
        summary(),
    ]
    found = read(events)
    assert (found.denied_before, found.denied_after) == ({"mal": "aa"}, {"mal": "aa", "eve": "bb"})
    assert read([summary()]).denied_after == {}


def test_a_renewal_tells_its_reason():
    """A certificate whose window has opened is distinguished from one whose settings changed."""
    old = {"profile": "client", "validity_days": 30.0, "renew_before_days": 10.0}
    window = change(
        vocabulary.CERTIFICATE,
        old,
        old,
        "replace",
        paths={"not_after": "update"},
        outputs={"not_after": "2026-12-01T00:00:00Z"},
    )
    longer = change(
        vocabulary.CERTIFICATE, old, old | {"validity_days": 60.0}, "replace", paths={"validity_days": "update"}
    )
    given = change(vocabulary.UPLOADED_CERTIFICATE, {}, {}, "replace", paths={"certificateName": "update-replace"})
    assert [one.why for one in renewals.find(Preview((window, longer)))] == [
        "its renewal window is open (10 days before its end)", "validity 30 → 60 days",
    ]  # fmt: skip
    assert [one.why for one in renewals.find(Preview((given,)))] == ["another certificate"]


def test_a_secret_that_may_have_changed_makes_what_hangs_on_it_unknown():
    """With an encrypted setting that cannot be compared, the resource that shows a changed secret is unknown."""
    one = change(
        vocabulary.UPLOADED_CERTIFICATE,
        {"key": SECRET_TEXT},
        {"key": SECRET_TEXT},
        "replace",
        paths={"key": "update-replace"},
    )
    assert len(judge("p", "s", Preview((one,)), ("mtlsedge:x",)).unknown) == 2
    assert not judge("p", "s", Preview((one,))).unknown


def event(operation: str, **more) -> dict:
    state = {"type": "a:b:C", "urn": "urn:pulumi:s::p::a:b:C::x", "inputs": {"n": 1}}
    return {"resourcePreEvent": {"metadata": {"op": operation, **state, "old": state, "new": state, **more}}}


def summary(result: str = "succeeded", **changes: int) -> dict:
    return {"summaryEvent": {"result": result, "resourceChanges": changes}}


@pytest.mark.parametrize(
    ("events", "incomplete"),
    [
        ([event("update"), summary(update=1)], ""),
        ([event("update")], "cut off"),
        ([summary(update=1)], "steps are missing"),
        ([event("update"), summary("failed", update=1)], "failed"),
        ([event("create-replacement"), event("replace"), event("delete-replaced"), summary(replace=1)], ""),
    ],
)
def test_a_preview_that_is_not_whole_is_recognised(events, incomplete):
    """Cut off, failed, or with fewer steps than the engine counted: the reason is given; a whole one has none."""
    preview = read(events)
    assert incomplete in preview.incomplete if incomplete else not preview.incomplete
    assert judge("p", "s", preview).passes is not bool(incomplete)


PROVIDER = {"type": "pulumi:providers:kubernetes", "urn": "urn:pulumi:s::p::pulumi:providers:kubernetes::{}"}


@pytest.mark.parametrize(("name", "shown"), [("cluster", 1), ("default_4_32_0", 0)])
def test_a_declared_provider_is_a_resource_and_the_engines_own_is_not(name, shown):
    """Both are counted, or a preview would look cut off; another cluster is a change, another plugin version is not."""
    preview = read([event("update", **(PROVIDER | {"urn": PROVIDER["urn"].format(name)})), summary(update=1)])
    assert not preview.incomplete
    assert len(preview.changes) == shown


def test_the_three_steps_of_a_replacement_are_one_change():
    """A replacement is one row, with the state before and after."""
    preview = read(
        [
            event("create-replacement", old=None),
            event("replace"),
            event("delete-replaced", new=None),
            summary(replace=1),
        ]
    )
    assert [one.operation for one in preview.changes] == ["replace"]
    assert preview.changes[0].old == preview.changes[0].new == {"n": 1}


def test_a_refresh_does_not_hide_the_change_after_it():
    """With --refresh each resource is told of twice: as the cloud has it, then as it will be. The change counts."""
    changed = {"type": "a:b:C", "urn": "urn:pulumi:s::p::a:b:C::x", "inputs": {"n": 2}}
    (one,) = read([event("refresh"), event("update", new=changed), summary(update=1)]).changes
    assert (one.operation, one.old, one.new) == ("update", {"n": 1}, {"n": 2})


def test_errors_that_only_follow_are_left_out_where_there_is_a_cause():
    """That the program ended says nothing beside why; alone it is all there is, and a cause that quotes it stays."""
    follows = "an unhandled error occurred: program exited with non-zero exit code: 1"

    def errors(*texts: str) -> tuple[str, ...]:
        return read([{"diagnosticEvent": {"severity": "error", "message": text}} for text in texts]).errors

    assert errors("port: found 70000", follows) == ("port: found 70000",)
    assert errors(follows) == (follows,)
    assert errors(f"a hook failed: {follows}", "port") == (f"a hook failed: {follows}", "port")


def test_no_secret_of_an_event_is_kept():
    """A secret's envelope becomes one fixed text, whatever is in it."""
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2hunter2"'}
    state = {"type": "a:b:C", "urn": "urn:pulumi:s::p::a:b:C::x", "inputs": {"deep": [secret]}}
    preview = read([event("update", new=state), summary(update=1)])
    assert preview.changes[0].new == {"deep": [SECRET_TEXT]}
    assert "hunter2" not in json.dumps(judge("p", "s", preview).to_json())


def test_a_policy_that_forbids_fails_the_job_and_an_advice_does_not():
    """Mandatory violations are listed and make the job red."""
    violation = {
        "policyEvent": {
            "policyName": "mutual",
            "message": "no\n CA",
            "enforcementLevel": "mandatory",
            "resourceUrn": "u::x",
        }
    }
    advice = {"policyEvent": violation["policyEvent"] | {"enforcementLevel": "advisory"}}
    assert judge("p", "s", read([violation, summary()])).policies == ("mutual (x): no CA",)
    assert not judge("p", "s", read([violation, summary()])).passes
    assert judge("p", "s", read([advice, summary()])).passes


def held(inputs: dict, type_: str = "pulumi:providers:alicloud", name: str = "default_3_105_0") -> dict:
    """A provider as the state holds it: every input a text."""
    return {"type": type_, "urn": f"urn:pulumi:s::p::{type_}::{name}", "inputs": {"version": "3.105.0", **inputs}}


def test_a_provider_of_the_engines_own_is_read_from_stack_file_and_state():
    """No event tells of it: the state has what it was, the stack file what it will be; formats do not matter."""
    config = {
        "alicloud:endpoints": [{"alb": "127.0.0.1:4600"}],
        "alicloud:skipRegionValidation": True,
        "mtlsedge:listener": {},
    }
    state = held({"endpoints": '[{"alb":"127.0.0.1:4600"}]', "skipRegionValidation": "true"})
    (same,) = implied(config, [state])
    (moved,) = implied(config | {"alicloud:region": "cn-hangzhou"}, [state])
    (hidden,) = implied(config | {"alicloud:endpoints": {"secure": "v1:x"}}, [state])
    (new,) = implied(config, [held({}, name="second-account")])
    assert [one.operation for one in (same, moved, hidden, new)] == ["same", "update", "update", "create"]
    assert (hidden.new or {})["endpoints"] == SECRET_TEXT
    assert list(implied({"mtlsedge:listener": {}}, [state])) == []


def test_the_projects_file_counts_as_the_stacks_does(tmp_path):
    """`Pulumi.yaml` may give an endpoint to every stack; the stack's own value wins."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: p\nconfig:\n  alicloud:region: {value: cn-hangzhou}\n  alicloud:protocol: HTTP\n  mtlsedge:x: {type: object}\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {alicloud:region: ap-southeast-1}\n")
    assert configuration(tmp_path, "dev") == {"alicloud:region": "ap-southeast-1", "alicloud:protocol": "HTTP"}
