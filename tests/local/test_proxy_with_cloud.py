"""The whole way of a request: declared through the vendor's SDK at the control plane, served by Envoy."""

import pytest

from local.backends import Fleet
from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.local.controlled_server import ControlledServer
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow  # starts Envoy for every test

REGION = "ap-southeast-1"


@pytest.fixture
def world(cloud_server, cloud_account, tmp_path):
    """The console tutorial, made call by call."""
    made = _World(cloud_server, cloud_account, tmp_path)
    made.fleet.start()
    made.plane.start()
    assert made.plane.await_applied()
    yield made
    made.plane.stop()
    made.fleet.stop()


class _World:
    def __init__(self, cloud, account, folder):
        self.call, self.store, self.folder = account, cloud.store, folder
        self.root = edge.issue("Acme Root", ca=True, days=3000)
        network = account.network()
        self.instances = [self._instance(network, f"ECS{number:02d}") for number in (1, 2)]
        account.settled("ecs.instance", "Status", "Running")
        self.group = self._group(network)
        self.listener = self._listener(account.load_balancer(network), free_port())
        self.fleet = Fleet(cloud.store, folder)
        self.plane = DataPlane(cloud.store, folder / "envoy", store_folder=cloud.folder)

    def _instance(self, network, name):
        if not hasattr(self, "security_group"):
            made = self.call("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=network["vpc"])
            self.security_group = made["SecurityGroupId"]
        vswitch = next(iter(network["zones"].values()))
        made = self.call(
            "ecs", "RunInstances", RegionId=REGION, InstanceName=name, InstanceType="ecs.g7.large", ImageId="image",
            VSwitchId=vswitch, SecurityGroupId=self.security_group,
        )  # fmt: skip
        return made["InstanceIdSets"]["InstanceIdSet"][0]

    def _group(self, network):
        identifier = self.call.server_group(network["vpc"])
        port = free_port()
        servers = [{"ServerId": name, "ServerType": "Ecs", "Port": port, "Weight": 100} for name in self.instances]
        self.call("alb", "AddServersToServerGroup", ServerGroupId=identifier, Servers=servers)
        return identifier

    def _listener(self, balancer, port):
        self.balancer = balancer
        leaf = edge.issue("web", edge.issue("Server Root", ca=True), usage="server", names=["www.example.test"])
        number = self.call("cas", "UploadUserCertificate", Name="web", Cert=leaf.pem, Key=leaf.key_pem)["CertId"]
        self.certificate = f"{number}-ap-southeast-1"
        instance = self.call("cas", "CreateWarehouse", Name="ca", Type="uploadedAuthorityCertificate")[
            "WarehouseInstanceId"
        ]
        self.house = self.call("cas", "ListCertWarehouse", InstanceId=instance)["CertWarehouseList"][0]["WhId"]
        return self.listener_with(self.upload(self.root), port)

    def upload(self, root):
        return self.call("cas", "UploadPCACert", WarehouseId=self.house, Cert=root.pem)["Identifier"]

    def listener_with(self, authority, port):
        tuples = {"ServerGroupTuples": [{"ServerGroupId": self.group}]}
        made = self.call(
            "alb", "CreateListener", LoadBalancerId=self.balancer, ListenerProtocol="HTTPS", ListenerPort=port,
            DefaultActions=[{"Type": "ForwardGroup", "ForwardGroupConfig": tuples}], CaEnabled=True,
            IdleTimeout=600,
            Certificates=[{"CertificateId": self.certificate}], CaCertificates=[{"CertificateId": authority}],
            SecurityPolicyId="tls_cipher_policy_1_2_strict_with_1_3",
            XForwardedForConfig={
                "XForwardedForClientCertSubjectDNEnabled": True, "XForwardedForClientCertSubjectDNAlias": "x-client-subject",
            },
        )  # fmt: skip
        self.settle(made["ListenerId"], "Running")
        return made["ListenerId"]

    def settle(self, listener, status):
        self.call.until("alb", "GetListenerAttribute", "ListenerStatus", status, ListenerId=listener)

    def open(self, listener, client, path):
        """A connection on which one request was made."""
        context = edge.tls_context(client=client.write(self.folder, f"c{id(client)}"))
        connection = edge.Connection(*edge.place(self.store, listener), "www.example.test", context)
        connection.request("GET", path)
        return connection

    def get(self, client=None, path="/"):
        files = client.write(self.folder, f"c{id(client)}") if client else None
        return edge.https(edge.place(self.store, self.listener), edge.tls_context(client=files), path)


def test_declared_through_the_api_served_by_envoy(world):
    """Instances named in RunInstances answer in turn; the subject header arrives; strangers are refused."""
    assert world.plane.problems() == []
    alice = edge.issue("alice", world.root)
    assert {world.get(alice).server for _ in range(2)} == {"ECS01", "ECS02"}
    assert world.get(alice, "/echo").echo["headers"]["x-client-subject"] == "CN=alice,O=Acme,C=CN"
    for client in (None, edge.issue("stranger", edge.issue("Acme Root", ca=True))):
        with pytest.raises(OSError):
            world.get(client)


def test_verification_off_and_stopping_follow_the_api(world):
    """CaEnabled=false lets everybody in; a stopped listener answers nobody, also while it is changed."""
    world.call("alb", "UpdateListenerAttribute", ListenerId=world.listener, CaEnabled=False)
    world.plane.reconcile()
    eventually(lambda: world.get().status, lambda status: status == 200)
    world.settle(world.listener, "Running")
    world.call("alb", "StopListener", ListenerId=world.listener)
    world.settle(world.listener, "Stopped")
    world.call("alb", "UpdateListenerAttribute", ListenerId=world.listener, IdleTimeout=20)
    world.plane.reconcile()
    assert eventually(lambda: not world.plane.listening())


@pytest.fixture
def trickling():
    """A server of the reader's own that sends what it is given."""
    server = ControlledServer("mine", "127.0.20.119", free_port())
    yield server
    server.stop()


def test_changes_through_the_api_leave_an_open_connection_and_a_download_alone(world, trickling):
    """A listener with another CA, a rule, a server and a weight are added; then the other listener's CA is replaced, which ends
    that listener's connection alone.
    """
    call, alice = world.call, edge.issue("alice", world.root)
    network = call("alb", "ListServerGroups", ServerGroupIds=[world.group])["ServerGroups"][0]["VpcId"]
    group = call.server_group(network, "mine", ServerGroupType="Ip")
    member = trickling.as_member() | {"RemoteIpEnabled": True}
    call("alb", "AddServersToServerGroup", ServerGroupId=group, Servers=[member])
    _rule(world, 1, "/trickle", group)
    world.plane.reconcile()
    edge.await_servers(world.plane, group, 1)
    idle, download = world.open(world.listener, alice, "/"), world.open(world.listener, alice, "/trickle")
    assert idle.getresponse().read()
    body = download.getresponse()
    trickling.chunks.put(b"before")
    assert body.read(6) == b"before"

    roots = [edge.issue(f"Root {number}", ca=True) for number in (1, 2)]
    other = world.listener_with(world.upload(roots[0]), free_port())
    _rule(world, 2, "/other", world.group)
    more = {
        "ServerId": "127.0.20.120",
        "ServerType": "Ip",
        "ServerIp": "127.0.20.120",
        "Port": free_port(),
        "RemoteIpEnabled": True,
    }
    call("alb", "AddServersToServerGroup", ServerGroupId=group, Servers=[more])
    lighter = {"ServerId": world.instances[0], "ServerType": "Ecs", "Port": _port(world), "Weight": 10}
    call("alb", "UpdateServerGroupServersAttribute", ServerGroupId=world.group, Servers=[lighter])
    world.plane.reconcile()
    assert world.plane.await_applied()
    concerned = world.open(other, edge.issue("bob", roots[0]), "/")
    assert concerned.getresponse().read()
    authority = [{"CertificateId": world.upload(roots[1])}]
    call("alb", "UpdateListenerAttribute", ListenerId=other, CaCertificates=authority)
    world.plane.reconcile()
    eventually(lambda: edge.is_closed(concerned))

    idle.auto_open = 0
    idle.request("GET", "/")
    assert idle.getresponse().status == 200
    for chunk in (b"after", None):
        trickling.chunks.put(chunk)
    assert body.read() == b"after"


def _rule(world, priority, path, group):
    forward = {
        "Order": 1,
        "Type": "ForwardGroup",
        "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": group}]},
    }
    condition = {"Type": "Path", "PathConfig": {"Values": [path]}}
    world.call(
        "alb", "CreateRule", ListenerId=world.listener, Priority=priority, RuleName=f"rule-{priority}",
        RuleActions=[forward], RuleConditions=[condition],
    )  # fmt: skip


def _port(world):
    return world.call("alb", "ListServerGroupServers", ServerGroupId=world.group)["Servers"][0]["Port"]
