"""One local cloud and one local cluster with the vendor's controller at work in them, and what a scenario asks of the three."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.cloud.application import Cloud
from local.cloud.request_log import entries
from local.kubernetes.children import Child
from local.kubernetes.client import ENDPOINTS, EVENT, SERVICE, Client, Kind
from local.kubernetes.cluster import ADMIN_KUBECONFIG, Cluster
from local.kubernetes.controller.openapi import BUSY, Api, CloudError
from local.places import REGION

Json = dict[str, Any]
CLUSTER_ID = "c0000000000000000000000000000000a"
POD = Kind("", "v1", "pods", "Pod")
NODE = Kind("", "v1", "nodes", "Node", namespaced=False)
NODE_PORT, TARGET_PORT = 30080, 8080
LONGEST_SECONDS, POLL_SECONDS, QUIET_SECONDS = 40, 0.2, 8
HEALTH_PORT = 18081
ZONES = ("a", "b")


class Broken(Exception):
    """A scenario did not come to what it waits for; the text is the first cause that can be told."""


class Stage:
    """What is running. Made by `open_stage`."""

    def __init__(self, cloud: Cloud, cluster: Cluster, controller: Child) -> None:
        keys = cloud.credentials
        self.cloud, self.cluster, self.controller = cloud, cluster, controller
        self.api = Api(cloud.api_address, REGION, keys.access_key_id, keys.access_key_secret)
        self.client: Client = cluster.admin
        self.network = ""
        self.switches: dict[str, str] = {}
        self.instances: dict[str, Json] = {}
        self._read = 0

    def furnish(self) -> None:
        """A network of two zones, an instance in each, its Node, and a Service `web` that the Nodes offer at a port."""
        self.network = self.api("vpc", "CreateVpc", RegionId=REGION, CidrBlock="192.168.0.0/16")["VpcId"]
        for number, zone in enumerate(ZONES, 1):
            place = {"VpcId": self.network, "ZoneId": REGION + zone, "CidrBlock": f"192.168.{number}.0/24"}
            self.switches[REGION + zone] = self._patiently("vpc", "CreateVSwitch", **place)["VSwitchId"]
        self._group = self.api("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=self.network)["SecurityGroupId"]
        for zone in ZONES:
            self.add_node(f"node-{zone}", zone)
        self.add_service("web", NODE_PORT)
        self.add_service("tea", NODE_PORT + 1)

    def add_node(self, name: str, zone: str) -> Json:
        """An instance and the Node that it is."""
        sent = {"VSwitchId": self.switches[REGION + zone], "SecurityGroupId": self._group, "InstanceType": "ecs.g7.large",
                "ImageId": "ubuntu_22_04_x64_20G_alibase_20240101.vhd"}  # fmt: skip
        made = self._patiently("ecs", "RunInstances", **sent)["InstanceIdSets"]["InstanceIdSet"][0]
        answer = self.api("ecs", "DescribeInstances", RegionId=REGION, InstanceIds=json.dumps([made]))
        row: Json = answer["Instances"]["Instance"][0]
        address = row["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0]
        node = {"metadata": {"name": name}, "spec": {"providerID": f"{REGION}.{made}"}}
        self.client.apply(NODE, node)
        status = {
            "addresses": [{"type": "InternalIP", "address": address}],
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-01-01T00:00:00Z",
                            "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "KubeletReady", "message": "ready"}],
        }  # fmt: skip
        self.client.merge(NODE, node, {"status": status}, "status")
        self.instances[name] = {"id": made, "address": address}
        return self.instances[name]

    def add_service(self, name: str, port: int) -> None:
        """A Service with a pod on the first node."""
        meta = {"name": name, "namespace": "default"}
        ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": TARGET_PORT, "nodePort": port}]
        self.client.apply(SERVICE, {"metadata": meta, "spec": {"type": "NodePort", "ports": ports}})
        subset = {
            "addresses": [{"ip": "192.168.1.200", "nodeName": "node-a"}],
            "ports": [{"name": "http", "port": TARGET_PORT}],
        }
        self.client.apply(ENDPOINTS, {"metadata": meta, "subsets": [subset]})

    def add_pods(self, name: str, address: str) -> None:
        """A Service whose pod is reached by its own network interface (Terway)."""
        meta = {"name": name, "namespace": "default"}
        notes = {"service.beta.kubernetes.io/backend-type": "eni"}
        ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": TARGET_PORT}]
        self.client.apply(SERVICE, {"metadata": {**meta, "annotations": notes}, "spec": {"ports": ports}})
        container = {"name": "web", "image": "web", "ports": [{"containerPort": TARGET_PORT}]}
        pod = {"metadata": meta, "spec": {"nodeName": "node-a", "containers": [container]}}
        self.client.apply(POD, pod)
        ready = [{"type": kind, "status": "True"} for kind in ("ContainersReady", "Ready")]
        self.client.merge(POD, pod, {"status": {"phase": "Running", "podIP": address, "conditions": ready}}, "status")
        target = {"ip": address, "nodeName": "node-a", "targetRef": {"kind": "Pod", **meta}}
        subset = {"addresses": [target], "ports": [{"name": "http", "port": TARGET_PORT}]}
        self.client.apply(ENDPOINTS, {"metadata": meta, "subsets": [subset]})

    def _patiently(self, product: str, action: str, **sent: Any) -> Json:
        """A call that is refused while what it needs is still being made."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while True:
            try:
                return self.api(product, action, RegionId=REGION, **sent)
            except CloudError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)

    # what the cloud holds

    def rows(self, what: str, **filters: Any) -> list[Json]:
        """Rows of a kind: LoadBalancers, Listeners, Rules, ServerGroups, Acls."""
        return list(self.api.pages("alb", f"List{what}", what, **filters))

    def balancer(self, name: str) -> Json:
        """Attributes of the ALB of an AlbConfig by the ALB's name; empty without one."""
        row = next((one for one in self.rows("LoadBalancers") if one["LoadBalancerName"] == name), None)
        return self.api("alb", "GetLoadBalancerAttribute", LoadBalancerId=row["LoadBalancerId"]) if row else {}

    def listener(self, name: str, port: int) -> Json:
        """Attributes of a listener of an ALB; empty without one."""
        balancer = self.balancer(name)
        rows = self.rows("Listeners", LoadBalancerIds=[balancer["LoadBalancerId"]]) if balancer else []
        row = next((one for one in rows if one["ListenerPort"] == port), None)
        return self.api("alb", "GetListenerAttribute", ListenerId=row["ListenerId"]) if row else {}

    def rules(self, name: str, port: int) -> list[Json]:
        """Rules of a listener as they are tried."""
        listener = self.listener(name, port)
        rows = self.rows("Rules", ListenerIds=[listener["ListenerId"]]) if listener else []
        return sorted(rows, key=lambda row: int(row["Priority"]))

    def paths(self, name: str, port: int) -> list[str]:
        """First path of each rule of a listener."""
        conditions = [one["RuleConditions"] for one in self.rules(name, port)]
        return [one["PathConfig"]["Values"][0] for found in conditions for one in found if one["Type"] == "Path"]

    def servers(self, group: str) -> list[Json]:
        """Servers of a group."""
        return list(self.api.pages("alb", "ListServerGroupServers", "Servers", ServerGroupId=group))

    # what the controller says and does

    def events(self, name: str) -> list[str]:
        """Messages of the events about an object."""
        items = self.client.list(EVENT)["items"]
        return [one["message"] for one in items if one["involvedObject"]["name"] == name]

    def refusals(self) -> list[str]:
        """Calls that the local cloud refused since this was asked last: action and code."""
        lines = self._calls()
        return [f"{one['action']}: {one['code']}" for one in lines if one["code"] and not one["code"].startswith(BUSY)]

    def await_(self, done: Callable[[], Any], what: str, seconds: float = LONGEST_SECONDS) -> Any:
        """What `done` gives once it is true; raises Broken with the first cause that can be told."""
        deadline = time.monotonic() + seconds
        while True:
            if found := done():
                return found
            if not self.controller.alive:
                raise Broken(f"the controller ended: {self.controller.last_words()}")
            if time.monotonic() > deadline:
                raise Broken(self._cause(what))
            time.sleep(POLL_SECONDS)

    def await_quiet(self) -> None:
        """Until the controller writes nothing for some seconds. Raises Broken with what it goes on writing."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while True:
            self._calls()
            time.sleep(QUIET_SECONDS)
            written = [one["action"] for one in self._calls() if one["writes"]]
            if not written:
                return
            if time.monotonic() > deadline:
                raise Broken(f"it writes at every round: {', '.join(sorted(set(written)))}")

    def _cause(self, what: str) -> str:
        refused = self.refusals()
        return f"{what}; the local cloud refused {refused[0]}" if refused else what

    def _calls(self) -> list[Json]:
        """Lines of the request log since the last look, without those of this stage's own."""
        text = self.cloud.log_path.read_text() if self.cloud.log_path.exists() else ""
        fresh, self._read = text[self._read :], len(text)
        return list(entries(fresh.splitlines()))

    def restart(self) -> None:
        """End the controller and start it again."""
        self.controller.stop()
        self.controller.start()


@contextmanager
def open_stage(program: Path, programs: Path, folder: Path) -> Iterator[Stage]:
    """Everything in `folder`, ended afterwards. `programs` holds API server and etcd."""
    cloud = Cloud(folder / "cloud", api_address="127.0.0.1:0")
    cluster = Cluster(folder / "kubernetes", programs, folder / "kubeconfig")
    cloud.start()
    try:
        cluster.start()
        stage = Stage(cloud, cluster, Child([], folder))
        stage.furnish()
        stage.controller = _controller(program, folder, stage)
        stage.controller.start()
        try:
            yield stage
        finally:
            stage.controller.stop()
    finally:
        cluster.stop()
        cloud.stop()


def _controller(program: Path, folder: Path, stage: Stage) -> Child:
    keys = stage.cloud.credentials
    zone, switch = next(iter(stage.switches.items()))
    settings = {
        "accessKeyID": base64.b64encode(keys.access_key_id.encode()).decode(),
        "accessKeySecret": base64.b64encode(keys.access_key_secret.encode()).decode(),
        "clusterID": CLUSTER_ID, "region": REGION, "vpcid": stage.network, "zoneid": zone, "vswitchid": f"{zone}:{switch}",
    }  # fmt: skip
    file = folder / "cloud-config.json"
    file.write_text(json.dumps({"Global": settings}))
    file.chmod(0o600)
    command = [
        str(program), f"--cloud-config={file}", "--controllers=ingress", "--leader-elect=false", "--network=public",
        "--configure-cloud-routes=false", "--metrics-bind-addr=0", f"--health-probe-bind-addr=127.0.0.1:{HEALTH_PORT}",
    ]  # fmt: skip
    places = ("ALB", "ECS", "VPC", "SLB")
    environment = {f"{place}_ENDPOINT": stage.cloud.api_address for place in places}
    environment |= {"ALICLOUD_CLIENT_SCHEME": "HTTP", "KUBECONFIG": str(folder / "kubernetes" / ADMIN_KUBECONFIG)}
    return Child(command, folder, environment)
