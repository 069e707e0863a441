"""Every action about load balancers that the local cloud offers, as a part of one life of an account."""

from typing import Any

from tests.local.cloud_life_calls import CLIENT_HEADERS, TAGS, ZONES, Calls
from tests.local.conftest import REGION, forward

REDIRECT = {"Host": "a.test", "HttpCode": "301", "Path": "/", "Port": "443", "Protocol": "HTTPS", "Query": "q"}
HEADER = {"Key": "x-edge", "Value": "1", "ValueType": "UserDefined"}
ACTIONS = (
    {"RewriteConfig": {"Host": "a.test", "Path": "/", "Query": "q"}},
    {"InsertHeaderConfig": HEADER},
    {"RemoveHeaderConfig": {"Key": "x-edge"}},
    {"TrafficLimitConfig": {"QPS": 100, "PerIpQps": 10}},
    {"CorsConfig": {
        "AllowOrigin": ["https://a.test"], "AllowMethods": ["GET"], "AllowHeaders": ["x-a"], "ExposeHeaders": ["x-b"],
        "AllowCredentials": "on", "MaxAge": 60,
    }},
)  # fmt: skip
CONDITIONS = (
    {"HostConfig": {"Values": ["a.test"]}},
    {"MethodConfig": {"Values": ["GET"]}},
    {"SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
    {"HeaderConfig": {"Key": "x-a", "Values": ["1"]}},
    {"CookieConfig": {"Values": [{"Key": "a", "Value": "1"}]}},
    {"QueryStringConfig": {"Values": [{"Key": "a", "Value": "1"}]}},
    {"PathConfig": {"Values": ["/a"]}},
)
RESPONSE_ACTIONS = [{"InsertHeaderConfig": HEADER}]
RESPONSE_CONDITIONS = (
    {"ResponseStatusCodeConfig": {"Values": ["200"]}},
    {"ResponseHeaderConfig": {"Key": "x-a", "Values": ["1"]}},
)
FIXED = ({"FixedResponseConfig": {"HttpCode": 200, "Content": "ok", "ContentType": "text/plain"}},)


def _rule(priority: int, actions: Any = None, conditions: Any = None) -> dict[str, Any]:
    """Each configuration names its type."""

    def typed(configs: Any) -> list[dict[str, Any]]:
        return [{"Type": name.removesuffix("Config"), name: value} for one in configs for name, value in one.items()]

    path = {"PathConfig": {"Values": [f"/{priority}"]}}
    numbered = [{"Order": order, **one} for order, one in enumerate(typed(actions or FIXED), 1)]
    return {
        "RuleName": f"rule-{priority}",
        "Priority": priority,
        "RuleActions": numbered,
        "RuleConditions": typed(conditions or [path]),
        "Tag": TAGS,
    }


class Balancers(Calls):
    """A load balancer before an instance that is there, with one listener, and one of every kind of rule."""

    vpc: str
    vswitches: dict[str, str]
    instance: str
    certificate_id: str
    more: str
    authority: str

    def balancer(self) -> None:
        """A load balancer with all that belongs to it."""
        call = self.call
        self.each("alb", "DescribeZones DescribeRegions ListSystemSecurityPolicies")
        zones = [{"ZoneId": zone, "VSwitchId": self.vswitches[zone]} for zone in ZONES[:2]]
        self.alb = {"LoadBalancerId": call(
            "alb", "CreateLoadBalancer", VpcId=self.vpc, AddressType="Internet", LoadBalancerEdition="Basic",
            AddressIpVersion="DualStack", LoadBalancerName="edge", LoadBalancerBillingConfig={"PayType": "PostPay"}, ZoneMappings=zones, Tag=TAGS,
        )["LoadBalancerId"]}  # fmt: skip
        id = self.alb["LoadBalancerId"]
        protection = {"Status": "ConsoleProtection", "Reason": "edge"}
        call("alb", "UpdateLoadBalancerAttribute", **self.alb, ModificationProtectionConfig=protection)
        call("alb", "UpdateLoadBalancerEdition", **self.alb, LoadBalancerEdition="Standard")
        self.each("alb", "EnableLoadBalancerIpv6Internet DisableLoadBalancerIpv6Internet", **self.alb)
        call("alb", "UpdateLoadBalancerZones", **self.alb, ZoneMappings=[
            *zones, {"ZoneId": ZONES[2], "VSwitchId": self.vswitches[ZONES[2]]},
        ])  # fmt: skip
        call("alb", "UpdateLoadBalancerAddressTypeConfig", **self.alb, AddressType="Intranet")
        call("alb", "EnableDeletionProtection", ResourceId=id)
        for kind, target in (("Open", {"TargetProject": "logs", "TargetStore": "alb"}), ("Close", {})):
            call("sls", f"{kind}ProductDataCollection", DataType="alb.access_log", InstanceRegion=REGION, InstanceId=id,
                 **target)  # fmt: skip
        package = {"BandwidthPackageId": call("vpc", "CreateCommonBandwidthPackage", Bandwidth=5)["BandwidthPackageId"]}
        for action in ("AttachCommonBandwidthPackageTo", "DetachCommonBandwidthPackageFrom"):
            call("alb", f"{action}LoadBalancer", **self.alb, **package)
        for action in ("Join", "Leave"):
            call("alb", f"LoadBalancer{action}SecurityGroup", **self.alb, SecurityGroupIds=[self.group])
        call("alb", "EnableLoadBalancerAccessLog", **self.alb, LogProject="logs", LogStore="alb")
        call("alb", "GetLoadBalancerAttribute", **self.alb)
        call("alb", "ListLoadBalancers", LoadBalancerIds=[id])
        call("alb", "DisableDeletionProtection", ResourceId=id)
        call("alb", "DisableLoadBalancerAccessLog", **self.alb)
        call("alb", "MoveResourceGroup", ResourceType="loadbalancer", ResourceId=id, NewResourceGroupId="rg-edge")
        self.tagged("alb", "loadbalancer", id, "UnTagResources")
        self.server_group()
        self.listener()
        self.rules()
        call("alb", "ListAsynJobs", ResourceIds=[id])

    def server_group(self) -> None:
        """A group with one server."""
        call = self.call
        made = call("alb", "CreateServerGroup", VpcId=self.vpc, ServerGroupName="web", Scheduler="Wrr", Tag=TAGS,
                    HealthCheckConfig={"HealthCheckEnabled": True},
                    StickySessionConfig={"StickySessionEnabled": True, "StickySessionType": "Server", "Cookie": "c",
                                         "CookieTimeout": 60})  # fmt: skip
        self.web = {"ServerGroupId": made["ServerGroupId"]}
        call("alb", "UpdateServerGroupAttribute", **self.web, ServerGroupName="renamed")
        template = call("alb", "CreateHealthCheckTemplate", HealthCheckTemplateName="check", Tag=TAGS)
        one = {"HealthCheckTemplateId": template["HealthCheckTemplateId"]}
        call("alb", "UpdateHealthCheckTemplateAttribute", **one, HealthCheckPath="/check")
        call("alb", "GetHealthCheckTemplateAttribute", **one)
        call("alb", "ListHealthCheckTemplates", HealthCheckTemplateNames=["check"])
        call("alb", "ApplyHealthCheckTemplateToServerGroup", **self.web, **one)
        call("alb", "DeleteHealthCheckTemplates", HealthCheckTemplateIds=[one["HealthCheckTemplateId"]])
        server = {"ServerId": self.instance, "ServerType": "Ecs", "Port": 80}
        self.each("alb", "AddServersToServerGroup RemoveServersFromServerGroup", **self.web, Servers=[server])
        call("alb", "AddServersToServerGroup", **self.web, Servers=[{**server, "Weight": 100, "Description": "web"}])
        both = {"RemovedServers": [server], "AddedServers": [{**server, "Weight": 100, "Description": "web"}]}
        call("alb", "ReplaceServersInServerGroup", **self.web, **both)
        call("alb", "UpdateServerGroupServersAttribute", **self.web, Servers=[{**server, "Weight": 0}])
        call("alb", "ListServerGroupServers", **self.web)

    def listener(self) -> None:
        """A listener that verifies clients, with an ACL, a TLS policy of its own and a further certificate."""
        call = self.call
        tls = {"TLSVersions": ["TLSv1.2"], "Ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}
        made = call("alb", "CreateSecurityPolicy", SecurityPolicyName="strict", **tls, Tag=TAGS)
        self.policy = {"SecurityPolicyId": made["SecurityPolicyId"]}
        call("alb", "UpdateSecurityPolicyAttribute", **self.policy, SecurityPolicyName="stricter")
        call("alb", "ListSecurityPolicies", SecurityPolicyIds=[self.policy["SecurityPolicyId"]])
        self.acl = {"AclId": call("alb", "CreateAcl", AclName="offices", Tag=TAGS)["AclId"]}
        call("alb", "UpdateAclAttribute", **self.acl, AclName="office")
        call("alb", "AddEntriesToAcl", **self.acl, AclEntries=[
            {"Entry": "10.0.0.0/8", "Description": "office"}, {"Entry": "172.16.0.0/12"},
        ])  # fmt: skip
        call("alb", "RemoveEntriesFromAcl", **self.acl, Entries=["172.16.0.0/12"])
        call("alb", "ListAclEntries", **self.acl)
        call("alb", "ListAcls", AclIds=[self.acl["AclId"]])
        self.https = {"ListenerId": call(
            "alb", "CreateListener", **self.alb, ListenerProtocol="HTTPS", ListenerPort=443, ListenerDescription="edge",
            DefaultActions=forward(self.web["ServerGroupId"]), Certificates=[{"CertificateId": self.certificate_id}],
            CaEnabled=True, CaCertificates=[{"CertificateId": self.authority}], Tag=TAGS,
        )["ListenerId"]}  # fmt: skip
        self.listener_calls()

    def listener_calls(self) -> None:
        """What can be changed about the listener."""
        more = {"Certificates": [{"CertificateId": f"{self.more}-{REGION}"}]}
        acl = {"AclIds": [self.acl["AclId"]]}
        headers = {f"XForwardedForClientCert{of}Alias": "x-client" for of in CLIENT_HEADERS}
        headers["XForwardedForClientSourceIpsTrusted"] = "10.0.0.0/8"
        tracing = {"TracingEnabled": True, "TracingType": "Zipkin", "TracingSample": 100}
        for action, parameters in (
            ("UpdateListenerAttribute", {**self.policy, "XForwardedForConfig": headers}),
            ("UpdateListenerLogConfig", {
                "AccessLogRecordCustomizedHeadersEnabled": True, "AccessLogTracingConfig": tracing,
            }),
            ("StopListener", {}),
            ("StartListener", {}),
            ("AssociateAdditionalCertificatesWithListener", more),
            ("AssociateAclsWithListener", {**acl, "AclType": "White"}),
        ):  # fmt: skip
            self.call("alb", action, **self.https, **parameters)
        self.call("alb", "ListAclRelations", **acl)
        self.each("alb", "GetListenerAttribute ListListenerCertificates", **self.https)
        self.call("alb", "ListListeners", ListenerIds=[self.https["ListenerId"]])
        self.call("alb", "DissociateAdditionalCertificatesFromListener", **self.https, **more)
        self.call("alb", "DissociateAclsFromListener", **self.https, **acl)
        debug = [{"AttributeKey": "EsDebug", "AttributeValue": "key"}]
        script = {
            "AScriptName": "counted",
            "ScriptContent": "now()",
            "ExtAttributeEnabled": True,
            "ExtAttributes": debug,
        }
        id = self.call("alb", "CreateAScripts", **self.https, AScripts=[script])["AScriptIds"][0]["AScriptId"]
        self.call("alb", "UpdateAScripts", AScripts=[{"AScriptId": id, "Enabled": True}])
        self.call("alb", "ListAScripts", ListenerIds=[self.https["ListenerId"]])
        self.call("alb", "DeleteAScripts", AScriptIds=[id])

    def rules(self) -> None:
        """One of every kind of action and condition, and two that are made together."""
        call, group = self.call, [{"ServerGroupId": self.web["ServerGroupId"], "Weight": 100}]
        session = {"Enabled": True, "Timeout": 60}
        forwarding = {"ServerGroupTuples": group, "ServerGroupStickySession": session}
        last = ({"ForwardGroupConfig": forwarding}, {"RedirectConfig": REDIRECT})
        more = [{"TrafficMirrorConfig": {"MirrorGroupConfig": {"ServerGroupTuples": [self.web]}}}, *ACTIONS]
        for priority, config in enumerate((*last, *more), 100):
            actions = [config] if config in last else [config, last[0]]
            call("alb", "CreateRule", **self.https, **_rule(priority, actions))
        call(
            "alb", "CreateRule", **self.https, **_rule(300, RESPONSE_ACTIONS, RESPONSE_CONDITIONS), Direction="Response"
        )
        first = call("alb", "CreateRule", **self.https, **_rule(1, None, CONDITIONS))["RuleId"]
        ids = [one["RuleId"] for one in call("alb", "CreateRules", **self.https, Rules=[_rule(2), _rule(3)])["RuleIds"]]
        call("alb", "UpdateRuleAttribute", RuleId=first, RuleName="renamed")
        call("alb", "UpdateRulesAttribute", Rules=[{"RuleId": id, "Priority": n} for n, id in enumerate(ids, 20)])
        call("alb", "ListServerGroups", ServerGroupIds=[self.web["ServerGroupId"]])
        call("alb", "ListRules", ListenerIds=[self.https["ListenerId"]])
        call("alb", "GetListenerHealthStatus", **self.https, IncludeRule=True)
        call("alb", "DeleteRule", RuleId=first)
        call("alb", "DeleteRules", RuleIds=ids)
