"""Why a test in scope cannot pass here: facts about the test, not about the local cloud."""

_FUNCTION = "its configuration creates a Function Compute function"
_IPAM = "its network takes its addresses from an IP address manager (IPAM), which is a service of its own"
_DEDICATED = "it looks for a dedicated host that the account has bought"
_RESERVED = "it looks for an elasticity assurance that the account has bought"
_SM2 = "it uploads pairs of SM2 certificates, for which `cryptography` has no arithmetic"

_ANYCAST = "its configuration allocates an Anycast EIP, which is another product"

REASONS = {
    "TestAccAliCloudAlbLoadBalancer_basic1": _ANYCAST,
    "TestAccAliCloudAlbLoadBalancer_basic1_twin": _ANYCAST,
    "TestAccAliCloudALBServerGroup_basic4": _FUNCTION,
    "TestAccAliCloudECSInstanceDedicatedHostId": _DEDICATED,
    "TestAccAliCloudECSInstancePrivatePool": _RESERVED,
    "TestAccAliCloudVPCVPC_basic9656": _IPAM,
    "TestAccAliCloudSslCertificatesServiceCertificate_basic10998": _SM2,
    "TestAccAliCloudSslCertificatesServiceCertificate_basic10998_twin": _SM2,
}
"""Test -> reason. These are run only when asked for."""
