"""IPv6, secondary blocks, default networks, and what an instance has besides its first address: disks, interfaces, options."""

from local.cloud.ecs import instances, network_interfaces
from tests.local.conftest import Account

REGION = "ap-southeast-1"


def vpc(account: Account, **parameters: object) -> str:
    id = str(account("vpc", "CreateVpc", RegionId=REGION, **parameters)["VpcId"])
    account.settled("vpc.vpc", "Status", "Available")
    return id


def attribute(account: Account, id: str) -> dict:
    return account("vpc", "DescribeVpcAttribute", RegionId=REGION, VpcId=id)


def vswitch(account: Account, network: str, block: str, **parameters: object) -> str:
    place = {"RegionId": REGION, "ZoneId": f"{REGION}a", "VpcId": network, "CidrBlock": block}
    return str(account("vpc", "CreateVSwitch", **place, **parameters)["VSwitchId"])


def run(account: Account, **parameters: object) -> str:
    """An instance in a network of its own, both with IPv6."""
    network = vpc(account, CidrBlock="192.168.0.0/16", EnableIpv6=True)
    place = {
        "VSwitchId": vswitch(account, network, "192.168.1.0/24", Ipv6CidrBlock=1),
        "SecurityGroupId": account("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=network)["SecurityGroupId"],
        "ImageId": "ubuntu_22_04_x64_20G_alibase_20240101.vhd",
        "InstanceType": "ecs.g7.large",
    }
    id = account("ecs", "RunInstances", RegionId=REGION, **place, **parameters)["InstanceIdSets"]["InstanceIdSet"][0]
    account.settled("ecs.instance", "Status", "Running")
    return str(id)


def instance(account: Account, id: str) -> dict:
    return account("ecs", "DescribeInstances", RegionId=REGION, InstanceIds=f'["{id}"]')["Instances"]["Instance"][0]


def test_ipv6_comes_and_goes_in_order(cloud_account: Account) -> None:
    """A vSwitch gets one of its network's blocks, another number another block; the network's goes when no vSwitch has one."""
    network = vpc(cloud_account, EnableIpv6=True)
    own = attribute(cloud_account, network)["Ipv6CidrBlock"]
    assert own.endswith("::/56")
    first = vswitch(cloud_account, network, "172.16.1.0/24", Ipv6CidrBlock=1)
    shown = cloud_account("vpc", "DescribeVSwitchAttributes", RegionId=REGION, VSwitchId=first)
    assert shown["Ipv6CidrBlock"] == own.replace("00::/56", "01::/64")
    refused = {"RegionId": REGION, "VpcId": network, "ZoneId": f"{REGION}a", "CidrBlock": "172.16.2.0/24"}
    assert cloud_account.error("vpc", "CreateVSwitch", **refused, Ipv6CidrBlock=1)[0] == 400
    cloud_account("vpc", "ModifyVpcAttribute", RegionId=REGION, VpcId=network, Ipv6Isp="ChinaMobile")
    assert attribute(cloud_account, network)["Ipv6CidrBlocks"]["Ipv6CidrBlock"][0]["Ipv6Isp"] == "ChinaMobile"
    off = {"RegionId": REGION, "VpcId": network, "EnableIPv6": False}
    assert cloud_account.error("vpc", "ModifyVpcAttribute", **off)[1] == "OperationDenied.VSwitchIpv6Enabled"
    cloud_account("vpc", "ModifyVSwitchAttribute", RegionId=REGION, VSwitchId=first, EnableIPv6=False)
    cloud_account("vpc", "ModifyVpcAttribute", **off)
    assert attribute(cloud_account, network)["Ipv6CidrBlock"] == ""


def test_a_network_without_ipv6_gives_none(cloud_account: Account) -> None:
    """A vSwitch cannot have a block of a network that has none."""
    place = {
        "RegionId": REGION,
        "VpcId": vpc(cloud_account, Ipv6Isp="BGP"),
        "ZoneId": f"{REGION}a",
        "CidrBlock": "172.16.1.0/24",
    }
    assert cloud_account.error("vpc", "CreateVSwitch", **place, Ipv6CidrBlock=1)[1] == "InvalidVpc.Ipv6NotEnabled"


def test_a_secondary_block_holds_vswitches(cloud_account: Account) -> None:
    """It overlaps none, a vSwitch may lie in it, and it stays until that one is gone."""
    network = vpc(cloud_account, CidrBlock="172.16.0.0/16")
    block = {"RegionId": REGION, "VpcId": network, "SecondaryCidrBlock": "10.0.0.0/16"}
    assert (
        cloud_account.error("vpc", "AssociateVpcCidrBlock", **block | {"SecondaryCidrBlock": "172.16.8.0/24"})[0] == 400
    )
    cloud_account("vpc", "AssociateVpcCidrBlock", **block, IpVersion="IPV4")
    assert attribute(cloud_account, network)["SecondaryCidrBlocks"]["SecondaryCidrBlock"] == ["10.0.0.0/16"]
    inside = vswitch(cloud_account, network, "10.0.1.0/24")
    assert cloud_account.error("vpc", "UnassociateVpcCidrBlock", **block)[1] == "DependencyViolation.VSwitch"
    cloud_account("vpc", "DeleteVSwitch", RegionId=REGION, VSwitchId=inside)
    cloud_account("vpc", "UnassociateVpcCidrBlock", **block)
    assert attribute(cloud_account, network)["SecondaryCidrBlocks"]["SecondaryCidrBlock"] == []


def test_a_region_has_one_default_network(cloud_account: Account) -> None:
    """A second one is refused, also where a security group without a network made the first; so is a zone's second vSwitch."""
    cloud_account("ecs", "CreateSecurityGroup", RegionId=REGION)
    assert cloud_account.error("vpc", "CreateDefaultVpc", RegionId=REGION)[1] == "InvalidDefaultVpc.AlreadyExist"
    cloud_account("vpc", "CreateDefaultVSwitch", RegionId=REGION, ZoneId=f"{REGION}a")
    assert cloud_account.error("vpc", "CreateDefaultVSwitch", RegionId=REGION, ZoneId=f"{REGION}a")[0] == 400


def test_an_instance_has_disks_and_interfaces(cloud_account: Account) -> None:
    """Data disks beside the system's; the first interface has the instance's addresses, and more on request."""
    id = run(cloud_account, Ipv6AddressCount=1, DataDisk=[{"Size": 20, "DiskName": "data"}])
    disks = cloud_account("ecs", "DescribeDisks", RegionId=REGION, InstanceId=id)["Disks"]["Disk"]
    assert [(disk["Type"], disk.get("DiskName")) for disk in disks] == [("system", ""), ("data", "data")]
    interface = instance(cloud_account, id)["NetworkInterfaces"]["NetworkInterface"][0]["NetworkInterfaceId"]
    more = {"RegionId": REGION, "NetworkInterfaceId": interface, "SecondaryPrivateIpAddressCount": 2}
    cloud_account("ecs", "AssignPrivateIpAddresses", **more)
    asked = {"RegionId": REGION, "NetworkInterfaceId": [interface]}
    shown = cloud_account("ecs", "DescribeNetworkInterfaces", **asked)["NetworkInterfaceSets"]["NetworkInterfaceSet"][0]
    addresses = [one["PrivateIpAddress"] for one in shown["PrivateIpSets"]["PrivateIpSet"]]
    assert addresses == ["192.168.1.4", "192.168.1.5", "192.168.1.6"]
    assert len(shown["Ipv6Sets"]["Ipv6Set"]) == 1


def test_network_cards_are_listed_where_there_are_several(cloud_account: Account) -> None:
    """The provider names an interface's card only for a type that lists its cards."""
    asked = {"InstanceTypes": ["ecs.c8i.48xlarge", "ecs.g7.large"]}
    rows = cloud_account("ecs", "DescribeInstanceTypes", **asked)["InstanceTypes"]["InstanceType"]
    cards = {row["InstanceTypeId"]: row.get("NetworkCards", {}).get("NetworkCardInfo", []) for row in rows}
    assert [one["NetworkCardIndex"] for one in cards["ecs.c8i.48xlarge"]] == [0, 1]
    assert cards["ecs.g7.large"] == []


def test_disks_are_tagged_one_by_one(cloud_account: Account) -> None:
    """The one that is named and no other; a tag goes by its key."""
    id = run(cloud_account, DataDisk=[{"Size": 20}])

    def tags() -> list[list[str]]:
        shown = cloud_account("ecs", "DescribeDisks", RegionId=REGION, InstanceId=id)["Disks"]["Disk"]
        return [[tag["TagKey"] for tag in disk["Tags"]["Tag"]] for disk in shown]

    disk = cloud_account("ecs", "DescribeDisks", RegionId=REGION, InstanceId=id)["Disks"]["Disk"][1]["DiskId"]
    one = {"RegionId": REGION, "ResourceType": "disk", "ResourceId": [disk]}
    cloud_account("ecs", "TagResources", **one, Tag=[{"Key": "team", "Value": "edge"}, {"Key": "use", "Value": "data"}])
    assert tags() == [[], ["team", "use"]]
    cloud_account("ecs", "UntagResources", **one, TagKey=["team"])
    assert tags() == [[], ["use"]]
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(49)]
    cloud_account("ecs", "TagResources", **one, Tag=many)
    assert cloud_account.error("ecs", "TagResources", **one, Tag=[{"Key": "k", "Value": "v"}])[1] == "QuotaExceeded.Tag"


def test_an_instance_moves_with_the_network_that_its_vswitch_is_in(cloud_account: Account) -> None:
    """The network may be named beside the vSwitch, and then is the vSwitch's own."""
    id = run(cloud_account)
    network = vpc(cloud_account, CidrBlock="10.0.0.0/16")
    group = cloud_account("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=network)["SecurityGroupId"]
    cloud_account("ecs", "StopInstance", InstanceId=id)
    cloud_account.settled("ecs.instance", "Status", "Stopped")
    place = {"InstanceId": id, "VSwitchId": vswitch(cloud_account, network, "10.0.1.0/24"), "SecurityGroupId": [group]}
    assert cloud_account.error("ecs", "ModifyInstanceVpcAttribute", **place, VpcId="vpc-other")[0] == 400
    cloud_account("ecs", "ModifyInstanceVpcAttribute", **place, VpcId=network)
    assert instance(cloud_account, id)["VpcAttributes"]["VpcId"] == network


def test_a_disk_only_grows(cloud_account: Account) -> None:
    """Larger is taken, smaller is refused."""
    id = run(cloud_account)
    disk = cloud_account("ecs", "DescribeDisks", RegionId=REGION, InstanceId=id)["Disks"]["Disk"][0]
    cloud_account("ecs", "ResizeDisk", DiskId=disk["DiskId"], NewSize=disk["Size"] + 10, Type="online")
    assert cloud_account.error("ecs", "ResizeDisk", DiskId=disk["DiskId"], NewSize=disk["Size"])[0] == 400


def test_a_subscribed_instance_gets_an_address_with_its_first_bandwidth(cloud_account: Account) -> None:
    """One that is paid as it goes asks for it in a call of its own; without bandwidth neither keeps one."""
    id = run(cloud_account)
    for type_, expected in (("PostPaid", 0), ("PrePaid", 1)):
        store = cloud_account.cloud.store
        store.put(instances.KIND, id, store.get(instances.KIND, id) | {"InstanceChargeType": type_})
        cloud_account("ecs", "ModifyInstanceNetworkSpec", InstanceId=id, InternetMaxBandwidthOut=5)
        assert len(instance(cloud_account, id)["PublicIpAddress"]["IpAddress"]) == expected
        cloud_account("ecs", "ModifyInstanceNetworkSpec", InstanceId=id, InternetMaxBandwidthOut=0)
        assert instance(cloud_account, id)["PublicIpAddress"]["IpAddress"] == []


def test_a_replaced_system_disk_is_encrypted_as_asked(cloud_account: Account) -> None:
    """With the key that is named, in the size that is named; how one logs in is taken and not kept."""
    id = run(cloud_account)
    cloud_account("ecs", "StopInstance", InstanceId=id)
    cloud_account.settled("ecs.instance", "Status", "Stopped")
    image = {"ImageId": "centos_7_9_x64_20G_alibase_20240101.vhd", "EncryptAlgorithm": "aes-256"}
    how = {
        "Encrypted": True,
        "KMSKeyId": "key-1",
        "SystemDisk": {"Size": 60},
        "PasswordInherit": True,
        "Password": "P-1",
    }
    cloud_account("ecs", "ReplaceSystemDisk", InstanceId=id, **image, **how)
    [disk] = cloud_account("ecs", "DescribeDisks", RegionId=REGION, InstanceId=id)["Disks"]["Disk"]
    assert (disk["Encrypted"], disk["KMSKeyId"], disk["Size"]) == (True, "key-1", 60)
    assert "P-1" not in str(cloud_account.cloud.store.get(instances.KIND, id))


def test_an_instance_leaves_the_deployment_set_that_the_call_names(cloud_account: Account) -> None:
    """The provider names the set also where the instance is to leave it."""
    id = run(cloud_account)
    made = cloud_account("ecs", "CreateDeploymentSet", RegionId=REGION, OnUnableToRedeployFailedInstance="KeepStopped")
    one = {"RegionId": REGION, "InstanceId": id, "DeploymentSetId": made["DeploymentSetId"]}
    cloud_account("ecs", "ModifyInstanceDeployment", **one)
    assert instance(cloud_account, id)["DeploymentSetId"] == made["DeploymentSetId"]
    cloud_account.raw("ecs", "ModifyInstanceDeployment", **one, RemoveFromDeploymentSet="true")
    assert instance(cloud_account, id)["DeploymentSetId"] == ""


def test_a_stopped_instance_is_also_removed_by_force(cloud_account: Account) -> None:
    """The provider always forces; a running one goes by force only."""
    id = run(cloud_account)
    assert cloud_account.error("ecs", "DeleteInstance", InstanceId=id)[1] == "IncorrectInstanceStatus"
    cloud_account("ecs", "StopInstance", InstanceId=id)
    cloud_account.settled("ecs.instance", "Status", "Stopped")
    cloud_account("ecs", "DeleteInstance", InstanceId=id, Force=True)
    assert (
        cloud_account.cloud.store.list(instances.KIND) == cloud_account.cloud.store.list(network_interfaces.KIND) == []
    )


def test_a_vswitch_takes_its_ipv6_block_from_its_networks(cloud_account: Account) -> None:
    """The network's own may be named; another one is refused."""
    network = vpc(cloud_account, CidrBlock="192.168.0.0/16", EnableIpv6=True)
    own = attribute(cloud_account, network)["Ipv6CidrBlock"]
    vswitch(cloud_account, network, "192.168.1.0/24", Ipv6CidrBlock=1, VpcIpv6CidrBlock=own)
    place = {"RegionId": REGION, "VpcId": network, "ZoneId": f"{REGION}a", "CidrBlock": "192.168.2.0/24"}
    wrong = {"Ipv6CidrBlock": 2, "VpcIpv6CidrBlock": "2408::/56"}
    assert cloud_account.error("vpc", "CreateVSwitch", **place, **wrong)[1] == "InvalidVpcIpv6CidrBlock.Mismatch"


def test_another_type_asks_for_a_stopped_instance(cloud_account: Account) -> None:
    """A running one keeps its type, and a stopped one takes none that the region does not have."""
    id = run(cloud_account)
    change = {"InstanceId": id, "InstanceType": "ecs.g7.xlarge"}
    assert cloud_account.error("ecs", "ModifyInstanceSpec", **change)[1] == "IncorrectInstanceStatus"
    cloud_account("ecs", "StopInstance", InstanceId=id)
    cloud_account.settled("ecs.instance", "Status", "Stopped")
    assert cloud_account.error("ecs", "ModifyInstanceSpec", **change | {"InstanceType": "ecs.none"})[0] == 400
    cloud_account("ecs", "ModifyInstanceSpec", **change)
    assert instance(cloud_account, id)["Cpu"] == 4


def test_an_instance_moves_within_its_zone_only(cloud_account: Account) -> None:
    """A vSwitch of another zone is refused, as the API's page says; another address of its own zone is taken."""
    id = run(cloud_account)
    there = instance(cloud_account, id)
    other = cloud_account(
        "vpc", "CreateVSwitch", RegionId=REGION, VpcId=there["VpcAttributes"]["VpcId"], ZoneId=f"{REGION}b", CidrBlock="192.168.2.0/24"
    )["VSwitchId"]  # fmt: skip
    cloud_account("ecs", "StopInstance", InstanceId=id)
    cloud_account.settled("ecs.instance", "Status", "Stopped")
    change = {"InstanceId": id, "VSwitchId": other}
    assert cloud_account.error("ecs", "ModifyInstanceVpcAttribute", **change) == (400, "InvalidVSwitchId.Mismatch")
    own = {"VSwitchId": there["VpcAttributes"]["VSwitchId"], "PrivateIpAddress": "192.168.1.77"}
    cloud_account("ecs", "ModifyInstanceVpcAttribute", InstanceId=id, **own)
    assert instance(cloud_account, id)["VpcAttributes"]["PrivateIpAddress"]["IpAddress"] == ["192.168.1.77"]


def test_an_instance_of_an_earlier_version_is_still_shown(cloud_account: Account) -> None:
    """What its document lacks gets the defaults when the cloud starts."""
    id = run(cloud_account)
    store = cloud_account.cloud.store
    kept = store.get(instances.KIND, id)
    older = {key: kept[key] for key in kept if key in ("InstanceId", "Status", "InstanceType", "ImageId", "RegionId", "ZoneId",
             "VSwitchId", "VpcId", "SecurityGroupIds", "PrivateIpAddress", "InstanceChargeType", "MetadataOptions", "CreationTime",
             "Tags")}  # fmt: skip
    older["SystemDisk"] = {"DiskId": "d-older", "Category": "cloud_efficiency", "Size": 40, "Encrypted": False}
    store.put(instances.KIND, id, older)
    instances.upgrade(store)
    assert instance(cloud_account, id)["InstanceId"] == id
    disks = cloud_account("ecs", "DescribeDisks", RegionId=REGION, InstanceId=id)["Disks"]["Disk"]
    assert [disk["DiskId"] for disk in disks] == ["d-older"]


def interfaces(account: Account, **wanted: object) -> list[dict]:
    """Those that a filter finds."""
    return account("ecs", "DescribeNetworkInterfaces", RegionId=REGION, **wanted)["NetworkInterfaceSets"][
        "NetworkInterfaceSet"
    ]


def test_interfaces_of_an_earlier_version_become_documents_of_their_own(cloud_account: Account) -> None:
    """They lay in their instance; the answers stay the same."""
    id = run(cloud_account)
    store = cloud_account.cloud.store
    before = interfaces(cloud_account, InstanceId=id)
    [own] = store.list(network_interfaces.KIND)
    store.delete(network_interfaces.KIND, own["NetworkInterfaceId"])
    later = ("InstanceId", "VpcId", "ZoneId", "CreationTime", "DeleteOnRelease", "Tags")
    older = {key: value for key, value in own.items() if key not in later}
    store.put(instances.KIND, id, store.get(instances.KIND, id) | {"NetworkInterfaces": [older]})
    instances.upgrade(store)
    assert interfaces(cloud_account, InstanceId=id) == before
    assert "NetworkInterfaces" not in store.get(instances.KIND, id)


def test_an_interface_made_beforehand_is_an_instances_first_one(cloud_account: Account) -> None:
    """With its place, its address and its groups; it is free again where it is to stay, and else gone with the instance."""
    network = vpc(cloud_account, CidrBlock="192.168.0.0/16")
    subnet = vswitch(cloud_account, network, "192.168.1.0/24")
    group = cloud_account("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=network)["SecurityGroupId"]
    place = {"RegionId": REGION, "VSwitchId": subnet, "SecurityGroupIds": [group]}
    made = cloud_account(
        "ecs", "CreateNetworkInterface", **place, PrimaryIpAddress="192.168.1.77", DeleteOnRelease=False
    )
    further = cloud_account("ecs", "CreateNetworkInterface", **place)["NetworkInterfaceId"]
    first = made["NetworkInterfaceId"]
    assert (made["Status"], made["Type"]) == ("Available", "Secondary")
    given = [
        {"NetworkInterfaceId": first, "InstanceType": "Primary"},
        {"NetworkInterfaceId": further, "InstanceType": "Secondary"},
    ]
    server = {"ImageId": "ubuntu_22_04_x64_20G_alibase_20240101.vhd", "InstanceType": "ecs.g7.large"}
    sent = {"RegionId": REGION, "NetworkInterface": given, **server}
    id = cloud_account("ecs", "RunInstances", **sent)["InstanceIdSets"]["InstanceIdSet"][0]
    shown = instance(cloud_account, id)
    assert shown["VpcAttributes"]["PrivateIpAddress"]["IpAddress"] == ["192.168.1.77"]
    assert shown["SecurityGroupIds"]["SecurityGroupId"] == [group]
    assert [(one["NetworkInterfaceId"], one["Type"]) for one in shown["NetworkInterfaces"]["NetworkInterface"]] == [
        (first, "Primary"), (further, "Secondary")
    ]  # fmt: skip
    for action in ("DeleteNetworkInterface", "DeleteVSwitch"):
        sent = {"NetworkInterfaceId": first} if action.endswith("Interface") else {"VSwitchId": subnet}
        assert cloud_account.error("ecs" if "Interface" in action else "vpc", action, RegionId=REGION, **sent)[0] == 400
    cloud_account("ecs", "DeleteInstance", InstanceId=id, Force=True)
    assert [one["NetworkInterfaceId"] for one in interfaces(cloud_account, VSwitchId=subnet)] == [first]
    [free] = interfaces(cloud_account, Status="Available")
    assert (free["Type"], free["SecurityGroupIds"]["SecurityGroupId"]) == ("Secondary", [group])
    used = {"RegionId": REGION, "SecurityGroupId": group}
    assert cloud_account.error("ecs", "DeleteSecurityGroup", **used)[1] == "DependencyViolation"
    cloud_account("ecs", "DeleteNetworkInterface", RegionId=REGION, NetworkInterfaceId=first)
    cloud_account("ecs", "DeleteSecurityGroup", **used)


def test_a_group_that_an_instance_left_can_go(cloud_account: Account) -> None:
    """The instance's first interface leaves with it."""
    id = run(cloud_account)
    [old] = instance(cloud_account, id)["SecurityGroupIds"]["SecurityGroupId"]
    network = instance(cloud_account, id)["VpcAttributes"]["VpcId"]
    more = cloud_account("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=network)["SecurityGroupId"]
    cloud_account("ecs", "JoinSecurityGroup", RegionId=REGION, InstanceId=id, SecurityGroupId=more)
    cloud_account("ecs", "LeaveSecurityGroup", RegionId=REGION, InstanceId=id, SecurityGroupId=old)
    cloud_account("ecs", "DeleteSecurityGroup", RegionId=REGION, SecurityGroupId=old)
    assert [one["SecurityGroupIds"]["SecurityGroupId"] for one in interfaces(cloud_account)] == [[more]]


def test_a_prefix_list_goes_after_the_rules_that_name_it(cloud_account: Account) -> None:
    """In use it stays."""
    made = {"RegionId": REGION, "PrefixListName": "office", "MaxEntries": 2, "Entry": [{"Cidr": "10.0.0.0/8"}]}
    id = cloud_account("ecs", "CreatePrefixList", **made)["PrefixListId"]
    group = {
        "RegionId": REGION,
        "SecurityGroupId": cloud_account("ecs", "CreateSecurityGroup", RegionId=REGION)["SecurityGroupId"],
    }
    rule = {"Permissions": [{"IpProtocol": "TCP", "PortRange": "443/443", "SourcePrefixListId": id}]}
    cloud_account("ecs", "AuthorizeSecurityGroup", **group, **rule)
    assert cloud_account.error("ecs", "DeletePrefixList", RegionId=REGION, PrefixListId=id)[0] == 400
    cloud_account("ecs", "RevokeSecurityGroup", **group, **rule)
    cloud_account("ecs", "DeletePrefixList", RegionId=REGION, PrefixListId=id)
