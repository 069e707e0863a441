"""Raw resources, each set breaking one rule, and beside it the nearest set that does not. Needs no cloud.

`python -m tests.policy.stacks broken|close RULE…` is a program for the engine; the unit tests read the same table.
"""

import base64
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

LISTENER = "alicloud:alb/listener:Listener"
LOAD_BALANCER = "alicloud:alb/loadBalancer:LoadBalancer"
SECURITY_RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
RULE = "alicloud:alb/rule:Rule"
CERTIFICATE = "mtlsedge:index:Certificate"
PRIVATE_KEY = "mtlsedge:index:PrivateKey"
ADOPTED = "mtlsedge:index:AdoptedAlbConfig"
ALB_CONFIG = "kubernetes:alibabacloud.com/v1:AlbConfig"
OWN_SERVERS = "mtlsedge:index:ServerGroupServers"
KEY_TEXT = "-----BEGIN " + "PRIVATE KEY-----\nnot a key\n"


def _packed_keys() -> tuple[str, ...]:
    """A key made here in each armour that is no PEM of its own."""
    key, rsa_key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    forms = [
        one.private_bytes(Encoding.DER, form, NoEncryption())
        for one in (key, rsa_key)
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    ]
    forms.append(pkcs12.serialize_key_and_certificates(b"k", key, None, None, BestAvailableEncryption(b"p")))
    texts = [base64.b64encode(form).decode() for form in forms]
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    wrapped = "\n".join(texts[2][start : start + 64] for start in range(0, len(texts[2]), 64))
    block = "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----\n\nxcTG\n"
    urlsafe = base64.urlsafe_b64encode(forms[0]).decode().rstrip("=")
    return (*texts, base64.b64encode(pem).decode(), wrapped, urlsafe, block)


PACKED_KEYS = _packed_keys()


@dataclass(frozen=True)
class Raw:
    """One resource as a program registers it."""

    type: str
    name: str
    props: dict[str, Any]
    secret_outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pair:
    """Resources that break a rule, and the nearest ones that do not."""

    broken: tuple[Raw, ...]
    close: tuple[Raw, ...]
    config: dict[str, Any] = field(default_factory=dict)
    """The rule's configuration."""


def forwarding(group: str) -> list[dict[str, Any]]:
    """Actions that send everything to one group."""
    return [{"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": group}]}}]


HTTPS: dict[str, Any] = {
    "loadBalancerId": "alb-1",
    "listenerPort": 443,
    "listenerProtocol": "HTTPS",
    "caEnabled": True,
    "caCertificates": [{"certificateId": "0e40dda998174723af39d37fcaf00000"}],
    "securityPolicyId": "tls_cipher_policy_1_2_strict_with_1_3",
    "defaultActions": forwarding("sgp-web"),
}
HTTP: dict[str, Any] = {
    "loadBalancerId": "alb-1",
    "listenerPort": 80,
    "listenerProtocol": "HTTP",
    "defaultActions": forwarding("sgp-nobody"),
}
BALANCER: dict[str, Any] = {
    "loadBalancerEdition": "Standard",
    "addressType": "Internet",
    "vpcId": "vpc-1",
    "loadBalancerBillingConfig": {"payType": "PayAsYouGo"},
    "zoneMappings": [{"zoneId": "a", "vswitchId": "vsw-1"}, {"zoneId": "b", "vswitchId": "vsw-2"}],
    "deletionProtectionEnabled": True,
    "accessLogConfig": {"logProject": "edge", "logStore": "alb"},
    "tags": {"team": "edge"},
}
IN_CLUSTER: dict[str, Any] = {
    "port": 443,
    "protocol": "HTTPS",
    "caEnabled": True,
    "caCertificates": [{"CertificateId": "0e40dda9"}],
    "securityPolicyId": "tls_cipher_policy_1_2",
}


def listener(name: str = "https", **change: Any) -> Raw:
    """An HTTPS listener with changes."""
    return Raw(LISTENER, name, HTTPS | change)


def plain(name: str = "http", **change: Any) -> Raw:
    """An HTTP listener with changes."""
    return Raw(LISTENER, name, HTTP | change)


def balancer(**change: Any) -> Raw:
    """A load balancer with changes; None takes a property away."""
    return Raw(LOAD_BALANCER, "edge", {key: value for key, value in (BALANCER | change).items() if value is not None})


def opening(**change: Any) -> Raw:
    """A security group rule with changes."""
    base = {"securityGroupId": "sg-1", "type": "ingress", "ipProtocol": "tcp", "portRange": "80/80"}
    return Raw(SECURITY_RULE, "opening", base | change)


def in_cluster(**change: Any) -> Raw:
    """Our listener in somebody's AlbConfig, with changes."""
    return Raw(ADOPTED, "adopted", {"listeners": [IN_CLUSTER | change]})


def certificate(profile: str, days: int) -> Raw:
    """A certificate of the program's own."""
    return Raw(CERTIFICATE, profile, {"profile": profile, "validity_days": days})


def cluster(identifier: str, *ports: int) -> Raw:
    """An AlbConfig that reuses a load balancer, or makes one."""
    config = {"id": identifier} if identifier else {}
    spec = {"config": config, "listeners": [IN_CLUSTER | {"port": port} for port in ports]}
    return Raw(ALB_CONFIG, "cluster", {"spec": spec})


def signed(*uses: str, days: int = 398, **change: Any) -> Raw:
    """A certificate of the tls provider."""
    props = {"allowedUses": list(uses), "validityPeriodHours": days * 24} | change
    return Raw("tls:index/locallySignedCert:LocallySignedCert", "tls", props)


STACKS: dict[str, Pair] = {
    "mutual-authentication": Pair((listener(caEnabled=False),), (listener(), plain())),
    "one-authority": Pair((listener(caCertificates=[{"certificateId": "a"}, {"certificateId": "b"}]),), (listener(),)),
    "tls-floor": Pair(
        (listener(securityPolicyId="tls_cipher_policy_1_1"),), (listener(securityPolicyId="tls_cipher_policy_1_2"),)
    ),
    "edition": Pair((balancer(loadBalancerEdition="Basic"),), (balancer(loadBalancerEdition="StandardWithWaf"),)),
    "no-way-around": Pair((listener(), plain(defaultActions=forwarding("sgp-web"))), (listener(), plain())),
    "one-owner": Pair(
        (listener(), listener("again")), (listener(), plain(), listener("other", loadBalancerId="alb-2"))
    ),
    "no-stray-private-key": Pair(
        (balancer(tags={"team": "edge", "note": KEY_TEXT}),),
        (
            balancer(tags={"team": "edge", "note": "PRIVATE KEY"}),
            Raw("alicloud:cas/serviceCertificate:ServiceCertificate", "server", {"cert": "c", "key": KEY_TEXT}),
        ),
    ),
    "secret-keys": Pair(
        (Raw(PRIVATE_KEY, "key", {"algorithm": "ecdsa-p256"}),),
        (Raw(PRIVATE_KEY, "key", {"algorithm": "ecdsa-p256"}, ("private_key_pem",)),),
    ),
    "client-validity": Pair((certificate("client", 398),), (certificate("client", 397), certificate("root", 3650))),
    "authority-validity": Pair((certificate("root", 3654),), (certificate("root", 3653), certificate("server", 397))),
    "albconfig-verification": Pair((in_cluster(caEnabled=False),), (in_cluster(), in_cluster(protocol="HTTP"))),
    "albconfig-tls-floor": Pair(
        (in_cluster(securityPolicyId="tls_cipher_policy_1_0"),),
        (in_cluster(securityPolicyId="tls_cipher_policy_1_2_strict"),),
    ),
    "albconfig-spelling": Pair(
        (in_cluster(gzipEnabled="true", caCertificates=[{"certificateId": "0e40dda9"}]),),
        (in_cluster(gzipEnabled=True),),
    ),
    "deletion-protection": Pair((balancer(deletionProtectionEnabled=False),), (balancer(),)),
    "servers-closed": Pair(
        (opening(cidrIp="0.0.0.0/0"),),
        (
            opening(cidrIp="10.0.0.0/8"),
            opening(type="egress", cidrIp="0.0.0.0/0"),
            opening(cidrIp="0.0.0.0/0", policy="drop"),
        ),
    ),
    "access-log": Pair((balancer(accessLogConfig=None),), (balancer(),)),
    "tags": Pair((balancer(tags={"owner": "me"}),), (balancer(),), {"required": ["team"]}),
}
"""Rule -> what breaks it, and what is close. `keys-not-judged` is no rule about a stack: it says what a preview hides."""
MORE: dict[str, tuple[tuple[Raw, ...], ...]] = {
    "one-authority": ((listener(caCertificates=[]),), (listener(caCertificates=[{"certificateId": ""}]),)),
    "access-log": (
        (balancer(accessLogConfig={"logProject": "", "logStore": "alb"}),),
        (balancer(accessLogConfig={"logProject": "edge"}),),
    ),
    "tags": ((balancer(tags={"team": ""}),),),
    "servers-closed": ((opening(cidrIp="128.0.0.0/1"),), (opening(ipv6CidrIp="::/0"),), (opening(),)),
    "no-stray-private-key": tuple((balancer(tags={"note": text}),) for text in PACKED_KEYS),
    "tls-floor": ((listener(securityPolicyId=""),), (listener(securityPolicyId="tls-custom"),)),
    "no-way-around": (
        (listener(), plain(listenerProtocol="QUIC", listenerPort=443, defaultActions=forwarding("sgp-web"))),
        (listener(quicConfig={"quicUpgradeEnabled": True, "quicListenerId": "lsn-1"}),),
        (in_cluster(quicConfig={"quicUpgradeEnabled": True}),),
        (listener(), listener("other", listenerPort=8443, caEnabled=False)),
        (
            listener(defaultActions=forwarding("sgp-1")),
            plain(defaultActions=forwarding("sgp-2")),
            Raw(OWN_SERVERS, "one", {"server_group_id": "sgp-1", "servers": {"a": {"server_id": "i-1", "port": 80}}}),
            Raw(OWN_SERVERS, "two", {"server_group_id": "sgp-2", "servers": {"b": {"server_id": "i-1", "port": 80}}}),
        ),
    ),
    "one-owner": ((listener(), cluster("alb-1", 443)), (cluster("", 443, 443),), (cluster("alb-1", 443, 443),)),
    "albconfig-verification": ((in_cluster(caEnabled="false"),), (in_cluster(caCertificates=[]),)),
    "client-validity": (
        (signed("client_auth"),), (signed("any_extended"),), (signed("digital_signature"),), (signed(),),
        (signed("server_auth", "client_auth"),),
    ),
}  # fmt: skip
"""Further ways of breaking a rule."""
