"""A local stack with a cluster, for tests that talk to its API server; number 21 to 24 keep addresses apart."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.kubernetes.accounts import Tokens
from local.kubernetes.client import ALB_CONFIG, EVENT, INGRESS, INGRESS_CLASS, Client
from local.kubernetes.controller.names import RESOURCE_TAG
from local.kubernetes.controller.openapi import Api, CloudError, tag_parameters, tags_of
from local.places import REGION
from tests.engine.sandbox import Sandbox
from tests.local.edge_support import intermediate, issue, leaf_below
from tests.waiting import eventually


class ClusterSandbox(Sandbox):
    """A sandbox whose stack has a cluster, whatever its stack file says."""

    def base_environment(self):
        return super().base_environment() | {"MTLSEDGE_LOCAL_KUBERNETES": "1"}

    def client(self, who: str = "admin") -> Client:
        """Client of the API server as administrator, as the stack, or as the controller."""
        folder = self.local / "cloud" / "kubernetes"
        tokens = Tokens(**json.loads((folder / "tokens.json").read_text()))
        port = int((folder / "port").read_text())
        return Client("127.0.0.1", port, str(folder / "api-ca.crt"), getattr(tokens, who), f"test-{who}")

    @property
    def api(self) -> Api:
        """Signed calls to the local cloud."""
        keys = json.loads((self.local / "cloud" / "credentials.json").read_text())
        return Api(f"127.0.0.1:{self.api_port}", REGION, keys["accessKeyId"], keys["accessKeySecret"])

    def network(self) -> dict[str, Any]:
        """A VPC with a vSwitch in each of two zones."""
        vpc = self.api("vpc", "CreateVpc", RegionId=REGION, CidrBlock="192.168.0.0/16")["VpcId"]
        switches = {}
        for number, zone in enumerate("ab", 1):
            switches[REGION + zone] = eventually(lambda n=number, z=zone: self._switch(vpc, n, z))
        return {"vpc": vpc, "zones": switches}

    def _switch(self, vpc: str, number: int, zone: str) -> str | None:
        try:
            return self.api("vpc", "CreateVSwitch", RegionId=REGION, VpcId=vpc, ZoneId=REGION + zone,
                            CidrBlock=f"192.168.{number}.0/24")["VSwitchId"]  # fmt: skip
        except CloudError:
            return None

    def upload_ca(self, pem: str) -> str:
        """Identifier of an uploaded CA."""
        made = self.api("cas", "CreateWarehouse", Name=f"ca{time.monotonic_ns()}", Type="uploadedAuthorityCertificate")
        rows = self.api("cas", "ListCertWarehouse", InstanceId=made["WarehouseInstanceId"])["CertWarehouseList"]
        return str(self.api("cas", "UploadPCACert", WarehouseId=rows[0]["WhId"], Cert=pem)["Identifier"])

    def upload_certificate(self, issued, name: str) -> str:
        """Id, as a listener takes it, of an uploaded server certificate."""
        chain = issued.pem + "".join(one.pem for one in issued.chain)
        return str(self.api("cas", "UploadUserCertificate", Name=name, Cert=chain, Key=issued.key_pem)["ResourceId"])

    def alb_config(self, name: str = "alb") -> dict[str, Any]:
        """AlbConfig as it stands; an empty document when there is none."""
        return self.client().get(ALB_CONFIG, name) or {}

    def status(self, name: str = "alb") -> dict[str, Any]:
        """`status.loadBalancer` of an AlbConfig."""
        return (self.alb_config(name).get("status") or {}).get("loadBalancer") or {}

    def messages(self, name: str) -> list[str]:
        """Messages of the events about an object."""
        items = self.client().list(EVENT)["items"]
        return [one["message"] for one in items if one["involvedObject"]["name"] == name]

    def make_balancer(self, network: dict[str, Any], tags: dict[str, str]) -> str:
        """Id of an ALB that is made by a call, not by the controller."""
        zones = [{"VSwitchId": switch, "ZoneId": zone} for zone, switch in network["zones"].items()]
        return str(self.api("alb", "CreateLoadBalancer", AddressType="Intranet", LoadBalancerEdition="Standard",
                            VpcId=network["vpc"], ZoneMappings=zones, Tag=tag_parameters(tags),
                            LoadBalancerBillingConfig={"PayType": "PostPay"})["LoadBalancerId"])  # fmt: skip

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """What the account holds of a kind of ALB resource."""
        action, key = {"balancers": ("ListLoadBalancers", "LoadBalancers"), "listeners": ("ListListeners", "Listeners"),
                       "rules": ("ListRules", "Rules"), "groups": ("ListServerGroups", "ServerGroups"),
                       "acls": ("ListAcls", "Acls")}[kind]  # fmt: skip
        return list(self.api.pages("alb", action, key))

    def listener(self, port: int) -> dict[str, Any]:
        """Attributes of the listener of a port, on whatever ALB."""
        row = next((one for one in self.rows("listeners") if one["ListenerPort"] == port), None)
        return self.api("alb", "GetListenerAttribute", ListenerId=row["ListenerId"]) if row else {}

    def place(self, port: int) -> tuple[str, int]:
        """Address and port of this machine at which a listener is served."""
        self.python("-m", "local", "endpoints", env=self.base_environment())
        document = json.loads((self.local / "endpoints.json").read_text())
        return next((one["address"], one["port"]) for one in document["listeners"] if one["declaredPort"] == port)


class Pki:
    """A private CA with a client and a server below it."""

    def __init__(self, folder: Path, host: str = "demo.example.test") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.root = issue("Test Root", ca=True, path_length=1, days=3000)
        between = intermediate(self.root)
        self.server = leaf_below(between, host, usage="server", names=[host])
        self.client = leaf_below(between, "alice").write(folder, "alice")
        self.stranger = issue("mallory", issue("Other Root", ca=True)).write(folder, "mallory")


def albconfig(network: dict[str, Any], *listeners: dict[str, Any], name: str = "alb", **config: Any) -> dict[str, Any]:
    """An AlbConfig over a network."""
    zones = [{"vSwitchId": switch} for switch in network["zones"].values()]
    spec = {
        "config": {"name": f"test-{name}", "addressType": "Internet", "zoneMappings": zones, **config},
        "listeners": list(listeners),
    }
    return {"metadata": {"name": name}, "spec": spec}


def ingress_class(name: str = "alb", alb_config: str = "alb") -> dict[str, Any]:
    """An IngressClass that leads to an AlbConfig."""
    parameters = {"apiGroup": "alibabacloud.com", "kind": "AlbConfig", "name": alb_config}
    return {
        "metadata": {"name": name},
        "spec": {"controller": "ingress.k8s.alibabacloud/alb", "parameters": parameters},
    }


def ingress(name: str = "demo", host: str = "demo.example.test", service: str = "web", *, paths: Any = (("/", "Prefix"),),
            tls: bool = True, secret: str = "", of: str = "alb", **notes: str) -> dict[str, Any]:  # fmt: skip
    """An Ingress; keyword arguments are annotations, with `_` for `-`."""
    backend = {"service": {"name": service, "port": {"number": 80}}}
    rule = {
        "host": host,
        "http": {"paths": [{"path": path, "pathType": kind, "backend": backend} for path, kind in paths]},
    }
    annotations = {f"alb.ingress.kubernetes.io/{key.replace('_', '-')}": value for key, value in notes.items()}
    entry = {"hosts": [host], **({"secretName": secret} if secret else {})}
    spec = {"ingressClassName": of, "rules": [rule], **({"tls": [entry]} if tls else {})}
    return {"metadata": {"name": name, "namespace": "default", "annotations": annotations}, "spec": spec}


def https(certificate: str, ca: str, *, enabled: Any = True, port: int = 443, **more: Any) -> dict[str, Any]:
    """An HTTPS listener with mutual authentication."""
    return {"port": port, "protocol": "HTTPS", "certificates": [{"CertificateId": certificate, "IsDefault": True}],
            "caEnabled": enabled, "caCertificates": [{"CertificateId": ca}],
            "securityPolicyId": "tls_cipher_policy_1_2_strict_with_1_3", **more}  # fmt: skip


HTTP = {"port": 80, "protocol": "HTTP"}
BOTH = '[{"HTTP":80},{"HTTPS":443}]'


@contextmanager
def running(folder: Path, number: int) -> Iterator[ClusterSandbox]:
    """A started stack with a cluster."""
    sandbox = ClusterSandbox(folder, number)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def remove_all(sandbox: ClusterSandbox) -> None:
    """Take every object away, Ingresses first, and wait until they and the controller's load balancers are gone."""
    client = sandbox.client()
    for kind in (INGRESS, INGRESS_CLASS, ALB_CONFIG):
        for item in client.list(kind)["items"]:
            client.delete(kind, item["metadata"]["name"], item["metadata"].get("namespace"))
        eventually(lambda kind=kind: not client.list(kind)["items"])
    eventually(lambda: not [row for row in sandbox.rows("balancers") if RESOURCE_TAG in tags_of(row)])
