"""Calls as the vendor's own ALB controller sends them: filters by tag, small letters, rules in batches, older names."""

import pytest

from local.cloud import chosen_behaviours
from tests.local.conftest import REGION, forward, make_certificate

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
    names = ("HealthCheckHttpCodes", "HealthCheckCodes")
    sent = [
        flat(f"HealthCheckConfig.{name}", [code]) for name, code in zip(names, ("http_3xx", "http_2xx"), strict=True)
    ]
    fast = {"HealthCheckConfig.HealthCheckTcpFastCloseEnabled": "false"}
    both = config(**sent[0], **sent[1], **fast)
    assert both["HealthCheckTcpFastCloseEnabled"] is False
    assert [both[name] for name in names] == [["http_3xx"], ["http_2xx"]]
    newer = config(**flat("HealthCheckConfig.HealthCheckCodes", ["http_4xx"]))
    assert newer["HealthCheckCodes"] == ["http_4xx"]
    assert "HealthCheckHttpCodes" not in newer


def test_certificates_by_their_older_interface(cloud_account):
    """The same certificates by other names: what one makes the other lists and deletes."""
    pem, key = make_certificate("older")
    status, made = cloud_account.raw(
        "cas-older", "CreateSSLCertificateWithName", CertName="older", Certificate=pem, PrivateKey=key
    )
    assert status == 200
    (row,) = cloud_account("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"]
    assert row["InstanceId"] == made["CertIdentifier"]
    listed = cloud_account.raw("cas-older", "DescribeSSLCertificateList", ShowSize="50", CurrentPage="1")[1]
    assert (listed["PageCount"], listed["TotalCount"]) == (1, 1)
    (seen,) = listed["CertMetaList"]
    assert (seen["CertName"], seen["CertIdentifier"], seen["CommonName"]) == (
        "older",
        made["CertIdentifier"],
        "older.example.test",
    )
    assert seen["AfterDate"] > seen["BeforeDate"]
    assert cloud_account.raw("cas-older", "DeleteSSLCertificate", CertIdentifier=made["CertIdentifier"])[0] == 200
    assert cloud_account("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"] == []


def test_certificates_come_in_pages(cloud_account):
    """The controller asks until the page's number is PageCount."""
    for number in range(3):
        pem, key = make_certificate(f"{number}.example.test")
        cloud_account("cas", "UploadUserCertificate", Name=f"c{number}", Cert=pem, Key=key)

    def page(number):
        return cloud_account.raw("cas-older", "DescribeSSLCertificateList", ShowSize="2", CurrentPage=str(number))[1]

    assert [(len(page(number)["CertMetaList"]), page(number)["PageCount"]) for number in (1, 2)] == [(2, 2), (1, 2)]


def test_a_listener_takes_lists_of_another_type(cloud_account):
    """All its lists are of the type that was sent last; under `acl-type=refused` the old ones have to go first."""
    network = cloud_account.network()
    balancer, group = cloud_account.load_balancer(network), cloud_account.server_group(network["vpc"])
    listener = cloud_account("alb", "CreateListener", LoadBalancerId=balancer, ListenerProtocol="HTTP", ListenerPort=80,
                             DefaultActions=forward(group))["ListenerId"]  # fmt: skip
    cloud_account.settled("alb.listener", "ListenerStatus", "Running")
    white, black = (cloud_account("alb", "CreateAcl", AclName=name)["AclId"] for name in ("white", "black"))

    def associate(kind, id):
        return cloud_account.error("alb", "AssociateAclsWithListener", ListenerId=listener, AclType=kind, AclIds=[id])

    cloud_account("alb", "AssociateAclsWithListener", ListenerId=listener, AclType="White", AclIds=[white])
    cloud_account.settled("alb.listener", "ListenerStatus", "Running")
    chosen_behaviours.choose(cloud_account.cloud.store, {"acl-type": "refused"})
    assert associate("Black", black)[1] == "Conflict.AclType"
    chosen_behaviours.reset(cloud_account.cloud.store)
    cloud_account("alb", "AssociateAclsWithListener", ListenerId=listener, AclType="Black", AclIds=[black])
    config = cloud_account("alb", "GetListenerAttribute", ListenerId=listener)["AclConfig"]
    assert (config["AclType"], len(config["AclRelations"])) == ("Black", 2)
    (related,) = cloud_account("alb", "ListAclRelations", AclIds=[black])["AclRelations"]
    assert [one["ListenerId"] for one in related["RelatedListeners"]] == [listener]


def test_an_access_log_is_switched_by_log_service(cloud_shared, cloud_balancer):
    """On, off; of another kind of data nothing is known."""
    one = {"DataType": "alb.access_log", "InstanceRegion": REGION, "InstanceId": cloud_balancer}
    target = {"TargetSLSRegion": REGION, "TargetProject": "logs", "TargetStore": "alb_demo"}

    def config():
        return (
            cloud_shared("alb", "GetLoadBalancerAttribute", LoadBalancerId=cloud_balancer).get("AccessLogConfig") or {}
        )

    assert cloud_shared.raw("sls", "OpenProductDataCollection", **one, **target)[0] == 200
    assert (config()["LogProject"], config()["LogStore"]) == ("logs", "alb_demo")
    assert cloud_shared.raw("sls", "CloseProductDataCollection", **one)[0] == 200
    assert not config().get("LogProject")
    assert cloud_shared.raw("sls", "OpenProductDataCollection", **{**one, "DataType": "slb.layer7"}, **target)[0] == 400


def test_instances_are_found_by_their_addresses(cloud_shared):
    """One of two; an address that nobody has finds none. Pages go by token as well."""
    store = cloud_shared.cloud.store
    made = run(cloud_shared, Amount=2)
    address = store.get("ecs.instance", made[0])["PrivateIpAddress"]

    def ids(**filters):
        answer = cloud_shared("ecs", "DescribeInstances", RegionId=REGION, **filters)
        return [one["InstanceId"] for one in answer["Instances"]["Instance"]], answer.get("NextToken")

    assert ids(PrivateIpAddresses=f'["{address}"]', InstanceNetworkType="vpc")[0] == [made[0]]
    assert ids(PrivateIpAddresses='["10.9.9.9"]')[0] == []
    chosen = f'["{made[0]}", "{made[1]}"]'
    first, token = ids(InstanceIds=chosen, MaxResults=1)
    second, end = ids(InstanceIds=chosen, MaxResults=1, NextToken=token)
    assert sorted(first + second) == sorted(made)
    assert not end


def run(account, **parameters):
    """Ids of instances in a network of their own."""
    network = account.network()
    group = account("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=network["vpc"])["SecurityGroupId"]
    sent = {"VSwitchId": next(iter(network["zones"].values())), "SecurityGroupId": group, "InstanceType": "ecs.g7.large",
            "ImageId": "ubuntu_22_04_x64_20G_alibase_20240101.vhd"}  # fmt: skip
    return account("ecs", "RunInstances", RegionId=REGION, **sent, **parameters)["InstanceIdSets"]["InstanceIdSet"]


def test_servers_are_replaced_in_one_step(cloud_shared, cloud_network):
    """One goes, one comes; where one that is to go is not there, nothing changes."""
    group = cloud_shared.server_group(cloud_network["vpc"], "replaced", ServerGroupType="Ip")

    def server(number):
        return {"ServerId": f"192.168.1.{number}", "ServerIp": f"192.168.1.{number}", "ServerType": "Ip", "Port": 80}

    def listed():
        return [
            one["ServerId"] for one in cloud_shared("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
        ]

    cloud_shared("alb", "AddServersToServerGroup", ServerGroupId=group, Servers=[server(1)])
    sent = {"ServerGroupId": group, "RemovedServers": [server(1)], "AddedServers": [server(2)]}
    cloud_shared("alb", "ReplaceServersInServerGroup", **sent)
    assert listed() == ["192.168.1.2"]
    assert cloud_shared.error("alb", "ReplaceServersInServerGroup", **sent)[1] == "ResourceNotFound.BackendServer"
    assert listed() == ["192.168.1.2"]


def test_a_bandwidth_package_is_shared_and_left(cloud_shared, cloud_balancer):
    """One that exists; another one than it is in cannot be left."""
    package = cloud_shared("vpc", "CreateCommonBandwidthPackage", RegionId=REGION, Bandwidth=5)["BandwidthPackageId"]
    one = {"LoadBalancerId": cloud_balancer, "BandwidthPackageId": package}

    def error(action, **changes):
        return cloud_shared.error("alb", f"{action}LoadBalancer", **{**one, **changes})[1]

    assert (
        error("AttachCommonBandwidthPackageTo", BandwidthPackageId="cbwp-none") == "ResourceNotFound.BandwidthPackage"
    )
    cloud_shared("alb", "AttachCommonBandwidthPackageToLoadBalancer", **one)
    shown = cloud_shared("alb", "GetLoadBalancerAttribute", LoadBalancerId=cloud_balancer)
    assert shown["BandwidthPackageId"] == package
    assert (
        error("DetachCommonBandwidthPackageFrom", BandwidthPackageId="cbwp-none") == "ResourceNotFound.BandwidthPackage"
    )
    cloud_shared("alb", "DetachCommonBandwidthPackageFromLoadBalancer", **one)
    assert not cloud_shared("alb", "GetLoadBalancerAttribute", LoadBalancerId=cloud_balancer)["BandwidthPackageId"]
