"""The whole way of a request: declared through the vendor's SDK at the control plane, served by Envoy."""

import pytest

from local.backends import Fleet
from local.proxy import DataPlane
from tests.local import edge_support as edge
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
        leaf = edge.issue("web", edge.issue("Server Root", ca=True), usage="server", names=["www.example.test"])
        number = self.call("cas", "UploadUserCertificate", Name="web", Cert=leaf.pem, Key=leaf.key_pem)["CertId"]
        instance = self.call("cas", "CreateWarehouse", Name="ca", Type="uploadedAuthorityCertificate")[
            "WarehouseInstanceId"
        ]
        house = self.call("cas", "ListCertWarehouse", InstanceId=instance)["CertWarehouseList"][0]["WhId"]
        authority = self.call("cas", "UploadPCACert", WarehouseId=house, Cert=self.root.pem)["Identifier"]
        tuples = {"ServerGroupTuples": [{"ServerGroupId": self.group}]}
        made = self.call(
            "alb", "CreateListener", LoadBalancerId=balancer, ListenerProtocol="HTTPS", ListenerPort=port,
            DefaultActions=[{"Type": "ForwardGroup", "ForwardGroupConfig": tuples}], CaEnabled=True,
            Certificates=[{"CertificateId": f"{number}-ap-southeast-1"}], CaCertificates=[{"CertificateId": authority}],
            SecurityPolicyId="tls_cipher_policy_1_2_strict_with_1_3",
            XForwardedForConfig={
                "XForwardedForClientCertSubjectDNEnabled": True, "XForwardedForClientCertSubjectDNAlias": "x-client-subject",
            },
        )  # fmt: skip
        self.settle(made["ListenerId"], "Running")
        return made["ListenerId"]

    def settle(self, listener, status):
        self.call.until("alb", "GetListenerAttribute", "ListenerStatus", status, ListenerId=listener)

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
