"""Launch templates of the local cloud: versions, and what RunInstances takes from them."""

import pytest

from tests.local.test_cloud_networks import REGION

NAME = "servers"


@pytest.fixture
def cloud_template(cloud_account):
    """A network with a security group, and a template that names both: the template's id."""
    network = cloud_account.network()
    group = cloud_account("ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=network["vpc"])["SecurityGroupId"]
    sent = {
        "LaunchTemplateName": NAME, "ImageId": "aliyun_3.vhd", "InstanceType": "ecs.g7.large", "SecurityGroupId": group,
        "VSwitchId": network["zones"][f"{REGION}a"], "SystemDisk.Category": "cloud_ssd", "SystemDisk.Size": "60",
        "SystemDisk.Iops": "100", "DataDisk.1.Size": "30", "NetworkType": "vpc", "UserData": "aGk=", "Tag.1.Key": "team",
        "Tag.1.Value": "edge",
    }  # fmt: skip
    status, made = cloud_account.raw("ecs", "CreateLaunchTemplate", **sent)
    assert status == 200, made
    return made["LaunchTemplateId"]


def run(account, **sent):
    """Status and answer of RunInstances."""
    return account.raw("ecs", "RunInstances", RegionId=REGION, **sent)


def versions(account, template, **more):
    """Version numbers and the data of each."""
    sent = {"RegionId": REGION, "LaunchTemplateId": template, **more}
    rows = account.raw("ecs", "DescribeLaunchTemplateVersions", **sent)[1]["LaunchTemplateVersionSets"]
    return {row["VersionNumber"]: row["LaunchTemplateData"] for row in rows["LaunchTemplateVersionSet"]}


def test_an_instance_takes_from_the_template_what_is_not_sent(cloud_account, cloud_template):
    """The category that is sent wins over the template's, whose size stays; tags, data disks and user data come along."""
    status, answer = run(cloud_account, LaunchTemplateName=NAME, **{"SystemDisk.Category": "cloud_essd"})
    assert status == 200, answer
    [document] = cloud_account.cloud.store.list("ecs.instance")
    disks = [(disk["Category"], disk["Size"]) for disk in document["Disks"]]
    assert disks == [("cloud_essd", 60), ("cloud_efficiency", 30)]
    assert (document["UserData"], document["Tags"]) == ("aGk=", [{"Key": "team", "Value": "edge"}])
    assert cloud_account.raw("ecs", "DeleteLaunchTemplate", RegionId=REGION, LaunchTemplateId=cloud_template)[0] == 200
    assert len(cloud_account.cloud.store.list("ecs.instance")) == 1


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"LaunchTemplateName": "other"}, "InvalidLaunchTemplate.NotFound"),
        ({"LaunchTemplateName": NAME, "LaunchTemplateVersion": "2"}, "InvalidLaunchTemplateVersion.NotFound"),
        ({"LaunchTemplateName": NAME, "SecurityGroupIds.1": "sg-other"}, "InvalidSecurityGroupId.NotFound"),
        ({"LaunchTemplateName": NAME, "Nonsense": "1"}, "InvalidParameter.Emulator"),
        ({}, "MissingParameter"),
    ],
)
def test_a_run_that_the_template_does_not_help_is_refused(cloud_account, cloud_template, sent, code):
    """No such template or version, groups of one's own that are not there, a parameter nobody knows, no template."""
    status, answer = run(cloud_account, **sent)
    assert (status >= 400, answer["Code"]) == (True, code)
    assert cloud_account.cloud.store.list("ecs.instance") == []


def test_versions_are_numbered_and_the_default_one_stays(cloud_account, cloud_template):
    """A further version does not become the default; another can be made it, and then the first may go."""
    one = {"RegionId": REGION, "LaunchTemplateId": cloud_template}
    assert cloud_account.raw("ecs", "CreateLaunchTemplateVersion", **one, InstanceType="ecs.g6.large")[0] == 200
    assert {number: data["InstanceType"] for number, data in versions(cloud_account, cloud_template).items()} == {
        1: "ecs.g7.large",
        2: "ecs.g6.large",
    }
    first = {**one, "DeleteVersion.1": "1"}
    assert cloud_account.raw("ecs", "DeleteLaunchTemplateVersion", **first)[1]["Code"].startswith(
        "InvalidDefaultVersion"
    )
    assert list(versions(cloud_account, cloud_template, DefaultVersion="true")) == [1]
    assert cloud_account.raw("ecs", "ModifyLaunchTemplateDefaultVersion", **one, DefaultVersionNumber="2")[0] == 200
    assert cloud_account.raw("ecs", "DeleteLaunchTemplateVersion", **first)[0] == 200
    assert list(versions(cloud_account, cloud_template)) == [2]
    assert cloud_account.raw("ecs", "CreateLaunchTemplateVersion", **one)[1]["LaunchTemplateVersionNumber"] == 3


def test_a_version_is_read_back_as_it_was_sent(cloud_account, cloud_template):
    """Nested and, as the provider reads them, under keys with a dot; a wrong number and a taken name are refused."""
    data = versions(cloud_account, cloud_template)[1]
    assert (data["SystemDisk"]["Size"], data["SystemDisk.Size"], data["SystemDisk.Iops"]) == (60, 60, 100)
    assert [disk["Size"] for disk in data["DataDisks"]["DataDisk"]] == [30]
    assert (data["NetworkType"], data["Tags"]["InstanceTag"]) == ("vpc", [{"Key": "team", "Value": "edge"}])
    for wrong in ({"LaunchTemplateName": NAME}, {"LaunchTemplateName": "b", "Period": "x"}):
        assert cloud_account.raw("ecs", "CreateLaunchTemplate", RegionId=REGION, **wrong)[0] == 400
    assert len(cloud_account.cloud.store.list("ecs.launch_template")) == 1
