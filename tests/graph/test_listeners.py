"""The load balancer and its listeners."""

from dataclasses import replace
from typing import Any

import pytest

from settings.listener import AccessLogTracing, ForwardedHeaders
from settings.load_balancer import ModificationProtection
from settings.model import (
    AccessLog,
    ClientCertificateHeaders,
    ExistingServerGroup,
    ForwardingRule,
    LoadBalancer,
    Settings,
)
from settings.scripts import Script
from tests.graph import samples
from tests.graph.harness import Graph, graph_of, local_graph

LISTENER = "alb/listener:Listener"
SERVER_GROUP = "alb/serverGroup:ServerGroup"
HTTPS = "load-balancer-https-listener"
HTTP = "load-balancer-http-listener"


def https(stack: Settings) -> dict[str, Any]:
    """Inputs of the HTTPS listener."""
    return (local_graph() if stack is samples.LOCAL else graph_of(stack)).of(LISTENER)[HTTPS].inputs


def default_group(inputs: dict[str, Any]) -> str:
    """Id of the server group a listener forwards to by default."""
    (action,) = inputs["defaultActions"]
    return action["forwardGroupConfig"]["serverGroupTuples"][0]["serverGroupId"]


def test_the_listener_demands_a_client_certificate() -> None:
    """Mutual authentication is on, with exactly one CA and one default certificate of the CAS site."""
    inputs = https(samples.LOCAL)
    assert inputs["caEnabled"] is True
    assert inputs["caCertificates"] == [{"certificateId": "0e40dda9"}]
    assert inputs["certificates"]["certificateId"] == "server-certificate-upload-id-ap-southeast-1"
    assert inputs["securityPolicyId"] == "tls_cipher_policy_1_2_strict_with_1_3"


def test_verification_is_switched_off_with_the_ca_kept() -> None:
    """Off for a migration means ca_enabled false; the list of one stays, since it could never be removed."""
    inputs = https(samples.listener(client_verification_off_for_migration=True))
    assert inputs["caEnabled"] is False
    assert len(inputs["caCertificates"]) == 1


def test_the_http_listener_never_forwards_to_content() -> None:
    """Its default group is one of its own without servers, so that not even a missing rule serves content."""
    graph = local_graph()
    group = graph.of(SERVER_GROUP)["load-balancer-http-deny"]
    assert "servers" not in group.inputs
    assert default_group(graph.of(LISTENER)[HTTP].inputs) == "load-balancer-http-deny-id"


def test_http_is_redirected_whole() -> None:
    """One catch-all rule of the first priority; every field of the redirect is said."""
    rule = graph_of(samples.listener(port=8443)).of("alb/rule:Rule")["load-balancer-http-redirect"].inputs
    assert rule["priority"] == 1
    assert rule["listenerId"] == f"{HTTP}-id"
    assert rule["ruleConditions"] == [{"type": "Path", "pathConfig": {"values": ["/*"]}}]
    assert rule["ruleActions"][0]["redirectConfig"] == {
        "protocol": "HTTPS", "host": "${host}", "port": "8443", "path": "${path}", "query": "${query}", "httpCode": "301"
    }  # fmt: skip


def test_no_http_listener_without_redirect() -> None:
    """Without a redirect port 80 is closed."""
    graph = graph_of(samples.listener(redirect_http=False))
    assert graph.of(LISTENER).keys() == {HTTPS}
    assert (graph.exports["loadBalancer"]["httpListenerId"], graph.exports["loadBalancer"]["httpPort"]) == ("", 0)


def test_forwarding_past_mutual_tls_takes_the_long_setting() -> None:
    """Only redirect off and the long-named setting together let HTTP reach a group with content."""
    stack = samples.listener(redirect_http=False, allow_http_forwarding_past_mutual_tls=True)
    assert default_group(graph_of(stack).of(LISTENER)[HTTP].inputs) == "server-groups-web-id"
    both = samples.listener(allow_http_forwarding_past_mutual_tls=True)
    assert default_group(graph_of(both).of(LISTENER)[HTTP].inputs) == "load-balancer-http-deny-id"


def test_client_certificate_headers_have_every_flag_and_their_names() -> None:
    """The fingerprint pair has the provider's spelling; flags that are off are said as well."""
    config = https(samples.LOCAL)["xForwardedForConfig"]
    assert config["xForwardedForClientCertFingerPrintEnabled"] is True
    assert config["xForwardedForClientCertFingerPrintAlias"] == "x-client-fingerprint"
    flags = [key for key in config if key.endswith("Enabled")]
    assert len(flags) == 11


def test_a_header_that_is_not_wanted_is_switched_off() -> None:
    """An empty name gives a false flag and no alias."""
    config = https(samples.listener(forward_client_certificate=ClientCertificateHeaders(subject="x-s")))
    config = config["xForwardedForConfig"]
    assert config["xForwardedForClientCertIssuerDnEnabled"] is False
    assert "xForwardedForClientCertIssuerDnAlias" not in config


def test_what_is_not_said_of_a_listener_is_not_sent() -> None:
    """Compression, HTTP/2 and traces are ALB's own choice, and a stack of before previews without a change."""
    inputs = https(samples.LOCAL)
    assert not {"gzipEnabled", "http2Enabled", "accessLogTracingConfig"} & set(inputs)
    switches = {key: value for key, value in inputs["xForwardedForConfig"].items() if "ClientCert" not in key}
    assert switches == {
        "xForwardedForEnabled": True, "xForwardedForProcessingMode": "append", "xForwardedForProtoEnabled": False,
        "xForwardedForHostEnabled": False, "xForwardedForSlbIdEnabled": False, "xForwardedForSlbPortEnabled": False,
        "xForwardedForClientSrcPortEnabled": False, "xForwardedForClientSourceIpsEnabled": False,
    }  # fmt: skip


def test_what_is_said_of_a_listener_is_sent() -> None:
    """Off is sent as off; the other switches of a block keep their defaults."""
    inputs = https(
        samples.listener(
            gzip_enabled=False,
            http2_enabled=True,
            x_forwarded_for=ForwardedHeaders(proto_enabled=True, processing_mode="remove"),
            access_log_tracing=AccessLogTracing(sample=100),
        )
    )
    assert (inputs["gzipEnabled"], inputs["http2Enabled"]) == (False, True)
    assert inputs["xForwardedForConfig"]["xForwardedForProtoEnabled"] is True
    assert inputs["xForwardedForConfig"]["xForwardedForProcessingMode"] == "remove"
    assert inputs["xForwardedForConfig"]["xForwardedForHostEnabled"] is False
    assert inputs["accessLogTracingConfig"] == {"tracingEnabled": True, "tracingSample": 100, "tracingType": "Zipkin"}


def test_traces_that_are_off_have_no_sample() -> None:
    """ALB keeps neither sample nor type beside a switch that is off, so each `up` would send them again."""
    inputs = https(samples.listener(access_log_tracing=AccessLogTracing(enabled=False)))
    assert inputs["accessLogTracingConfig"] == {"tracingEnabled": False}


def test_an_adopted_listener_keeps_its_headers_but_for_those_that_are_said() -> None:
    """What the file says is never passed over in silence; the rest stays as it was found."""
    said = ForwardedHeaders(slb_id_enabled=True)
    stack = samples.listener(x_forwarded_for=said)
    kept = graph_of(replace(stack, adopt={"listener": "lsn-1"})).of(LISTENER)[HTTPS].ignored
    assert "xForwardedForConfig.xForwardedForSlbIdEnabled" not in kept
    assert {"xForwardedForConfig.xForwardedForProtoEnabled", "tags"} <= kept


def test_what_is_said_of_the_instance_is_sent_and_nothing_else() -> None:
    """Protection from the console and shared bandwidth; an instance that says none keeps what ALB has."""
    said = replace(
        samples.LOCAL.load_balancer,
        modification_protection=ModificationProtection(enabled=True, reason="pulumi"),
        bandwidth_package_id="cbwp-1",
    )
    sent = {
        "modificationProtectionConfig": {"status": "ConsoleProtection", "reason": "pulumi"},
        "bandwidthPackageId": "cbwp-1",
    }
    inputs = (
        graph_of(replace(samples.LOCAL, load_balancer=said))
        .of("alb/loadBalancer:LoadBalancer")["load-balancer-instance"]
        .inputs
    )
    assert {key: inputs[key] for key in sent} == sent
    assert not set(sent) & set(local_graph().of("alb/loadBalancer:LoadBalancer")["load-balancer-instance"].inputs)


def test_the_instance_is_in_its_security_groups_before_a_listener_answers() -> None:
    """One after the other, since ALB refuses a second call meanwhile: each waits for all before it, and both listeners for the last."""
    joined = "alb/loadBalancerSecurityGroupAttachment:LoadBalancerSecurityGroupAttachment"
    said = replace(samples.LOCAL.load_balancer, security_groups=("sg-2", "sg-1", "sg-3"))
    graph = graph_of(replace(samples.LOCAL, load_balancer=said))
    names = [f"load-balancer-security-group-sg-{number}" for number in (1, 2, 3)]
    made = graph.of(joined)
    assert {name: one.inputs["securityGroupId"] for name, one in made.items()} == {name: name[-4:] for name in names}
    assert {one.inputs["loadBalancerId"] for one in made.values()} == {"load-balancer-instance-id"}

    def waits_for(found: Any) -> set[str]:
        return {urn.rsplit("::", 1)[-1] for urn in found.dependencies}

    for number, name in enumerate(names):
        assert waits_for(made[name]) & set(names) == set(names[:number])
    for listener in (HTTPS, HTTP):
        assert set(names) <= waits_for(graph.of(LISTENER)[listener])
    assert not local_graph().of(joined)


def test_scripts_are_made_one_after_the_other_and_after_all_else() -> None:
    """The provider does not try a script again while its listener is being changed; the access list waits for them in turn."""
    rule = ForwardingRule("api", "web", 10, paths=("/api",))
    scripts = {"b": Script(content="now()", enabled=False), "a": Script(content="time()", position="RequestFoot")}
    graph = graph_of(samples.listener(rules={"api": rule}, scripts=scripts, allow_from={"203.0.113.0/24": "office"}))
    made = graph.of("alb/aScript:AScript")
    first, second = (f"load-balancer-https-script-{name}" for name in "ab")
    assert {name: one.inputs for name, one in made.items()} == {
        first: {"listenerId": f"{HTTPS}-id", "ascriptName": "mtlsedge-local-script-a", "position": "RequestFoot",
                "scriptContent": "time()", "enabled": True},
        second: {"listenerId": f"{HTTPS}-id", "ascriptName": "mtlsedge-local-script-b", "position": "RequestHead",
                 "scriptContent": "now()", "enabled": False},
    }  # fmt: skip

    def waits_for(found: Any) -> set[str]:
        return {urn.rsplit("::", 1)[-1] for urn in found.dependencies}

    assert "load-balancer-https-rule-api-actions" in waits_for(made[first])
    assert first in waits_for(made[second])
    lists = graph.of("alb/listenerAclAttachment:ListenerAclAttachment")
    assert {first, second} <= waits_for(lists["load-balancer-https-allowed"])
    assert not local_graph().of("alb/aScript:AScript")


def test_an_access_list_guards_both_listeners() -> None:
    """`allowFrom` is one white list, attached to the HTTPS and to the HTTP listener."""
    graph = graph_of(samples.listener(allow_from={"203.0.113.0/24": "mtlsedge", "198.51.100.0/24": "office"}))
    entries = graph.of("alb/acl:Acl")["load-balancer-allowed"].inputs["aclEntries"]
    assert [entry["entry"] for entry in entries] == ["198.51.100.0/24", "203.0.113.0/24"]
    attachments = graph.of(":ListenerAclAttachment").values()
    assert {(node.inputs["listenerId"], node.inputs["aclType"]) for node in attachments} == {
        (f"{HTTPS}-id", "White"), (f"{HTTP}-id", "White")
    }  # fmt: skip


def test_no_access_list_by_default() -> None:
    """Without `allowFrom` there is no list and no attachment."""
    graph = local_graph()
    assert not graph.of("alb/acl:Acl") | graph.of(":ListenerAclAttachment")


def test_the_instance_spans_all_zones() -> None:
    """Zone mappings are sorted, and carry no address, which ALB would have to echo."""
    inputs = local_graph().of("alb/loadBalancer:LoadBalancer")["load-balancer-instance"].inputs
    assert inputs["zoneMappings"] == [
        {"zoneId": zone, "vswitchId": f"network-{zone}-id"} for zone in ("ap-southeast-1a", "ap-southeast-1b")
    ]
    assert inputs["deletionProtectionEnabled"] is False
    assert "accessLogConfig" not in inputs


def test_tags_name_project_and_stack_and_keep_the_operators() -> None:
    """The stack's own tags cannot be overwritten, others are added."""
    tagged = LoadBalancer(tags={"team": "edge", "mtlsedge:stack": "x"}, access_log=AccessLog("logs", "alb_log"))
    inputs = graph_of(samples.local(load_balancer=tagged)).of("alb/loadBalancer:LoadBalancer")["load-balancer-instance"]
    assert inputs.inputs["tags"] == {"team": "edge", "mtlsedge:project": "mtlsedge", "mtlsedge:stack": "local"}
    assert inputs.inputs["accessLogConfig"] == {"logProject": "logs", "logStore": "alb_log"}
    assert inputs.inputs["deletionProtectionEnabled"] is True


def test_an_instance_of_another_owner_gets_listeners_only() -> None:
    """With an id there is no instance resource, and the listeners hang on that id."""
    graph = graph_of(samples.local(load_balancer=LoadBalancer(id="alb-1"), domain=None))
    assert graph.of("alb/loadBalancer:LoadBalancer") == {}
    assert graph.of(LISTENER)[HTTPS].inputs["loadBalancerId"] == "alb-1"


def test_names_for_an_instance_of_another_owner_are_refused() -> None:
    """The stack does not know that instance's DNS name, and says so instead of publishing nothing."""
    with pytest.raises(Exception, match="mtlsedge:domain"):
        graph_of(samples.local(load_balancer=LoadBalancer(id="alb-1")))


def test_a_stack_without_an_entry_point_has_certificates_only() -> None:
    """No load balancer: no cloud network, no listener, no names, and no exports of them."""
    graph: Graph = graph_of(samples.local(
        network=None, server_groups={}, load_balancer=None, listener=None, server_certificate=None, domain=None
    ))  # fmt: skip
    assert not [node for node in graph.nodes.values() if node.type.startswith("alicloud:")]
    assert graph.exports.keys() == {
        "authority", "caIdentifier", "certificateSite", "clientCertificates", "clients", "denied", "environment", "notes",
        "region", "rotation", "weakenings",
    }  # fmt: skip


def test_a_redirect_without_a_network_is_refused() -> None:
    """The empty server group behind port 80 stands in a VPC; without one the whole stack is refused, nothing half built."""
    stack = samples.local(
        load_balancer=LoadBalancer(id="alb-1"), network=None, domain=None,
        server_groups={"web": ExistingServerGroup("web", "sgp-1")},
    )  # fmt: skip
    with pytest.raises(Exception, match="mtlsedge:network"):
        graph_of(stack)
