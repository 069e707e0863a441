"""A topology as somebody clicks it together: the vendor's SDK, no program, names and defaults of the console."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.engine.cloud_calls import ALB, CAS, DNS, ECS, call
from tests.engine.sandbox import Sandbox

REGION = "ap-southeast-1"
SITE = "ap-southeast-1"
VPC = "2016-04-28"
ZONE = "example.test"
DEADLINE_SECONDS = 20
BUSY = re.compile(r"^Incorrect\w*Status|^ResourceInConfiguring")
"""Codes of what is still being made or changed."""


class Authority:
    """A CA of the operator's own, made with other tools."""

    def __init__(self, name: str) -> None:
        key = generate("ecdsa-p256")
        request = Request(Profile.ROOT, Subject(name), SubjectAlternativeNames(), 300, public_pem(key), path_length=1)
        self.issuer = Issuer(issue_root(request, key, datetime.now(UTC)).certificate_pem, key)

    def server(self, algorithm: str, *hosts: str) -> tuple[str, str]:
        """A server certificate for `hosts`, and its key."""
        key = generate(algorithm)  # type: ignore[arg-type]
        names = SubjectAlternativeNames(dns=hosts)
        request = Request(Profile.SERVER, Subject(hosts[0]), names, 90, public_pem(key))
        return issue(request, self.issuer, datetime.now(UTC)).certificate_pem, key


class Console:
    """One operator's session: what is common to several load balancers, and calls that make more."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.authority = Authority("Acme Root")
        self.vpc = self.make(VPC, "CreateVpc", "VpcId", VpcName="Production network", CidrBlock="10.0.0.0/8")
        self.switches = {
            f"{REGION}{letter}": self.make(
                VPC, "CreateVSwitch", "VSwitchId",
                VpcId=self.vpc, ZoneId=f"{REGION}{letter}", CidrBlock=f"10.0.{number}.0/24",
            )
            for number, letter in enumerate("ab")
        }  # fmt: skip
        self.ca = self.upload_ca(self.authority, "Acme Root")
        if ZONE not in {one["DomainName"] for one in self.call(DNS, "DescribeDomains")["Domains"]["Domain"]}:
            self.call(DNS, "AddDomain", DomainName=ZONE)

    def call(self, version: str, action: str, **parameters: Any) -> dict[str, Any]:
        """One call; again while what it concerns is still being made, as somebody would click again."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                return call(self.sandbox, version, action, RegionId=REGION, **parameters)
            except Exception as problem:  # the SDK raises many kinds
                if not BUSY.search(str(getattr(problem, "code", ""))) or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def make(self, version: str, action: str, key: str, **parameters: Any) -> str:
        """One call that makes something; the new thing's id."""
        return str(self.call(version, action, **parameters)[key])

    def upload_ca(self, authority: Authority, name: str) -> str:
        """A CA in a repository; its identifier."""
        if not self.call(CAS, "ListCertWarehouse").get("CertWarehouseList"):
            self.call(CAS, "CreateWarehouse", Name="acme", Type="uploadedAuthorityCertificate")
        house = self.call(CAS, "ListCertWarehouse")["CertWarehouseList"][0]["WhId"]
        certificate = authority.issuer.certificate_pem
        return self.make(CAS, "UploadPCACert", "Identifier", WarehouseId=house, Cert=certificate, Name=name)

    def upload_server_certificate(self, name: str, algorithm: str, *hosts: str) -> str:
        """A server certificate in the certificate service; its identifier as a listener wants it."""
        certificate, key = self.authority.server(algorithm, *hosts)
        number = self.make(CAS, "UploadUserCertificate", "CertId", Name=name, Cert=certificate, Key=key)
        return f"{number}-{SITE}"

    def instances(self, *names: str) -> list[str]:
        """Running ECS instances."""
        group = self.make(ECS, "CreateSecurityGroup", "SecurityGroupId", VpcId=self.vpc, SecurityGroupName="servers")
        made = [
            self.call(
                ECS, "RunInstances", InstanceName=name, VSwitchId=self.switches[f"{REGION}a"], SecurityGroupId=group,
                InstanceType="ecs.e-c1m1.large", ImageId="debian_12_x64_20G_alibase_20260101.vhd",
            )["InstanceIdSets"]["InstanceIdSet"][0]
            for name in names
        ]  # fmt: skip
        return [str(one) for one in made]

    def group(self, name: str, servers: list[dict[str, Any]], **more: Any) -> str:
        """A server group with its servers."""
        identifier = self.make(ALB, "CreateServerGroup", "ServerGroupId", ServerGroupName=name, VpcId=self.vpc, **more)
        for number, server in enumerate(servers, 1):
            sent = {f"Servers.1.{key}": value for key, value in server.items()}
            self.call(ALB, "AddServersToServerGroup", ServerGroupId=identifier, **sent, ClientToken=f"{name}-{number}")
        return identifier

    def balancer(self, name: str, **more: Any) -> str:
        """A load balancer that is active."""
        zones = {
            f"ZoneMappings.{number}.{key}": value
            for number, (zone, switch) in enumerate(self.switches.items(), 1)
            for key, value in (("ZoneId", zone), ("VSwitchId", switch))
        }
        given = {
            "LoadBalancerEdition": "Standard",
            "AddressType": "Internet",
            "AddressAllocatedMode": "Dynamic",
            "DeletionProtectionEnabled": "true",
        }
        return self.make(
            ALB, "CreateLoadBalancer", "LoadBalancerId", VpcId=self.vpc, LoadBalancerName=name, **{**given, **more},
            **zones, **{"LoadBalancerBillingConfig.PayType": "PostPay"},
        )  # fmt: skip

    def listener(self, balancer: str, protocol: str, port: int, group: str, **more: Any) -> str:
        """A listener that runs; dots in names are written as two underscores."""
        return self.make(
            ALB, "CreateListener", "ListenerId", LoadBalancerId=balancer, ListenerProtocol=protocol,
            ListenerPort=port, **{"DefaultActions.1.Type": "ForwardGroup",
            "DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId": group}, **dotted(more),
        )  # fmt: skip

    def https(self, balancer: str, group: str, certificate: str, **more: Any) -> str:
        """An HTTPS listener on 443 that demands a client certificate."""
        given = {
            "Certificates__1__CertificateId": certificate,
            "CaEnabled": "true",
            "CaCertificates__1__CertificateId": self.ca,
            "SecurityPolicyId": "tls_cipher_policy_1_2",
        }
        return self.listener(balancer, "HTTPS", 443, group, **{**given, **more})

    def rule(self, listener: str, name: str, priority: int, content: Mapping[str, Any]) -> str:
        """A forwarding rule."""
        return self.make(
            ALB, "CreateRule", "RuleId", ListenerId=listener, RuleName=name, Priority=priority, **dotted(content)
        )

    def redirect(self, listener: str) -> str:
        """The rule that sends visitors of plain HTTP to HTTPS."""
        target = {"Protocol": "HTTPS", "Host": "${host}", "Port": "443", "Path": "${path}", "Query": "${query}"}
        action = {f"RuleActions__1__RedirectConfig__{key}": value for key, value in target.items()}
        condition = {"RuleConditions__1__Type": "Path", "RuleConditions__1__PathConfig__Values__1": "/*"}
        kind = {"RuleActions__1__Order": 1, "RuleActions__1__Type": "Redirect"}
        code = {"RuleActions__1__RedirectConfig__HttpCode": "301"}
        return self.rule(listener, "to https", 1, {**condition, **kind, **action, **code})

    def forward(self, group: str) -> dict[str, Any]:
        """The action of a rule that forwards to a server group."""
        tuples = "RuleActions__1__ForwardGroupConfig__ServerGroupTuples__1__"
        return {
            "RuleActions__1__Order": 1,
            "RuleActions__1__Type": "ForwardGroup",
            f"{tuples}ServerGroupId": group,
            f"{tuples}Weight": 100,
        }

    def record(self, host: str, balancer: str, **more: Any) -> str:
        """A CNAME that points at the load balancer."""
        target = self.call(ALB, "GetLoadBalancerAttribute", LoadBalancerId=balancer)["DNSName"]
        given = {"DomainName": ZONE, "RR": host, "Type": "CNAME", "Value": target, "TTL": 600}
        return self.make(DNS, "AddDomainRecord", "RecordId", **{**given, **more})

    def acl(self, name: str, entries: Mapping[str, str], *listeners: str) -> str:
        """A white list on listeners: CIDR block -> description."""
        identifier = self.make(ALB, "CreateAcl", "AclId", AclName=name)
        sent = {
            f"AclEntries.{number}.{key}": value
            for number, (block, description) in enumerate(entries.items(), 1)
            for key, value in (("Entry", block), ("Description", description))
            if value
        }
        self.call(ALB, "AddEntriesToAcl", AclId=identifier, **sent)
        for listener in listeners:
            self.call(
                ALB, "AssociateAclsWithListener", ListenerId=listener, AclType="White", **{"AclIds.1": identifier}
            )
        return identifier


def dotted(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Names of nested parameters as the API writes them."""
    return {key.replace("__", "."): value for key, value in parameters.items()}
