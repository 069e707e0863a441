"""Each rule of a single value: what is taken, and that its near miss gives exactly one line at its path."""

import pytest

from tests.unit.settings_sample import ABSENT, local, problems

RULE = {"serverGroup": "web", "priority": 1, "paths": ["/a"]}
GENERATION = "authority.selfManaged.generations.2026"
VALUES = [
    # Account, region, site.
    ("alicloud:region", "ap-southeast-1", ABSENT, "a region id"),
    ("accountId", "1234567890123456", "123456789012345", "16 digits"),
    ("accountId", ABSENT, 1234567890123456, "in quotes"),
    ("certificateSite", "international", "singapore", "one of international, china"),
    ("alicloud:accountType", "International", "international", "one of International, Domestic"),
    ("alicloud:accountType", "International", ABSENT, "one of International, Domestic"),
    ("production", True, "yes", "true or false"),
    ("production", "true", 1, "true or false"),
    # Authority.
    ("authority", {"selfManaged": {"generations": {"a": {"subject": {"commonName": "x"}}}}}, ABSENT, "exactly one of"),
    (f"{GENERATION}.validityDays", 3650, 3651, "from 1 to 3650"),
    (f"{GENERATION}.algorithm", "rsa-4096", "sm2", "one of ecdsa-p256"),
    (f"{GENERATION}.intermediate", False, "no", "true or false"),
    (f"{GENERATION}.subject.country", "sg", "Singapore", "two letters"),
    (f"{GENERATION}.subject.commonName", "x" * 64, "x" * 65, "1 to 64"),
    (f"{GENERATION}.subject.commonName", "根" * 21, "根" * 22, "64 bytes"),
    ("clients.alice.commonName", "根" * 21 + "x", "根" * 21 + "xy", "64 bytes"),
    (f"{GENERATION}.subject.organization", "根" * 64, "根" * 65, "1 to 64"),
    (f"{GENERATION}.subject.commonName", "Root", ABSENT, "1 to 64"),
    (f"{GENERATION}.subject.state", "x" * 128, "x" * 129, "1 to 128"),
    (f"{GENERATION}.subject.organization", "Acme, Inc.", "Acme\n", "printable"),
    (f"{GENERATION}.subject.email", "pki@example.com", "pki@", "an e-mail address"),
    ("authority.selfManaged.issuing", "2026", "2025", "2026"),
    ("authority.selfManaged.trusted", "2026", "2027", "2026"),
    # Clients.
    ("clients", ABSENT, ["alice"], "a mapping"),
    ("clients.alice.email", ["a@example.com"], ["a@example"], "an e-mail address"),
    ("clients.alice.dns", ["a.example.com"], ["A.example.com"], "a host name"),
    ("clients.alice.uri", ["urn:a:b"], ["no uri"], "an absolute URI"),
    ("clients.alice.uri", ["spiffe://example.com/a"], ["spiffe:///a"], "an absolute URI"),
    ("clients.alice.email", ["a@example.com"], ["a@example.com"] * 2, "each entry once"),
    ("clients.alice.validityDays", 1, 0, "from 1 to 3650"),
    ("clients.bob.renewBeforeDays", 59, 60, "fewer than the validity of 60"),
    ("clients.alice.algorithm", "ecdsa-p384", "ed25519", "one of ecdsa-p256"),
    ("clients.alice.subject", {"organization": "Example"}, {"organisation": "Example"}, "an unknown key"),
    ("clients.a-b_c", {"delivered": "2026"}, {"delivered": "2025"}, "a generation that is listed (2026)"),
    ("clients.a-b_c", {"delivered": "2026"}, {"bridgedBy": "2027"}, "with authority.selfManaged.bridgeBack"),
    # Repository.
    ("certificateRepository.name", "edge", "e", "2 to 64"),
    ("certificateRepository.create", False, "false", "true or false"),
    # Server certificate.
    ("serverCertificate", {"id": "12-ap-southeast-1"}, {"id": "12-cn-hangzhou"}, "ends in -ap-southeast-1"),
    ("serverCertificate", {"id": "12-ap-southeast-1"}, {"id": "12"}, "ends in -ap-southeast-1"),
    ("serverCertificate.issueFromAuthority", True, "yes", "true, or leave it out"),
    ("serverCertificate.names", ["*.example.test"], ["*.*.example.test"], "a host name"),
    ("serverCertificate.validityDays", 3650, 3651, "from 1 to 3650"),
    ("serverCertificate.additional.b", {"id": "1-ap-southeast-1"}, {"id": 1}, "a certificate id"),
    # Network.
    ("network.create.cidr", "192.168.0.0/16", "192.168.0.1/16", "without host bits"),
    ("network.create.servers.ECS01.zone", "ap-southeast-1b", "ap-southeast-1c", "one of ap-southeast-1a"),
    ("network.create.servers.ECS01.privateIp", "192.168.1.252", "192.168.1.253", "to 192.168.1.252"),
    ("network.create.servers.ECS01.privateIp", "192.168.1.1", "192.168.2.1", "the usable ones"),
    ("network.create.serverPort", 8080, 0, "a port from 1 to 65535"),
    ("network.create.instanceType", "ecs.t6-c1m1.large", "t6-c1m1.large", "an instance type"),
    ("network.create.imageId", "aliyun_3.vhd", "", "an ECS image id"),
    # Server groups.
    ("serverGroups.web.port", 65535, 65536, "a port from 1 to 65535"),
    ("serverGroups.web.port", 80, ABSENT, "a port from 1 to 65535"),
    ("serverGroups.web.type", "instance", "fc", "one of instance, ip"),
    ("serverGroups.web.protocol", "GRPC", "gRPC", "one of HTTP, HTTPS, GRPC"),
    ("serverGroups.web.scheduler", "Sch", "uch", "one of Wrr, Wlc, Sch, Uch"),
    ("serverGroups.web.servers.c", "i-1a", "alb-1a", "an ECS instance id"),
    ("serverGroups.web.servers.c", {"id": "ECS01", "port": 81}, "ECS03", "ECS01, ECS02"),
    ("serverGroups.web.servers.c", {"id": "i-1", "weight": 0}, {"id": "i-1", "weight": 101}, "a weight from 0 to 100"),
    ("serverGroups.web.servers.c", {"id": "i-1", "weight": 5.0}, {"id": "i-1", "weight": True}, "a weight"),
    ("serverGroups.web.servers.c", {"id": "i-1", "port": 1}, {"id": "i-1", "port": "80"}, "a port"),
    ("serverGroups.web.servers.c", {"id": "i-1", "ip": "10.0.0.1"}, {"id": "i-1", "ip": "10.0.0"}, "an IPv4 address"),
    ("serverGroups.web.sticky", {"mode": "insert", "timeout": 86400}, {"mode": "insert", "timeout": 86401}, "seconds"),
    ("serverGroups.web.sticky", {"mode": "server", "cookie": "s"}, {"mode": "server", "cookie": "a b"}, "a cookie name"),
    ("serverGroups.web.sticky", {"mode": "server", "cookie": "s"}, {"mode": "server"}, "a cookie name"),
    ("serverGroups.web.sticky", {"mode": "insert"}, {"mode": "insert", "cookie": "s"}, "beside mode: insert"),
    ("serverGroups.old", {"id": "sgp-1a"}, {"id": "sg-1a"}, "a server group id"),
    ("serverGroups.old", {"id": "sgp-1a"}, {"id": "sgp-1a", "port": 80}, "nothing beside id"),
    # Health checks.
    ("serverGroups.web.healthCheck.interval", 50, 51, "from 1 to 50"),
    ("serverGroups.web.healthCheck.timeout", 300, 301, "from 1 to 300"),
    ("serverGroups.web.healthCheck.healthyThreshold", 10, 11, "from 2 to 10"),
    ("serverGroups.web.healthCheck.unhealthyThreshold", 2, 1, "from 2 to 10"),
    ("serverGroups.web.healthCheck.port", 0, -1, "from 0 to 65535"),
    ("serverGroups.web.healthCheck.path", "/" + "a" * 79, "/" + "a" * 80, "1 to 80"),
    ("serverGroups.web.healthCheck.path", "/healthz?x=1", "healthz", "begins with /"),
    ("serverGroups.web.healthCheck.host", "a.example.com", "localhost", "a dot in it"),
    ("serverGroups.web.healthCheck.protocol", "TCP", "UDP", "one of HTTP"),
    ("serverGroups.web.healthCheck.method", "GET", "POST", "one of HEAD, GET"),
    ("serverGroups.web.healthCheck.codes", ["http_3xx"], ["http_1xx"], "http_2xx"),
    ("serverGroups.web.healthCheck.codes", ["http_3xx"], [], "at least one code"),
    ("serverGroups.web.healthCheck", {"protocol": "GRPC", "codes": ["0"]}, {"protocol": "GRPC", "codes": ["a"]}, "gRPC"),
    # Load balancer.
    ("loadBalancer.edition", "StandardWithWaf", "Basic", "no mutual authentication"),
    ("loadBalancer.addressType", "Intranet", "internet", "one of Internet, Intranet"),
    ("loadBalancer.deletionProtection", True, "true", "true or false"),
    ("loadBalancer.accessLog", {"project": "abc", "store": "a_b"}, {"project": "a_b", "store": "abc"}, "Log Service"),
    ("loadBalancer.accessLog", {"project": "abc", "store": "abc"}, {"project": "abc"}, "a Logstore"),
    ("loadBalancer.resourceGroupId", "rg-1a", "group", "a resource group id"),
    ("loadBalancer.tags", {"team": "edge"}, {"aliyun-x": "edge"}, "not beginning with aliyun"),
    ("loadBalancer.tags", {"team": ""}, {"team": "http://a"}, "without http://"),
    ("loadBalancer.tags", {"t" * 128: ""}, {"t" * 129: ""}, "1 to 128"),
    ("loadBalancer.tags", {str(n): "" for n in range(18)}, {str(n): "" for n in range(19)}, "at most 18 tags"),
    ("loadBalancer", {"id": "alb-1a"}, {"id": "alb-1a", "edition": "Standard"}, "nothing beside id"),
    ("loadBalancer", {"id": "alb-1a"}, {"id": "lb-1a"}, "an ALB id"),
    # Listener.
    ("listener.port", 8443, 70000, "a port from 1 to 65535"),
    ("listener.httpPort", 8080, 443, "another port"),
    ("listener.tlsPolicy", "tls_cipher_policy_1_2", "tls_cipher_policy_1_1", "tlsPolicyBelow12"),
    ("listener.tlsPolicy", "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_0_to_1_3", "one of"),
    ("listener.tlsPolicyBelow12", ABSENT, "accept-tls-1.0-for-old-clients", "needs no such permission"),
    ("listener.redirectHttp", False, "no", "true or false"),
    ("listener.httpForwarding", ABSENT, "allow-http-forwarding-past-mutual-tls", "redirectHttp is false"),
    ("listener.clientVerification", "required", "off", "one of required, off-for-migration"),
    ("listener.quicUpgradeEnabled", ABSENT, True, "QUIC has no client certificates"),
    ("listener.idleTimeout", 600, 601, "from 1 to 600"),
    ("listener.requestTimeout", 1, 0, "from 1 to 600"),
    ("listener.allowFrom", ["10.0.0.0/8"], ["10.0.0.0"], "an IPv4 CIDR block"),
    ("listener.allowFrom", ["10.0.0.0/8"], ["10.0.0.1/8"], "without host bits"),
    ("listener.allowFrom", [f"10.{n // 250}.{n % 250}.0/24" for n in range(500)],
     [f"10.{n // 250}.{n % 250}.0/24" for n in range(501)], "at most 500"),
    ("listener.forwardClientCertificate.subject", "x_1-" + "a" * 36, "x" * 41, "1 to 40"),
    ("listener.forwardClientCertificate.subject", "x-a", "x-a\n", "lower-case letters"),
    ("listener.forwardClientCertificate.subject", "x-a", "X-A", "lower-case letters"),
    ("listener.forwardClientCertificate.issuer", "x-i", "x-client-subject", "a header of its own"),
    ("listener.default", "web", "wob", "a group of mtlsedge:serverGroups: web"),
    ("listener.rules.a", RULE, {**RULE, "priority": 10001}, "from 1 to 10000"),
    ("listener.rules.a", RULE, {**RULE, "serverGroup": "api"}, "a group of mtlsedge:serverGroups"),
    ("listener.rules.a", RULE, {**RULE, "paths": []}, "at least one of hosts, paths"),
    ("listener.rules.a", RULE, {**RULE, "paths": ["a"]}, "begins with /"),
    ("listener.rules.a", {**RULE, "hosts": ["*.example.com"]}, {**RULE, "hosts": ["A.example.com"]}, "lower-case"),
    ("listener.rules.a", RULE, {**RULE, "paths": [f"/{n}" for n in range(11)]}, "at most 10 values"),
    ("listener.rules.a", {**RULE, "paths": ["/" + "*" * 10]}, {**RULE, "paths": ["/" + "*" * 11]}, "at most 10 wildcards"),
    ("listener.rules", {f"r{n}": {**RULE, "priority": n + 1} for n in range(99)},
     {f"r{n}": {**RULE, "priority": n + 1} for n in range(100)}, "at most 99 rules"),
    # Domain.
    ("domain.zone", "example.test", "example", "a host name"),
    ("domain.names", ["@", "*", "*.a", "a.b"], ["www."], "a host within the zone"),
    ("domain.names", ["a.b.c.d.e.f.g.h.i"], ["a.b.c.d.e.f.g.h.i.j.k"], "ten at most"),
    ("domain.names", ["www"], ["alidnscheck", "www"], "proof of ownership"),
    ("domain.ttl", 600, 599, "from 600 to 86400"),
    ("domain.ttl", 86400, 86401, "from 600 to 86400"),
    ("domain.zoneEdition", "personal", "enterprise", "one of free"),
    ("domain.create", True, "yes", "true or false"),
    ("domain.proveOwnership", True, 1, "true or false"),
    # Names and adoption.
    ("names", {"load-balancer": "edge"}, {"load-balancer": "-edge"}, "begins with a letter or digit"),
    ("names", {"server-certificate": "x" * 54}, {"server-certificate": "x" * 55}, "2 to 54"),
    ("names", {"rule/a": "one", "rule/b": "two"}, {"rule/a": "one", "rule/b": "one"}, "a name of its own"),
    ("names", {"vpc": "edge"}, {"record/www": "edge"}, "has none of the program's"),
    ("names", {"vpc": "edge"}, {"vcp": "edge"}, "a role"),
    ("adopt", {"load-balancer": "alb-1a"}, {"load-balancer": "sgp-1a"}, "an id of the form"),
    ("adopt", {"record/www": "1234"}, {"ca-repository": "cas-wh-1"}, "is found by itself"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "taken", "refused", "allowed"), VALUES)
def test_value_is_taken_and_its_near_miss_refused(path, taken, refused, allowed):
    """A value within its rule loads; one just outside gives one line that starts with its path and says the rule."""
    assert problems(local({path: taken})) == []
    lines = problems(local({path: refused}))
    assert len(lines) == 1, lines
    assert lines[0].startswith(path if ":" in path else f"mtlsedge:{path}".split(".")[0])
    assert allowed in lines[0]
    assert " found " in lines[0]


def test_every_section_refuses_unknown_keys():
    """A misspelt key is named together with the nearest known one, at every level."""
    for path, nearest in {
        "listner": "mtlsedge:listener",
        "listener.prot": "port",
        "loadBalancer.editon": "edition",
        "authority.selfManaged.generations.2026.validtyDays": "validityDays",
        "serverGroups.web.healthCheck.patch": "path",
        "domain.tll": "ttl",
    }.items():
        lines = problems(local({path: 1}))
        assert len(lines) == 1, lines
        assert f"found an unknown key; allowed: {nearest}, the nearest of" in lines[0]


def test_misspelt_required_key_is_one_mistake():
    """A required key that is only misspelt is not reported as missing too."""
    config = local({"serverGroups.web.port": ABSENT, "serverGroups.web.prot": 80})
    assert len(problems(config)) == 1


def test_value_of_the_wrong_type_hides_what_lies_below():
    """A text where a mapping belongs is one problem, not one for each key that is now missing."""
    for path in ("listener", "serverGroups.web", "network", "authority", "domain", "loadBalancer"):
        assert len(problems(local({path: "web"}))) == 1, path
