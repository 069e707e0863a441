"""Launch templates: what RunInstances would be sent, in numbered versions. RunInstances fills in what a call leaves out."""

from collections.abc import Callable, Mapping
from typing import Any

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, numbered_page, require
from local.cloud.errors import gone, invalid, missing, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ECS
from local.cloud.store import Document

KIND = "ecs.launch_template"
MOST_VERSIONS = 30
_OF_RUNS = (
    "AutoReleaseTime", "AutoRenew", "AutoRenewPeriod", "CreditSpecification", "DataDisk", "DeletionProtection", "DeploymentSetId",
    "Description", "HostName", "HttpEndpoint", "HttpPutResponseHopLimit", "HttpTokens", "ImageId", "ImageOptions",
    "InstanceChargeType", "InstanceName", "InstanceType", "InternetChargeType", "InternetMaxBandwidthIn",
    "InternetMaxBandwidthOut", "IoOptimized", "Ipv6AddressCount", "KeyPairName", "NetworkInterface", "PasswordInherit", "Period",
    "PeriodUnit", "PrivateIpAddress", "RamRoleName", "ResourceGroupId", "SecurityEnhancementStrategy", "SecurityGroupId",
    "SecurityGroupIds", "SpotDuration", "SpotPriceLimit", "SpotStrategy", "SystemDisk", "Tag", "UserData", "VSwitchId", "ZoneId",
)  # fmt: skip
"""What of a template RunInstances takes over."""
_BESIDE = ("EnableVmOsConfig", "ImageOwnerAlias", "NetworkType", "SecurityOptions", "VpcId")
"""What a template only shows."""
_OF_TEMPLATES_DISK = ("DeleteWithInstance", "Iops")
"""What RunInstances does not know of a system disk."""
_NUMBERS = (
    "AutoRenewPeriod", "HttpPutResponseHopLimit", "InternetMaxBandwidthIn", "InternetMaxBandwidthOut", "Ipv6AddressCount", "Period",
    "SpotDuration",
)  # fmt: skip
_TRUTHS = ("AutoRenew", "DeletionProtection", "EnableVmOsConfig", "PasswordInherit")
_NESTED = ("DataDisk", "ImageOptions", "NetworkInterface", "SecurityGroupIds", "SecurityOptions", "SystemDisk", "Tag")
_OF_DISKS: Mapping[str, Callable[[Parameters, str], Any]] = {
    **dict.fromkeys(("AutoSnapshotPolicyId", "Category", "Description", "DiskName", "KMSKeyId", "PerformanceLevel"), Parameters.text),
    **dict.fromkeys(("Size", "ProvisionedIops"), lambda sent, name: sent.integer(name, 0, 65536, 0)),
    **dict.fromkeys(("DeleteWithInstance",), lambda sent, name: sent.boolean(name, default=True)),
    **dict.fromkeys(("BurstingEnabled",), lambda sent, name: sent.boolean(name)),
}  # fmt: skip


@action(ECS, "CreateLaunchTemplate", source="provider source", writes=True)
def create_launch_template(call: Call) -> Response:
    """A template with its first version, under a name that is free."""
    parameters, name = call.parameters, call.parameters.required("LaunchTemplateName")
    if any(one["LaunchTemplateName"] == name for one in call.store.list(KIND)):
        raise refused("InvalidLaunchTemplateName.Duplicated", "A launch template of that name exists.")
    id = new_id("lt")
    document: Document = {
        "LaunchTemplateId": id,
        "LaunchTemplateName": name,
        "DefaultVersionNumber": 1,
        "LatestVersionNumber": 1,
        "ResourceGroupId": parameters.text("TemplateResourceGroupId"),
        "CreateTime": now_text(),
        "ModifiedTime": now_text(),
        "CreatedBy": call.context.account_id,
        "Tags": _tags(parameters, "TemplateTag"),
        "Versions": [_version(call, 1)],
    }
    call.store.put(KIND, id, document)
    return {"LaunchTemplateId": id, "LaunchTemplateVersionNumber": 1}


@action(ECS, "CreateLaunchTemplateVersion", source="provider source", writes=True)
def create_launch_template_version(call: Call) -> Response:
    """A further version; the default stays what it is."""
    document = _found(call)
    if len(document["Versions"]) >= MOST_VERSIONS:
        raise refused("LaunchTemplateVersionLimitExceed", f"A launch template has {MOST_VERSIONS} versions at most.")
    number = document["LatestVersionNumber"] + 1
    document["Versions"].append(_version(call, number))
    _keep(call, {**document, "LatestVersionNumber": number})
    return {"LaunchTemplateId": document["LaunchTemplateId"], "LaunchTemplateVersionNumber": number}


@action(ECS, "DescribeLaunchTemplates", source="provider source")
def describe_launch_templates(call: Call) -> Response:
    """All templates, or those of ids, names, a resource group or tags."""
    parameters = call.parameters
    ids, names = parameters.texts("LaunchTemplateId"), parameters.texts("LaunchTemplateName")
    group, tags = parameters.text("TemplateResourceGroupId"), _tags(parameters, "TemplateTag")
    rows = [
        {**{key: value for key, value in one.items() if key != "Versions"}, "Tags": {"Tag": tagging.shown(one)}}
        for one in call.store.list(KIND)
        if (not ids or one["LaunchTemplateId"] in ids)
        and (not names or one["LaunchTemplateName"] in names)
        and group in ("", one["ResourceGroupId"])
        and tagging.fits(tags, one)
    ]
    page, counters = numbered_page(parameters, rows)
    return {"LaunchTemplateSets": {"LaunchTemplateSet": page}, **counters}


@action(ECS, "DescribeLaunchTemplateVersions", source="provider source")
def describe_launch_template_versions(call: Call) -> Response:
    """The versions of a template: all, those of numbers or of a range, or the default one."""
    parameters, document = call.parameters, _found(call)
    numbers, default = parameters.texts("LaunchTemplateVersion"), parameters.boolean("DefaultVersion")
    low, high = parameters.integer("MinVersion", 1, 10**6, 1), parameters.integer("MaxVersion", 1, 10**6, 10**6)
    parameters.boolean("DetailFlag")  # details are answered unasked
    rows = [
        {
            **{key: value for key, value in one.items() if key != "Sent"},
            "LaunchTemplateId": document["LaunchTemplateId"],
            "LaunchTemplateName": document["LaunchTemplateName"],
            "DefaultVersion": one["VersionNumber"] == document["DefaultVersionNumber"],
            "LaunchTemplateData": _data(Parameters(one["Sent"])),
        }
        for one in document["Versions"]
        if (not numbers or str(one["VersionNumber"]) in numbers)
        and (not default or one["VersionNumber"] == document["DefaultVersionNumber"])
        and low <= one["VersionNumber"] <= high
    ]
    page, counters = numbered_page(parameters, rows)
    return {"LaunchTemplateVersionSets": {"LaunchTemplateVersionSet": page}, **counters}


@action(ECS, "ModifyLaunchTemplateDefaultVersion", source="provider source", writes=True)
def modify_launch_template_default_version(call: Call) -> Response:
    """Another version becomes the default."""
    document = _found(call)
    number = _of_number(document, call.parameters.required("DefaultVersionNumber"))["VersionNumber"]
    _keep(call, {**document, "DefaultVersionNumber": number})
    return {"LaunchTemplateId": document["LaunchTemplateId"]}


@action(ECS, "DeleteLaunchTemplateVersion", source="provider source", writes=True)
def delete_launch_template_version(call: Call) -> Response:
    """Remove versions; the default one stays."""
    document, rows = _found(call), []
    for number in call.parameters.texts("DeleteVersion"):
        version = _of_number(document, number)
        if version["VersionNumber"] == document["DefaultVersionNumber"]:
            raise refused("InvalidDefaultVersion.DeleteForbidden", "The default version cannot be deleted.")
        document["Versions"].remove(version)
        rows.append({
            "LaunchTemplateId": document["LaunchTemplateId"],
            "LaunchTemplateVersionNumber": version["VersionNumber"],
        })  # fmt: skip
    if not rows:
        raise missing("DeleteVersion")
    _keep(call, document)
    return {"LaunchTemplateVersions": {"LaunchTemplateVersion": rows}}


@action(ECS, "DeleteLaunchTemplate", source="provider source", writes=True)
def delete_launch_template(call: Call) -> Response:
    """Remove a template with its versions; instances that were run with it stay."""
    document = _found(call)
    call.store.delete(KIND, document["LaunchTemplateId"])
    numbers = [one["VersionNumber"] for one in document["Versions"]]
    return {
        "LaunchTemplateId": document["LaunchTemplateId"],
        "LaunchTemplateVersionNumbers": {"versionNumbers": numbers},
    }


def filled(call: Call) -> Parameters:
    """The parameters of a run, with those of its template where the call has none; its security groups come as a whole."""
    sent = call.parameters
    id, name, number = (sent.text(f"LaunchTemplate{part}") for part in ("Id", "Name", "Version"))
    if not id and not name:
        return sent
    document = _found(call)
    kept = _of_number(document, number or str(document["DefaultVersionNumber"]))["Sent"]
    own = {key: value for key, value in sent.values.items() if not key.startswith("LaunchTemplate")}
    groups = {"SecurityGroupId", "SecurityGroupIds"}
    dropped = groups if groups & own.keys() else set()
    under = {key: value for key, value in kept.items() if key in _OF_RUNS and key not in dropped}
    if "SystemDisk" in under:
        under["SystemDisk"] = {
            key: value for key, value in under["SystemDisk"].items() if key not in _OF_TEMPLATES_DISK
        }
    return Parameters(_merged(under, own))


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Objects are merged member by member, anything else is replaced."""
    both = {key: _merged(under[key], value) for key, value in over.items()
            if isinstance(value, dict) and isinstance(under.get(key), dict)}  # fmt: skip
    return {**under, **over, **both}


def _version(call: Call, number: int) -> Document:
    parameters = call.parameters
    sent = {name: parameters.values[name] for name in (*_OF_RUNS, *_BESIDE) if name in parameters}
    parameters.pass_over(*_NESTED)  # kept as they are, and read by RunInstances
    _data(Parameters(sent))
    return {
        "VersionNumber": number,
        "VersionDescription": parameters.text("VersionDescription"),
        "CreateTime": now_text(),
        "ModifiedTime": now_text(),
        "CreatedBy": call.context.account_id,
        "Sent": sent,
    }


def _data(sent: Parameters) -> Response:
    """A version as it is read; refuses what has not the form of its kind."""
    plain = [name for name in (*_OF_RUNS, *_BESIDE) if name not in (*_NUMBERS, *_TRUTHS, *_NESTED, "SpotPriceLimit")]
    system = _disk(sent.mapping("SystemDisk"))
    system["Iops"] = sent.mapping("SystemDisk").integer("Iops", 0, 10**6, 0)
    system["Encrypted"] = sent.mapping("SystemDisk").text("Encrypted", "false")
    return {
        **{name: sent.text(name) for name in plain},
        **{name: sent.integer(name, 0, 10**6, 0) for name in _NUMBERS},
        **{name: sent.boolean(name) for name in _TRUTHS},
        "SpotPriceLimit": _price(sent.text("SpotPriceLimit")),
        "SystemDisk": system,
        **{f"SystemDisk.{name}": value for name, value in system.items()},
        "DataDisks": {"DataDisk": [_data_disk(one) for one in sent.objects("DataDisk")]},
        "ImageOptions": {"LoginAsNonRoot": sent.mapping("ImageOptions").boolean("LoginAsNonRoot")},
        "NetworkInterfaces": {"NetworkInterface": [_interface(one) for one in sent.objects("NetworkInterface")]},
        "SecurityGroupIds": {"SecurityGroupId": sent.texts("SecurityGroupIds")},
        "SecurityOptions": {"TrustedSystemMode": sent.mapping("SecurityOptions").text("TrustedSystemMode")},
        "Tags": {"InstanceTag": _tags(sent, "Tag")},
    }


def _disk(sent: Parameters) -> Response:
    return {name: read(sent, name) for name, read in _OF_DISKS.items()}


def _data_disk(sent: Parameters) -> Response:
    return {**_disk(sent), **{name: sent.text(name) for name in ("Device", "SnapshotId")},
            "Encrypted": sent.text("Encrypted", "false")}  # fmt: skip


def _interface(sent: Parameters) -> Response:
    names = ("Description", "InstanceType", "NetworkInterfaceName", "NetworkInterfaceTrafficMode", "PrimaryIpAddress",
             "SecurityGroupId", "VSwitchId")  # fmt: skip
    return {
        **{name: sent.text(name) for name in names},
        "DeleteOnRelease": sent.boolean("DeleteOnRelease", default=True),
        "SecurityGroupIds": {"SecurityGroupId": sent.texts("SecurityGroupIds")},
    }


def _price(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        raise invalid("SpotPriceLimit", "a number is expected") from None


def _tags(parameters: Parameters, name: str) -> list[dict[str, str]]:
    return [{"Key": one.required("Key"), "Value": one.text("Value")} for one in parameters.objects(name)]


def _found(call: Call) -> Document:
    """By id or name; the provider sends both to delete."""
    id, name = call.parameters.text("LaunchTemplateId"), call.parameters.text("LaunchTemplateName")
    if not id and not name:
        raise missing("LaunchTemplateId")
    id = id or next((one["LaunchTemplateId"] for one in call.store.list(KIND) if one["LaunchTemplateName"] == name), "")
    document = require(call.store, KIND, id, gone("InvalidLaunchTemplate.NotFound", "launch template"))
    if name and document["LaunchTemplateName"] != name:
        raise invalid("LaunchTemplateName", "it is not the name of the launch template that was given")
    return document


def _of_number(document: Document, number: str) -> Document:
    for version in document["Versions"]:
        if str(version["VersionNumber"]) == number:
            found: Document = version
            return found
    raise gone("InvalidLaunchTemplateVersion.NotFound", "version of the launch template")


def _keep(call: Call, document: Document) -> None:
    call.store.put(KIND, document["LaunchTemplateId"], {**document, "ModifiedTime": now_text()})
