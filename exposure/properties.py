"""Every property of the provider's types that let requests in: which fact reads it, or why none needs to.

A property is decided in one of three ways. `read`: the fact that reads it. `harmless`: why it lets nobody in. `unjudged`:
why it may, although no fact reads it; then a preview that changes it says "not judged". A type that no fact reads is
`UNREAD_TYPES`: each change of it is "not judged". tests/unit/test_exposure_properties.py holds the table against the
installed provider, and docs/reference/exposure.md is made from it.
"""

from dataclasses import dataclass, replace

READ, HARMLESS, UNJUDGED = "read", "harmless", "not judged"
ANY = "any value"


@dataclass(frozen=True)
class Line:
    """What was decided on a property."""

    kind: str
    text: str
    """The function that reads it, or the reason."""
    only_from: str = ""
    """Of an unjudged one: only a change from this value matters, or from `ANY`; empty: what is new matters too."""
    only_past_mutual_tls: bool = False
    """Of an unjudged one: it does not matter where every client shows a certificate."""
    since: str = ""
    """The version of `pulumi_alicloud` that is the first seen with it, where the pinned one lacks it."""


def _read(by: str) -> Line:
    return Line(READ, by)


def _harmless(why: str) -> Line:
    return Line(HARMLESS, why)


def _unjudged(why: str, only_from: str = "", *, only_past_mutual_tls: bool = False) -> Line:
    return Line(UNJUDGED, why, only_from, only_past_mutual_tls)


def _since(version: str, lines: dict[str, Line]) -> dict[str, Line]:
    """Of properties that the pinned package lacks: a stack of another program may be on a newer one."""
    return {path: replace(line, since=version) for path, line in lines.items()}


def _each(names: str, line: Line, under: str = "") -> dict[str, Line]:
    """One decision on several properties, each named in full."""
    return {f"{under}{name}": line for name in names.split()}


ROUTES, REQUESTS = "exposure.reach.Routes", "exposure.requests.asked_by"
LISTS, PASSAGE = "mtlsedge.preview.access_lists.uses", "exposure.security_groups.passage"
TLS, HEADERS = "mtlsedge.preview.tls_policies.swaps", "mtlsedge.preview.vocabulary.headers"
NAME = _harmless("a name or a note")
BILL = _harmless("what is paid for, or which account's group bills go to")
DRY = _harmless("a call that is tried and not made changes nothing")
SPEED = _harmless("how fast, how often or how long, not who")
BALANCE = _harmless("which server of one group answers, not who is let in")
ADDRESS = _harmless("which address of the kind that `addressType` says")
LOG = _harmless("what is written down of a request that was answered")
HEALTH = _harmless("when a server counts as healthy: requests of the balancer's own")
ELSEWHERE = _harmless("the client is told to ask again; what it asks then is a request of its own")
CERTIFICATE_FACTS = "ClientVerify FingerPrint IssuerDn SubjectDn"

LISTENER = {
    **_each("caEnabled", _read("exposure.facts.switch")),
    **_each("caCertificates.certificateId", _read("mtlsedge.preview.vocabulary.trusted")),
    **_each("securityPolicyId", _read(TLS)),
    **_each("defaultActions.type defaultActions.forwardGroupConfig.serverGroupTuples.serverGroupId", _read(ROUTES)),
    **_each("listenerProtocol", _read("exposure.reach.is_https")),
    **_each("listenerPort loadBalancerId", _read("mtlsedge.preview.renamed.joined")),
    **_each("aclRelations.aclId aclType", _read(LISTS), "aclConfig."),
    **_each("aclConfig.aclRelations.status", _harmless("the cloud's own word on an association under way")),
    **_each("quicConfig.quicUpgradeEnabled", _read("exposure.reach.speaks_quic")),
    **_each("quicConfig.quicListenerId", _harmless("which listener the upgrade goes to; whether there is one is read")),
    **{f"xForwardedForConfig.xForwardedForClientCert{fact}{part}": _read(HEADERS)
       for fact in CERTIFICATE_FACTS.split() for part in ("Enabled", "Alias")},
    **_each("xForwardedForClientSourceIpsEnabled xForwardedForClientSourceIpsTrusted", _unjudged(
        "it decides which address counts as the client's, and with it what lists of networks let in"), "xForwardedForConfig."),
    **_each("xForwardedForClientSrcPortEnabled xForwardedForEnabled xForwardedForHostEnabled xForwardedForProcessingMode "
            "xForwardedForProtoEnabled xForwardedForSlbIdEnabled xForwardedForSlbPortEnabled",
            _harmless("what servers learn of a connection, nothing of its certificate"), "xForwardedForConfig."),
    **_each("status", _unjudged("a listener that was stopped answers again", "Stopped")),
    **_each("certificates.certificateId", _harmless("what the balancer shows of itself, not what it asks of clients")),
    **_each("accessLogRecordCustomizedHeadersEnabled accessLogTracingConfig.tracingEnabled "
            "accessLogTracingConfig.tracingSample accessLogTracingConfig.tracingType", LOG),
    **_each("gzipEnabled http2Enabled idleTimeout requestTimeout", SPEED),
    **_each("listenerDescription tags", NAME),
    **_each("dryRun", DRY),
}  # fmt: skip
REWRITE = _unjudged(
    "servers behind mutual TLS may be asked for other paths than a rule names", only_past_mutual_tls=True
)
RULE = {
    **_each("listenerId priority direction", _read(ROUTES)),
    **_each("order type forwardGroupConfig.serverGroupTuples.serverGroupId trafficMirrorConfig.targetType "
            "trafficMirrorConfig.mirrorGroupConfig.serverGroupTuples.serverGroupId", _read(ROUTES), "ruleActions."),
    **_each("type cookieConfig.values.key cookieConfig.values.value headerConfig.key headerConfig.values "
            "hostConfig.values methodConfig.values pathConfig.values queryStringConfig.values.key "
            "queryStringConfig.values.value responseHeaderConfig.key responseHeaderConfig.values "
            "responseStatusCodeConfig.values sourceIpConfig.values", _read(REQUESTS), "ruleConditions."),
    **_each("allowCredentials allowHeaders allowMethods allowOrigins exposeHeaders", _unjudged(
        "a browser sends its client certificate for the pages of the sites that it names"), "ruleActions.corsConfig."),
    **_each("insertHeaderConfig.key insertHeaderConfig.value insertHeaderConfig.valueType removeHeaderConfig.key",
            _read("mtlsedge.preview.vocabulary.replaced_headers"), "ruleActions."),
    **_each("host path query", REWRITE, "ruleActions.rewriteConfig."),
    **_each("host httpCode path port protocol query", ELSEWHERE, "ruleActions.redirectConfig."),
    **_each("content contentType httpCode", _harmless("the balancer answers itself"), "ruleActions.fixedResponseConfig."),
    **_each("corsConfig.maxAge trafficLimitConfig.perIpQps trafficLimitConfig.qps", SPEED, "ruleActions."),
    **_each("serverGroupStickySession.enabled serverGroupStickySession.timeout", BALANCE, "ruleActions.forwardGroupConfig."),
    **_each("serverGroupTuples.weight", _harmless("a group that is named counts as reached, whatever its weight"),
            "ruleActions.forwardGroupConfig."),
    **_each("ruleName", NAME),
    **_each("dryRun", DRY),
}  # fmt: skip
RULE_ACTIONS = {
    path.replace("ruleActions.", "actions."): line for path, line in RULE.items() if path.startswith("ruleActions.")
}
"""Of this project's own resource for what a rule does, which has the provider's names."""
LOAD_BALANCER = {
    **_each("addressType ipv6AddressType", _read("mtlsedge.preview.weakenings.find")),
    **_each("deletionProtectionEnabled deletionProtectionConfig.enabled", _read("mtlsedge.preview.vocabulary.is_protected")),
    **_each("accessLogConfig.logProject accessLogConfig.logStore", _read("mtlsedge.preview.weakenings.find")),
    **_each("loadBalancerName", _read("mtlsedge.preview.renamed.joined")),
    **_each("zoneMappings.zoneId", _read("mtlsedge.preview.vocabulary.zones")),
    **_each("loadBalancerEdition", _unjudged("the web application firewall goes", "StandardWithWaf")),
    **_each("vswitchId address allocationId eipType intranetAddress ipv6Address loadBalancerAddresses.address "
            "loadBalancerAddresses.allocationId loadBalancerAddresses.eipType loadBalancerAddresses.intranetAddress "
            "loadBalancerAddresses.intranetAddressHcStatus loadBalancerAddresses.ipv4LocalAddresses "
            "loadBalancerAddresses.ipv6Address loadBalancerAddresses.ipv6AddressHcStatus "
            "loadBalancerAddresses.ipv6LocalAddresses", ADDRESS, "zoneMappings."),
    **_each("addressAllocatedMode addressIpVersion", ADDRESS),
    **_each("vpcId", _harmless("a load balancer in another network is another one")),
    **_each("deletionProtectionConfig.enabledTime", _harmless("the cloud's own word")),
    **_each("modificationProtectionConfig.reason modificationProtectionConfig.status", _harmless(
        "it stops a mistake in the console; an account that may change the balancer may take it away")),
    **_each("loadBalancerBillingConfig.payType bandwidthPackageId resourceGroupId", BILL),
    **_each("tags", NAME),
    **_each("dryRun", DRY),
}  # fmt: skip
SERVER_GROUP = {
    **_each("serverId port", _read(ROUTES), "servers."),
    **_each("protocol", _unjudged("the balancer speaks to its servers without TLS", "HTTPS")),
    **_each("servers.weight servers.status scheduler crossZoneEnabled stickySessionConfig.cookie "
            "stickySessionConfig.cookieTimeout stickySessionConfig.stickySessionEnabled "
            "stickySessionConfig.stickySessionType uchConfig.type uchConfig.value", BALANCE),
    **_each("serverType serverIp serverGroupId remoteIpEnabled", _harmless(
        "how the server with this id and port is reached"), "servers."),
    **_each("healthCheckEnabled healthCheckCodes healthCheckConnectPort healthCheckHost healthCheckHttpVersion "
            "healthCheckInterval healthCheckMethod healthCheckPath healthCheckProtocol healthCheckTimeout "
            "healthyThreshold unhealthyThreshold", HEALTH, "healthCheckConfig."),
    **_each("healthCheckTemplateId", HEALTH),
    **_each("connectionDrainConfig.connectionDrainEnabled connectionDrainConfig.connectionDrainTimeout "
            "slowStartConfig.slowStartDuration slowStartConfig.slowStartEnabled upstreamKeepaliveEnabled", SPEED),
    **_each("serverGroupType ipv6Enabled vpcId serviceName", _harmless("what kinds of servers may be in the group")),
    **_each("serverGroupName servers.description tags", NAME),
    **_each("resourceGroupId", BILL),
    **_each("dryRun", DRY),
}  # fmt: skip
ACL = {
    **_each("aclEntries.entry", _read(LISTS)),
    **_each("aclName", _read("mtlsedge.preview.renamed.joined")),
    **_each("aclEntries.status", _harmless("the cloud's own word")),
    **_each("aclEntries.description tags", NAME),
    **_each("resourceGroupId", BILL),
    **_each("dryRun", DRY),
}
OTHER_ACCOUNT = _unjudged("a group of another account is let in")
SECURITY_RULE = {
    **_each("ipProtocol securityGroupId type cidrIp ipv6CidrIp policy portRange sourceSecurityGroupId", _read(PASSAGE)),
    **_each("prefixListId", _read("exposure.security_groups.can_be_read")),
    **_each("priority", _unjudged("another rule of its security group may count before it", ANY)),
    **_each("sourceGroupOwnerAccount", OTHER_ACCOUNT),
    **_since("3.109.1", _each("sourceGroupOwnerId", OTHER_ACCOUNT)),
    **_each("nicType", _harmless("a network of one's own knows one kind")),
    **_each("description", NAME),
}
ALB_CONFIG = {
    **_each("addressType ipv6AddressType deletionProtectionEnabled accessLogConfig zoneMappings edition",
            _read("exposure.alb_config.balancer"), "spec.config."),
    **_each("id", _harmless("its listeners are judged on whichever load balancer they are"), "spec.config."),
    **_each("forceOverride listenerForceOverride", _unjudged(
        "listeners and settings that others gave the load balancer may be overwritten"), "spec.config."),
    **_each("addressAllocatedMode addressIpVersion", ADDRESS, "spec.config."),
    **_each("billingConfig resourceGroupId", BILL, "spec.config."),
    **_each("modificationProtectionConfig", _harmless("the controller sets its own"), "spec.config."),
    **_each("name tags", NAME, "spec.config."),
    **_each("port protocol caEnabled caCertificates securityPolicyId quicConfig xForwardedForConfig aclConfig",
            _read("exposure.alb_config.listeners"), "spec.listeners."),
    **_each("defaultActions loadBalancerId", _unjudged(
        "the field is reserved: what the controller does with it is not published"), "spec.listeners."),
    **_each("certificates", _harmless("what the balancer shows of itself, not what it asks of clients"), "spec.listeners."),
    **_each("logConfig", LOG, "spec.listeners."),
    **_each("gzipEnabled http2Enabled idleTimeout requestTimeout", SPEED, "spec.listeners."),
    **_each("description tags", NAME, "spec.listeners."),
}  # fmt: skip
"""Fields of an AlbConfig, those inside `config` and `listeners` by their first name [alibaba-cloud.md §4.2, §4.3]."""
NLB = "exposure.nlb.in_words_of_alb"
NLB_LISTENER = {
    **_each("listenerProtocol serverGroupId caEnabled caCertificateIds securityPolicyId", _read(NLB)),
    **_each("listenerPort loadBalancerId", _read("mtlsedge.preview.renamed.joined")),
    **_each("status", _unjudged("a listener that was stopped answers again", "Stopped")),
    **_each("startPort endPort", _harmless("how many ports it has; whom it reaches is read")),
    **_each("certificateIds alpnEnabled alpnPolicy", _harmless("what the balancer shows of itself, not what it asks of clients")),
    **_each("proxyProtocolEnabled proxyProtocolConfig.proxyProtocolConfigPrivateLinkEpIdEnabled "
            "proxyProtocolConfig.proxyProtocolConfigPrivateLinkEpsIdEnabled proxyProtocolConfig.proxyProtocolConfigVpcIdEnabled",
            _harmless("what servers learn of a connection, nothing of its certificate")),
    **_each("cps idleTimeout mss", SPEED),
    **_each("secSensorEnabled", LOG),
    **_each("listenerDescription tags", NAME),
}  # fmt: skip
NLB_LOAD_BALANCER = {
    **_each("addressType ipv6AddressType deletionProtectionEnabled deletionProtectionConfig.enabled", _read(NLB)),
    **_each("loadBalancerName", _read("mtlsedge.preview.renamed.joined")),
    **_each("zoneMappings.zoneId", _read("mtlsedge.preview.vocabulary.zones")),
    **_each("securityGroupIds", _unjudged("another group's rules say who is let in", ANY)),
    **_each("vswitchId allocationId eniId ipv4LocalAddresses ipv6Address ipv6LocalAddresses privateIpv4Address "
            "publicIpv4Address status", ADDRESS, "zoneMappings."),
    **_each("addressIpVersion", ADDRESS),
    **_each("vpcId loadBalancerType", _harmless("a load balancer in another network, or of another kind, is another one")),
    **_each("deletionProtectionConfig.enabledTime modificationProtectionConfig.enabledTime", _harmless("the cloud's own word")),
    **_each("modificationProtectionConfig.reason modificationProtectionConfig.status modificationProtectionReason "
            "modificationProtectionStatus", _harmless(
        "it stops a mistake in the console; an account that may change the balancer may take it away")),
    **_each("crossZoneEnabled", BALANCE),
    **_each("cps", SPEED),
    **_each("bandwidthPackageId paymentType resourceGroupId", BILL),
    **_each("deletionProtectionConfig.reason deletionProtectionReason tags", NAME),
}  # fmt: skip
NLB_SERVER_GROUP = {
    **_each("anyPortEnabled", _unjudged("its servers are reached at every port")),
    **_each("protocol", _unjudged("the balancer speaks to its servers without TLS", "TCPSSL")),
    **_each("healthCheckConnectPort healthCheckConnectTimeout healthCheckDomain healthCheckEnabled healthCheckExp "
            "healthCheckHttpCodes healthCheckHttpVersion healthCheckInterval healthCheckReq healthCheckType healthCheckUrl "
            "healthyThreshold httpCheckMethod unhealthyThreshold", HEALTH, "healthCheck."),
    **_each("connectionDrain connectionDrainEnabled connectionDrainTimeout", SPEED),
    **_each("preserveClientIpEnabled", _harmless("what servers learn of a connection, nothing of its certificate")),
    **_each("serverGroupType addressIpVersion vpcId", _harmless("what kinds of servers may be in the group")),
    **_each("scheduler", BALANCE),
    **_each("serverGroupName tags", NAME),
    **_each("resourceGroupId", BILL),
    **_since("3.109.1", _each("ipVersionAffinityMode", BALANCE)),
}  # fmt: skip
SCRIPT = {
    **_each("enabled listenerId position scriptContent", _read("exposure.scripts.running")),
    **_each("extAttributeEnabled extAttributes.attributeKey extAttributes.attributeValue",
            _unjudged("a client that has the key is told which rules took its request")),
    **_each("ascriptName", NAME),
    **_each("dryRun", DRY),
}  # fmt: skip
TYPES: dict[str, dict[str, Line]] = {
    "kubernetes:alibabacloud.com/v1:AlbConfig": ALB_CONFIG,
    "alicloud:alb/listener:Listener": LISTENER,
    "alicloud:alb/rule:Rule": RULE,
    "alicloud:alb/aScript:AScript": SCRIPT,
    "mtlsedge:index:RuleActions": {"rule_id": _read(ROUTES), **RULE_ACTIONS},
    "alicloud:alb/loadBalancer:LoadBalancer": LOAD_BALANCER,
    "alicloud:alb/serverGroup:ServerGroup": SERVER_GROUP,
    "alicloud:alb/acl:Acl": ACL,
    "alicloud:alb/aclEntryAttachment:AclEntryAttachment": {
        **_each("aclId entry", _read(LISTS)),
        "description": NAME,
        **_since(
            "3.109.1",
            {
                "entries.entry": _read(LISTS),
                "entries.description": NAME,
                "entries.status": _harmless("the cloud's own word on an entry under way"),
            },
        ),
    },
    "alicloud:alb/listenerAclAttachment:ListenerAclAttachment": _each("aclId aclType listenerId", _read(LISTS)),
    "alicloud:alb/securityPolicy:SecurityPolicy": {
        **_each("ciphers tlsVersions", _read("exposure.tls.custom")),
        **_each("securityPolicyName tags", NAME),
        "resourceGroupId": BILL,
        "dryRun": DRY,
    },
    "alicloud:alb/listenerAdditionalCertificateAttachment:ListenerAdditionalCertificateAttachment": _each(
        "certificateId listenerId", _harmless("what the balancer shows of itself, not what it asks of clients")
    ),
    "alicloud:alb/loadBalancerAccessLogConfigAttachment:LoadBalancerAccessLogConfigAttachment": _each(
        "loadBalancerId logProject logStore", LOG
    ),
    "alicloud:alb/loadBalancerCommonBandwidthPackageAttachment:LoadBalancerCommonBandwidthPackageAttachment": {
        **_each("bandwidthPackageId loadBalancerId", BILL),
        "dryRun": DRY,
    },
    "alicloud:alb/loadBalancerSecurityGroupAttachment:LoadBalancerSecurityGroupAttachment": {
        **_each("loadBalancerId securityGroupId", _read("exposure.security_groups.Narrowing")),
        "dryRun": DRY,
    },
    "alicloud:nlb/listener:Listener": NLB_LISTENER,
    "alicloud:nlb/loadBalancer:LoadBalancer": NLB_LOAD_BALANCER,
    "alicloud:nlb/serverGroup:ServerGroup": NLB_SERVER_GROUP,
    "alicloud:nlb/serverGroupServerAttachment:ServerGroupServerAttachment": {
        **_each("serverGroupId serverId port", _read(NLB)),
        **_each("serverType serverIp", _harmless("how the server with this id and port is reached")),
        "weight": BALANCE,
        "description": NAME,
    },
    "alicloud:nlb/securityPolicy:SecurityPolicy": {
        **_each("ciphers tlsVersions", _read("exposure.tls.custom")),
        **_each("securityPolicyName tags", NAME),
        "resourceGroupId": BILL,
    },
    "alicloud:nlb/listenerAdditionalCertificateAttachment:ListenerAdditionalCertificateAttachment": {
        **_each(
            "certificateId listenerId", _harmless("what the balancer shows of itself, not what it asks of clients")
        ),
        "dryRun": DRY,
    },
    "alicloud:nlb/loadbalancerCommonBandwidthPackageAttachment:LoadbalancerCommonBandwidthPackageAttachment": _each(
        "bandwidthPackageId loadBalancerId", BILL
    ),
    "alicloud:ess/albServerGroupAttachment:AlbServerGroupAttachment": {
        **_each("albServerGroupId scalingGroupId port", _read(ROUTES)),
        "weight": BALANCE,
        "forceAttach": SPEED,
    },
    "alicloud:ecs/securityGroupRule:SecurityGroupRule": SECURITY_RULE,
    "alicloud:ecs/securityGroup:SecurityGroup": {
        **_each("innerAccess innerAccessPolicy", _harmless("members of the group among themselves")),
        **_each("vpcId securityGroupType", _harmless("a group of another network or kind is another one")),
        **_each("description name securityGroupName tags", NAME),
        "resourceGroupId": BILL,
    },
}
"""Type -> property, nested ones by their path -> decision."""
UNREAD_TYPES = (
    "alicloud:alb/healthCheckTemplate:HealthCheckTemplate",
    "alicloud:alb/loadBalancerZoneShiftedAttachment:LoadBalancerZoneShiftedAttachment",
    "alicloud:nlb/hdMonitorRegionConfig:HdMonitorRegionConfig",
    "alicloud:nlb/loadBalancerSecurityGroupAttachment:LoadBalancerSecurityGroupAttachment",
    "alicloud:nlb/loadBalancerZoneShiftedAttachment:LoadBalancerZoneShiftedAttachment",
)
"""Types of the services that let requests in, of which no property is read."""
