"""The strict schema of an AlbConfig: what alibaba-cloud.md §4 and §6 call a mistake is refused by its key path."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from mtlsedge_components.kubernetes.alb_config_schema import Rules, problems
from tests.unit.kubernetes_sample import ALB_CONFIG, HTTPS, alb_configs, changed, mutated

QUIETLY = hypothesis_settings(max_examples=2000, suppress_health_check=list(HealthCheck))
MISTAKES = [
    ("spec.listeners.0.caEnabled", "true", "AlbConfig.spec.listeners[0].caEnabled: found 'true'; allowed: true or false"),
    ("spec.listeners.0.certificates", [{"certificateId": "1-ap-southeast-1", "IsDefault": True}], "certificates[0].certificateId"),
    ("spec.listeners.0.certificates", [{"CertificateId": "1-ap-southeast-1", "isDefault": True}], "certificates[0].isDefault"),
    ("spec.listeners.0.certificates", [{"CertificateId": "1-ap-southeast-1"}], "exactly one entry with IsDefault"),
    ("spec.listeners.0.certificates.0.CertificateId", "1234567", "certificates[0].CertificateId"),
    ("spec.listeners.0.certificates", None, "a server certificate with caEnabled: true"),
    ("spec.listeners.0.caCertificates.0.CertificateId", "123-cn-hangzhou", "caCertificates[0].CertificateId"),
    ("spec.listeners.0.caCertificates", [{"CertificateId": "a1"}, {"CertificateId": "b2"}], "caCertificates"),
    ("spec.listeners.0.caCertificates", [], "exactly one CA"),
    ("spec.listeners.0.caEnabled", None, "true or false beside caCertificates"),
    ("spec.listeners.0.securityPolicyId", None, "the default begins at TLS 1.0"),
    ("spec.listeners.0.securityPolicyId", "tls_cipher_policy_1_0", "TLS 1.2 or higher"),
    ("spec.listeners.0.protocol", "QUIC", "only HTTPS listeners have it"),
    ("spec.listeners.0.quicConfig", {"quicUpgradeEnabled": True}, "QUIC has no client certificates"),
    ("spec.listeners.1", {"port": 8443, "protocol": "QUIC"}, "QUIC has no client certificates"),
    ("spec.listeners.1.port", 443, "a port and protocol of its own"),
    ("spec.listeners.1.port", "443", "a port and protocol of its own"),
    ("spec.listeners.1.port", 0, "spec.listeners[1].port"),
    ("spec.listeners.1.port", "http", "spec.listeners[1].port"),
    ("spec.listeners.1.port", None, "spec.listeners[1].port: found nothing"),
    ("spec.listeners.1.protocol", "https", "spec.listeners[1].protocol"),
    ("spec.listeners.1.caEnabled", True, "only HTTPS listeners have it"),
    ("spec.listeners.0.idleTimeout", 601, "spec.listeners[0].idleTimeout"),
    ("spec.listeners.0.xForwardedForConfig", {"XForwardedForClientCertSubjectDNEnabled": True}, "XForwardedForClientCertSubjectDNAlias"),
    ("spec.listeners.0.xForwardedForConfig", {"xForwardedForProtoEnabled": True}, "XForwardedForProtoEnabled, the nearest"),
    ("spec.listeners.0.aclConfig", {"aclType": "White", "aclEntries": ["10.0.0.0/8"], "aclIds": ["acl-1"]}, "aclEntries or aclIds"),
    ("spec.listeners.0.tags", [{"key": "a", "value": "b"}], "controller 2.16 or newer"),
    ("spec.listeners.0.defaultCertificate", {"kind": "Secret"}, "its fields are not published"),
    ("spec.config.edition", "Basic", "the Basic edition has no mutual authentication"),
    ("spec.config.accessLogConfig.logStore", "demo", "begins with alb_"),
    ("spec.config.accessLogConfig.logProject", "ab", "3 to 63"),
    ("spec.config.zoneMappings", [{"vSwitchId": "vsw-1a"}], "2 to 10 entries"),
    ("spec.config.zoneMappings", [{"vSwitchId": "vsw-1a", "zoneId": "ap-southeast-1a"}], "2 to 10 entries"),
    ("spec.config.zoneMappings", [], "2 to 10 entries"),
    ("spec.config.zoneMappings.1.zoneId", "ap-southeast-1a", "one vSwitch a zone"),
    ("spec.config.zoneMappings.1.vSwitchId", "vsw-1a", "each once"),
    ("spec.config.zoneMappings.1.vswitchId", "vsw-1c", "vSwitchId, the nearest"),
    ("spec.config.deletionProtectionEnabled", "false", "deletionProtectionEnabled"),
    ("spec.config.billingConfig", {"payType": "PayAsYouGo"}, "PostPay"),
    ("spec.config.editon", "Standard", "edition, the nearest"),
    ("spec.listener", [], "listeners, the nearest"),
    ("apiVersion", "alibabacloud.com/v1beta1", "AlbConfig.apiVersion"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES)
def test_a_mistake_is_refused_by_its_key_path(path: str, value: object, said: str) -> None:
    """Each mistake of alibaba-cloud.md §4 and §6 gives a problem that names place, find and what is allowed."""
    lines = [str(problem) for problem in problems(changed(ALB_CONFIG, path, value))]
    assert any(said in line for line in lines), lines
    assert all(line.startswith("AlbConfig") and "found" in line and "allowed" in line for line in lines)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.listeners.0.caEnabled", False),
        ("spec.listeners.1.port", "80"),
        ("spec.config.edition", "StandardWithWaf"),
        ("spec.config.zoneMappings", [{"vSwitchId": "vsw-1a", "zoneId": "na-south-1a"}]),
        ("spec.listeners.1", {"port": 8443, "protocol": "HTTPS", "securityPolicyId": "tls_cipher_policy_1_2"}),
        ("spec.listeners.0.logConfig", {"accessLogTracingConfig": {"tracingEnabled": True, "tracingSample": 10000, "tracingType": "Zipkin"}}),
        ("spec.listeners.0.xForwardedForConfig", {"XForwardedForClientCertSubjectDNEnabled": True, "XForwardedForClientCertSubjectDNAlias": "x-subject"}),
        ("status", {"loadBalancer": {"dnsname": "x", "listeners": [{"certificates": [{"certificateId": "x"}]}]}}),
    ],
)  # fmt: skip
def test_a_near_miss_is_let_in(path: str, value: object) -> None:
    """What looks like a mistake and is none: verification off with its list kept, a port as text, the WAF edition."""
    assert problems(changed(ALB_CONFIG, path, value)) == []


def test_a_newer_controller_has_newer_fields() -> None:
    """A field marked with a version is taken where kubernetes.controllerVersion is that or newer."""
    document = changed(ALB_CONFIG, "spec.listeners.0.tags", [{"key": "a", "value": "b"}])
    assert problems(document, Rules((2, 16, 0))) == []
    assert problems(document, Rules((2, 15, 2))) != []


def test_old_tls_needs_its_long_name() -> None:
    """TLS below 1.2 is taken only where the stack has accepted it."""
    document = changed(ALB_CONFIG, "spec.listeners.0.securityPolicyId", "tls_cipher_policy_1_0")
    assert problems(document, Rules(old_tls=True)) == []


def test_quic_may_share_a_port_without_mutual_authentication() -> None:
    """UDP 443 beside TCP 443 is fine as long as no listener asks for client certificates."""
    plain = {key: value for key, value in HTTPS.items() if not key.startswith("ca")}
    document = changed(ALB_CONFIG, "spec.listeners", [plain, {"port": 443, "protocol": "QUIC"}])
    assert problems(document) == []


@pytest.mark.slow
@given(alb_configs())
@QUIETLY
def test_generated_valid_alb_configs_pass(document: dict) -> None:
    """Two thousand valid documents have no problem."""
    assert problems(document) == []


@pytest.mark.slow
@given(mutated())
@QUIETLY
def test_mutated_alb_configs_never_crash(document: object) -> None:
    """Two thousand damaged documents give problems or none, in bounded time, and never an exception."""
    for problem in problems(document):
        assert str(problem)
