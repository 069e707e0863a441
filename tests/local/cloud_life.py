"""Every action that the local cloud offers, called once or more in an order in which each succeeds."""

from collections.abc import Iterable

from tests.local.cloud_life_balancers import Balancers
from tests.local.cloud_life_calls import PRODUCTS, ROLE, TAGS, ZONES
from tests.local.cloud_life_servers import Servers
from tests.local.conftest import REGION, make_ca, make_certificate
from tests.local.test_cloud_pca import SUBJECT, request


class Life(Servers, Balancers):
    """One life of an account: call `run`, then read `answers`."""

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
