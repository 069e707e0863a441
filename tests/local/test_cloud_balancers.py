"""ALB load balancers, server groups, servers, rules and health of the local cloud."""

import pytest

from local.cloud.application import Cloud
from tests.local.conftest import REGION, Account, forward


@pytest.fixture(scope="module")
def cloud_web(cloud_shared, cloud_network, cloud_balancer):
    """A server group and an HTTP listener that forwards to it."""
    group = cloud_shared.server_group(cloud_network["vpc"])
    parameters = {"LoadBalancerId": cloud_balancer, "ListenerProtocol": "HTTP", "ListenerPort": 80}
    listener = cloud_shared("alb", "CreateListener", **parameters, DefaultActions=forward(group))["ListenerId"]
    cloud_shared.until("alb", "GetListenerAttribute", "ListenerStatus", "Running", ListenerId=listener)
    return {"group": group, "listener": listener}


def rule(parts, **changes):
    """Parameters of a rule that redirects everything to HTTPS."""
    redirect = {"Protocol": "HTTPS", "Port": "443", "HttpCode": "301"}
    parameters = {
        "ListenerId": parts["listener"],
        "RuleName": "redirect",
        "Priority": 1,
        "RuleActions": [{"Order": 1, "Type": "Redirect", "RedirectConfig": redirect}],
        "RuleConditions": [{"Type": "Path", "PathConfig": {"Values": ["/*"]}}],
    }
    return {**parameters, **changes}


def test_a_load_balancer_shows_what_it_was_given_unasked(cloud_shared, cloud_balancer):
    """Each zone's addresses, its address mode, no package; neither a name nor a log that nobody sent, no local address."""
    seen = cloud_shared.raw("alb", "GetLoadBalancerAttribute", LoadBalancerId=cloud_balancer)[1]
    assert not {"LoadBalancerName", "AccessLogConfig", "LocalAddress"} & seen.keys()
    assert (seen["AddressAllocatedMode"], seen["BandwidthPackageId"]) == ("Dynamic", "")
    addresses = [zone["LoadBalancerAddresses"][0] for zone in seen["ZoneMappings"]]
    assert all(one["AllocationId"].startswith("eip-") and one["EipType"] == "Common" for one in addresses)
    assert len({one["IntranetAddress"] for one in addresses}) == len(addresses) == 2
    assert seen["DNSName"].endswith(".alb.aliyuncs.com")
    assert seen["DeletionProtectionConfig"] == {"Enabled": False}


def test_zones_must_fit(cloud_shared, cloud_network):
    """One zone only, a vSwitch of the other zone, an unknown vSwitch."""
    (zone_a, first), (zone_b, second) = cloud_network["zones"].items()

    def code(*mappings):
        zones = [{"ZoneId": zone, "VSwitchId": vswitch} for zone, vswitch in mappings]
        parameters = {"VpcId": cloud_network["vpc"], "AddressType": "Internet", "LoadBalancerEdition": "Standard"}
        billing = {"LoadBalancerBillingConfig": {"PayType": "PostPay"}}
        return cloud_shared.error("alb", "CreateLoadBalancer", **parameters, **billing, ZoneMappings=zones)[1]

    assert code((zone_a, first)) == "InvalidParameter.ZoneMappings"
    assert code((zone_a, first), (zone_b, first)) == "VSwitchNotMatchZone"
    assert code((zone_a, first), (zone_b, "vsw-none")) == "InvalidVSwitchId.NotFound"
    assert code((zone_a, first), (zone_a, first)) == "InvalidParameter.ZoneMappings"
    assert second


def test_changes_of_a_load_balancer(cloud_account):
    """Name set and cleared, edition only upwards, access log on and off, protection holds, deletion is a job."""
    account, network = cloud_account, cloud_account.network()
    id = account.load_balancer(network, LoadBalancerEdition="Basic")
    one = {"LoadBalancerId": id}
    account("alb", "UpdateLoadBalancerAttribute", **one, LoadBalancerName="front")
    account.raw("alb", "UpdateLoadBalancerAttribute", query=False, **one, LoadBalancerName="")
    account("alb", "UpdateLoadBalancerEdition", **one, LoadBalancerEdition="Standard")
    assert account.error("alb", "UpdateLoadBalancerEdition", **one, LoadBalancerEdition="Basic")[0] == 400
    account("alb", "EnableLoadBalancerAccessLog", **one, LogProject="p", LogStore="alb_s")
    account("alb", "EnableDeletionProtection", ResourceId=id)
    seen = account("alb", "GetLoadBalancerAttribute", **one)
    assert (seen["LoadBalancerName"], seen["LoadBalancerEdition"]) == ("", "Standard")
    assert seen["AccessLogConfig"] == {"LogProject": "p", "LogStore": "alb_s"}
    assert account.error("alb", "DeleteLoadBalancer", **one)[1] == "OperationDenied.DeletionProtection"
    assert (
        account.error("vpc", "DeleteVSwitch", VSwitchId=network["zones"]["ap-southeast-1a"])[1] == "DependencyViolation"
    )
    account("alb", "DisableDeletionProtection", ResourceId=id)
    account("alb", "DisableLoadBalancerAccessLog", **one)
    job = account("alb", "DeleteLoadBalancer", **one)["JobId"]
    account.settled("cloud.job", "Status", "Succeeded")
    assert [j["Status"] for j in account("alb", "ListAsynJobs", JobIds=[job])["Jobs"]] == ["Succeeded"]
    assert account.error("alb", "GetLoadBalancerAttribute", **one) == (404, "ResourceNotFound.LoadBalancer")


def test_a_load_balancer_keeps_the_bandwidth_package_it_was_given(cloud_account):
    """One that is there; another one is refused, and no load balancer made."""
    network = cloud_account.network()
    id = cloud_account("vpc", "CreateCommonBandwidthPackage", Bandwidth=10, RegionId=REGION)["BandwidthPackageId"]

    def balancer(package):
        billing = {"PayType": "PostPay", "BandwidthPackageId": package}
        return cloud_account.load_balancer(network, LoadBalancerBillingConfig=billing)

    shown = cloud_account("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer(id))
    assert shown["BandwidthPackageId"] == id
    with pytest.raises(Exception, match="bandwidth package does not exist"):
        balancer("cbwp-other")
    assert len(cloud_account.cloud.store.list("alb.load_balancer")) == 1


@pytest.mark.parametrize(("region", "is_made"), [("na-south-1", True), ("ap-southeast-1", False)])
def test_one_zone_is_enough_where_there_is_no_other(cloud_account, region, is_made):
    """In Mexico, and not in Singapore."""
    place = {
        "RegionId": region,
        "VpcId": cloud_account("vpc", "CreateVpc", RegionId=region, CidrBlock="10.0.0.0/8")["VpcId"],
    }
    cloud_account.until("vpc", "DescribeVpcAttribute", "Status", "Available", **place)
    zone = f"{region}a"
    vswitch = cloud_account("vpc", "CreateVSwitch", **place, ZoneId=zone, CidrBlock="10.1.0.0/16")["VSwitchId"]
    kind = {
        "AddressType": "Internet",
        "LoadBalancerEdition": "Standard",
        "LoadBalancerBillingConfig.PayType": "PostPay",
    }
    zones = {"ZoneMappings.1.ZoneId": zone, "ZoneMappings.1.VSwitchId": vswitch}
    status, answer = cloud_account.raw("alb", "CreateLoadBalancer", **place, **kind, **zones)
    assert (status, answer.get("Code")) == ((200, None) if is_made else (400, "InvalidParameter.ZoneMappings"))


def test_a_load_balancer_is_put_into_security_groups_and_out_of_them(cloud_account):
    """One call after the other, four groups of its own network at most; a group that it is in is not deleted."""
    network = cloud_account.network()
    one = {"LoadBalancerId": cloud_account.load_balancer(network)}
    elsewhere = cloud_account("vpc", "CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/8")["VpcId"]

    def group(vpc=network["vpc"]):
        return cloud_account("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=vpc)["SecurityGroupId"]

    def do(action, *groups):
        answer = cloud_account("alb", f"LoadBalancer{action}SecurityGroup", **one, SecurityGroupIds=list(groups))
        return answer["JobId"]

    def code(action, *groups):
        cloud_account.settled("cloud.job", "Status", "Succeeded")
        return cloud_account.error("alb", f"LoadBalancer{action}SecurityGroup", **one, SecurityGroupIds=list(groups))[1]

    def shown():
        return cloud_account("alb", "GetLoadBalancerAttribute", **one)["SecurityGroupIds"]

    first, second, third, fourth, fifth = (group() for _ in range(5))
    assert shown() == []
    job = do("Join", first)
    assert cloud_account.error("alb", "LoadBalancerJoinSecurityGroup", **one, SecurityGroupIds=[second])[1] == (
        "ResourceInConfiguring"
    )
    (told,) = cloud_account("alb", "ListAsynJobs", JobIds=[job])["Jobs"]
    assert (told["ApiName"], told["ResourceId"]) == ("LoadBalancerJoinSecurityGroup", one["LoadBalancerId"])
    assert code("Join", first) == "ResourceAlreadyAssociated.SecurityGroup"
    assert code("Join", group(elsewhere)) == "VpcNotMatch.SecurityGroup"
    assert code("Join", "sg-none") == "InvalidSecurityGroupId.NotFound"
    assert code("Leave", second) == "ResourceNotFound.SecurityGroup"
    do("Join", second, third, fourth)
    assert code("Join", fifth) == "QuotaExceeded.SecurityGroup"
    assert shown() == [first, second, third, fourth]
    gone = {"RegionId": REGION, "SecurityGroupId": first}
    assert cloud_account.error("ecs", "DeleteSecurityGroup", **gone)[1] == "DependencyViolation"
    do("Leave", first, third)
    assert shown() == [second, fourth]
    cloud_account("ecs", "DeleteSecurityGroup", **gone)


def test_a_zone_that_is_sent_with_an_empty_address_gets_one(cloud_account):
    """The provider's updates send each address, empty or not; one that was sent is kept."""
    network = cloud_account.network()
    id = cloud_account.load_balancer(network)
    vpc = {"RegionId": REGION, "VpcId": network["vpc"], "ZoneId": f"{REGION}c", "CidrBlock": "192.168.3.0/24"}
    zones = [*network["zones"].items(), (f"{REGION}c", cloud_account("vpc", "CreateVSwitch", **vpc)["VSwitchId"])]
    sent = {"LoadBalancerId": id, "ZoneMappings.3.IntranetAddress": "", "ZoneMappings.2.IntranetAddress": ""}
    for number, (zone, vswitch) in enumerate(zones, 1):
        sent |= {f"ZoneMappings.{number}.ZoneId": zone, f"ZoneMappings.{number}.VSwitchId": vswitch}
    status, answer = cloud_account.raw("alb", "UpdateLoadBalancerZones", query=False, **sent)
    assert status == 200, answer
    shown = cloud_account("alb", "GetLoadBalancerAttribute", LoadBalancerId=id)["ZoneMappings"]
    assert [one["LoadBalancerAddresses"][0]["IntranetAddress"] for one in shown][2] == "192.168.3.253"


def test_a_reason_without_protection_is_cleared(cloud_account):
    """As documented: sent along with NonProtection it is not refused, and not kept."""
    id = cloud_account.load_balancer(cloud_account.network())

    def protect(status):
        config = {"Status": status, "Reason": "edge"}
        one = {"LoadBalancerId": id}
        cloud_account("alb", "UpdateLoadBalancerAttribute", **one, ModificationProtectionConfig=config)
        return cloud_account("alb", "GetLoadBalancerAttribute", **one)["ModificationProtectionConfig"]

    assert protect("ConsoleProtection") == {"Status": "ConsoleProtection", "Reason": "edge"}
    assert protect("NonProtection") == {"Status": "NonProtection"}


def test_ipv6_of_a_dual_stack_load_balancer_goes_public_and_back(cloud_account):
    """Private at first; one without IPv6 has no such address and is refused."""
    network = cloud_account.network()
    id = cloud_account.load_balancer(network, AddressIpVersion="DualStack")

    def seen():
        return cloud_account("alb", "GetLoadBalancerAttribute", LoadBalancerId=id)["Ipv6AddressType"]

    assert seen() == "Intranet"
    cloud_account("alb", "EnableLoadBalancerIpv6Internet", LoadBalancerId=id)
    assert seen() == "Internet"
    cloud_account("alb", "DisableLoadBalancerIpv6Internet", LoadBalancerId=id)
    assert seen() == "Intranet"
    plain = {"LoadBalancerId": cloud_account.load_balancer(network)}
    refusal = cloud_account.error("alb", "EnableLoadBalancerIpv6Internet", **plain)
    assert refusal == (400, "OperationDenied.AddressIpVersion")
    assert "Ipv6AddressType" not in cloud_account("alb", "GetLoadBalancerAttribute", **plain)


def test_deleting_a_load_balancer_takes_listeners_and_rules_along(cloud_account):
    """Then the server group is free to go."""
    network = cloud_account.network()
    balancer, group = cloud_account.load_balancer(network), cloud_account.server_group(network["vpc"])
    parameters = {"LoadBalancerId": balancer, "ListenerProtocol": "HTTP", "ListenerPort": 80}
    listener = cloud_account("alb", "CreateListener", **parameters, DefaultActions=forward(group))["ListenerId"]
    cloud_account("alb", "CreateRule", **rule({"listener": listener}))
    cloud_account("alb", "DeleteLoadBalancer", LoadBalancerId=balancer)
    cloud_account("alb", "DeleteServerGroup", ServerGroupId=group)
    kinds = ("alb.load_balancer", "alb.listener", "alb.rule", "alb.server_group")
    assert all(cloud_account.cloud.store.list(kind) == [] for kind in kinds)


def test_servers_come_back_as_they_were_sent(cloud_shared, cloud_network):
    """Weight 0 is weight 0, an address of the VPC is no remote one; unknown instances and wrong families are refused."""
    group = cloud_shared.server_group(cloud_network["vpc"], "ips", ServerGroupType="Ip")
    sent = {"ServerId": "192.168.1.9", "ServerIp": "192.168.1.9", "ServerType": "Ip", "Port": 80, "Weight": 0}
    cloud_shared("alb", "AddServersToServerGroup", ServerGroupId=group, Servers=[sent])
    (seen,) = cloud_shared("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
    assert seen == {**sent, "ServerGroupId": group, "Status": "Available", "RemoteIpEnabled": False}

    def code(**changes):
        return cloud_shared.error("alb", "AddServersToServerGroup", ServerGroupId=group, Servers=[{**sent, **changes}])[
            1
        ]

    assert code() == "ResourceAlreadyExist.BackendServer"
    assert code(ServerIp="10.9.9.9") == "InvalidParameter.Servers.ServerIp"
    assert code(Port=0) == "InvalidParameter.Servers.1.Port"
    assert code(Weight=101) == "InvalidParameter.Servers.1.Weight"
    assert code(ServerType="Ecs") == "InvalidParameter.Servers.1.ServerType"
    weight = [{**sent, "Weight": 50}]
    cloud_shared("alb", "UpdateServerGroupServersAttribute", ServerGroupId=group, Servers=weight)
    assert cloud_shared("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"][0]["Weight"] == 50
    cloud_shared("alb", "RemoveServersFromServerGroup", ServerGroupId=group, Servers=[sent])
    assert cloud_shared("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"] == []


def test_a_server_group_keeps_blocks_apart(cloud_shared, cloud_network):
    """Defaults in the health check, stickiness off unless sent; an update replaces one block and leaves the rest."""
    group = cloud_shared.server_group(cloud_network["vpc"], "plain")
    (seen,) = cloud_shared("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"]
    assert seen["HealthCheckConfig"]["HealthCheckInterval"] == 2
    assert seen["StickySessionConfig"] == {"StickySessionEnabled": False}
    sticky = {"StickySessionEnabled": True, "StickySessionType": "Insert", "CookieTimeout": 60}
    cloud_shared("alb", "UpdateServerGroupAttribute", ServerGroupId=group, StickySessionConfig=sticky)
    (seen,) = cloud_shared("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"]
    assert (seen["StickySessionConfig"], seen["ServerGroupName"]) == (sticky, "plain")
    bad = {"HealthCheckConfig": {"HealthCheckEnabled": True, "HealthCheckPath": "no-slash"}}
    refusal = cloud_shared.error("alb", "CreateServerGroup", ServerGroupName="bad", VpcId=cloud_network["vpc"], **bad)
    assert refusal[1] == "InvalidParameter.HealthCheckConfig.HealthCheckPath"


def test_a_rule_comes_back_without_defaults(cloud_shared, cloud_web):
    """Only the configuration of its type, only what was sent; priority, redirect and group are checked."""
    id = cloud_shared("alb", "CreateRule", **rule(cloud_web))["RuleId"]
    cloud_shared.settled("alb.rule", "RuleStatus", "Available")
    (seen,) = [row for row in cloud_shared.raw("alb", "ListRules", MaxResults="50")[1]["Rules"] if row["RuleId"] == id]
    assert seen["RuleActions"] == rule(cloud_web)["RuleActions"]
    assert seen["RuleConditions"] == rule(cloud_web)["RuleConditions"]

    def code(**changes):
        return cloud_shared.error("alb", "CreateRule", **rule(cloud_web, **{"Priority": 2, **changes}))[1]

    redirect = {"Order": 1, "Type": "Redirect", "RedirectConfig": {"HttpCode": "301", "Host": "${host}"}}
    assert code(Priority=1) == "ResourceAlreadyExist.RulePriority"
    assert code(RuleActions=[redirect]) == "InvalidParameter.RedirectConfig"
    assert code(RuleConditions=[]) == "InvalidParameter.RuleConditions"
    assert code(ListenerId="lsn-none") == "ResourceNotFound.Listener"
    other = {"ServerGroupTuples": [{"ServerGroupId": "sgp-none", "Weight": 100}]}
    forwarding = {"Order": 1, "Type": "ForwardGroup", "ForwardGroupConfig": other}
    assert code(RuleActions=[forwarding]) == "ResourceNotFound.ServerGroup"


def test_a_template_of_a_health_check_is_applied_and_goes(cloud_account):
    """What was sent over what it was; the group keeps the check when the template is gone; wrong ones are refused."""
    group = cloud_account.server_group(cloud_account.network()["vpc"])
    sent = {"HealthCheckTemplateName": "check", "HealthCheckPath": "/a", "HealthCheckCodes": ["http_3xx"]}
    one = {"HealthCheckTemplateId": cloud_account("alb", "CreateHealthCheckTemplate", **sent)["HealthCheckTemplateId"]}
    cloud_account("alb", "UpdateHealthCheckTemplateAttribute", **one, HealthCheckPath="/b")
    shown = cloud_account("alb", "GetHealthCheckTemplateAttribute", **one)
    assert (shown["HealthCheckPath"], shown["HealthCheckCodes"]) == ("/b", ["http_3xx"])
    cloud_account("alb", "ApplyHealthCheckTemplateToServerGroup", ServerGroupId=group, **one)
    for wrong in ({"HealthCheckPath": "a"}, {"HealthCheckInterval": 51}, {"HealthCheckTemplateName": "-"}):
        assert cloud_account.error("alb", "CreateHealthCheckTemplate", **{**sent, **wrong})[0] == 400
    cloud_account("alb", "DeleteHealthCheckTemplates", HealthCheckTemplateIds=[one["HealthCheckTemplateId"]])
    refusal = cloud_account.error("alb", "GetHealthCheckTemplateAttribute", **one)
    assert refusal == (404, "ResourceNotFound.HealthCheckTemplate")
    [row] = cloud_account("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"]
    assert (row["HealthCheckConfig"]["HealthCheckPath"], row["HealthCheckConfig"]["HealthCheckEnabled"]) == ("/b", True)


def test_a_group_that_a_rule_uses_stays(cloud_shared, cloud_network, cloud_web):
    """Until the rule is gone."""
    group = cloud_shared.server_group(cloud_network["vpc"], "api")
    tuples = {"ServerGroupTuples": [{"ServerGroupId": group, "Weight": 100}]}
    forwarding = [{"Order": 1, "Type": "ForwardGroup", "ForwardGroupConfig": tuples}]
    id = cloud_shared("alb", "CreateRule", **rule(cloud_web, Priority=9, RuleActions=forwarding))["RuleId"]
    assert cloud_shared.error("alb", "DeleteServerGroup", ServerGroupId=group)[1] == "ResourceInUse.ServerGroup"
    cloud_shared("alb", "DeleteRule", RuleId=id)
    assert cloud_shared("alb", "DeleteServerGroup", ServerGroupId=group)["JobId"]


def test_health_is_what_the_data_plane_reports(tmp_path):
    """The servers that are not normal, by group; the count of all; the rules' groups on request."""
    asked = []
    ill = {"ServerId": "i-a", "Port": 80, "Status": "Unhealthy", "Reason": {"ReasonCode": "CONNECT_FAILED"}}

    def health(listener_id):
        asked.append(listener_id)
        return [{"ServerGroupId": group, "NonNormalServers": [ill]}]

    cloud = Cloud(tmp_path / "cloud", api_address="127.0.0.1:0", health=health)
    cloud.start()
    account = Account(cloud)
    network = account.network()
    balancer, group = account.load_balancer(network), account.server_group(network["vpc"])
    parameters = {"LoadBalancerId": balancer, "ListenerProtocol": "HTTP", "ListenerPort": 80}
    listener = account("alb", "CreateListener", **parameters, DefaultActions=forward(group))["ListenerId"]
    account("alb", "CreateRule", **rule({"listener": listener}))
    seen = account("alb", "GetListenerHealthStatus", ListenerId=listener, IncludeRule=True)
    (info,) = seen["ListenerHealthStatus"][0]["ServerGroupInfos"]
    assert (info["ServerGroupId"], info["HealthCheckEnabled"], info["NonNormalServers"]) == (group, "on", [ill])
    assert [row["ServerGroupInfos"] for row in seen["RuleHealthStatus"]] == [[]]
    assert asked == [listener]
    cloud.stop()


def test_tags_of_alb_resources(cloud_shared, cloud_balancer):
    """Set, read in the resource and in the list, and removed."""
    one = {"ResourceType": "loadbalancer", "ResourceId": [cloud_balancer]}
    cloud_shared("alb", "TagResources", **one, Tag=[{"Key": "team", "Value": "edge"}])
    assert cloud_shared("alb", "GetLoadBalancerAttribute", LoadBalancerId=cloud_balancer)["Tags"] == [
        {"Key": "team", "Value": "edge"}
    ]
    assert len(cloud_shared("alb", "ListTagResources", **one)["TagResources"]) == 1
    cloud_shared("alb", "UnTagResources", **one, TagKey=["team"])
    assert cloud_shared("alb", "ListTagResources", **one)["TagResources"] == []


def test_a_group_of_functions_is_spread_and_has_no_sessions(cloud_account):
    """As upstream's tests read it; a group of servers shows that its sessions are off."""
    none = {"HealthCheckConfig": {"HealthCheckEnabled": False}}
    sent = {"ServerGroupName": "functions", "ServerGroupType": "Fc", **none}
    ids = [cloud_account("alb", "CreateServerGroup", **sent)["ServerGroupId"]]
    ids.append(cloud_account.server_group(cloud_account.network()["vpc"]))
    rows = [cloud_account("alb", "ListServerGroups", ServerGroupIds=[id])["ServerGroups"][0] for id in ids]
    assert [row["Scheduler"] for row in rows] == ["Wrr", "Wrr"]
    sessions = [row.get("StickySessionConfig", {}).get("StickySessionEnabled") for row in rows]
    assert sessions == [None, False]
