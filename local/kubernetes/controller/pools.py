"""Server groups in the cloud, kept as the cluster's Services say."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.kubernetes.controller import names
from local.kubernetes.controller.groups import WEIGHT, Group
from local.kubernetes.controller.openapi import Api, CloudError, covers, tag_parameters, tags_of

Json = dict[str, Any]
SERVERS_PER_CALL = 40


class Pools:
    """Server groups of one AlbConfig, found by their tags and told apart by their names."""

    def __init__(self, api: Api, tags: dict[str, str]) -> None:
        self._api = api
        self._tags = tags

    def rows(self) -> dict[str, Json]:
        """Name -> group, of every group that is ours."""
        rows = self._api.pages("alb", "ListServerGroups", "ServerGroups")
        return {str(row["ServerGroupName"]): row for row in rows if self._tags.items() <= tags_of(row).items()}

    def ensure_empty(self, vpc: str, existing: Mapping[str, Json]) -> str:
        """Id of the group without servers that default actions lead to."""
        name = names.physical("kube-system", self._tags[names.ALB_CONFIG_TAG].rpartition("/")[2], names.FAKE_SERVICE)
        if name in existing:
            return str(existing[name]["ServerGroupId"])
        return self._create(name, vpc, {"Protocol": "HTTP", "HealthCheckConfig": {"HealthCheckEnabled": False}})

    def ensure(self, group: Group, vpc: str, existing: Mapping[str, Json]) -> str:
        """Id of a group whose settings are as wanted. Raises BuildError or CloudError."""
        found, parameters = existing.get(group.name), group.parameters
        if found is None:
            return self._create(group.name, vpc, parameters)
        identifier = str(found["ServerGroupId"])
        if str(found.get("Protocol")).lower() != parameters["Protocol"].lower():
            raise CloudError("UpdateServerGroupAttribute", "ProtocolFixed",
                             "the protocol of a server group cannot be changed; make the Ingress anew")  # fmt: skip
        changed = {
            key: value for key, value in parameters.items() if key != "Protocol" and not _same(found, key, value)
        }
        if changed:
            self._api("alb", "UpdateServerGroupAttribute", ServerGroupId=identifier, **changed)
        return identifier

    def fill(self, identifier: str, wanted: set[tuple[str, int]]) -> None:
        """Add and remove servers, so that exactly the wanted addresses and ports are in the group."""
        rows = self._api.pages("alb", "ListServerGroupServers", "Servers", ServerGroupId=identifier)
        present = {(str(row.get("ServerIp") or row["ServerId"]), int(row["Port"])) for row in rows}
        added = [
            {
                "ServerId": address,
                "ServerIp": address,
                "ServerType": "Ip",
                "Port": port,
                "Weight": WEIGHT,
                "RemoteIpEnabled": True,
            }
            for address, port in sorted(wanted - present)
        ]
        for some in _chunks(added):
            self._api("alb", "AddServersToServerGroup", ServerGroupId=identifier, Servers=some)
        removed = [
            {"ServerId": a, "ServerIp": a, "ServerType": "Ip", "Port": port} for a, port in sorted(present - wanted)
        ]
        for some in _chunks(removed):
            self._api("alb", "RemoveServersFromServerGroup", ServerGroupId=identifier, Servers=some)

    def drop(self, rows: Iterable[Json]) -> None:
        """Delete groups; one that is used still (on an ALB that was only reused) stays."""
        for row in rows:
            try:
                self._api("alb", "DeleteServerGroup", ServerGroupId=row["ServerGroupId"])
            except CloudError as error:
                if not error.code.startswith(("ResourceInUse", "ResourceNotFound")):
                    raise

    def _create(self, name: str, vpc: str, parameters: Json) -> str:
        answer = self._api("alb", "CreateServerGroup", ServerGroupName=name, ServerGroupType="Ip", VpcId=vpc,
                           Tag=tag_parameters(self._tags), **parameters)  # fmt: skip
        return str(answer["ServerGroupId"])


def _same(found: Json, key: str, wanted: Any) -> bool:
    """What is off need not be there."""
    off = isinstance(wanted, dict) and any(
        name.endswith("Enabled") and value is False for name, value in wanted.items()
    )
    return covers(found.get(key), wanted) or (off and not found.get(key))


def _chunks(items: list[Json]) -> Iterable[list[Json]]:
    return [items[start : start + SERVERS_PER_CALL] for start in range(0, len(items), SERVERS_PER_CALL)]
