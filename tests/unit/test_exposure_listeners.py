"""Properties, scripts, TLS policies and rules of listeners: each weakening beside its near miss."""

from typing import Any

import pytest

from mtlsedge.preview import vocabulary
from mtlsedge.preview.events import SECRET_TEXT, UNKNOWN_TEXT, Change, Preview
from mtlsedge.preview.findings import judge
from tests.unit.preview_samples import change, guarded, kinds, listener
from tests.unit.test_preview_cluster import HTTPS as IN_CLUSTER
from tests.unit.test_preview_cluster import adopted, own
from tests.unit.test_preview_paths import stack

NOT_JUDGED, PUBLIC = ["not-judged"], ["public-address"]


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
    assert kinds(guarded(), change(SCRIPT, old, new, operation, "script")) == expected


def test_a_script_matters_where_certificates_are_demanded() -> None:
    """Not on a listener that asks for none, nor on one that goes with it; on one that the stack does not declare it may."""
    made, gone = change(SCRIPT, None, RUNS, "create", "script"), change(SCRIPT, RUNS, None, "delete", "script")
    assert kinds(guarded(UNASKED, UNASKED), made) == []
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
        kinds(guarded(UNASKED, UNASKED), change(SCRIPT, None, RUNS | {"listenerId": "lsn-9"}, "create", "s")) == CHANGED
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
    return guarded({"securityPolicyId": old}, {"securityPolicyId": new}, "update")


def new_listener(policy: str) -> Change:
    """A listener that is made with a policy."""
    made = {"loadBalancerId": "alb-1", "listenerProtocol": "HTTPS", "listenerPort": 9443, "caEnabled": True}
    return change(vocabulary.LISTENER, None, made | {"securityPolicyId": policy}, "create", "new", id="")


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
    "a new listener's TLS policy is a secret, and one policy is made": (NOT_JUDGED, (
        policy(None, suites(GCM), "create", ""),
        new_listener(SECRET_TEXT))),
    "a new listener's TLS policy is the one that is made": ([], (
        policy(None, suites(GCM), "create", ""),
        new_listener(UNKNOWN_TEXT))),
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
    assert kinds(guarded(NAMED, NAMED), rule) == expected
