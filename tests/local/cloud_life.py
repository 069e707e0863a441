"""Every action that the local cloud offers, called once or more in an order in which each succeeds."""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.cloud import transitions
from tests.local.conftest import OTHERS, REGION, SDKS, Account, forward, make_ca, make_certificate
from tests.local.test_cloud_pca import SUBJECT, request
from tests.waiting import eventually

PRODUCTS = {**{product: version for product, (_, version) in SDKS.items()}, **OTHERS}
"""Product, as `Account.raw` names it -> API version."""
ZONES = (f"{REGION}a", f"{REGION}b", f"{REGION}c")
TAGS = [{"Key": "team", "Value": "edge"}]
CLIENT_HEADERS = ("ClientVerify", "Fingerprint", "IssuerDN", "SubjectDN")
ROLE = '{"Version": "1", "Statement": []}'
Answer = dict[str, Any]
Before = Callable[[str, str, Mapping[str, str]], None]


def flat(parameters: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """`A.1.B=x`, as clients put nested parameters on the wire."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        inner = dict(enumerate(value, 1)) if isinstance(value, list) else value
        if isinstance(inner, Mapping):
            found |= flat({str(key): item for key, item in inner.items()}, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


class Life:
    """One life of an account: call `run`, then read `answers`, which has those of each (product, action)."""

    def __init__(self, account: Account, before: Before = lambda *_: None) -> None:
        """`before` is told of each call that is about to be made."""
        self.account, self.before = account, before
        self.answers: dict[tuple[str, str], list[Answer]] = {}

    def run(self) -> None:
        """All of it."""
        self.others()
        self.firewall_of_applications()
        self.network()
        self.servers()
        self.certificates()
        self.balancer()
        self.names()
        self.end()

    def call(self, product: str, action: str, **parameters: Any) -> Answer:
        """One call, which must succeed."""
        sent = flat(parameters)
        self.quiet()
        self.before(product, action, sent)
        status, answer = self.account.raw(product, action, **sent)
        assert status == 200, (product, action, answer)
        self.answers.setdefault((product, action), []).append(answer)
        return dict(answer)

    def each(self, product: str, actions: str, **parameters: Any) -> None:
        """Several actions with the same parameters."""
        for action in actions.split():
            self.call(product, action, **parameters)

    def tagged(self, product: str, type_: str, id: str, untag: str = "UntagResources", *, listed: bool = True) -> None:
        """Tag a resource, read its tags, take them away."""
        one = {"ResourceType": type_, "ResourceId": [id]}
        self.call(product, "TagResources", **one, Tag=TAGS)
        if listed:
            self.call(product, "ListTagResources", **one)
        self.call(product, untag, **one, TagKey=["team"])
        self.call(product, "TagResources", **one, Tag=TAGS)

    def quiet(self) -> None:
        """Wait until nothing settles any more."""
        eventually(lambda: self.account.cloud.store.items(transitions.KIND), operator.not_, every=0.005)

    def others(self) -> None:
        """Products that stand for themselves."""
        call = self.call
        call("sts", "GetCallerIdentity")
        call("location", "DescribeEndpoints", ServiceCode="alb", Id=REGION)
        call("resourcemanager", "ListResourceGroups")
        call("resourcemanager", "GetResourceGroup", ResourceGroupId="rg-default")
        role = {"RoleName": "servers"}
        call("ram", "CreateRole", **role, AssumeRolePolicyDocument=ROLE)
        call("ram", "UpdateRole", **role, NewDescription="servers")
        call("ram", "ListTagResources", ResourceType="role", ResourceNames='["servers"]')
        self.each("ram", "GetRole ListPoliciesForRole DeleteRole", **role)
        key = {"KeyId": call("kms", "CreateKey")["KeyMetadata"]["KeyId"]}
        call("kms", "UpdateKeyDescription", **key, Description="disks")
        call("kms", "ListTagResources", ResourceType="key", ResourceId=[key["KeyId"]])
        sealed = call("kms", "Encrypt", **key, Plaintext="secret", EncryptionContext='{"a": "b"}')["CiphertextBlob"]
        call("kms", "Decrypt", CiphertextBlob=sealed, EncryptionContext='{"a": "b"}')
        self.each("kms", "DescribeKey ListResourceTags GetKeyPolicy DisableKey EnableKey ScheduleKeyDeletion", **key)

    def firewall_of_applications(self) -> None:
        """A WAF instance with a template and a rule."""
        call, own = self.call, {"InstanceId": self.call("waf", "CreatePostpaidInstance")["InstanceId"]}
        call("waf", "DescribeInstance")
        kind = {"TemplateType": "user_custom", "DefenseScene": "ip_blacklist", "TemplateStatus": 1}
        number = call("waf", "CreateDefenseTemplate", **own, **kind, TemplateName="offices")["TemplateId"]
        template = {**own, "TemplateId": number}
        call("waf", "ModifyDefenseTemplate", **template, Description="offices")
        call("waf", "ModifyDefenseTemplateStatus", **template, TemplateStatus=0)
        call("waf", "ModifyTemplateResources", **template, BindResources=["www"], BindResourceGroups=["all"])
        self.each("waf", "DescribeDefenseTemplate DescribeTemplateResources", **template)
        rules = '[{"name": "offices", "remoteAddr": ["192.0.2.1"], "action": "block", "status": 1}]'
        made = call("waf", "CreateDefenseRule", **template, DefenseScene="ip_blacklist", Rules=rules)
        rule = {**own, "RuleId": made["RuleIds"], "DefenseType": "template"}
        call("waf", "ModifyDefenseRule", **own, Rules=f'[{{"id": {made["RuleIds"]}, "action": "monitor"}}]')
        call("waf", "ModifyDefenseRuleStatus", **rule, RuleStatus=0)
        call("waf", "DescribeDefenseRule", **rule)
        call("waf", "DeleteDefenseRule", **template, RuleIds=made["RuleIds"])
        call("waf", "DeleteDefenseTemplate", **template)
        call("waf", "ReleaseInstance", **own)

    def network(self) -> None:
        """A network over three zones with IPv6, a second block and a security group of two rules."""
        call = self.call
        made = call("vpc", "CreateVpc", CidrBlock="192.168.0.0/16", VpcName="edge", EnableIpv6=True, Tag=TAGS,
                    UserCidr="198.51.100.0/24")  # fmt: skip
        self.vpc = made["VpcId"]
        call("vpc", "CreateDefaultVpc")
        call("vpc", "ModifyVpcAttribute", VpcId=self.vpc, Description="edge")
        self.each("vpc", "EnableVpcClassicLink DisableVpcClassicLink DescribeNatGateways", VpcId=self.vpc)
        package = call("vpc", "CreateCommonBandwidthPackage", Bandwidth=1000, Name="shared", Tag=TAGS)
        package = {"BandwidthPackageId": package["BandwidthPackageId"]}
        self.each("vpc", "DescribeCommonBandwidthPackages DeleteCommonBandwidthPackage", **package)
        block = {"VpcId": self.vpc, "SecondaryCidrBlock": "10.0.0.0/16"}
        self.each("vpc", "AssociateVpcCidrBlock UnassociateVpcCidrBlock", **block)
        call("vpc", "AssociateVpcCidrBlock", **block)
        call("vpc", "MoveResourceGroup", ResourceId=self.vpc, ResourceType="vpc", NewResourceGroupId="rg-edge")
        self.tagged("vpc", "VPC", self.vpc, "UnTagResources")
        call("vpc", "ModifyRouteTableAttributes", RouteTableId=made["RouteTableId"], RouteTableName="system")
        self.vswitches = {
            zone: call("vpc", "CreateVSwitch", VpcId=self.vpc, ZoneId=zone, CidrBlock=f"192.168.{n}.0/24",
                       Ipv6CidrBlock=n, VSwitchName=f"edge{n}", Tag=TAGS)["VSwitchId"]
            for n, zone in enumerate(ZONES, 1)
        }  # fmt: skip
        call("vpc", "CreateDefaultVSwitch", ZoneId=ZONES[0])
        first = {"VSwitchId": self.vswitches[ZONES[0]]}
        call("vpc", "ModifyVSwitchAttribute", **first, Description="first")
        call("vpc", "DescribeVSwitchAttributes", **first)
        call("vpc", "DescribeVpcAttribute", VpcId=self.vpc)
        self.each("vpc", "DescribeVpcs DescribeVSwitches DescribeRouteTableList", VpcId=self.vpc)
        self.group = self.security_group("servers")
        self.firewall()

    def security_group(self, name: str) -> str:
        """A security group in the network."""
        made = self.call("ecs", "CreateSecurityGroup", VpcId=self.vpc, SecurityGroupName=name, Tag=TAGS)
        return str(made["SecurityGroupId"])

    def firewall(self) -> None:
        """Rules of the security group; one of them names a prefix list."""
        call, group = self.call, {"SecurityGroupId": self.group}
        listed = call("ecs", "CreatePrefixList", PrefixListName="offices", MaxEntries=2, Entry=[{"Cidr": "10.0.0.0/8"}])
        self.prefixes = {"PrefixListId": listed["PrefixListId"]}
        call("ecs", "ModifyPrefixList", **self.prefixes, AddEntry=[{"Cidr": "172.16.0.0/12", "Description": "two"}])
        call("ecs", "DescribePrefixListAttributes", **self.prefixes)
        rule = {"IpProtocol": "tcp", "PortRange": "443/443"}
        for end, peer in (("", "SourceCidrIp"), ("Egress", "DestCidrIp")):
            one = {**rule, peer: "10.0.0.0/8"}
            call("ecs", f"AuthorizeSecurityGroup{end}", **group, Permissions=[one])
            call("ecs", f"ModifySecurityGroup{end}Rule", **group, **one, Description="web")
            call("ecs", f"RevokeSecurityGroup{end}", **group, Permissions=[one])
            call("ecs", f"AuthorizeSecurityGroup{end}", **group, Permissions=[one])
        call("ecs", "ModifySecurityGroupAttribute", **group, Description="servers")
        call("ecs", "ModifySecurityGroupPolicy", **group, InnerAccessPolicy="Drop")
        call("ecs", "DescribeSecurityGroupAttribute", **group, NicType="intranet")
        call("ecs", "DescribeSecurityGroups", VpcId=self.vpc)

    def servers(self) -> None:
        """One instance with all that can belong to one."""
        call = self.call
        self.each("ecs", "DescribeRegions DescribeZones DescribeImages DescribeInstanceTypes")
        call("ecs", "DescribeImageSupportInstanceTypes", ImageId="ubuntu_22_04_x64_20G_alibase_20240101.vhd")
        call("ecs", "DescribeAvailableResource", DestinationResource="InstanceType", Cores=2)
        call("ecs", "CreateKeyPair", KeyPairName="made", Tag=TAGS)
        public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVkZ2VlZGdlZWRnZWVkZ2VlZGdlZWRnZWVkZ2VlZGdl"
        call("ecs", "ImportKeyPair", KeyPairName="imported", PublicKeyBody=public)
        call("ecs", "DescribeKeyPairs", KeyPairName="made")
        made = call("ecs", "CreateDeploymentSet", DeploymentSetName="apart", Description="apart")
        apart = {"DeploymentSetId": made["DeploymentSetId"]}
        call("ecs", "ModifyDeploymentSetAttribute", **apart, Description="kept apart")
        made = call("ecs", "CreateAutoSnapshotPolicy", timePoints='["1"]', repeatWeekdays='["1"]', retentionDays=7,
                    Tag=TAGS)  # fmt: skip
        policy = {"autoSnapshotPolicyId": made["AutoSnapshotPolicyId"]}
        self.instance = call(
            "ecs", "RunInstances", InstanceType="ecs.g7.large", ImageId="aliyun_3_x64_20G_alibase_20240101.vhd",
            VSwitchId=self.vswitches[ZONES[0]], SecurityGroupId=self.group, InstanceName="ECS01", Password="Secret-1",
            InternetMaxBandwidthOut=1, SystemDisk={"Category": "cloud_essd", "Size": 40}, DataDisk=[{"Size": 20}],
            UserData="bmdpbng=", Tag=TAGS,
        )["InstanceIdSets"]["InstanceIdSet"][0]  # fmt: skip
        self.changed_server(apart, policy)
        self.launch_template()
        cluster = {"HpcClusterId": call("ecs", "CreateHpcCluster", Name="computing")["HpcClusterId"]}
        call("ecs", "ModifyHpcClusterAttribute", **cluster, Description="computing")
        call("ecs", "DescribeHpcClusters")
        call("ecs", "DeleteHpcCluster", **cluster)
        call("ecs", "DescribeDeploymentSets", DeploymentSetName="apart")
        call("ecs", "ModifyInstanceDeployment", InstanceId=self.instance, RemoveFromDeploymentSet=True)
        call("ecs", "DeleteDeploymentSet", **apart)
        call("ecs", "DescribeAutoSnapshotPolicyEx", AutoSnapshotPolicyId=policy["autoSnapshotPolicyId"])
        call("ecs", "DeleteAutoSnapshotPolicy", **policy)
        call("ecs", "DeleteKeyPairs", KeyPairNames='["made", "imported"]')

    def launch_template(self) -> None:
        """A template of two versions, and an instance that is run with the first."""
        call = self.call
        made = call(
            "ecs", "CreateLaunchTemplate", LaunchTemplateName="servers", TemplateTag=TAGS, InstanceType="ecs.g7.large",
            ImageId="aliyun_3_x64_20G_alibase_20240101.vhd", VSwitchId=self.vswitches[ZONES[0]], SecurityGroupId=self.group,
            SystemDisk={"Category": "cloud_essd", "Size": 40, "Iops": 100}, DataDisk=[{"Size": 20}], Tag=TAGS,
        )  # fmt: skip
        template = {"LaunchTemplateId": made["LaunchTemplateId"]}
        for number in (2, 3):
            interface = {"VSwitchId": self.vswitches[ZONES[0]], "SecurityGroupIds": [self.group]}
            call(
                "ecs",
                "CreateLaunchTemplateVersion",
                **template,
                VersionDescription=number,
                NetworkInterface=[interface],
            )
        call("ecs", "ModifyLaunchTemplateDefaultVersion", **template, DefaultVersionNumber=2)
        run = call("ecs", "RunInstances", **template, LaunchTemplateVersion=1, SystemDisk={"Category": "cloud_ssd"})
        call("ecs", "DeleteInstance", InstanceId=run["InstanceIdSets"]["InstanceIdSet"][0], Force=True)
        call("ecs", "DescribeLaunchTemplates", LaunchTemplateName=["servers"])
        call("ecs", "DescribeLaunchTemplateVersions", **template)
        call("ecs", "DeleteLaunchTemplateVersion", **template, DeleteVersion=[3])
        call("ecs", "DeleteLaunchTemplate", **template)

    def changed_server(self, apart: Mapping[str, str], policy: Mapping[str, str]) -> None:
        """What can be changed and read about an instance, in the states in which it can."""
        call, one, ids = self.call, {"InstanceId": self.instance}, {"InstanceIds": f'["{self.instance}"]'}
        call("ecs", "ModifyInstanceAttribute", **one, Description="first", Password="Secret-2")
        call("ecs", "ModifyInstanceMetadataOptions", **one, HttpTokens="required")
        call("ecs", "ModifyInstanceNetworkSpec", **one, InternetMaxBandwidthOut=2)
        call("ecs", "AllocatePublicIpAddress", **one)
        call("ecs", "ModifyInstanceAutoReleaseTime", **one, AutoReleaseTime="2099-01-01T00:00:00Z")
        call("ecs", "ModifyInstanceChargeType", **ids, InstanceChargeType="PostPaid")
        call("ecs", "ModifyInstanceAutoRenewAttribute", **one, RenewalStatus="Normal")
        call("ecs", "ModifyInstanceMaintenanceAttributes", InstanceId=[self.instance], NotifyOnMaintenance=True,
             MaintenanceWindow=[{"StartTime": "02:00:00", "EndTime": "03:00:00"}])  # fmt: skip
        call("ecs", "ModifyInstanceDeployment", **one, **apart)
        call("ecs", "ModifyInstanceAttachmentAttributes", **one, PrivatePoolOptions={"MatchCriteria": "Open"})
        call("ecs", "AttachKeyPair", **ids, KeyPairName="made")
        call("ecs", "DetachKeyPair", **ids, KeyPairName="made")
        call("ecs", "AttachInstanceRamRole", **ids, RamRoleName="servers")
        call("ecs", "DescribeInstanceRamRole", **ids)
        call("ecs", "DetachInstanceRamRole", **ids, RamRoleName="servers")
        more = self.security_group("more")
        self.each("ecs", "JoinSecurityGroup LeaveSecurityGroup", **one, SecurityGroupId=more)
        call("ecs", "DeleteSecurityGroup", SecurityGroupId=more)
        call("ecs", "JoinResourceGroup", ResourceType="instance", ResourceId=self.instance, ResourceGroupId="rg-edge")
        self.tagged("ecs", "instance", self.instance)
        self.disks(one, policy)
        self.interface(one)
        self.stopped_server(one)
        call("ecs", "DescribeInstances", **ids, AdditionalAttributes=["META_OPTIONS"])
        self.each("ecs", "DescribeUserData DescribeInstanceAttribute", **one)
        self.each("ecs", "DescribeInstanceMaintenanceAttributes", InstanceId=[self.instance])
        self.each("ecs", "DescribeInstanceAutoRenewAttribute", **one)
        self.each("ecs", "DescribeInstanceAttachmentAttributes", **ids)

    def disks(self, one: Mapping[str, str], policy: Mapping[str, str]) -> None:
        """The instance's disks."""
        rows = self.call("ecs", "DescribeDisks", **one)["Disks"]["Disk"]
        disk = {"DiskId": rows[0]["DiskId"]}
        self.call("ecs", "ModifyDiskAttribute", **disk, DiskName="system")
        self.call("ecs", "ModifyDiskSpec", **disk, PerformanceLevel="PL0")
        self.call("ecs", "ResizeDisk", **disk, NewSize=50)
        self.call("ecs", "ApplyAutoSnapshotPolicy", **policy, diskIds=f'["{disk["DiskId"]}"]')

    def interface(self, one: Mapping[str, str]) -> None:
        """Further addresses of the instance's interface; they are there when it is read."""
        rows = self.call("ecs", "DescribeNetworkInterfaces", **one)["NetworkInterfaceSets"]["NetworkInterfaceSet"]
        eni = {"NetworkInterfaceId": rows[0]["NetworkInterfaceId"]}
        self.call("ecs", "AssignPrivateIpAddresses", **eni, PrivateIpAddress=["192.168.1.99"])
        self.call("ecs", "UnassignPrivateIpAddresses", **eni, PrivateIpAddress=["192.168.1.99"])
        self.call("ecs", "AssignIpv6Addresses", **eni, Ipv6AddressCount=1)
        shown = self.call("ecs", "DescribeNetworkInterfaces", **one)["NetworkInterfaceSets"]["NetworkInterfaceSet"][0]
        address = shown["Ipv6Sets"]["Ipv6Set"][0]["Ipv6Address"]
        self.call("ecs", "UnassignIpv6Addresses", **eni, Ipv6Address=[address])
        self.call("ecs", "AssignIpv6Addresses", **eni, Ipv6AddressCount=1)
        self.further_interface(one)

    def further_interface(self, one: Mapping[str, str]) -> None:
        """An interface that is made, given to the instance, taken away and removed."""
        made = self.call("ecs", "CreateNetworkInterface", VSwitchId=self.vswitches[ZONES[0]], SecurityGroupIds=[self.group],
                         SecondaryPrivateIpAddressCount=1, Ipv6AddressCount=1, QueueNumber=1, Tag=TAGS)  # fmt: skip
        eni = {"NetworkInterfaceId": made["NetworkInterfaceId"]}
        self.call("ecs", "ModifyNetworkInterfaceAttribute", **eni, Description="further", DeleteOnRelease=False)
        self.call("ecs", "AttachNetworkInterface", **eni, **one)
        self.call("ecs", "DescribeNetworkInterfaces", NetworkInterfaceId=[made["NetworkInterfaceId"]], Status="InUse")
        self.call("ecs", "DescribeInstances", InstanceIds=f'["{one["InstanceId"]}"]')
        self.call("ecs", "DetachNetworkInterface", **eni, **one)
        self.call("ecs", "DeleteNetworkInterface", **eni)

    def stopped_server(self, one: Mapping[str, str]) -> None:
        """What only a stopped instance lets be done, and back to running."""
        self.call("ecs", "RebootInstance", **one)
        self.call("ecs", "StopInstance", **one)
        self.each("ecs", "ModifyInstanceSpec ModifyPrepayInstanceSpec", **one, InstanceType="ecs.g6.large")
        self.call(
            "ecs",
            "ModifyInstanceVpcAttribute",
            **one,
            VSwitchId=self.vswitches[ZONES[0]],
            PrivateIpAddress="192.168.1.77",
        )
        self.call("ecs", "ReplaceSystemDisk", **one, ImageId="centos_7_9_x64_20G_alibase_20240101.vhd")
        self.call("ecs", "StartInstance", **one)

    def certificates(self) -> None:
        """Server certificates, the repository with a CA, and the private CA."""
        call = self.call
        pem, key = make_certificate()
        made = call("cas", "UploadUserCertificate", Name="server", Cert=pem, Key=key, Tags=TAGS)
        self.certificate, self.certificate_id = made["CertId"], f"{made['CertId']}-{REGION}"
        pem, key = make_certificate("more")
        self.more = call("cas", "UploadUserCertificate", Name="more", Cert=pem, Key=key)["CertId"]
        call("cas-names", "CreateCertificateName", CertificateId=self.certificate, Name="renamed")
        call("cas", "GetUserCertificateDetail", CertId=self.certificate)
        call("cas", "ListUserCertificateOrder", OrderType="UPLOAD")
        call("cas-older", "DescribeSSLCertificateList", ShowSize=50, CurrentPage=1)
        pem, key = make_certificate("older")
        older = call("cas-older", "CreateSSLCertificateWithName", CertName="older", Certificate=pem, PrivateKey=key)
        call("cas-older", "DeleteSSLCertificate", CertIdentifier=older["CertIdentifier"])
        made = call("cas", "CreateWarehouse", Name="ca", Type="uploadedAuthorityCertificate")
        self.warehouse = {"WarehouseInstanceId": made["WarehouseInstanceId"]}
        call("cas", "ListWarehouse", WarehouseInstanceIds=[made["WarehouseInstanceId"]])
        number = call("cas", "ListCertWarehouse", Name="ca")["CertWarehouseList"][0]["WhId"]
        ca, key = make_ca()
        made = call("cas", "UploadPCACert", Name="root", WarehouseId=number, Cert=ca, PrivateKey=key)
        self.authority = made["Identifier"]
        call("cas", "ListCert", WarehouseId=number)
        call("cas", "DescribeWarehouseCert", CertIdentifier=self.authority)
        self.private_authority()

    def private_authority(self) -> None:
        """The private CA, from root to client and back."""
        call = self.call
        kind = {**SUBJECT, "Algorithm": "ECC_256", "CountryCode": "SG"}
        root = call("pca", "CreateRootCACertificate", CommonName="Root", Years=10, **kind)["Identifier"]
        below = {"ParentIdentifier": root, "Tags": TAGS, "CommonName": "Below", "Years": 5, **kind}
        subordinate = call("pca", "CreateSubCACertificate", **below)["Identifier"]
        csr = {"ParentIdentifier": subordinate, "Csr": request("alice")[0], "Days": 30, "Immediately": 2, **SUBJECT}
        one = {"Identifier": call("pca", "CreateClientCertificateWithCsr", **csr, CommonName="alice")["Identifier"]}
        call("pca", "UpdatePcaCertificate", **one, AliasName="alice")
        self.tagged("pca", "pcacertificate", one["Identifier"], listed=False)
        self.each("pca", "DescribeCACertificate GetCAInstanceStatus", Identifier=subordinate)
        self.each("pca", "DescribeClientCertificate ListClientCertificate", **one)
        self.each("pca", "CreateRevokeClientCertificate DeleteClientCertificate", **one)
        made = call("pca", "CreateClientCertificate", ParentIdentifier=subordinate, CommonName="bob", Immediately=2)
        call("pca", "UploadPcaCertToCas", Ids=made["Identifier"])
        call("pca", "MoveResourceGroup", ResourceType="PcaCertificate", ResourceId=made["Identifier"],
             ResourceGroupId="rg-edge")  # fmt: skip
        call("pca", "CreateRevokeClientCertificate", Identifier=made["Identifier"])
        call("pca", "UpdateCACertificateStatus", Identifier=subordinate, Status="REVOKE")

    def balancer(self) -> None:
        """A load balancer with all that belongs to it."""
        call = self.call
        self.each("alb", "DescribeZones DescribeRegions ListSystemSecurityPolicies")
        zones = [{"ZoneId": zone, "VSwitchId": self.vswitches[zone]} for zone in ZONES[:2]]
        self.alb = {"LoadBalancerId": call(
            "alb", "CreateLoadBalancer", VpcId=self.vpc, AddressType="Internet", LoadBalancerEdition="Basic",
            AddressIpVersion="DualStack", LoadBalancerName="edge", LoadBalancerBillingConfig={"PayType": "PostPay"}, ZoneMappings=zones, Tag=TAGS,
        )["LoadBalancerId"]}  # fmt: skip
        id = self.alb["LoadBalancerId"]
        protection = {"Status": "ConsoleProtection", "Reason": "edge"}
        call("alb", "UpdateLoadBalancerAttribute", **self.alb, ModificationProtectionConfig=protection)
        call("alb", "UpdateLoadBalancerEdition", **self.alb, LoadBalancerEdition="Standard")
        self.each("alb", "EnableLoadBalancerIpv6Internet DisableLoadBalancerIpv6Internet", **self.alb)
        call("alb", "UpdateLoadBalancerZones", **self.alb, ZoneMappings=[
            *zones, {"ZoneId": ZONES[2], "VSwitchId": self.vswitches[ZONES[2]]},
        ])  # fmt: skip
        call("alb", "UpdateLoadBalancerAddressTypeConfig", **self.alb, AddressType="Intranet")
        call("alb", "EnableDeletionProtection", ResourceId=id)
        for kind, target in (("Open", {"TargetProject": "logs", "TargetStore": "alb"}), ("Close", {})):
            call("sls", f"{kind}ProductDataCollection", DataType="alb.access_log", InstanceRegion=REGION, InstanceId=id,
                 **target)  # fmt: skip
        package = {"BandwidthPackageId": call("vpc", "CreateCommonBandwidthPackage", Bandwidth=5)["BandwidthPackageId"]}
        for action in ("AttachCommonBandwidthPackageTo", "DetachCommonBandwidthPackageFrom"):
            call("alb", f"{action}LoadBalancer", **self.alb, **package)
        for action in ("Join", "Leave"):
            call("alb", f"LoadBalancer{action}SecurityGroup", **self.alb, SecurityGroupIds=[self.group])
        call("alb", "EnableLoadBalancerAccessLog", **self.alb, LogProject="logs", LogStore="alb")
        call("alb", "GetLoadBalancerAttribute", **self.alb)
        call("alb", "ListLoadBalancers", LoadBalancerIds=[id])
        call("alb", "DisableDeletionProtection", ResourceId=id)
        call("alb", "DisableLoadBalancerAccessLog", **self.alb)
        call("alb", "MoveResourceGroup", ResourceType="loadbalancer", ResourceId=id, NewResourceGroupId="rg-edge")
        self.tagged("alb", "loadbalancer", id, "UnTagResources")
        self.server_group()
        self.listener()
        self.rules()
        call("alb", "ListAsynJobs", ResourceIds=[id])

    def server_group(self) -> None:
        """A group with one server."""
        call = self.call
        made = call("alb", "CreateServerGroup", VpcId=self.vpc, ServerGroupName="web", Scheduler="Wrr", Tag=TAGS,
                    HealthCheckConfig={"HealthCheckEnabled": True},
                    StickySessionConfig={"StickySessionEnabled": True, "StickySessionType": "Server", "Cookie": "c",
                                         "CookieTimeout": 60})  # fmt: skip
        self.web = {"ServerGroupId": made["ServerGroupId"]}
        call("alb", "UpdateServerGroupAttribute", **self.web, ServerGroupName="renamed")
        template = call("alb", "CreateHealthCheckTemplate", HealthCheckTemplateName="check", Tag=TAGS)
        one = {"HealthCheckTemplateId": template["HealthCheckTemplateId"]}
        call("alb", "UpdateHealthCheckTemplateAttribute", **one, HealthCheckPath="/check")
        call("alb", "GetHealthCheckTemplateAttribute", **one)
        call("alb", "ListHealthCheckTemplates", HealthCheckTemplateNames=["check"])
        call("alb", "ApplyHealthCheckTemplateToServerGroup", **self.web, **one)
        call("alb", "DeleteHealthCheckTemplates", HealthCheckTemplateIds=[one["HealthCheckTemplateId"]])
        server = {"ServerId": self.instance, "ServerType": "Ecs", "Port": 80}
        self.each("alb", "AddServersToServerGroup RemoveServersFromServerGroup", **self.web, Servers=[server])
        call("alb", "AddServersToServerGroup", **self.web, Servers=[{**server, "Weight": 100, "Description": "web"}])
        both = {"RemovedServers": [server], "AddedServers": [{**server, "Weight": 100, "Description": "web"}]}
        call("alb", "ReplaceServersInServerGroup", **self.web, **both)
        call("alb", "UpdateServerGroupServersAttribute", **self.web, Servers=[{**server, "Weight": 0}])
        call("alb", "ListServerGroupServers", **self.web)

    def listener(self) -> None:
        """A listener that verifies clients, with an ACL, a TLS policy of its own and a further certificate."""
        call = self.call
        tls = {"TLSVersions": ["TLSv1.2"], "Ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}
        made = call("alb", "CreateSecurityPolicy", SecurityPolicyName="strict", **tls, Tag=TAGS)
        self.policy = {"SecurityPolicyId": made["SecurityPolicyId"]}
        call("alb", "UpdateSecurityPolicyAttribute", **self.policy, SecurityPolicyName="stricter")
        call("alb", "ListSecurityPolicies", SecurityPolicyIds=[self.policy["SecurityPolicyId"]])
        self.acl = {"AclId": call("alb", "CreateAcl", AclName="offices", Tag=TAGS)["AclId"]}
        call("alb", "UpdateAclAttribute", **self.acl, AclName="office")
        call("alb", "AddEntriesToAcl", **self.acl, AclEntries=[
            {"Entry": "10.0.0.0/8", "Description": "office"}, {"Entry": "172.16.0.0/12"},
        ])  # fmt: skip
        call("alb", "RemoveEntriesFromAcl", **self.acl, Entries=["172.16.0.0/12"])
        call("alb", "ListAclEntries", **self.acl)
        call("alb", "ListAcls", AclIds=[self.acl["AclId"]])
        self.https = {"ListenerId": call(
            "alb", "CreateListener", **self.alb, ListenerProtocol="HTTPS", ListenerPort=443, ListenerDescription="edge",
            DefaultActions=forward(self.web["ServerGroupId"]), Certificates=[{"CertificateId": self.certificate_id}],
            CaEnabled=True, CaCertificates=[{"CertificateId": self.authority}], Tag=TAGS,
        )["ListenerId"]}  # fmt: skip
        self.listener_calls()

    def listener_calls(self) -> None:
        """What can be changed about the listener."""
        more = {"Certificates": [{"CertificateId": f"{self.more}-{REGION}"}]}
        acl = {"AclIds": [self.acl["AclId"]]}
        headers = {f"XForwardedForClientCert{of}Alias": "x-client" for of in CLIENT_HEADERS}
        headers["XForwardedForClientSourceIpsTrusted"] = "10.0.0.0/8"
        tracing = {"TracingEnabled": True, "TracingType": "Zipkin", "TracingSample": 100}
        for action, parameters in (
            ("UpdateListenerAttribute", {**self.policy, "XForwardedForConfig": headers}),
            ("UpdateListenerLogConfig", {
                "AccessLogRecordCustomizedHeadersEnabled": True, "AccessLogTracingConfig": tracing,
            }),
            ("StopListener", {}),
            ("StartListener", {}),
            ("AssociateAdditionalCertificatesWithListener", more),
            ("AssociateAclsWithListener", {**acl, "AclType": "White"}),
        ):  # fmt: skip
            self.call("alb", action, **self.https, **parameters)
        self.call("alb", "ListAclRelations", **acl)
        self.each("alb", "GetListenerAttribute ListListenerCertificates", **self.https)
        self.call("alb", "ListListeners", ListenerIds=[self.https["ListenerId"]])
        self.call("alb", "DissociateAdditionalCertificatesFromListener", **self.https, **more)
        self.call("alb", "DissociateAclsFromListener", **self.https, **acl)
        debug = [{"AttributeKey": "EsDebug", "AttributeValue": "key"}]
        script = {
            "AScriptName": "counted",
            "ScriptContent": "now()",
            "ExtAttributeEnabled": True,
            "ExtAttributes": debug,
        }
        id = self.call("alb", "CreateAScripts", **self.https, AScripts=[script])["AScriptIds"][0]["AScriptId"]
        self.call("alb", "UpdateAScripts", AScripts=[{"AScriptId": id, "Enabled": True}])
        self.call("alb", "ListAScripts", ListenerIds=[self.https["ListenerId"]])
        self.call("alb", "DeleteAScripts", AScriptIds=[id])

    def rules(self) -> None:
        """One of every kind of action and condition, and two that are made together."""
        call, group = self.call, [{"ServerGroupId": self.web["ServerGroupId"], "Weight": 100}]
        session = {"Enabled": True, "Timeout": 60}
        forwarding = {"ServerGroupTuples": group, "ServerGroupStickySession": session}
        last = ({"ForwardGroupConfig": forwarding}, {"RedirectConfig": REDIRECT})
        more = [{"TrafficMirrorConfig": {"MirrorGroupConfig": {"ServerGroupTuples": [self.web]}}}, *ACTIONS]
        for priority, config in enumerate((*last, *more), 100):
            actions = [config] if config in last else [config, last[0]]
            call("alb", "CreateRule", **self.https, **_rule(priority, actions))
        call(
            "alb", "CreateRule", **self.https, **_rule(300, RESPONSE_ACTIONS, RESPONSE_CONDITIONS), Direction="Response"
        )
        first = call("alb", "CreateRule", **self.https, **_rule(1, None, CONDITIONS))["RuleId"]
        ids = [one["RuleId"] for one in call("alb", "CreateRules", **self.https, Rules=[_rule(2), _rule(3)])["RuleIds"]]
        call("alb", "UpdateRuleAttribute", RuleId=first, RuleName="renamed")
        call("alb", "UpdateRulesAttribute", Rules=[{"RuleId": id, "Priority": n} for n, id in enumerate(ids, 20)])
        call("alb", "ListServerGroups", ServerGroupIds=[self.web["ServerGroupId"]])
        call("alb", "ListRules", ListenerIds=[self.https["ListenerId"]])
        call("alb", "GetListenerHealthStatus", **self.https, IncludeRule=True)
        call("alb", "DeleteRule", RuleId=first)
        call("alb", "DeleteRules", RuleIds=ids)

    def names(self) -> None:
        """A zone with a record."""
        call, zone = self.call, {"DomainName": "life.test"}
        call("alidns", "AddDomain", **zone, Tag=TAGS)
        call("alidns", "UpdateDomainRemark", **zone, Remark="life")
        group = {"GroupId": call("alidns", "AddDomainGroup", GroupName="edge")["GroupId"]}
        call("alidns", "ChangeDomainGroup", **zone, **group)
        call("alidns", "UpdateDomainGroup", **group, GroupName="edges")
        call("alidns", "DescribeDomainGroups")
        call("alidns", "DeleteDomainGroup", **group)
        call("alidns", "GetTxtRecordForVerify", DomainName="a.life.test", Type="ADD_SUB_DOMAIN")
        self.tagged("alidns", "DOMAIN", "life.test")
        record = {"RR": "www", "Type": "A", "Value": "192.0.2.1"}
        one = {"RecordId": call("alidns", "AddDomainRecord", **zone, **record)["RecordId"]}
        mail = {"RR": "@", "Type": "MX", "Value": "mx.test", "Priority": 10}
        mail_id = call("alidns", "AddDomainRecord", **zone, **mail)["RecordId"]
        call("alidns", "UpdateDomainRecord", **one, **{**record, "Value": "192.0.2.2"})
        call("alidns", "UpdateDomainRecordRemark", **one, Remark="www")
        call("alidns", "SetDomainRecordStatus", **one, Status="DISABLE")
        self.each("alidns", "DescribeDomainRecordInfo", RecordId=mail_id)
        self.each("alidns", "DescribeDomainRecordInfo", **one)
        call("alidns", "DescribeDomainRecords", **zone, RRKeyWord="www")
        call("alidns", "DescribeDomainRecords", **zone, RRKeyWord="@")
        call("alidns", "DescribeSubDomainRecords", SubDomain="life.test")
        call("alidns", "DescribeDomainInfo", **zone)
        call("alidns", "DescribeDomains", KeyWord="life")
        call("alidns", "DeleteDomainRecord", **one)
        call("alidns", "DeleteDomain", **zone)

    def end(self) -> None:
        """Everything goes."""
        call = self.call
        call("alb", "DeleteListener", **self.https)
        call("alb", "DeleteLoadBalancer", **self.alb)
        call("alb", "DeleteServerGroup", **self.web)
        call("alb", "DeleteAcl", **self.acl)
        call("alb", "DeleteSecurityPolicy", **self.policy)
        for certificate in (self.certificate, self.more):
            call("cas", "DeleteUserCertificate", CertId=certificate)
        call("cas", "DeletePCACert", Identifier=self.authority)
        call("cas", "DeleteWarehouse", **self.warehouse)
        call("ecs", "DeleteInstance", InstanceId=self.instance, Force=True)
        call("ecs", "DeleteSecurityGroup", SecurityGroupId=self.group)
        call("ecs", "DeletePrefixList", **self.prefixes)
        for vswitch in self.vswitches.values():
            call("vpc", "DeleteVSwitch", VSwitchId=vswitch)
        call("vpc", "DeleteVpc", VpcId=self.vpc)


def called(life: Life) -> Iterable[tuple[str, str]]:
    """(API version, action) of every call that a life made."""
    return {(PRODUCTS[product], action) for product, action in life.answers}


REDIRECT = {"Host": "a.test", "HttpCode": "301", "Path": "/", "Port": "443", "Protocol": "HTTPS", "Query": "q"}
HEADER = {"Key": "x-edge", "Value": "1", "ValueType": "UserDefined"}
ACTIONS = (
    {"RewriteConfig": {"Host": "a.test", "Path": "/", "Query": "q"}},
    {"InsertHeaderConfig": HEADER},
    {"RemoveHeaderConfig": {"Key": "x-edge"}},
    {"TrafficLimitConfig": {"QPS": 100, "PerIpQps": 10}},
    {"CorsConfig": {
        "AllowOrigin": ["https://a.test"], "AllowMethods": ["GET"], "AllowHeaders": ["x-a"], "ExposeHeaders": ["x-b"],
        "AllowCredentials": "on", "MaxAge": 60,
    }},
)  # fmt: skip
CONDITIONS = (
    {"HostConfig": {"Values": ["a.test"]}},
    {"MethodConfig": {"Values": ["GET"]}},
    {"SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
    {"HeaderConfig": {"Key": "x-a", "Values": ["1"]}},
    {"CookieConfig": {"Values": [{"Key": "a", "Value": "1"}]}},
    {"QueryStringConfig": {"Values": [{"Key": "a", "Value": "1"}]}},
    {"PathConfig": {"Values": ["/a"]}},
)
RESPONSE_ACTIONS = [{"InsertHeaderConfig": HEADER}]
RESPONSE_CONDITIONS = (
    {"ResponseStatusCodeConfig": {"Values": ["200"]}},
    {"ResponseHeaderConfig": {"Key": "x-a", "Values": ["1"]}},
)
FIXED = ({"FixedResponseConfig": {"HttpCode": 200, "Content": "ok", "ContentType": "text/plain"}},)


def _rule(priority: int, actions: Any = None, conditions: Any = None) -> dict[str, Any]:
    """Each configuration names its type."""

    def typed(configs: Any) -> list[dict[str, Any]]:
        return [{"Type": name.removesuffix("Config"), name: value} for one in configs for name, value in one.items()]

    path = {"PathConfig": {"Values": [f"/{priority}"]}}
    numbered = [{"Order": order, **one} for order, one in enumerate(typed(actions or FIXED), 1)]
    return {
        "RuleName": f"rule-{priority}",
        "Priority": priority,
        "RuleActions": numbered,
        "RuleConditions": typed(conditions or [path]),
        "Tag": TAGS,
    }
