"""Rules that hold between sections, and what loading makes of the defaults."""

import pytest

from settings.model import (
    HealthCheck,
    IdentifierAuthority,
    IssuedServerCertificate,
    Listener,
    LoadBalancer,
    SubjectAlternativeNames,
)
from tests.unit.settings_sample import ABSENT, PLACE, local, problems, read, stack_file

CA_ID = "1ed65580-7e33-4c5a-9f0e-3b1d2a4c6e8f"
REFERENCE = {"id": "1-ap-southeast-1"}
WITH_IDENTIFIER = {"authority": {"identifier": CA_ID}, "clients": ABSENT, "serverCertificate": REFERENCE}
FORWARDING = {"listener.redirectHttp": False, "listener.httpForwarding": "allow-http-forwarding-past-mutual-tls"}
MADE_FROM = {"network.create.imageId": "aliyun_3.vhd", "network.create.instanceType": "ecs.t6-c1m1.large"}
LOGGED = {"loadBalancer.accessLog": {"project": "acme-logs", "store": "alb"}}
TRACED = {"listener.accessLogTracing": {"sample": 100}}
PAIRS = [
    ("listener.accessLogTracing", LOGGED | TRACED, TRACED, "nothing without loadBalancer.accessLog"),
    ("serverCertificate", {}, {"serverCertificate": ABSENT}, "what mtlsedge:listener needs"),
    ("serverGroups", {}, {"serverGroups": ABSENT}, "what mtlsedge:listener needs"),
    ("loadBalancer", {"loadBalancer": {"id": "alb-1"}}, {"loadBalancer": {}}, "mtlsedge:listener and mtlsedge:domain need"),
    ("network", {"network": PLACE, "serverGroups.web.servers": {"a": "i-1"}},
     {"network": ABSENT, "serverGroups.web.servers": {"a": "i-1"}}, "mtlsedge:serverGroups and mtlsedge:loadBalancer"),
    ("network", {"network": ABSENT, "loadBalancer": {"id": "alb-1"}, "serverGroups": {"web": {"id": "sgp-1"}}},
     {"network": ABSENT, "loadBalancer": {"id": "alb-1"}, "serverGroups.web.servers": {}}, "mtlsedge:serverGroups needs"),
    ("network.vpcId", {"network": PLACE, "serverGroups.web.servers": {}},
     {"network": {**PLACE, "vpcId": "vsw-1"}, "serverGroups.web.servers": {}}, "a VPC id"),
    ("network", {"network": PLACE, "serverGroups.web.servers": {}},
     {"network": {**PLACE, "create": {}}, "serverGroups.web.servers": {}}, "exactly one of vpcId, create"),
    ("network.zones", {"network": PLACE, "serverGroups.web.servers": {}},
     {"network": {**PLACE, "zones": {"ap-southeast-1a": "vsw-1"}}, "serverGroups.web.servers": {}}, "2 to 10 zones"),
    ("network.zones",
     {"alicloud:region": "na-south-1", "network": {**PLACE, "zones": {"na-south-1a": "vsw-1"}}, "serverGroups.web.servers": {}},
     {"alicloud:region": "na-south-1", "network": {**PLACE, "zones": {}}, "serverGroups.web.servers": {}}, "1 to 10 zones"),
    ("network.zones.ap-southeast-1b", {"network": PLACE, "serverGroups.web.servers": {}},
     {"network": {**PLACE, "zones": {"ap-southeast-1a": "vsw-1", "ap-southeast-1b": "vsw-1"}},
      "serverGroups.web.servers": {}}, "a vSwitch of its own"),
    ("network.zones.cn-hangzhou-b", {"network": PLACE, "serverGroups.web.servers": {}},
     {"network": {**PLACE, "zones": {"ap-southeast-1a": "vsw-1", "cn-hangzhou-b": "vsw-2"}},
      "serverGroups.web.servers": {}}, "a zone of the region ap-southeast-1"),
    ("network.create.zones.ap-southeast-1b", {}, {"network.create.zones.ap-southeast-1b": "10.0.0.0/24"}, "inside the VPC"),
    ("network.create.zones.ap-southeast-1b", {}, {"network.create.zones.ap-southeast-1b": "192.168.1.128/25"}, "overlap"),
    ("network.create.zones.ap-southeast-1b", {"network.create.zones.ap-southeast-1b": "192.168.2.0/29"},
     {"network.create.zones.ap-southeast-1b": "192.168.2.0/30"}, "/16 to /29"),
    ("network.create.cidr", {"network.create.cidr": "192.0.0.0/8"}, {"network.create.cidr": "128.0.0.0/1"}, "/8 to /28"),
    ("network.create.servers.ECS02.privateIp", {"network.create.servers.ECS01.privateIp": "192.168.1.9"},
     {"network.create.servers": {"ECS01": {"zone": "ap-southeast-1a", "privateIp": "192.168.1.9"},
                                 "ECS02": {"zone": "ap-southeast-1a", "privateIp": "192.168.1.9"}}}, "of its own"),
    ("network.create.imageId", {"alicloud:endpoints": ABSENT, **MADE_FROM},
     {"alicloud:endpoints": ABSENT, **MADE_FROM, "network.create.imageId": ABSENT}, "outside a local cloud"),
    ("serverGroups.web.servers.c", {"serverGroups.web.servers.c": {"id": "ECS01", "port": 81}},
     {"serverGroups.web.servers.c": {"id": "ECS01", "port": 80}}, "each server and port once"),
    ("serverGroups.web.servers.a", {"serverGroups.web": {"type": "ip", "port": 80, "servers": {"a": "10.0.0.1"}}},
     {"serverGroups.web": {"type": "ip", "port": 80, "servers": {"a": "ECS01"}}}, "the group's type is ip"),
    ("serverGroups.web.servers", {"serverGroups.web.servers": {f"s{n}": f"i-{n}" for n in range(200)}},
     {"serverGroups.web.servers": {f"s{n}": f"i-{n}" for n in range(201)}}, "at most 200 servers"),
    ("listener.httpForwarding", FORWARDING, {**FORWARDING, "serverGroups.web.protocol": "HTTPS"}, "protocol is HTTP"),
    ("listener.port", {"listener.port": 80, "listener.redirectHttp": False}, {"listener.port": 80}, "another port"),
    ("listener.rules.b.priority", {"listener.rules": {"a": {"serverGroup": "web", "priority": 1, "paths": ["/a"]}}},
     {"listener.rules": {name: {"serverGroup": "web", "priority": 1, "paths": ["/a"]} for name in "ab"}}, "rule a has"),
    ("listener.rules", {"listener.redirectHttp": False, "listener.rules": {
        f"r{n}": {"serverGroup": "web", "priority": n + 1, "paths": ["/a"]} for n in range(100)}},
     {"listener.redirectHttp": False, "listener.rules": {
         f"r{n}": {"serverGroup": "web", "priority": n + 1, "paths": ["/a"]} for n in range(101)}}, "at most 100 rules"),
    ("authority.identifier", WITH_IDENTIFIER, {**WITH_IDENTIFIER, "authority": {"identifier": "1-cn-hangzhou"}}, "suffix"),
    ("clients", WITH_IDENTIFIER, {**WITH_IDENTIFIER, "clients": {"alice": {}}}, "no key to sign with"),
    ("certificateRepository", WITH_IDENTIFIER, {**WITH_IDENTIFIER, "certificateRepository.name": "edge"}, "nothing is uploaded"),
    ("serverCertificate.issueFromAuthority", WITH_IDENTIFIER,
     {**WITH_IDENTIFIER, "serverCertificate": {"issueFromAuthority": True}}, "no key to sign with"),
    ("authority", {}, {"authority.identifier": CA_ID}, "exactly one of selfManaged, external, privateCa, identifier"),
    ("authority.selfManaged.generations", {}, {"authority.selfManaged.generations": {}}, "at least one generation"),
    ("clients.bob.validityDays", {}, {"authority.selfManaged.generations.2026.validityDays": 59,
                                      "serverCertificate": REFERENCE}, "the authority's 59"),
    ("serverCertificate.validityDays", {"serverCertificate.validityDays": 90},
     {"authority.selfManaged.generations.2026.validityDays": 89}, "the authority's 89"),
    ("clients.Alice", {"clients.alicia": {}}, {"clients.Alice": {}}, "upper and lower case"),
    ("clients.alice.commonName", {"clients.alice": {"commonName": "A", "subject": {"unit": "u"}}},
     {"clients.alice": {"commonName": "A", "subject": {"commonName": "B"}}}, "commonName once"),
    ("clients.alice.algorithm", {}, {"clients.alice": {"csrFile": "none.csr", "algorithm": "rsa-2048"}}, "beside csrFile"),
    ("serverCertificate.names", {"domain": ABSENT, "serverCertificate.names": ["a.example.com"]}, {"domain": ABSENT}, "host name"),
    ("serverCertificate.additional", {"serverCertificate.additional": {f"c{n}": REFERENCE for n in range(25)}},
     {"serverCertificate.additional": {f"c{n}": REFERENCE for n in range(26)}}, "at most 25"),
    ("serverCertificate", {"serverCertificate": REFERENCE}, {"serverCertificate": {**REFERENCE, "certificateFile": "x"}}, "exactly one of"),
    ("serverCertificate.names", {"serverCertificate": REFERENCE}, {"serverCertificate": {**REFERENCE, "names": []}}, "nothing beside id"),
    ("domain.ttl", {"domain.ttl": 1, "domain.zoneEdition": "enterprise-ultimate"}, {"domain.ttl": 1}, "enterprise-ultimate"),
    ("certificateRepository.name", {"names": {"ca-repository": "edge"}},
     {"names": {"ca-repository": "edge"}, "certificateRepository.name": "edge"}, "a name once"),
    ("certificateSite", {"alicloud:region": "cn-hangzhou", "certificateSite": "china",
                         "network": {**PLACE, "zones": {"cn-hangzhou-h": "vsw-1", "cn-hangzhou-i": "vsw-2"}},
                         "serverGroups.web.servers": {}},
     {"alicloud:region": "cn-hangzhou", "network": {**PLACE, "zones": {"cn-hangzhou-h": "vsw-1", "cn-hangzhou-i": "vsw-2"}},
      "serverGroups.web.servers": {}}, "of this site only"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "taken", "refused", "allowed"), PAIRS)
def test_sections_fit_together(path, taken, refused, allowed):
    """A combination that fits loads; its near miss gives a line at the place where a change would mend it."""
    assert problems(local(taken)) == []
    matching = [line for line in problems(local(refused)) if line.startswith(f"mtlsedge:{path}: found ")]
    assert len(matching) == 1, problems(local(refused))
    assert allowed in matching[0]


def test_weakenings_are_listed():
    """Every long-named setting in force is told, with its key path and its effect."""
    settings = read(local({
        **FORWARDING,
        "listener.clientVerification": "off-for-migration",
        "listener.tlsPolicy": "tls_cipher_policy_1_0",
        "listener.tlsPolicyBelow12": "accept-tls-1.0-for-old-clients",
    }))  # fmt: skip
    assert sorted(line.partition(":")[2].partition(": ")[0] for line in settings.weakenings) == [
        "listener.clientVerification", "listener.httpForwarding", "listener.tlsPolicyBelow12",
    ]  # fmt: skip
    assert settings.listener.client_verification_off_for_migration
    assert settings.listener.allow_http_forwarding_past_mutual_tls
    assert settings.listener.tls_policy == "tls_cipher_policy_1_0"
    assert read(local()).weakenings == ()


def test_defaults_are_the_safe_choice():
    """What is not said is TLS 1.2 and up, verified clients, a redirect, deletion protection."""
    settings = read(local({"loadBalancer": {"edition": "Standard"}, "listener": {"default": "web"}}))
    assert Listener(default="web") == settings.listener
    assert LoadBalancer() == settings.load_balancer
    assert settings.load_balancer.deletion_protection
    assert settings.listener.tls_policy == "tls_cipher_policy_1_2_strict_with_1_3"
    assert not settings.production


def test_client_without_names_gets_a_host_name_and_the_organization():
    """A certificate must carry an alternative name, so a bare client gets a host name of its stack."""
    client = read(local()).clients["alice"]
    assert SubjectAlternativeNames(dns=("alice.clients.local.mtlsedge.internal",)) == client.names
    assert (client.subject.common_name, client.subject.organization) == ("alice", "Acme")
    assert SubjectAlternativeNames(email=("bob@example.test",)) == read(local()).clients["bob"].names


def test_subject_of_a_client_is_taken_as_written():
    """With a `subject` nothing is added but the common name."""
    subject = read(local({"clients.alice": {"subject": {"unit": "u", "country": "sg"}}})).clients["alice"].subject
    assert (subject.common_name, subject.unit, subject.country, subject.organization) == ("alice", "u", "SG", "")


def test_renewal_window_shrinks_with_a_short_validity():
    """A validity shorter than the default window has a window of a third of it."""
    assert read(local({"clients.alice.validityDays": 6})).clients["alice"].renew_before_days == 2


def test_issued_server_certificate_takes_the_names_of_the_domain():
    """Names default to those of the domain; `@` is the zone itself."""
    settings = read(local({"domain.names": ["@", "www"]}))
    assert IssuedServerCertificate(names=("example.test", "www.example.test")) == settings.server_certificate


def test_grpc_health_check_expects_a_grpc_status():
    """The codes of a gRPC probe default to a gRPC status, as HTTP classes mean nothing to it."""
    groups = read(local({"serverGroups.web.healthCheck": {"protocol": "GRPC"}})).server_groups
    assert groups["web"].health_check.codes == ("0",)
    assert read(local({"serverGroups.web.healthCheck": ABSENT})).server_groups["web"].health_check == HealthCheck()


def test_identifier_authority_needs_no_repository():
    """An uploaded CA is referred to by its identifier alone."""
    assert IdentifierAuthority(CA_ID) == read(local(WITH_IDENTIFIER)).authority


def test_empty_value_counts_as_absent():
    """Pulumi.yaml's empty defaults are no settings."""
    settings = read(local({"domain": {}, "adopt": {}, "accountId": "", "serverCertificate.names": ["a.example.com"]}))
    assert (settings.domain, settings.adopt, settings.account_id) == (None, {}, "")


def test_only_the_authority_and_the_account_are_required():
    """A stack may issue client certificates and build nothing else."""
    config = {key: value for key, value in stack_file("local").items() if key.startswith("alicloud:")}
    config |= {
        "mtlsedge:certificateSite": "international",
        "mtlsedge:authority": stack_file("local")["mtlsedge:authority"],
    }
    settings = read(config)
    assert (settings.network, settings.listener, settings.load_balancer, settings.domain) == (None, None, None, None)
