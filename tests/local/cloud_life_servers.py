"""Every action about servers that the local cloud offers, as a part of one life of an account."""

from collections.abc import Mapping

from tests.local.cloud_life_calls import TAGS, ZONES, Calls


class Servers(Calls):
    """One instance in a network that is there, with all that can belong to one."""

    vpc: str
    vswitches: dict[str, str]
    group: str

    def security_group(self, name: str) -> str:
        """A security group in the network."""
        made = self.call("ecs", "CreateSecurityGroup", VpcId=self.vpc, SecurityGroupName=name, Tag=TAGS)
        return str(made["SecurityGroupId"])

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
