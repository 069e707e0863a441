"""`mtlsedge:kubernetes`: what is refused, by key path, and what the near misses give."""

import pytest
import yaml

from mtlsedge.commands.render import _text
from mtlsedge_components.kubernetes.alb_config_schema import problems as schema_problems
from program.manifests import Identifiers, manifests
from tests.unit.kubernetes_sample import KUBERNETES, changed, kubernetes, refusals, settings
from tests.unit.settings_sample import local, problems, read

IDS = Identifiers("0e40dda9", "1-ap-southeast-1", {"partners": "2-ap-southeast-1"}, {"z-b": "vsw-2", "z-a": "vsw-1"})
PREFIX = "alb.ingress.kubernetes.io/"
OWN_CONFIG = {"id": "alb-1"}
REFUSED = [
    ("kubeconfig", None, "mtlsedge:kubernetes: found neither; allowed: kubeconfig (a file), context, or both"),
    ("clusterIdentifier", None, "mtlsedge:kubernetes.clusterIdentifier"),
    ("controllerVersion", "2.10.1", "2.11.0 or newer"),
    ("controllerVersion", 2.15, "controllerVersion"),
    ("albConfig.config", {"edition": "Basic"}, "kubernetes.albConfig.config.edition"),
    ("albConfig.config", {"zoneMappings": [{"vswitchId": "vsw-1"}, {"vSwitchId": "vsw-2"}]}, "config.zoneMappings[0].vswitchId"),
    ("albConfig", {"adopt": "alb", "name": "edge"}, "nothing beside adopt"),
    ("albConfig", {"name": "edge", "takeOver": ["443/HTTPS"]}, "nothing without adopt"),
    ("albConfig", {"adopt": "alb", "takeOver": ["8443/HTTPS"]}, "a listener that this stack declares: 443/HTTPS, 80/HTTP"),
    ("listener", {"quicUpgrade": True}, "HTTP/3 would lead past mutual TLS"),
    ("listener", {"fields": {"quicConfig": {"quicUpgradeEnabled": False}}}, "HTTP/3 would lead past mutual TLS"),
    ("listener", {"fields": {"caEnabled": False}}, "kubernetes.listener has a setting for it"),
    ("listener", {"fields": {"gzipEnabled": "true"}}, "kubernetes.listener.fields.gzipEnabled"),
    ("listener", {"fields": {"gzipenabled": True}}, "gzipEnabled, the nearest"),
    ("listener", {"default": "web"}, "kubernetes.listener.default"),
    ("listener", {"tlsPolicy": "tls_cipher_policy_1_0"}, "kubernetes.listener.tlsPolicy"),
    ("listener", {"port": 8443}, "the controller redirects between those only"),
    ("listener", {"httpPort": 443}, "another port than the other listener's"),
    ("ingresses.demo.host", "demo.other.test", "hosts in the zone example.test"),
    ("ingresses.demo.host", "www.example.test", "mtlsedge:domain points this one at the load balancer"),
    ("ingresses.demo.hosts", ["a.example.test"], "exactly one of host, hosts"),
    ("ingresses.demo.service", "web", "a Service and its port"),
    ("ingresses.demo.caEnabled", True, "client verification is the listener's"),
    ("ingresses.demo.annotations", {"x": "y"}, "typed settings only"),
    ("ingresses.demo.addressType", "Internet", "the AlbConfig owns the ALB"),
    ("ingresses.demo.order", 1001, "kubernetes.ingresses.demo.order"),
    ("ingresses.demo.hashKey", "id", "unless scheduler is uch"),
    ("ingresses.demo.healthCheck", {"host": "a.example.test"}, "the controller has no annotation for it"),
    ("ingresses.demo.cors", {"allowOrigin": ["*"], "allowCredentials": True}, "browsers refuse the pair"),
    ("ingresses.demo.canary", {}, "header, cookie or weight"),
    ("ingresses.two", {"host": "demo.example.test", "service": "web:80"}, "a host in one Ingress"),
    ("domain.proveOwnership", True, "mtlsedge:domain has the same zone"),
    ("statusTimeout", 5, "kubernetes.statusTimeout"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "said"), REFUSED)
def test_a_mistake_is_refused_by_its_key_path(path: str, value: object, said: str) -> None:
    """Each gives a line under mtlsedge:kubernetes with what was found and what is allowed."""
    lines = refusals(path, value)
    assert any(said in line for line in lines), lines
    assert all(line.startswith("mtlsedge:kubernetes") for line in lines), lines


def test_one_owner_an_alb_port() -> None:
    """An AlbConfig that reuses the other entry point's ALB may not take its ports; other ports are free."""
    config = local(
        {
            "loadBalancer": {"id": "alb-1"},
            "domain": {},
            "kubernetes": changed(KUBERNETES, "albConfig.config", OWN_CONFIG),
        }
    )
    assert any("mtlsedge:listener owns port 80, 443" in line for line in problems(config))
    config["mtlsedge:kubernetes"]["listener"] = {"port": 8443, "redirectHttp": False}
    assert problems(config) == []


def test_the_load_balancers_entry_point_may_be_absent() -> None:
    """A stack with a cluster alone needs neither load balancer nor listener; the certificate it does need."""
    absent = {key: {} for key in ("loadBalancer", "listener", "domain", "serverGroups")}
    config = local({**absent, "kubernetes": KUBERNETES})
    assert problems(config) == []
    assert read(config).server_certificate.names == ("demo.example.test",)
    assert any("mtlsedge:serverCertificate" in line for line in problems(config | {"mtlsedge:serverCertificate": {}}))


def test_switching_verification_off_is_a_weakening_and_keeps_the_list() -> None:
    """`off-for-migration` writes caEnabled: false beside the CA, and is named among the weakenings."""
    config = kubernetes("listener", {"clientVerification": "off-for-migration"})
    loaded = read(config)
    https = manifests(loaded.kubernetes, IDS, "x")[0]["spec"]["listeners"][0]
    assert https["caEnabled"] is False
    assert https["caCertificates"] == [{"CertificateId": "0e40dda9"}]
    assert loaded.weakenings == ("mtlsedge:kubernetes.listener.clientVerification: clients need no certificate",)


def test_the_waf_edition_and_a_reused_alb_are_let_in() -> None:
    """StandardWithWaf passes; a reused ALB is given neither name nor zones."""
    waf = manifests(settings("albConfig.config", {"edition": "StandardWithWaf"}), IDS, "x")[0]["spec"]["config"]
    assert waf["edition"] == "StandardWithWaf"
    assert [zone["vSwitchId"] for zone in waf["zoneMappings"]] == ["vsw-1", "vsw-2"]
    assert manifests(settings("albConfig.config", OWN_CONFIG), IDS, "x")[0]["spec"]["config"] == OWN_CONFIG


def test_every_alb_config_of_ours_passes_the_strict_schema() -> None:
    """What settings become is what the schema takes, whatever of it is set."""
    for path, value in (
        ("", None),
        (
            "listener",
            {
                "forwardClientCertificate": {"subject": "x-s"},
                "allowFrom": ["10.0.0.0/8"],
                "fields": {"http2Enabled": True},
            },
        ),
        ("listener", {"redirectHttp": False, "port": 8443}),
    ):
        assert schema_problems(manifests(settings(path, value), IDS, "mtlsedge-local")[0]) == []


def test_typed_settings_become_the_controllers_annotations() -> None:
    """Ports, redirect and health check are always written; the rest where it differs from the default."""
    plain = manifests(settings(), IDS, "x")[-1]["metadata"]["annotations"]
    assert plain[f"{PREFIX}listen-ports"] == '[{"HTTP":80},{"HTTPS":443}]'
    assert plain[f"{PREFIX}ssl-redirect"] == "true"
    assert plain[f"{PREFIX}healthcheck-enabled"] == "true"
    assert f"{PREFIX}sticky-session" not in plain
    rich = {
        **KUBERNETES["ingresses"]["demo"], "sticky": {"mode": "insert", "timeout": 60}, "scheduler": "uch", "hashKey": "id",
        "canary": {"weight": 20}, "trafficLimit": 5, "healthCheck": {"enabled": False}, "backendProtocol": "grpc",
    }  # fmt: skip
    written = manifests(settings("ingresses.demo", rich), IDS, "x")[-1]["metadata"]["annotations"]
    assert all(isinstance(value, str) for value in written.values())
    expected = {
        "sticky-session": "true", "cookie-timeout": "60", "backend-scheduler": "uch", "backend-scheduler-uch-value": "id",
        "canary": "true", "canary-weight": "20", "traffic-limit-qps": "5", "healthcheck-enabled": "false",
    }  # fmt: skip
    assert expected.items() <= {key.removeprefix(PREFIX): value for key, value in written.items()}.items()


@pytest.mark.parametrize("version", ["1.28", "1.32", ""])
def test_ingress_and_class_pass_the_kubernetes_schemas(version: str) -> None:
    """IngressClass and Ingress validate from Kubernetes 1.28 to the newest schema the library has."""
    library = pytest.importorskip("kubernetes_validate")
    chosen = version or library.latest_version()
    documents = [one for one in manifests(settings(), IDS, "x") if one["kind"] != "AlbConfig"]
    assert len(documents) == 2
    for document in documents:
        library.validate(document, chosen, strict=True)


def test_rendered_yaml_is_what_the_stack_applies() -> None:
    """The YAML reads back as the very documents; of an adopted AlbConfig only a comment is written."""
    assert list(yaml.safe_load_all(_text(settings(), IDS, "x"))) == manifests(settings(), IDS, "x")
    adopted = settings("albConfig", {"adopt": "alb"})
    text = _text(adopted, IDS, "x")
    assert [document["kind"] for document in yaml.safe_load_all(text)] == ["Ingress"]
    assert "#   caEnabled: true" in text
