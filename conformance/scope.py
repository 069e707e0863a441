"""Why a test in scope cannot pass here: facts about the test, not about the local cloud."""

_LOG_SERVICE = (
    "its configuration creates a Log Service project, which is another product with a host name for each project"
)
_FUNCTION = "its configuration creates a Function Compute function"
_IPAM = "its network takes its addresses from an IP address manager (IPAM), which is a service of its own"
_DEDICATED = "it looks for a dedicated host that the account has bought"
_RESERVED = "it looks for an elasticity assurance that the account has bought"
_SM2 = "it uploads pairs of SM2 certificates, for which `cryptography` has no arithmetic"
_SUFFIX = (
    "it ends a certificate's id in the balancer's region, cn-shanghai; other public sources say the site, cn-hangzhou, and here "
    "nothing else is taken"
)
_STS = "its data source `alicloud_account` asks STS at its public name, whatever endpoint the environment says"
_DNS = (
    "it makes a resource of the oldest DNS client, which calls the service at its public name, whatever endpoint the environment "
    "says"
)

REASONS = {
    **{f"TestAccAliCloudALBListener_basic{number}": _LOG_SERVICE for number in range(5)},
    "TestAccAliCloudAlbLoadBalancer_basic0": _LOG_SERVICE,
    "TestAccAliCloudAlbLoadBalancer_basic0_twin": _LOG_SERVICE,
    "TestAccAliCloudAlbLoadBalancer_basic1": _LOG_SERVICE,
    "TestAccAliCloudAlbLoadBalancer_basic1_twin": _LOG_SERVICE,
    "TestAccAliCloudAlbLoadBalancerAccessLogConfigAttachment_basic9818": _LOG_SERVICE,
    **{f"TestAccAliCloudALBServerGroup_basic{number}": _STS for number in range(4)},
    **{f"TestAccAliCloudALBServerGroup_basic{number}_twin": _STS for number in range(3)},
    "TestAccAliCloudALBServerGroup_basic4": _FUNCTION,
    "TestAccAlicloudAlinsDomain_basic": _DNS,
    "TestAccAliCloudAlidnsRecord_basic": _DNS,
    "TestAccAliCloudECSInstanceDedicatedHostId": _DEDICATED,
    "TestAccAliCloudECSInstancePrivatePool": _RESERVED,
    "TestAccAliCloudVPCVPC_basic9656": _IPAM,
    "TestAccAliCloudSslCertificatesServiceCertificate_basic10998": _SM2,
    "TestAccAliCloudSslCertificatesServiceCertificate_basic10998_twin": _SM2,
    "TestAccAlicloudALBListenerAdditionalCertificateAttachment_basic0": _SUFFIX,
}
"""Test -> reason. These are run only when asked for."""
