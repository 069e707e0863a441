"""The ALB behind an AlbConfig: found again by its tags, made, changed, reused, given up (alibaba-cloud.md §4.2, §4.5)."""

import re
from collections.abc import Collection
from typing import Any

from local.kubernetes.controller import names
from local.kubernetes.controller.albconfig import AlbConfig, BuildError
from local.kubernetes.controller.openapi import Api, CloudError, tag_parameters, tags_of

Json = dict[str, Any]
FIXED = (
    ("addressType", "AddressType"),
    ("addressIpVersion", "AddressIpVersion"),
    ("addressAllocatedMode", "AddressAllocatedMode"),
)
"""Fields of `spec.config` that count when the ALB is made, and their names in its answer."""
PROTECTED = {"Status": "ConsoleProtection"}
"""Of an ALB that the controller made, and of one that it reuses by force; without a reason (model_build_load_balancer.go)."""
TAKEN_BY_FORCE = ("name", "edition", "resourceGroupId", "tags", "accessLogConfig")
"""Fields of `spec.config` that change a reused ALB with `forceOverride` only."""


class Balancers:
    """Load balancers of one cluster."""

    def __init__(self, api: Api, cluster: str) -> None:
        self._api = api
        self._cluster = cluster

    def find(self, name: str) -> Json | None:
        """The ALB that the controller made for an AlbConfig, or reuses for it."""
        tags = names.tags(self._cluster, name)
        found = list(self._api.pages("alb", "ListLoadBalancers", "LoadBalancers", Tag=tag_parameters(tags)))
        return self._read(str(found[0]["LoadBalancerId"])) if found else None

    def left_behind(self, alb_configs: Collection[str]) -> list[str]:
        """Names of AlbConfigs that are in none of `alb_configs` and still have an ALB of this cluster.

        The API server can drop an object whose finalizer was written in the very moment of its deletion.
        """
        rows = self._api.pages("alb", "ListLoadBalancers", "LoadBalancers",
                               Tag=tag_parameters({names.CLUSTER_TAG: self._cluster}))  # fmt: skip
        owners = {names.owner_of(tags_of(row)) for row in rows}
        return sorted(owner for owner in owners if owner is not None and owner not in alb_configs)

    def ensure(self, wanted: AlbConfig, before: str) -> Json:
        """The ALB as wanted, active; `before` is its id in the status. Raises BuildError or CloudError."""
        if wanted.reused:
            return self._reuse(wanted)
        found = self.find(wanted.name)
        if before and not found:
            raise BuildError(
                f"ALB loadBalancer : {before} has been deleted on the console , please delete related albconfig first"
            )
        identifier = str(found["LoadBalancerId"]) if found else self._create(wanted)
        balancer = self._await_active(identifier)
        return self._update(wanted, balancer) if found else self._switch_log(wanted, balancer)

    def give_up(self, wanted: AlbConfig) -> None:
        """Delete the ALB with its listeners; one that was reused only loses our tags."""
        balancer = self.find(wanted.name)
        if balancer is None:
            return
        identifier = str(balancer["LoadBalancerId"])
        if tags_of(balancer).get(names.RESOURCE_TAG) is None:
            keys = list(names.tags(self._cluster, wanted.name))
            self._api("alb", "UnTagResources", ResourceType="loadbalancer", ResourceId=[identifier], TagKey=keys)
            return
        self._await_active(identifier)
        if (balancer.get("DeletionProtectionConfig") or {}).get("Enabled"):
            self._api("alb", "DisableDeletionProtection", ResourceId=identifier)
        self._api("alb", "DeleteLoadBalancer", LoadBalancerId=identifier)

    def _reuse(self, wanted: AlbConfig) -> Json:
        """Somebody else's ALB: not of the Basic edition, not another AlbConfig's; changed only with forceOverride."""
        balancer = self._await_active(wanted.reused)
        if balancer["LoadBalancerEdition"] == "Basic":
            raise BuildError(f"Basic edition alb {wanted.reused} is not supported for reuse")
        tags, ours = tags_of(balancer), names.tags(self._cluster, wanted.name)
        other = {key: tags[key] for key in ours if key in tags and tags[key] != ours[key]}
        if other:
            raise BuildError(
                f"alb {wanted.reused} is already in use by {', '.join(f'{k}={v}' for k, v in other.items())}"
            )
        if not ours.items() <= tags.items():
            self._api(
                "alb", "TagResources", ResourceType="loadbalancer", ResourceId=[wanted.reused], Tag=tag_parameters(ours)
            )
        return self._update(wanted, balancer) if wanted.config.get("forceOverride") else balancer

    def _create(self, wanted: AlbConfig) -> str:
        config = wanted.config
        zones = [
            {"VSwitchId": zone.get("vSwitchId"), "ZoneId": zone.get("zoneId") or self._vswitch(zone)["ZoneId"],
             "AllocationId": zone.get("allocationId") or None, "EipType": zone.get("eipType") or None}
            for zone in config.get("zoneMappings") or []
        ]  # fmt: skip
        if not zones:
            raise BuildError("empty load balancer zone mapping")
        tags = names.tags(self._cluster, wanted.name) | {names.RESOURCE_TAG: "ApplicationLoadBalancer"}
        tags |= _own_tags(config)
        answer = self._api(
            "alb", "CreateLoadBalancer",
            VpcId=self._vswitch(config["zoneMappings"][0])["VpcId"],
            LoadBalancerName=self._name(wanted),
            AddressType=config.get("addressType") or "Internet",
            AddressAllocatedMode=config.get("addressAllocatedMode") or "Dynamic",
            AddressIpVersion=config.get("addressIpVersion") or None,
            LoadBalancerEdition=config.get("edition") or "Standard",
            ResourceGroupId=config.get("resourceGroupId") or None,
            DeletionProtectionEnabled=True,
            ModificationProtectionConfig=PROTECTED,
            LoadBalancerBillingConfig={"PayType": "PostPay"},
            ZoneMappings=zones,
            Tag=tag_parameters(tags),
        )  # fmt: skip
        return str(answer["LoadBalancerId"])

    def _vswitch(self, zone: Json) -> Json:
        """A vSwitch of a zone mapping. Raises BuildError when there is none of that id."""
        identifier = str(zone.get("vSwitchId") or "")
        rows = self._api("vpc", "DescribeVSwitches", RegionId=self._api.region, VSwitchId=identifier)["VSwitches"][
            "VSwitch"
        ]
        if not identifier or not rows:
            raise BuildError(f"zone mapping: vSwitch {identifier} not found")
        return dict(rows[0])

    def _update(self, wanted: AlbConfig, balancer: Json) -> Json:
        """Name, protection, edition, tags, resource group, access log, also where they were changed by hand."""
        identifier, config = str(balancer["LoadBalancerId"]), wanted.config
        if balancer.get("LoadBalancerName") != self._name(wanted) and (config.get("name") or not wanted.reused):
            self._api(
                "alb", "UpdateLoadBalancerAttribute", LoadBalancerId=identifier, LoadBalancerName=self._name(wanted)
            )
        if not _is_protected(balancer):
            self._api(
                "alb", "UpdateLoadBalancerAttribute", LoadBalancerId=identifier, ModificationProtectionConfig=PROTECTED
            )
        if not (balancer.get("DeletionProtectionConfig") or {}).get("Enabled"):
            self._api("alb", "EnableDeletionProtection", ResourceId=identifier)
        edition = str(config.get("edition") or balancer["LoadBalancerEdition"])
        if edition != balancer["LoadBalancerEdition"]:
            self._api("alb", "UpdateLoadBalancerEdition", LoadBalancerId=identifier, LoadBalancerEdition=edition)
        kind, present = {"ResourceType": "loadbalancer"}, tags_of(balancer)
        if missing := {key: value for key, value in _own_tags(config).items() if present.get(key) != value}:
            self._api("alb", "TagResources", **kind, ResourceId=[identifier], Tag=tag_parameters(missing))
        if (group := config.get("resourceGroupId")) and group != balancer.get("ResourceGroupId"):
            self._api("alb", "MoveResourceGroup", **kind, ResourceId=identifier, NewResourceGroupId=group)
        return self._switch_log(wanted, self._read(identifier))

    def _switch_log(self, wanted: AlbConfig, balancer: Json) -> Json:
        identifier, log = str(balancer["LoadBalancerId"]), wanted.config.get("accessLogConfig") or {}
        now = {"LogProject": log.get("logProject"), "LogStore": log.get("logStore")} if log.get("logProject") else None
        before = balancer.get("AccessLogConfig") or None
        if now == before or (now is None and wanted.reused):
            return balancer
        if before:
            self._api("alb", "DisableLoadBalancerAccessLog", LoadBalancerId=identifier)
        if now:
            self._api("alb", "EnableLoadBalancerAccessLog", LoadBalancerId=identifier, **now)
        return self._read(identifier)

    def _name(self, wanted: AlbConfig) -> str:
        plain = re.sub(r"[^A-Za-z0-9]", "", wanted.name)
        return str(wanted.config.get("name") or names.physical("kubesystem", plain))

    def _await_active(self, identifier: str) -> Json:
        self._api.until(lambda: str(self._read(identifier)["LoadBalancerStatus"]), "Active")
        return self._read(identifier)

    def _read(self, identifier: str) -> Json:
        try:
            return self._api("alb", "GetLoadBalancerAttribute", LoadBalancerId=identifier)
        except CloudError as error:
            if error.code.startswith("ResourceNotFound"):
                raise BuildError(f"alb {identifier} not found") from None
            raise


def _is_protected(balancer: Json) -> bool:
    """Whether the console refuses changes, and gives no reason of another owner's."""
    said = {key: value for key, value in (balancer.get("ModificationProtectionConfig") or {}).items() if value}
    return said == PROTECTED


def unchanged(wanted: AlbConfig, balancer: Json) -> list[str]:
    """Key paths of `spec.config` that say otherwise than the ALB is, and that do not change it."""
    config = wanted.config
    if wanted.reused and not config.get("forceOverride"):
        return [f"spec.config.{name}" for name in TAKEN_BY_FORCE if config.get(name)]
    other = [
        f"spec.config.{name}"
        for name, key in FIXED
        if config.get(name) and config[name] != balancer.get(key, config[name])
    ]
    present = {str(zone.get("VSwitchId")) for zone in balancer.get("ZoneMappings") or []}
    said = {str(zone.get("vSwitchId")) for zone in config.get("zoneMappings") or []}
    return other + (["spec.config.zoneMappings"] if said and said != present and not wanted.reused else [])


def _own_tags(config: Json) -> dict[str, str]:
    return {str(tag.get("key")): str(tag.get("value") or "") for tag in config.get("tags") or []}
