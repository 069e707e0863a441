"""The load balancer, its listeners and rules, the server groups and the network behind them."""

from dataclasses import replace
from typing import Any

import pytest

from settings.listener import AccessLogTracing, ForwardedHeaders
from settings.load_balancer import ModificationProtection
from settings.model import (
    AccessLog,
    ClientCertificateHeaders,
    ExistingNetwork,
    ExistingServerGroup,
    ForwardingRule,
    HealthCheck,
    LoadBalancer,
    Server,
    Settings,
    Stickiness,
)
from settings.rules import Cors, FixedResponse, InsertedHeader, Redirect, Rewrite, TrafficLimit
from settings.scripts import Script
from settings.server_groups import ConnectionDrain, SlowStart
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


def web(**changes: object) -> dict[str, Any]:
    """Inputs of the server group `web`, changed."""
    graph = graph_of(samples.local(server_groups={"web": samples.group("web", **changes)}))
    return graph.of(SERVER_GROUP)["server-groups-web"].inputs


def servers(**changes: object) -> dict[str, Any]:
    """Servers of the group `web`, changed, as this program manages them."""
    graph = graph_of(samples.local(server_groups={"web": samples.group("web", **changes)}))
    found: dict[str, Any] = graph.of(":ServerGroupServers")["server-groups-web-servers"].inputs["servers"]
    return found


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


def test_rules_forward_hosts_and_paths_to_their_group() -> None:
    """A rule carries its priority, both kinds of condition, and the id of its group with a weight."""
    rule = ForwardingRule("api", "api", 10, hosts=("b.example.test", "a.example.test"), paths=("/v1/*",))
    stack = replace(
        samples.listener(rules={"api": rule}), server_groups={name: samples.group(name) for name in ("web", "api")}
    )
    inputs = graph_of(stack).of("alb/rule:Rule")["load-balancer-https-rule-api"].inputs
    assert inputs["priority"] == 10
    assert inputs["ruleConditions"] == [
        {"type": "Host", "hostConfig": {"values": ["a.example.test", "b.example.test"]}},
        {"type": "Path", "pathConfig": {"values": ["/v1/*"]}},
    ]
    target = inputs["ruleActions"][0]["forwardGroupConfig"]["serverGroupTuples"]
    assert target == [{"serverGroupId": "server-groups-api-id", "weight": 100}]


def test_a_rule_changes_requests_before_they_reach_servers() -> None:
    """Each thing is an action of its own, before the one that ends the rule; every field of it is said."""
    rule = ForwardingRule(
        "shop", "web", 10, paths=("/shop",), rewrite=Rewrite(path="/store"), remove_headers=("x-a",),
        insert_headers={"x-port": InsertedHeader("ClientSrcPort", "SystemDefined"), "x-edge": InsertedHeader("dev")},
    )  # fmt: skip
    graph = graph_of(samples.listener(rules={"shop": rule}))
    compared = graph.of(":RuleActions")["load-balancer-https-rule-shop-actions"].inputs["actions"]
    assert [(one["order"], one["type"]) for one in compared] == [
        (1, "Rewrite"), (2, "InsertHeader"), (3, "InsertHeader"), (4, "RemoveHeader"), (5, "ForwardGroup"),
    ]  # fmt: skip
    assert compared[0]["rewriteConfig"] == {"host": "${host}", "path": "/store", "query": "${query}"}
    assert [one["insertHeaderConfig"] for one in compared[1:3]] == [
        {"key": "x-edge", "value": "dev", "valueType": "UserDefined"},
        {"key": "x-port", "value": "ClientSrcPort", "valueType": "SystemDefined"},
    ]
    assert compared[3]["removeHeaderConfig"] == {"key": "x-a"}
    made = graph.of("alb/rule:Rule")["load-balancer-https-rule-shop"].inputs["ruleActions"]
    assert [one["order"] for one in made] == [1, 2, 3, 5], "the provider would send a removed header without its name"


def test_a_rule_limits_requests_and_lets_other_sites_ask() -> None:
    """Before all that changes a request; a limit that is not said is not sent, and an empty list neither."""
    rule = ForwardingRule(
        "pages", "web", 10, paths=("/pages",), traffic_limit=TrafficLimit(per_ip_qps=5), cors=Cors(("https://a.example.com",), ("GET",)),
        rewrite=Rewrite(path="/"),
    )  # fmt: skip
    graph = graph_of(samples.listener(rules={"pages": rule}))
    limit, cors, rewrite, _ = graph.of(":RuleActions")["load-balancer-https-rule-pages-actions"].inputs["actions"]
    assert limit == {"order": 1, "type": "TrafficLimit", "trafficLimitConfig": {"perIpQps": 5}}
    assert cors["corsConfig"] == {
        "allowOrigins": ["https://a.example.com"], "allowMethods": ["GET"], "allowCredentials": "off", "maxAge": -1,
    }  # fmt: skip
    assert (cors["order"], rewrite["order"], rewrite["type"]) == (2, 3, "Rewrite")
    made = graph.of("alb/rule:Rule")["load-balancer-https-rule-pages"].inputs["ruleActions"]
    assert [one["type"] for one in made] == ["Cors", "Rewrite", "ForwardGroup"]


def test_a_rule_shares_requests_by_weight() -> None:
    """Each group with its weight, in the order of their names, in the rule and in what it is compared by."""
    rule = ForwardingRule("new", "", 10, paths=("/new",), server_groups={"web": 90, "api": 10})
    stack = replace(
        samples.listener(rules={"new": rule}), server_groups={name: samples.group(name) for name in ("web", "api")}
    )
    graph = graph_of(stack)
    made = graph.of("alb/rule:Rule")["load-balancer-https-rule-new"].inputs["ruleActions"]
    compared = graph.of(":RuleActions")["load-balancer-https-rule-new-actions"].inputs["actions"]
    for actions in (made, compared):
        assert [one["type"] for one in actions] == ["ForwardGroup"]
        assert actions[0]["forwardGroupConfig"]["serverGroupTuples"] == [
            {"serverGroupId": "server-groups-api-id", "weight": 10},
            {"serverGroupId": "server-groups-web-id", "weight": 90},
        ]


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


def test_a_rule_has_every_kind_of_condition() -> None:
    """Sorted, so that another order in the file is no change; headers are a condition each, named values pairs."""
    rule = ForwardingRule(
        "api", "web", 10, methods=("POST", "GET"), headers={"x-b": ("2", "1"), "x-a": ("*",)},
        cookies={"channel": ("beta", "alpha")}, query={"v": ("2",)}, source_ips=("203.0.113.0/24",),
    )  # fmt: skip
    inputs = graph_of(samples.listener(rules={"api": rule})).of("alb/rule:Rule")["load-balancer-https-rule-api"].inputs
    assert inputs["ruleConditions"] == [
        {"type": "Method", "methodConfig": {"values": ["GET", "POST"]}},
        {"type": "Header", "headerConfig": {"key": "x-a", "values": ["*"]}},
        {"type": "Header", "headerConfig": {"key": "x-b", "values": ["1", "2"]}},
        {"type": "Cookie", "cookieConfig": {"values": [
            {"key": "channel", "value": "alpha"}, {"key": "channel", "value": "beta"}]}},
        {"type": "QueryString", "queryStringConfig": {"values": [{"key": "v", "value": "2"}]}},
        {"type": "SourceIp", "sourceIpConfig": {"values": ["203.0.113.0/24"]}},
    ]  # fmt: skip


def test_a_rule_redirects_or_answers_itself() -> None:
    """The provider makes the rule with it, and the resource that compares actions declares the same, every field said."""
    rules = {
        "moved": ForwardingRule("moved", "", 1, paths=("/a",), redirect=Redirect(path="/b", port=8443, code=308)),
        "closed": ForwardingRule("closed", "", 2, paths=("/c",), fixed_response=FixedResponse(403, "no")),
    }
    graph = graph_of(samples.listener(rules=rules))
    redirect = {
        "protocol": "HTTPS",
        "host": "${host}",
        "path": "/b",
        "query": "${query}",
        "port": "8443",
        "httpCode": "308",
    }
    answer = {"httpCode": "403", "content": "no", "contentType": "text/plain"}
    for name, expected in (
        ("moved", {"order": 1, "type": "Redirect", "redirectConfig": redirect}),
        ("closed", {"order": 1, "type": "FixedResponse", "fixedResponseConfig": answer}),
    ):
        assert graph.of("alb/rule:Rule")[f"load-balancer-https-rule-{name}"].inputs["ruleActions"] == [expected]
        assert graph.of(":RuleActions")[f"load-balancer-https-rule-{name}-actions"].inputs["actions"] == [expected]


def test_what_is_said_of_a_group_is_sent_and_nothing_else() -> None:
    """Slow start, drain, keep-alive, zones and the hashed parameter; a group that says none keeps what ALB has."""
    said = samples.group(
        "web", scheduler="Uch", hash_key="user", slow_start=SlowStart(enabled=False, duration=60),
        connection_drain=ConnectionDrain(enabled=True, timeout=20), upstream_keepalive_enabled=True, cross_zone_enabled=False,
        resource_group_id="rg-1",
    )  # fmt: skip
    sent = {
        "scheduler": "Uch",
        "uchConfig": {"type": "QueryString", "value": "user"},
        "slowStartConfig": {"slowStartEnabled": False, "slowStartDuration": 60},
        "connectionDrainConfig": {"connectionDrainEnabled": True, "connectionDrainTimeout": 20},
        "upstreamKeepaliveEnabled": True,
        "crossZoneEnabled": False,
        "resourceGroupId": "rg-1",
    }
    inputs = graph_of(replace(samples.LOCAL, server_groups={"web": said})).of(SERVER_GROUP)["server-groups-web"].inputs
    assert {key: inputs[key] for key in sent} == sent
    silent = graph_of(samples.LOCAL).of(SERVER_GROUP)["server-groups-web"].inputs
    assert set(sent) & set(silent) == {"scheduler"}


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


def test_an_instance_of_somebody_else_gets_listeners_only() -> None:
    """With an id there is no instance resource, and the listeners hang on that id."""
    graph = graph_of(samples.local(load_balancer=LoadBalancer(id="alb-1"), domain=None))
    assert graph.of("alb/loadBalancer:LoadBalancer") == {}
    assert graph.of(LISTENER)[HTTPS].inputs["loadBalancerId"] == "alb-1"


def test_names_for_an_instance_of_somebody_else_are_refused() -> None:
    """The stack does not know that instance's DNS name, and says so instead of publishing nothing."""
    with pytest.raises(Exception, match="mtlsedge:domain"):
        graph_of(samples.local(load_balancer=LoadBalancer(id="alb-1")))


def test_servers_have_a_weight_and_no_empty_address() -> None:
    """Weight is always sent (absent means 0); an instance's address only if it was set."""
    first = servers()["ECS01"]
    assert first["weight"] == 100
    assert first["server_id"] == "network-ECS01-id"
    assert (first["server_type"], first["server_ip"]) == ("Ecs", "")


def test_servers_by_address_say_it_twice() -> None:
    """A member of an IP group has its address as id and as address."""
    members = {"a": Server("a", "10.0.0.8", 8080, weight=0)}
    inputs = web(type="ip", servers=members)
    assert inputs["serverGroupType"] == "Ip"
    assert servers(type="ip", servers=members) == {
        "a": {"server_id": "10.0.0.8", "server_ip": "10.0.0.8", "server_type": "Ip", "port": 8080, "weight": 0,
              "description": "web/a"}
    }  # fmt: skip


def test_the_provider_compares_no_servers_zones_or_actions() -> None:
    """It would compare what ALB fills in as well; three resources of this program compare what was declared."""
    graph = graph_of(samples.local())
    assert "servers" not in web()
    assert graph.of(SERVER_GROUP)["server-groups-web"].ignored == {"servers", "uchConfig"}
    assert graph.of("alb/loadBalancer:LoadBalancer")["load-balancer-instance"].ignored == {"zoneMappings"}
    zones = graph.of(":LoadBalancerZones")["load-balancer-zones"].inputs["zones"]
    assert zones == {f"ap-southeast-1{z}": f"network-ap-southeast-1{z}-id" for z in "ab"}


@pytest.mark.parametrize(
    ("sticky", "expected"),
    [
        (None, {"stickySessionEnabled": False}),
        (Stickiness("insert", timeout=60),
         {"stickySessionEnabled": True, "stickySessionType": "Insert", "cookieTimeout": 60}),
        (Stickiness("server", cookie="sid"),
         {"stickySessionEnabled": True, "stickySessionType": "Server", "cookie": "sid"}),
    ],
)  # fmt: skip
def test_stickiness_is_always_said(sticky: Stickiness | None, expected: dict[str, Any]) -> None:
    """The block is there even when off, for the provider cannot take it away."""
    assert web(stickiness=sticky)["stickySessionConfig"] == expected


def test_a_tcp_probe_has_no_path_and_none_probes_nothing() -> None:
    """What a protocol has no use for is not sent."""
    tcp = web(health_check=HealthCheck(protocol="TCP"))["healthCheckConfig"]
    assert not {"healthCheckPath", "healthCheckMethod", "healthCheckCodes"} & tcp.keys()
    assert web(health_check=HealthCheck(enabled=False))["healthCheckConfig"] == {"healthCheckEnabled": False}


def test_a_probes_version_of_http_is_said_only_by_who_says_it() -> None:
    """A stack that says none is sent as before; ALB then takes its own."""
    assert "healthCheckHttpVersion" not in web(health_check=HealthCheck())["healthCheckConfig"]
    said = web(health_check=HealthCheck(http_version="HTTP1.0"))["healthCheckConfig"]
    assert said["healthCheckHttpVersion"] == "HTTP1.0"


def test_the_demonstration_lets_in_the_server_port_from_its_vpc_only() -> None:
    """The security group has one rule: the port, over TCP, from the VPC's block."""
    (rule,) = local_graph().of(":SecurityGroupRule").values()
    assert (rule.inputs["portRange"], rule.inputs["cidrIp"], rule.inputs["type"]) == (
        "80/80",
        "192.168.0.0/16",
        "ingress",
    )


def test_demonstration_servers_say_their_name() -> None:
    """Instance name and first-boot script carry the server's name; the disk's category is said, so it cannot drift."""
    server = local_graph().of("ecs/instance:Instance")["network-ECS01"].inputs
    assert server["instanceName"] == "ECS01"
    assert "printf '%s\\n' ECS01" in server["userData"]
    assert server["systemDiskCategory"] == "cloud_essd"


def test_a_network_without_servers_has_no_security_group() -> None:
    """What nobody needs is not made."""
    graph = graph_of(samples.local(
        network=replace(samples.NETWORK, servers={}),
        server_groups={"web": samples.group("web", servers={"ECS01": Server("ECS01", "i-1", 80)})},
    ))  # fmt: skip
    assert not graph.of("securityGroup:SecurityGroup") | graph.of("ecs/instance:Instance")


def test_an_existing_network_is_only_referred_to() -> None:
    """Ids of a VPC and its vSwitches flow through; nothing is made."""
    network = ExistingNetwork("vpc-1", {"b": "vsw-2", "a": "vsw-1"})
    groups = {"web": samples.group("web", servers={"ECS01": Server("ECS01", "i-1", 80)})}
    graph = graph_of(samples.local(network=network, server_groups=groups))
    assert not [node for node in graph.nodes.values() if node.type.startswith(("alicloud:vpc", "alicloud:ecs"))]
    instance = graph.of("alb/loadBalancer:LoadBalancer")["load-balancer-instance"].inputs
    assert (instance["vpcId"], [zone["vswitchId"] for zone in instance["zoneMappings"]]) == (
        "vpc-1",
        ["vsw-1", "vsw-2"],
    )


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
