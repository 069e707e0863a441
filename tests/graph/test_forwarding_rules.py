"""Forwarding rules of a listener: their conditions, their actions, and what compares them."""

from dataclasses import replace

from settings.model import (
    ForwardingRule,
)
from settings.rules import Cors, FixedResponse, InsertedHeader, Redirect, Rewrite, TrafficLimit
from tests.graph import samples
from tests.graph.harness import graph_of


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
