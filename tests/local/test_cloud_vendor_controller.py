"""Calls as the vendor's own ALB controller sends them: filters by tag, small letters, rules in batches, older names."""

import pytest

from tests.local.conftest import forward

TAGS = [{"Key": "team", "Value": "edge"}, {"Key": "stage", "Value": "test"}]


@pytest.fixture(scope="module")
def cloud_two(cloud_shared, cloud_network, cloud_balancer):
    """Two HTTP listeners on one load balancer and the group they forward to."""
    group = cloud_shared.server_group(cloud_network["vpc"], "plain")
    listeners = []
    for port in (8101, 8102):
        parameters = {"LoadBalancerId": cloud_balancer, "ListenerProtocol": "HTTP", "ListenerPort": port}
        id = cloud_shared("alb", "CreateListener", **parameters, DefaultActions=forward(group))["ListenerId"]
        cloud_shared.until("alb", "GetListenerAttribute", "ListenerStatus", "Running", ListenerId=id)
        listeners.append(id)
    return listeners


def rule(priority, **changes):
    """One rule of a batch, with a fixed answer."""
    answer = {"Order": 1, "Type": "FixedResponse", "FixedResponseConfig": {"HttpCode": "200", "Content": "ok"}}
    path = {"Type": "Path", "PathConfig": {"Values": [f"/{priority}"]}}
    parameters = {
        "RuleName": f"rule-{priority}",
        "Priority": priority,
        "RuleActions": [answer],
        "RuleConditions": [path],
    }
    return {**parameters, **changes}


def flat(name, values):
    """`Name.1`, `Name.2`, …, as clients put a list on the wire."""
    return {f"{name}.{number}": value for number, value in enumerate(values, 1)}


def priorities(account, listener):
    """Rule id -> priority of a listener."""
    found = account("alb", "ListRules", ListenerIds=[listener])["Rules"]
    return {one["RuleId"]: one["Priority"] for one in found}


@pytest.mark.parametrize(
    ("action", "key", "id_key", "create"),
    [
        ("ListServerGroups", "ServerGroups", "ServerGroupId", "group"),
        ("ListAcls", "Acls", "AclId", "acl"),
        ("ListSecurityPolicies", "SecurityPolicies", "SecurityPolicyId", "policy"),
    ],
)
def test_a_filter_by_tags_keeps_out_what_lacks_one(cloud_shared, cloud_network, action, key, id_key, create):
    """All tags of the filter must fit; one of two, another value and no tags are near misses. A key alone asks for any value."""

    def made(name, tags):
        if create == "acl":
            return cloud_shared("alb", "CreateAcl", AclName=name, Tag=tags)["AclId"]
        if create == "policy":
            content = {"TLSVersions": ["TLSv1.2"], "Ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}
            return cloud_shared("alb", "CreateSecurityPolicy", SecurityPolicyName=name, **content, Tag=tags)[
                "SecurityPolicyId"
            ]
        return cloud_shared.server_group(cloud_network["vpc"], name, Tag=tags)

    def listed(*tags):
        return [one[id_key] for one in cloud_shared("alb", action, Tag=list(tags))[key]]

    wanted = made("tagged", TAGS)
    half = made("half", TAGS[:1])
    other = made("other", [TAGS[0], {"Key": "stage", "Value": "live"}])
    none = made("none", [])
    assert listed(*TAGS) == [wanted]
    assert set(listed(TAGS[0])) == {wanted, half, other}
    assert set(listed({"Key": "stage"})) == {wanted, other}
    assert none in [one[id_key] for one in cloud_shared("alb", action)[key]]
    assert listed({"Key": "no", "Value": "such"}) == []


def test_groups_are_found_by_type_and_resource_group(cloud_shared, cloud_network):
    """Types in small letters, too; the answer has the documented spelling."""
    vpc = cloud_network["vpc"]
    ip = cloud_shared.server_group(vpc, "addresses", ServerGroupType="ip", ResourceGroupId="rg-other")
    instance = cloud_shared.server_group(vpc, "instances", ServerGroupType="instance")

    def listed(**filters):
        return {one["ServerGroupId"]: one for one in cloud_shared("alb", "ListServerGroups", **filters)["ServerGroups"]}

    assert listed(ServerGroupType="Ip", ResourceGroupId="rg-other")[ip]["ServerGroupType"] == "Ip"
    assert instance in listed(ServerGroupType="instance")
    assert instance not in listed(ResourceGroupId="rg-other")
    wrong = {"ServerGroupName": "odd", "ServerGroupType": "instances", "VpcId": vpc}
    assert cloud_shared.error("alb", "CreateServerGroup", **wrong)[1] == "InvalidParameter.ServerGroupType"
    server = {"ServerId": "192.168.1.9", "ServerIp": "192.168.1.9", "ServerType": "ip", "Port": 80}
    cloud_shared("alb", "AddServersToServerGroup", ServerGroupId=ip, Servers=[server])
    (seen,) = cloud_shared("alb", "ListServerGroupServers", ServerGroupId=ip)["Servers"]
    assert seen["ServerType"] == "Ip"


def test_load_balancers_are_found_by_zone(cloud_shared, cloud_network, cloud_balancer):
    """A zone it is in, and one it is not in."""

    def listed(zone):
        found = cloud_shared("alb", "ListLoadBalancers", ZoneId=zone)["LoadBalancers"]
        return [one["LoadBalancerId"] for one in found]

    assert cloud_balancer in listed(next(iter(cloud_network["zones"])))
    assert listed("ap-southeast-1c") == []


def test_rules_are_made_changed_and_deleted_in_batches(cloud_shared, cloud_two):
    """Two may swap their priorities in one call."""
    first, second = cloud_two
    made = cloud_shared("alb", "CreateRules", ListenerId=first, Rules=[rule(1), rule(2)])
    ids = {one["Priority"]: one["RuleId"] for one in made["RuleIds"]}
    assert made["JobId"]
    assert priorities(cloud_shared, first) == {ids[1]: 1, ids[2]: 2}
    assert priorities(cloud_shared, second) == {}
    swapped = [{"RuleId": ids[1], "Priority": 2}, {"RuleId": ids[2], "Priority": 1}]
    cloud_shared("alb", "UpdateRulesAttribute", Rules=swapped)
    assert priorities(cloud_shared, first) == {ids[1]: 2, ids[2]: 1}
    assert cloud_shared("alb", "DeleteRules", RuleIds=list(ids.values()))["JobId"]
    assert priorities(cloud_shared, first) == {}


def test_a_batch_with_one_wrong_rule_does_nothing(cloud_shared, cloud_two):
    """Two of one priority, one priority for two rules, an unknown rule among those to delete, an empty batch."""
    listener = cloud_two[1]
    (kept,) = cloud_shared("alb", "CreateRules", ListenerId=listener, Rules=[rule(5)])["RuleIds"]
    before = priorities(cloud_shared, listener)

    def code(action, **parameters):
        return cloud_shared.error("alb", action, **parameters)[1]

    twice = [rule(6), rule(6, RuleName="again")]
    assert code("CreateRules", ListenerId=listener, Rules=twice) == "ResourceAlreadyExist.RulePriority"
    assert code("CreateRules", ListenerId=listener, Rules=[]) == "MissingParameter"
    unknown = [{"RuleId": kept["RuleId"], "Priority": 7}, {"RuleId": "rule-none", "Priority": 8}]
    assert code("UpdateRulesAttribute", Rules=unknown) == "ResourceNotFound.Rule"
    assert code("DeleteRules", RuleIds=[kept["RuleId"], "rule-none"]) == "ResourceNotFound.Rule"
    assert priorities(cloud_shared, listener) == before


def test_rules_are_found_by_one_listener_and_by_tags(cloud_shared, cloud_two):
    """`ListenerId` is in the Go SDK's model; an unknown one has no rules."""
    first, second = cloud_two
    tagged = cloud_shared("alb", "CreateRules", ListenerId=first, Rules=[rule(11, Tag=TAGS), rule(12)])["RuleIds"][0]
    cloud_shared("alb", "CreateRules", ListenerId=second, Rules=[rule(13)])

    def listed(**parameters):
        return {one["Priority"] for one in cloud_shared.raw("alb", "ListRules", **parameters)[1]["Rules"]}

    assert {11, 12} <= listed(ListenerId=first)
    assert 13 not in listed(ListenerId=first)
    assert listed(ListenerId="lsn-none") == set()
    (found,) = cloud_shared("alb", "ListRules", Tag=TAGS)["Rules"]
    assert found["RuleId"] == tagged["RuleId"]


def test_tags_are_removed_by_key_and_value(cloud_shared, cloud_network):
    """`Tag.N` takes the tag with this value only."""
    group = cloud_shared.server_group(cloud_network["vpc"], "untagged", Tag=TAGS)
    one = {"ResourceType": "servergroup", "ResourceId": [group]}

    def left():
        return [tag["TagKey"] for tag in cloud_shared("alb", "ListTagResources", **one)["TagResources"]]

    cloud_shared("alb", "UnTagResources", **one, Tag=[{"Key": "team", "Value": "another"}])
    assert left() == ["team", "stage"]
    cloud_shared("alb", "UnTagResources", **one, Tag=[TAGS[0]])
    assert left() == ["stage"]


def test_health_check_codes_by_their_older_name(cloud_shared, cloud_network):
    """Kept as sent and returned under both names; the newer one alone comes back alone."""
    group = cloud_shared.server_group(cloud_network["vpc"], "checked")

    def config(**sent):
        parameters = {"ServerGroupId": group, "HealthCheckConfig.HealthCheckEnabled": "true", "ServiceName": "web"}
        assert cloud_shared.raw("alb", "UpdateServerGroupAttribute", **parameters, **sent)[0] == 200
        (seen,) = cloud_shared.raw("alb", "ListServerGroups", **{"ServerGroupIds.1": group})[1]["ServerGroups"]
        assert seen["ServiceName"] == "web"
        return seen["HealthCheckConfig"]

    older = config(**flat("HealthCheckConfig.HealthCheckHttpCodes", ["http_3xx"]))
    assert older["HealthCheckCodes"] == older["HealthCheckHttpCodes"] == ["http_3xx"]
    newer = config(**flat("HealthCheckConfig.HealthCheckCodes", ["http_4xx"]))
    assert newer["HealthCheckCodes"] == ["http_4xx"]
    assert "HealthCheckHttpCodes" not in newer
