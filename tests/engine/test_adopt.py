"""Topologies that somebody clicked together, adopted: after `up` nothing in the cloud has changed.

Each is made with the vendor's SDK on one local cloud, written down by `mtlsedge adopt`, and imported as a stack of its
own. That nothing changed is read in the cloud's own request log.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.engine.cloud_calls import ALB
from tests.engine.console import Console
from tests.engine.test_kubernetes import ClusterSandbox

pytestmark = pytest.mark.engine
MOVED = {
    "Protocol": "HTTPS", "Host": "${host}", "Path": "/new", "Query": "${query}", "Port": "${port}", "HttpCode": "308",
}  # fmt: skip
WEB = {"HealthCheckConfig.HealthCheckEnabled": "true"}


class Adopting(ClusterSandbox):
    """The sandbox, with what an adoption needs."""

    def adopt(self, stack: str, *arguments: str, check: bool = True) -> Any:
        """`mtlsedge adopt` with the local stack's endpoints."""
        return self.python("-m", "mtlsedge", "adopt", "--stack", stack, "--like", "local", *arguments, check=check)

    def settings(self, stack: str) -> dict[str, Any]:
        """What a written stack file says, without the namespace."""
        document = yaml.safe_load((self.root / f"Pulumi.{stack}.yaml").read_text())
        return {key.removeprefix("mtlsedge:"): value for key, value in document["config"].items()}

    def require_no_write(self, stack: str) -> None:
        """`up` imports and writes nothing; afterwards neither preview shows a change."""
        self.pulumi("stack", "init", stack)
        before = len(self.requests())
        self.pulumi("up", "--yes", "--skip-preview", "--color", "never", "--stack", stack)
        self.pulumi("preview", "--expect-no-changes", "--stack", stack)
        self.pulumi("preview", "--refresh", "--expect-no-changes", "--stack", stack)
        asked = self.requests()[before:]
        assert asked
        assert [] == [entry["action"] for entry in asked if entry.get("writes")]


@pytest.fixture(scope="module")
def clicked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Adopting, Console]]:
    """A cloud with a cluster, and somebody at its console."""
    sandbox = Adopting(tmp_path_factory.mktemp("adopt"), number=32, cluster=True)
    sandbox.start()
    try:
        yield sandbox, Console(sandbox)
    finally:
        sandbox.stop()


def servers(console: Console, *names: str) -> list[dict[str, Any]]:
    """Two instances as the console adds them: weight 100, no description."""
    return [{"ServerId": one, "ServerType": "Ecs", "Port": 80, "Weight": 100} for one in console.instances(*names)]


def console_defaults(console: Console) -> str:
    """A load balancer as the console leaves it: RSA certificate, default policy and timeouts, redirect, one name."""
    group = console.group("web servers", servers(console, "ECS01", "ECS02"), **WEB)
    balancer = console.balancer("edge")
    certificate = console.upload_server_certificate("www", "rsa-2048", "www.example.test")
    console.https(balancer, group, certificate)
    console.redirect(console.listener(balancer, "HTTP", 80, group))
    console.record("www", balancer)
    return balancer


def rsa_and_ecc(console: Console) -> str:
    """RSA by default and ECC by SNI, two certificates more; tags, headers, and times of the operator's own."""
    group = console.group(
        "blue", [{"ServerId": "10.0.0.9", "ServerType": "Ip", "Port": 8080, "Weight": 40, "Description": "blue/one"}],
        ServerGroupType="Ip", Scheduler="Wlc",
        **{"HealthCheckConfig.HealthCheckEnabled": "true", "HealthCheckConfig.HealthCheckProtocol": "TCP",
           "StickySessionConfig.StickySessionEnabled": "true", "StickySessionConfig.StickySessionType": "Insert",
           "StickySessionConfig.CookieTimeout": 300, "Tags.1.Key": "team", "Tags.1.Value": "edge"},
    )  # fmt: skip
    balancer = console.balancer("certificates", **{"Tags.1.Key": "team", "Tags.1.Value": "edge"})
    rsa = console.upload_server_certificate("rsa", "rsa-2048", "rsa.example.test")
    listener = console.https(
        balancer, group, rsa, ListenerDescription="Öffentlich", IdleTimeout=30, RequestTimeout=90,
        SecurityPolicyId="tls_cipher_policy_1_2_strict_with_1_3",
        XForwardedForConfig__XForwardedForClientCertSubjectDNEnabled="true",
        XForwardedForConfig__XForwardedForClientCertSubjectDNAlias="x-subject",
        XForwardedForConfig__XForwardedForProtoEnabled="true",
    )  # fmt: skip
    for number, host in enumerate(("ecc.example.test", "shop.example.test")):
        extra = console.upload_server_certificate(f"ecc {number}", "ecdsa-p256", host)
        console.call(
            ALB, "AssociateAdditionalCertificatesWithListener", ListenerId=listener,
            **{"Certificates.1.CertificateId": extra},
        )  # fmt: skip
    console.record("rsa", balancer, TTL=900)
    return balancer


def two_listeners(console: Console) -> str:
    """HTTPS, and HTTP whose default group is empty; one white list on both, with descriptions; one name each."""
    group = console.group("app", servers(console, "ECS11"), **WEB)
    empty = console.group("nobody", [], ServerGroupType="Ip", **{
        "HealthCheckConfig.HealthCheckEnabled": "false", "StickySessionConfig.StickySessionEnabled": "false",
    })  # fmt: skip
    balancer = console.balancer("two", DeletionProtectionEnabled="false")
    certificate = console.upload_server_certificate("wild", "rsa-2048", "*.example.test")
    https = console.https(balancer, group, certificate, ListenerDescription="https")
    http = console.listener(balancer, "HTTP", 80, empty, ListenerDescription="http")
    console.redirect(http)
    console.acl("offices", {"203.0.113.0/24": "Berlin office", "198.51.100.0/24": ""}, https, http)
    console.record("two", balancer)
    console.record("deux", balancer)
    return balancer


def extra_rules(console: Console) -> str:
    """Rules that a stack file can say, and one whose actions are in another order; a listener past mTLS."""
    group, api = console.group("front", servers(console, "ECS21"), **WEB), console.group("api", [], **WEB)
    by_user = {"Scheduler": "Uch", "UchConfig.Type": "QueryString", "UchConfig.Value": "user"}
    hashed = console.group("hashed", [], **{**WEB, **by_user})
    balancer = console.balancer("rules")
    certificate = console.upload_server_certificate("rules", "rsa-2048", "rules.example.test")
    listener = console.https(balancer, group, certificate, CaEnabled="false", SecurityPolicyId="tls_cipher_policy_1_0")
    host = {"RuleConditions__1__Type": "Host", "RuleConditions__1__HostConfig__Values__1": "api.example.test"}
    path = {"RuleConditions__2__Type": "Path", "RuleConditions__2__PathConfig__Values__1": "/v1/*"}
    console.rule(listener, "api", 10, {**host, **path, **console.forward(api)})
    console.rule(listener, "static files", 20, {
        "RuleConditions__1__Type": "Path", "RuleConditions__1__PathConfig__Values__1": "/static/*",
        "RuleConditions__1__PathConfig__Values__2": "/img/*", **console.forward(group),
    })  # fmt: skip
    pairs = {
        f"RuleConditions__1__QueryStringConfig__Values__1__{part}": text
        for part, text in (("Key", "v"), ("Value", "2"))
    }
    console.rule(listener, "second version", 25, {
        "RuleConditions__1__Type": "QueryString", **pairs, "RuleConditions__2__Type": "Header",
        "RuleConditions__2__HeaderConfig__Key": "x-tenant", "RuleConditions__2__HeaderConfig__Values__1": "acme*",
        **console.forward(hashed),
    })  # fmt: skip
    console.rule(listener, "teapot", 30, {
        "RuleConditions__1__Type": "Header", "RuleConditions__1__HeaderConfig__Key": "x-tea",
        "RuleConditions__1__HeaderConfig__Values__1": "yes", "RuleActions__1__Order": 1,
        "RuleActions__1__Type": "FixedResponse", "RuleActions__1__FixedResponseConfig__HttpCode": "418",
        "RuleActions__1__FixedResponseConfig__Content": "teapot",
        "RuleActions__1__FixedResponseConfig__ContentType": "text/plain",
    })  # fmt: skip
    console.rule(listener, "old place", 40, {
        "RuleConditions__1__Type": "Path", "RuleConditions__1__PathConfig__Values__1": "/old/*",
        "RuleActions__1__Order": 1, "RuleActions__1__Type": "Redirect",
        **{f"RuleActions__1__RedirectConfig__{key}": value for key, value in MOVED.items()},
    })  # fmt: skip
    other = {key.replace("Tuples__1", "Tuples__2"): value for key, value in console.forward(group).items()}
    shares = {"RuleConditions__1__Type": "Path", "RuleConditions__1__PathConfig__Values__1": "/new/*"}
    console.rule(listener, "shared", 45, {**shares, **console.forward(api), **other})
    console.rule(listener, "rewritten", 50, {
        "RuleConditions__1__Type": "Path", "RuleConditions__1__PathConfig__Values__1": "/sheep/*",
        "RuleActions__1__Order": 1, "RuleActions__1__Type": "Rewrite", "RuleActions__1__RewriteConfig__Path": "/goat",
        "RuleActions__1__RewriteConfig__Host": "${host}", "RuleActions__1__RewriteConfig__Query": "${query}",
        **{key.replace("__1__", "__2__", 1): value for key, value in console.forward(api).items()},
        "RuleActions__2__Order": 2,
    })  # fmt: skip
    cors = {"AllowOrigin__1": "https://a.example.test", "AllowCredentials": "on", "MaxAge": 60}
    console.rule(listener, "pages", 55, {
        "RuleConditions__1__Type": "Path", "RuleConditions__1__PathConfig__Values__1": "/pages/*",
        "RuleActions__1__Order": 1, "RuleActions__1__Type": "TrafficLimit", "RuleActions__1__TrafficLimitConfig__QPS": 10,
        "RuleActions__2__Order": 2, "RuleActions__2__Type": "Cors",
        **{f"RuleActions__2__CorsConfig__{key}": value for key, value in cors.items()},
        **{key.replace("__1__", "__3__", 1): value for key, value in console.forward(api).items()}, "RuleActions__3__Order": 3,
    })  # fmt: skip
    console.rule(listener, "later", 60, {
        "RuleConditions__1__Type": "Path", "RuleConditions__1__PathConfig__Values__1": "/later/*",
        "RuleActions__1__Order": 1, "RuleActions__1__Type": "RemoveHeader", "RuleActions__1__RemoveHeaderConfig__Key": "x-a",
        **{key.replace("__1__", "__2__", 1): value for key, value in console.forward(api).items()}, "RuleActions__2__Order": 7,
    })  # fmt: skip
    console.listener(balancer, "HTTP", 8080, api)
    return balancer


TOPOLOGIES: dict[str, Callable[[Console], str]] = {
    "defaults": console_defaults,
    "certificates": rsa_and_ecc,
    "listeners": two_listeners,
    "rules": extra_rules,
}


@pytest.mark.parametrize("name", list(TOPOLOGIES))
def test_adoption_writes_nothing_to_the_cloud(clicked: tuple[Adopting, Console], name: str) -> None:
    """The stack file that `adopt` writes imports the topology; the request log has no write, and previews are quiet."""
    sandbox, console = clicked
    balancer = TOPOLOGIES[name](console)
    said = sandbox.adopt(name, "--load-balancer", balancer).stdout
    EXPECTED[name](sandbox.settings(name), said)
    sandbox.require_no_write(name)


def _defaults(settings: dict[str, Any], said: str) -> None:
    assert {"load-balancer", "listener", "http-listener", "redirect-rule", "record/www"} < set(settings["adopt"])
    assert "its default action forwards to" in said


def _certificates(settings: dict[str, Any], said: str) -> None:
    assert settings["serverCertificate"]["additional"].keys() == {"ecc-0", "ecc-1"}
    assert settings["listener"]["forwardClientCertificate"] == {"subject": "x-subject"}
    assert "X-Forwarded-Proto" in said and "Öffentlich" in said


def _listeners(settings: dict[str, Any], _said: str) -> None:
    assert settings["listener"]["allowFrom"] == {"198.51.100.0/24": "", "203.0.113.0/24": "Berlin office"}
    assert {"deny-group", "listener-acl/http", "listener-acl/https"} < set(settings["adopt"])
    assert settings["domain"]["names"] == ["deux", "two"]


def _rules(settings: dict[str, Any], said: str) -> None:
    rules = settings["listener"]["rules"]
    assert rules.keys() == {
        "api",
        "static-files",
        "second-version",
        "teapot",
        "old-place",
        "shared",
        "rewritten",
        "pages",
    }
    assert (rules["rewritten"]["serverGroup"], rules["rewritten"]["rewrite"]) == ("api", {"path": "/goat"})
    assert rules["pages"]["trafficLimit"] == {"qps": 10}
    assert rules["pages"]["cors"] == {
        "allowOrigins": ["https://a.example.test"],
        "allowCredentials": True,
        "maxAge": 60,
    }
    assert rules["shared"] == {"serverGroups": {"api": 100, "front": 100}, "priority": 45, "paths": ["/new/*"]}
    assert rules["teapot"]["fixedResponse"] == {"code": 418, "content": "teapot", "contentType": "text/plain"}
    assert rules["old-place"]["redirect"] == {"path": "/new", "code": 308}
    second = {"serverGroup": "hashed", "priority": 25, "headers": {"x-tenant": ["acme*"]}, "query": {"v": ["2"]}}
    assert settings["listener"]["rules"]["second-version"] == second
    assert (settings["serverGroups"]["hashed"]["scheduler"], settings["serverGroups"]["hashed"]["hashKey"]) == (
        "Uch",
        "user",
    )
    assert settings["listener"]["clientVerification"] == "off-for-migration"
    assert settings["listener"]["tlsPolicyBelow12"] == "accept-tls-1.0-for-old-clients"
    assert (
        "later" in said and "in the order" in said and "8080/HTTP" in said and "asks for no client certificate" in said
    )


EXPECTED: dict[str, Callable[[dict[str, Any], str], None]] = {
    "defaults": _defaults,
    "certificates": _certificates,
    "listeners": _listeners,
    "rules": _rules,
}


def test_an_alb_config_is_adopted_without_a_write(clicked: tuple[Adopting, Console]) -> None:
    """A listener that somebody wrote into an AlbConfig by hand is looked after from now on, and byte for byte the same."""
    sandbox, console = clicked
    certificate = console.upload_server_certificate("cluster", "ecdsa-p256", "demo.example.test")
    document = {
        "apiVersion": "alibabacloud.com/v1",
        "kind": "AlbConfig",
        "metadata": {"name": "alb"},
        "spec": {
            "config": {
                "name": "ack", "addressType": "Internet",
                "zoneMappings": [{"vSwitchId": switch} for switch in console.switches.values()],
            },
            "listeners": [
                {"port": 80, "protocol": "HTTP"},
                {
                    "port": 443, "protocol": "HTTPS", "caEnabled": True,
                    "certificates": [{"CertificateId": certificate}],
                    "caCertificates": [{"CertificateId": console.ca}],
                    "securityPolicyId": "tls_cipher_policy_1_2", "gzipEnabled": False,
                    "xForwardedForConfig": {"XForwardedForProtoEnabled": True, "XForwardedForSLBIdEnabled": False},
                },
            ],
        },
    }  # fmt: skip
    sandbox.kubectl("create", "-f", "-", stdin=json.dumps(document))
    spec = sandbox.alb_config("alb")["spec"]
    said = sandbox.adopt("cluster", "--albconfig", "alb", "--kubeconfig", ".local/kubeconfig",
                         "--cluster-identifier", "local").stdout  # fmt: skip
    assert "listener 80/HTTP" in said
    version = _settled_version(sandbox)
    sandbox.require_no_write("cluster")
    assert sandbox.alb_config("alb")["spec"] == spec
    assert sandbox.alb_config("alb")["metadata"]["generation"] == version


def _settled_version(sandbox: Adopting) -> int:
    sandbox.kubectl("wait", "albconfig/alb", "--for=jsonpath={.status.loadBalancer.id}", "--timeout=60s")
    return int(sandbox.alb_config("alb")["metadata"]["generation"])


def test_what_up_would_have_to_change_is_refused(clicked: tuple[Adopting, Console]) -> None:
    """A listener without a CA and with a policy of its own gets no stack file, and each reason is said at once."""
    sandbox, console = clicked
    group = console.group("plain", [], **WEB)
    balancer = console.balancer("no-ca")
    certificate = console.upload_server_certificate("no-ca", "rsa-2048", "no-ca.example.test")
    policy = console.make(ALB, "CreateSecurityPolicy", "SecurityPolicyId", SecurityPolicyName="own",
                          **{"TLSVersions.1": "TLSv1.2", "Ciphers.1": "ECDHE-RSA-AES128-GCM-SHA256"})  # fmt: skip
    console.listener(balancer, "HTTPS", 443, group, Certificates__1__CertificateId=certificate, SecurityPolicyId=policy)
    refused = sandbox.adopt("refused", "--load-balancer", balancer, check=False)
    assert refused.returncode == 1
    assert "found 0 CA certificates" in refused.stdout and policy in refused.stdout
    assert not (sandbox.root / "Pulumi.refused.yaml").exists()
