"""Makes what the questions are asked of: the console tutorial in small, through the vendor's API alone."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from livecheck import material
from livecheck.calls import Calls
from livecheck.edge import PORT, READY, Edge
from livecheck.ownership import Run
from mtlsedge.errors import CommandError
from mtlsedge.verify.identity import Identity
from mtlsedge.verify.resolving import Names

BLOCKS = ("192.168.1.0/24", "192.168.2.0/24")
NETWORK = "192.168.0.0/16"
STATE_SECONDS = 300.0
"""How long a state of the cloud may take: an ALB instance is ready in a minute or two."""
CA_REPOSITORY = "uploadedAuthorityCertificate"
ECHO_PORT = 80
POLICY = "tls_cipher_policy_1_2_strict_with_1_3"
HEADERS = {"SubjectDN": "x-live-subject", "IssuerDN": "x-live-issuer", "Fingerprint": "x-live-fingerprint",
           "ClientVerify": "x-live-verify"}  # fmt: skip
"""Fact about the client's certificate -> the header it is forwarded in."""


@dataclass(frozen=True)
class Wish:
    """What the operator chose: zones (none: the region's first two), the server, how the listener is reached."""

    zones: tuple[str, ...] = ()
    instance_type: str = ""
    """Empty: no server, and no question that needs one."""
    image: str = ""
    resolver: str = ""
    ports: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """What was made, as far as questions need it."""

    edge: Edge
    root: material.Authority
    client: Identity
    repository: int
    """Number (WhId) of the repository."""
    repository_id: str
    """Its instance id."""
    server_certificate: str
    """Number of the uploaded server certificate."""
    server_pem: tuple[str, str] = field(repr=False)
    """Certificate and key as they were uploaded."""
    vpc: str
    vswitches: Mapping[str, str]
    """Zone -> vSwitch."""
    server: str = ""
    """The ECS instance; empty without one."""


@dataclass(frozen=True)
class Builder:
    """Makes one topology; every part bears the run's name from its first moment."""

    calls: Calls
    run: Run
    wish: Wish
    say: Callable[[str], None]

    def build(self) -> Made:
        """Everything, until the good client is let in. Raises CloudProblem, OutOfTime."""
        vpc, vswitches = self._network()
        group = self._server_group(vpc)
        server = self._server(vpc, next(iter(vswitches.values())), group) if self.wish.instance_type else ""
        root = material.root("mtlsedge live root")
        number, instance = self.repository("ca")
        identifier = self.upload(number, root.pem)
        certificate, pair = self._server_certificate(root)
        edge = self._listener(self._load_balancer(vpc, vswitches), group, certificate, identifier)
        made = Made(edge, root, material.client(root), number, instance, certificate, pair, vpc, vswitches, server)
        self.say("waiting for the listener to let the good client in")
        edge.calls.clock.until(lambda: edge.handshake(made.client).let_in, STATE_SECONDS)
        return made

    def repository(self, part: str, type_: str = CA_REPOSITORY) -> tuple[int, str]:
        """A repository, by default for CAs: its number and its instance id."""
        self.say(f"CA repository {self.run.name(part)}")
        made = self.calls.do("cas", "CreateWarehouse", Name=self.run.name(part), Type=type_)
        listed: list[dict[str, Any]] = []

        def stands_there() -> bool:
            listed[:] = self.calls.do("cas", "ListCertWarehouse", Name=self.run.name(part))["CertWarehouseList"]
            return bool(listed)

        if not self.calls.clock.until(stands_there, STATE_SECONDS):
            raise CommandError(f"ListCertWarehouse does not list the new repository after {STATE_SECONDS:.0f} s")
        return int(listed[0]["WhId"]), str(made["WarehouseInstanceId"])

    def upload(self, number: int, pem: str) -> str:
        """Uploads a CA; its identifier."""
        return str(self.calls.do("cas", "UploadPCACert", WarehouseId=number, Cert=pem)["Identifier"])

    def _network(self) -> tuple[str, dict[str, str]]:
        self.say("VPC and two vSwitches")
        vpc = self._create("vpc", "CreateVpc", VpcName="vpc", CidrBlock=NETWORK)["VpcId"]
        self._await("vpc", "DescribeVpcAttribute", "Status", "Available", VpcId=vpc)
        made = {}
        for zone, block in zip(self._zones(), BLOCKS, strict=True):
            vswitch = self._create("vpc", "CreateVSwitch", VSwitchName=zone, VpcId=vpc, ZoneId=zone, CidrBlock=block)
            made[zone] = vswitch["VSwitchId"]
            self._await("vpc", "DescribeVSwitchAttributes", "Status", "Available", VSwitchId=made[zone])
        return vpc, made

    def _zones(self) -> tuple[str, ...]:
        if self.wish.zones:
            return self.wish.zones
        zones = tuple(zone["ZoneId"] for zone in self.calls.do("alb", "DescribeZones")["Zones"])
        if len(zones) < len(BLOCKS):
            raise CommandError(f"region {self.calls.region}: found {len(zones)} zones with ALB; two are needed")
        return zones[: len(BLOCKS)]

    def _server_group(self, vpc: str) -> str:
        self.say("server group")
        check = {"HealthCheckEnabled": False}
        group = self._create("alb", "CreateServerGroup", ServerGroupName="group", VpcId=vpc, HealthCheckConfig=check)
        return str(group["ServerGroupId"])

    def _server(self, vpc: str, vswitch: str, group: str) -> str:
        """One server that echoes the headers it is sent, reachable from inside the VPC only; its id."""
        self.say(f"server ({self.wish.instance_type})")
        firewall = self._create("ecs", "CreateSecurityGroup", SecurityGroupName="server", VpcId=vpc)["SecurityGroupId"]
        rule = {"IpProtocol": "TCP", "PortRange": f"{ECHO_PORT}/{ECHO_PORT}", "SourceCidrIp": NETWORK}
        self.calls.do("ecs", "AuthorizeSecurityGroup", SecurityGroupId=firewall, Permissions=[rule])
        instance = self._create(
            "ecs", "RunInstances", InstanceName="server", InstanceType=self.wish.instance_type, ImageId=self.wish.image,
            VSwitchId=vswitch, SecurityGroupId=firewall, UserData=user_data(),
        )["InstanceIdSets"]["InstanceIdSet"][0]  # fmt: skip
        self.calls.clock.until(lambda: self._status_of(instance) == READY, STATE_SECONDS)
        member = {"ServerId": instance, "ServerType": "Ecs", "Port": ECHO_PORT, "Weight": 100}
        self.calls.do("alb", "AddServersToServerGroup", ServerGroupId=group, Servers=[member])
        return str(instance)

    def _status_of(self, instance: str) -> str:
        rows = self.calls.do("ecs", "DescribeInstances", InstanceIds=f'["{instance}"]')["Instances"]["Instance"]
        return str(rows[0]["Status"]) if rows else ""

    def _server_certificate(self, root: material.Authority) -> tuple[str, tuple[str, str]]:
        self.say("server certificate")
        made = material.server(root)
        upload = self.calls.do(
            "cas", "UploadUserCertificate", Name=self.run.name("server"), Cert=made.pem, Key=made.key_pem
        )
        return str(upload["CertId"]), (made.pem, made.key_pem)

    def _load_balancer(self, vpc: str, vswitches: Mapping[str, str]) -> tuple[str, str]:
        self.say("load balancer (a minute or two)")
        zones = [{"ZoneId": zone, "VSwitchId": vswitch} for zone, vswitch in vswitches.items()]
        balancer = self._create(
            "alb", "CreateLoadBalancer", LoadBalancerName="alb", VpcId=vpc, AddressType="Internet",
            LoadBalancerEdition="Standard", LoadBalancerBillingConfig={"PayType": "PostPay"}, ZoneMappings=zones,
        )["LoadBalancerId"]  # fmt: skip
        facts = self._await("alb", "GetLoadBalancerAttribute", "LoadBalancerStatus", "Active", LoadBalancerId=balancer)
        return str(balancer), str(facts["DNSName"])

    def _listener(self, balancer: tuple[str, str], group: str, certificate: str, authority: str) -> Edge:
        self.say("HTTPS listener")
        detail = self.calls.do("cas", "GetUserCertificateDetail", CertId=certificate, CertFilter=True)
        forward = {"ServerGroupTuples": [{"ServerGroupId": group}]}
        listener = self.calls.do(
            "alb", "CreateListener", LoadBalancerId=balancer[0], ListenerProtocol="HTTPS", ListenerPort=PORT,
            DefaultActions=[{"Type": "ForwardGroup", "ForwardGroupConfig": forward}], SecurityPolicyId=POLICY,
            Certificates=[{"CertificateId": detail["CertIdentifier"]}], CaEnabled=True,
            CaCertificates=[{"CertificateId": authority}], XForwardedForConfig=forwarding(on=True),
        )["ListenerId"]  # fmt: skip
        self._await("alb", "GetListenerAttribute", "ListenerStatus", READY, ListenerId=listener)
        return Edge(self.calls, str(listener), balancer[1], Names(self.wish.resolver), self.wish.ports, authority)

    def _create(self, product: str, action: str, **parameters: Any) -> dict[str, Any]:
        """A create with the run's tag, and with the run's name in the parameter that ends with `Name`."""
        named = {key: self.run.name(value) if key.endswith("Name") else value for key, value in parameters.items()}
        return self.calls.do(product, action, **named, Tag=self.run.tags)

    def _await(self, product: str, action: str, key: str, wanted: str, **parameters: Any) -> dict[str, Any]:
        """Reads until `key` has the value; the last answer. Raises CommandError when it does not come."""
        answer: dict[str, Any] = {}

        def reached() -> bool:
            answer.update(self.calls.do(product, action, **parameters))
            return bool(answer.get(key) == wanted)

        if not self.calls.clock.until(reached, STATE_SECONDS):
            raise CommandError(f"{action}: {key} is {answer.get(key)!r} after {STATE_SECONDS:.0f} s, not {wanted!r}")
        return answer


def forwarding(*, on: bool) -> dict[str, Any]:
    """The listener's XForwardedForConfig with all four facts on under our names, or off."""
    if not on:
        return {f"XForwardedForClientCert{fact}Enabled": False for fact in HEADERS}
    names = {f"XForwardedForClientCert{fact}Alias": alias for fact, alias in HEADERS.items()}
    return {f"XForwardedForClientCert{fact}Enabled": True for fact in HEADERS} | names


def user_data() -> str:
    """A start script that runs the echo server, base64 as the API takes it."""
    program = Path(__file__).with_name("echo_server.py").read_text()
    script = f"#!/bin/sh\ncat > /root/echo_server.py <<'END'\n{program}END\nnohup python3 /root/echo_server.py {ECHO_PORT} &\n"
    return base64.b64encode(script.encode()).decode()
