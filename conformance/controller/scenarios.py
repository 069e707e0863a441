"""What the vendor's controller is asked to do, in this order on one stage, and what has to come of it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance.controller.stage import NODE_PORT, Broken, Stage
from local.cloud.cas import pca_signing
from local.kubernetes.client import ALB_CONFIG, INGRESS, INGRESS_CLASS, SECRET
from local.kubernetes.controller.openapi import tags_of

PEM = serialization.Encoding.PEM
Json = dict[str, Any]
PREFIX = "alb.ingress.kubernetes.io/"
HTTP: Json = {"port": 80, "protocol": "HTTP"}
FIRST, SECOND = "first", "second"
"""Two AlbConfigs, and the ALBs of the same names."""
HOST = "demo.example.test"
BOTH = '[{"HTTP":80},{"HTTPS":443}]'


@dataclass(frozen=True)
class Scenario:
    """One thing to be seen. `fact` says why it cannot come out well: something about the controller."""

    name: str
    play: Callable[[Stage], None]
    fact: str = ""


def _config(stage: Stage, *listeners: Json, name: str = FIRST, **config: Any) -> None:
    zones = [{"vSwitchId": switch} for switch in stage.switches.values()]
    spec = {
        "config": {"name": name, "addressType": "Internet", "zoneMappings": zones, **config},
        "listeners": list(listeners),
    }
    stage.client.apply(ALB_CONFIG, {"metadata": {"name": name}, "spec": spec})
    parameters = {"apiGroup": "alibabacloud.com", "kind": "AlbConfig", "name": name}
    of = {"controller": "ingress.k8s.alibabacloud/alb", "parameters": parameters}
    stage.client.apply(INGRESS_CLASS, {"metadata": {"name": name}, "spec": of})


def _ingress(stage: Stage, name: str, *paths: str, host: str = HOST, of: str = FIRST, service: str = "web", kind: str = "Prefix",
             port: Json | None = None, tls: Json | None = None, **notes: str) -> None:  # fmt: skip
    backend = {"service": {"name": service, "port": port or {"number": 80}}}
    entries = [{"path": path, "pathType": kind, "backend": backend} for path in paths or ("/",)]
    annotations = {PREFIX + key.replace("_", "-"): value for key, value in notes.items()}
    spec = {
        "ingressClassName": of,
        "rules": [{"host": host, "http": {"paths": entries}}],
        **({"tls": [tls]} if tls else {}),
    }
    stage.client.apply(
        INGRESS, {"metadata": {"name": name, "namespace": "default", "annotations": annotations}, "spec": spec}
    )


def _gone(stage: Stage, *names: str) -> None:
    for name in names:
        stage.client.delete(INGRESS, name, "default")


def _address(stage: Stage, name: str) -> Any:
    found = stage.client.get(INGRESS, name, "default") or {}
    return ((found.get("status") or {}).get("loadBalancer") or {}).get("ingress")


def _certificate(host: str) -> tuple[str, str]:
    """PEM of a certificate for a host that is signed with its own key, and of that key."""
    key, name, now = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]),
        datetime.now(UTC),
    )
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=90))
    )
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    kind, kept = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return tuple(text.decode() for text in (made.public_bytes(PEM), key.private_bytes(PEM, kind, kept)))  # type: ignore[return-value]


def _upload(stage: Stage, host: str) -> str:
    certificate, key = _certificate(host)
    return str(stage.api("cas", "UploadUserCertificate", Name=f"of-{host}", Cert=certificate, Key=key)["ResourceId"])


def _all(stage: Stage) -> dict[str, list[str]]:
    names = {
        "LoadBalancers": "LoadBalancerId",
        "Listeners": "ListenerId",
        "Rules": "RuleId",
        "ServerGroups": "ServerGroupId",
        "Acls": "AclId",
    }
    return {what: [row[key] for row in stage.rows(what)] for what, key in names.items()}


def makes(stage: Stage) -> None:
    """A foreign group and list stand there already, which are none of its business."""
    _foreign(stage)
    _config(stage, HTTP)
    stage.await_(lambda: stage.balancer(FIRST).get("LoadBalancerStatus") == "Active", "there is no ALB")
    stage.await_(lambda: stage.listener(FIRST, 80).get("ListenerStatus") == "Running", "there is no listener")
    stage.await_(lambda: _status(stage).get("dnsname") == stage.balancer(FIRST)["DNSName"], "the status has no name")


def _foreign(stage: Stage) -> None:
    sent = {"VpcId": stage.network, "HealthCheckConfig": {"HealthCheckEnabled": False}}
    stage.api("alb", "CreateServerGroup", ServerGroupName="foreign", **sent)
    stage.api("alb", "CreateAcl", AclName="foreign")


def _status(stage: Stage, name: str = FIRST) -> Json:
    return ((stage.client.get(ALB_CONFIG, name) or {}).get("status") or {}).get("loadBalancer") or {}


def serves(stage: Stage) -> None:
    """Each Node's instance at the Service's port."""
    _ingress(stage, "demo")
    stage.await_(lambda: stage.paths(FIRST, 80) == ["/*"], "there is no rule")
    stage.await_(lambda: _address(stage, "demo"), "the Ingress has no address")
    stage.await_(
        lambda: _served_by(stage) == {one["id"] for one in stage.instances.values()}, "the group lacks an instance"
    )


def _served_by(stage: Stage, number: int = 0) -> set[str]:
    (action,) = [one for one in stage.rules(FIRST, 80)[number]["RuleActions"] if one["Type"] == "ForwardGroup"]
    (member,) = action["ForwardGroupConfig"]["ServerGroupTuples"]
    return {row["ServerId"] for row in stage.servers(member["ServerGroupId"]) if int(row["Port"]) == NODE_PORT}


def follows_nodes(stage: Stage) -> None:
    """One that joins is added."""
    added = stage.add_node("node-c", "b")
    stage.await_(lambda: added["id"] in _served_by(stage), "the new instance is in no group")


def serves_pods(stage: Stage) -> None:
    """A Service that says `eni`, whose pod has the address of an instance's interface."""
    stage.add_pods("pods", stage.instances["node-a"]["address"])
    _ingress(stage, "pods", host="pods.example.test", service="pods")

    def types() -> set[str]:
        tuples = [
            one["ForwardGroupConfig"]["ServerGroupTuples"]
            for row in stage.rules(FIRST, 80)
            for one in row["RuleActions"]
        ]
        return {
            row["ServerType"] for members in tuples for one in members for row in stage.servers(one["ServerGroupId"])
        }

    stage.await_(lambda: "Eni" in types(), "no interface is in a group")
    _gone(stage, "pods")
    stage.await_(lambda: stage.paths(FIRST, 80) == ["/*"], "the rule stays")


def is_quiet(stage: Stage) -> None:
    stage.await_quiet()
    stage.restart()
    stage.await_quiet()


def as_written(stage: Stage) -> None:
    """What ours has to do as well: tests/local/test_controller_objects.py."""
    _ingress(stage, "demo", "/", "/tea", "/tea/green")
    stage.await_(lambda: stage.paths(FIRST, 80) == ["/*", "/tea", "/tea/green"], "paths are not in the order written")
    _ingress(stage, "before", "/zero", order="9")
    stage.await_(lambda: stage.paths(FIRST, 80) == ["/zero", "/*", "/tea", "/tea/green"], "a lower order is not first")
    _gone(stage, "before")
    _ingress(stage, "demo")
    stage.await_(lambda: stage.paths(FIRST, 80) == ["/*"], "rules stay that nobody wants")


def one_order_twice(stage: Stage) -> None:
    _ingress(stage, "demo", order="5")
    _ingress(stage, "other", host="other.example.test", order="5")
    stage.await_(
        lambda: any("conflict Ingress group order: 5" in one for one in stage.events(FIRST)), "no event says so"
    )
    _gone(stage, "other")
    _ingress(stage, "demo")
    stage.await_quiet()


def weighs(stage: Stage) -> None:
    _ingress(stage, "share", service="tea", canary="true", canary_weight="30")

    def weights() -> list[int]:
        found = [one["ForwardGroupConfig"]["ServerGroupTuples"] for one in stage.rules(FIRST, 80)[0]["RuleActions"]]
        return sorted(int(member["Weight"]) for member in found[0])

    stage.await_(lambda: weights() == [30, 70], "the canary has no share")
    _gone(stage, "share")
    stage.await_(lambda: weights() == [100], "the canary keeps its share")


def checks_health(stage: Stage) -> None:
    _ingress(
        stage, "demo", healthcheck_enabled="true", healthcheck_path="/health", healthcheck_httpcode="http_2xx,http_3xx"
    )

    def config() -> Json:
        found = stage.rules(FIRST, 80)[0]["RuleActions"][0]["ForwardGroupConfig"]["ServerGroupTuples"][0][
            "ServerGroupId"
        ]
        return dict(stage.rows("ServerGroups", ServerGroupIds=[found])[0]["HealthCheckConfig"])

    stage.await_(lambda: config().get("HealthCheckPath") == "/health", "the check is not switched on")
    if (codes := config().get("HealthCheckHttpCodes")) != ["http_2xx", "http_3xx"]:
        raise Broken(f"codes that were sent are kept as {codes}")
    _ingress(stage, "demo", healthcheck_enabled="false")
    stage.await_(lambda: not config().get("HealthCheckEnabled"), "the check is not switched off")
    _ingress(stage, "demo")


def secures(stage: Stage) -> None:
    _config(stage, HTTP, _https(_upload(stage, HOST)))
    stage.await_(lambda: stage.listener(FIRST, 443).get("ListenerStatus") == "Running", "there is no HTTPS listener")
    _ingress(stage, "demo", tls={"hosts": [HOST]}, listen_ports=BOTH, ssl_redirect="true")
    stage.await_(lambda: stage.paths(FIRST, 443) == ["/*"], "there is no rule on 443")
    stage.await_(
        lambda: _first_action(stage).get("RedirectConfig", {}).get("HttpCode") == "308", "port 80 does not redirect"
    )


def _https(*certificates: str, **more: Any) -> Json:
    listed = [{"CertificateId": one, "IsDefault": not number} for number, one in enumerate(certificates)]
    return {"port": 443, "protocol": "HTTPS", **({"certificates": listed} if listed else {}), **more}


def _first_action(stage: Stage) -> Json:
    found = stage.rules(FIRST, 80)
    return dict(found[0]["RuleActions"][0]) if found else {}


def verifies(stage: Stage) -> None:
    made = stage.api("cas", "CreateWarehouse", Name="clients", Type="uploadedAuthorityCertificate")
    row = stage.api("cas", "ListCertWarehouse", InstanceId=made["WarehouseInstanceId"])["CertWarehouseList"][0]
    root = pca_signing.authority({"CommonName": "clients"}, "RSA_2048", 3650, None).certificate_pem
    ca = stage.api("cas", "UploadPCACert", Name="clients", WarehouseId=row["WhId"], Cert=root)["Identifier"]
    _config(
        stage,
        HTTP,
        {
            **_https(_upload(stage, "mutual.example.test"), port=8443),
            "caEnabled": True,
            "caCertificates": [{"CertificateId": ca}],
        },
    )
    stage.await_(lambda: stage.listener(FIRST, 8443).get("ListenerStatus") == "Running", "there is no listener")
    if not stage.listener(FIRST, 8443).get("CaEnabled"):
        raise Broken("CreateListener has CaCertificates and no CaEnabled")


def drops_listener(stage: Stage) -> None:
    """With an Ingress on it."""
    _config(stage, HTTP)
    stage.await_(lambda: not stage.listener(FIRST, 443) and not stage.listener(FIRST, 8443), "a listener stays")
    _ingress(stage, "demo")
    stage.await_(lambda: stage.paths(FIRST, 80) == ["/*"], "there is no rule")


def searches(stage: Stage) -> None:
    identifier = _upload(stage, "search.example.test")
    stage.restart()  # it keeps the account's list for some minutes
    _config(stage, HTTP, _https())
    _ingress(stage, "search", host="search.example.test", tls={"hosts": ["search.example.test"]})
    stage.await_(lambda: _serving(stage) == [identifier], "the listener has not the account's certificate for the host")
    _gone(stage, "search")


def _serving(stage: Stage) -> list[str]:
    listener = stage.listener(FIRST, 443)
    rows = (
        stage.api.pages("alb", "ListListenerCertificates", "Certificates", ListenerId=listener["ListenerId"])
        if listener
        else ()
    )
    return [row["CertificateId"] for row in rows if row.get("CertificateType", "Server") == "Server"]


def uploads(stage: Stage) -> None:
    certificate, key = _certificate("secret.example.test")
    data = {
        name: base64.b64encode(text.encode()).decode() for name, text in (("tls.crt", certificate), ("tls.key", key))
    }
    stage.client.apply(
        SECRET, {"metadata": {"name": "shop", "namespace": "default"}, "type": "kubernetes.io/tls", "data": data}
    )
    host = "secret.example.test"
    _ingress(stage, "secret", host=host, tls={"hosts": [host], "secretName": "shop"})

    def listed() -> list[str]:
        rows = stage.api("cas", "ListUserCertificateOrder", OrderType="UPLOAD", ShowSize=50)["CertificateOrderList"]
        return [row["CommonName"] for row in rows if row["CommonName"] == host]

    stage.await_(listed, "the Secret's certificate is not uploaded")
    stage.await_(lambda: _serving(stage), "the listener has no certificate")
    _gone(stage, "secret")
    _config(stage, HTTP)
    stage.await_(lambda: not stage.listener(FIRST, 443), "the listener stays")


def lets_in(stage: Stage) -> None:
    """A list of its own that allows, then one that keeps out."""
    for kind in ("White", "Black"):
        _config(stage, HTTP | {"aclConfig": {"aclType": kind, "aclEntries": ["10.0.0.0/8"]}})

        def applied(kind: str = kind) -> bool:
            config = stage.listener(FIRST, 80).get("AclConfig") or {}
            return bool(config.get("AclRelations")) and config.get("AclType") == kind

        stage.await_(applied, f"the listener has no list of the type {kind}")


def answers(stage: Stage) -> None:
    """A rule about answers beside one about requests."""
    notes = {
        "rule-direction.use-annotation": "Response",
        "actions.use-annotation": '[{"type":"RemoveHeader","RemoveHeaderConfig":{"key":"x-secret"}}]',
        "conditions.use-annotation": '[{"type":"ResponseStatusCode","responseStatusCodeConfig":{"values":["200"]}}]',
    }
    _ingress(
        stage,
        "answers",
        host="answers.example.test",
        service="use-annotation",
        port={"name": "use-annotation"},
        **notes,
    )
    stage.await_(lambda: any(row["Direction"] == "Response" for row in stage.rules(FIRST, 80)), "there is no such rule")
    stage.await_quiet()
    _gone(stage, "answers")
    stage.await_(lambda: all(row["Direction"] == "Request" for row in stage.rules(FIRST, 80)), "the rule stays")


def keeps_in_line(stage: Stage) -> None:
    """Name, tags, deletion protection."""
    _config(stage, HTTP, tags=[{"key": "team", "value": "edge"}])
    stage.await_(lambda: tags_of(stage.balancer(FIRST)).get("team") == "edge", "the ALB has no such tag")
    stage.await_(lambda: _protection(stage), "the ALB is not protected")
    stage.api("alb", "DisableDeletionProtection", ResourceId=stage.balancer(FIRST)["LoadBalancerId"])
    _config(stage, HTTP)
    stage.await_(lambda: _protection(stage), "protection that was switched off by hand stays off")


def _protection(stage: Stage) -> bool:
    return bool((stage.balancer(FIRST).get("DeletionProtectionConfig") or {}).get("Enabled"))


def second_beside_first(stage: Stage) -> None:
    """Neither takes the other's groups for its own."""
    before = set(_all(stage)["ServerGroups"])
    _config(stage, HTTP, name=SECOND)
    stage.await_(lambda: _status(stage, SECOND).get("dnsname"), "there is no second ALB")
    if lost := before - set(_all(stage)["ServerGroups"]):
        raise Broken(f"{len(lost)} groups of the first one are gone")


def reuses(stage: Stage) -> None:
    """Somebody's ALB, given up again: it loses the controller's tags."""
    zones = [{"VSwitchId": switch, "ZoneId": zone} for zone, switch in stage.switches.items()]
    made = stage.api("alb", "CreateLoadBalancer", VpcId=stage.network, AddressType="Internet", LoadBalancerEdition="Standard",
                     LoadBalancerName="mine", LoadBalancerBillingConfig={"PayType": "PostPay"}, ZoneMappings=zones)  # fmt: skip
    stage.await_(lambda: stage.balancer("mine")["LoadBalancerStatus"] == "Active", "it is not active")
    stage.client.apply(ALB_CONFIG, {"metadata": {"name": "mine"}, "spec": {"config": {"id": made["LoadBalancerId"]}}})
    stage.await_(lambda: "ack.aliyun.com" in tags_of(stage.balancer("mine")), "it is not claimed")
    stage.client.delete(ALB_CONFIG, "mine")
    stage.await_(lambda: not stage.client.get(ALB_CONFIG, "mine"), "the AlbConfig does not go")
    if left := [key for key in tags_of(stage.balancer("mine")) if key.startswith(("ack.", "ingress.k8s"))]:
        raise Broken(f"it is claimed still: {', '.join(left)}")
    stage.api("alb", "DeleteLoadBalancer", LoadBalancerId=made["LoadBalancerId"])


def logs(stage: Stage) -> None:
    _config(stage, HTTP, accessLogConfig={"logProject": "logs", "logStore": "alb_demo"})
    stage.await_(
        lambda: (stage.balancer(FIRST).get("AccessLogConfig") or {}).get("LogProject") == "logs",
        "there is no access log",
    )
    _config(stage, HTTP)
    stage.await_(
        lambda: not (stage.balancer(FIRST).get("AccessLogConfig") or {}).get("LogProject"), "the access log stays on"
    )


def goes(stage: Stage) -> None:
    """With an Ingress that uses it, as the guide says."""
    for name in (FIRST, SECOND):
        stage.client.delete(ALB_CONFIG, name)
    for name in (FIRST, SECOND):
        stage.await_(lambda name=name: not stage.client.get(ALB_CONFIG, name), f"the AlbConfig {name} does not go")
    _gone(stage, "demo")


def leaves_nothing(stage: Stage) -> None:
    """But for what stood there before."""
    left = _all(stage)
    foreign = {row["ServerGroupId"] for row in stage.rows("ServerGroups") if row["ServerGroupName"] == "foreign"}
    foreign |= {row["AclId"] for row in stage.rows("Acls") if row["AclName"] == "foreign"}
    if len(foreign) != 2:
        raise Broken("it deleted what was not its own")
    found = [f"{len(set(ids) - foreign)} {what}" for what, ids in left.items() if set(ids) - foreign]
    if found:
        raise Broken(", ".join(found))


SCENARIOS = (
    Scenario("an AlbConfig becomes an ALB with its listener", makes),
    Scenario("an Ingress becomes a rule and a group of the Nodes' instances", serves),
    Scenario("a Node that joins is added", follows_nodes),
    Scenario("pods are added by their network interfaces", serves_pods),
    Scenario("nothing is written while nothing changes, after a restart either", is_quiet),
    Scenario("rules are tried by `order`, then by name, then as written", as_written),
    Scenario("an `order` that two Ingresses have is refused", one_order_twice),
    Scenario("a canary by weight takes its share", weighs),
    Scenario("a health check is switched on, changed and off", checks_health),
    Scenario("an HTTPS listener, and a redirect to it", secures),
    Scenario(
        "`caEnabled: true` verifies clients",
        verifies,
        "the open-source controller drops `caEnabled`; its documentation calls the field reserved",
    ),
    Scenario("a listener goes that AlbConfig no longer names, used or not", drops_listener),
    Scenario("a certificate is searched in the account by its host", searches),
    Scenario("a Secret's certificate is uploaded and served", uploads),
    Scenario("an access control list from entries, and a change of its type", lets_in),
    Scenario("a rule about answers", answers),
    Scenario("tags and deletion protection are kept in line", keeps_in_line),
    Scenario("a second AlbConfig beside the first", second_beside_first),
    Scenario("an ALB that exists is reused and given up", reuses),
    Scenario(
        "an access log",
        logs,
        "it asks Log Service at the region's public name, whatever endpoint the environment gives",
    ),
    Scenario("an AlbConfig is deleted while an Ingress uses it", goes),
    Scenario(
        "nothing of it is left in the account", leaves_nothing, "lists that it made from entries it never deletes"
    ),
)
