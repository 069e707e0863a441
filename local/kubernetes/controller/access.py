"""Access control lists of listeners: given by id, or as entries for which a list is made."""

from typing import Any

from local.kubernetes.controller import names
from local.kubernetes.controller.albconfig import BuildError, Listener
from local.kubernetes.controller.listeners import Listeners
from local.kubernetes.controller.openapi import Api, tag_parameters, tags_of

Json = dict[str, Any]
ENTRIES_PER_CALL = 20


class Access:
    """ACLs of one AlbConfig."""

    def __init__(self, api: Api, tags: dict[str, str]) -> None:
        self._api = api
        self._tags = tags

    def apply(self, wanted: Listener, identifier: str, listeners: Listeners) -> None:
        """Bring a listener's ACLs in line. One that was there without our asking stays when AlbConfig names none."""
        config = wanted.acl if wanted.acl and wanted.acl.get("aclType") else {}
        kind = str(config.get("aclType"))
        if config and kind not in ("White", "Black"):
            raise BuildError(f"aclConfig.aclType: {kind!r} is not White or Black")
        if config.get("aclIds") and config.get("aclEntries"):
            raise BuildError("aclEntry and aclIds cannot use together")
        ids = [str(one) for one in config.get("aclIds") or []]
        ours = {str(row["AclId"]): row for row in self._api.pages("alb", "ListAcls", "Acls") if self._is_ours(row)}
        if config.get("aclEntries"):
            ids.append(self._ensure(wanted, list(config["aclEntries"]), ours))
        present = listeners.relations(identifier)
        relations = [str(relation["AclId"]) for relation in present.get("AclRelations") or []]
        gone = [
            one
            for one in relations
            if (one not in ids if config else one in ours) or (config and present.get("AclType") != kind)
        ]
        if gone:
            self._api("alb", "DissociateAclsFromListener", ListenerId=identifier, AclIds=gone)
        new = [one for one in ids if one not in relations or one in gone]
        if new:
            self._api("alb", "AssociateAclsWithListener", ListenerId=identifier, AclIds=new, AclType=kind)

    def drop_unused(self, wanted: tuple[Listener, ...]) -> None:
        """Delete our lists whose listener no longer has entries."""
        kept = {self._name(listener) for listener in wanted if (listener.acl or {}).get("aclEntries")}
        for row in list(self._api.pages("alb", "ListAcls", "Acls")):
            if self._is_ours(row) and row.get("AclName") not in kept:
                self._api("alb", "DeleteAcl", AclId=row["AclId"])

    def _ensure(self, wanted: Listener, entries: list[Any], ours: dict[str, Json]) -> str:
        name = self._name(wanted)
        found = next((identifier for identifier, row in ours.items() if row.get("AclName") == name), None)
        identifier = found or self._create(name)
        rows = self._api.pages("alb", "ListAclEntries", "AclEntries", AclId=identifier)
        present, blocks = {str(row["Entry"]) for row in rows}, {str(entry) for entry in entries}
        if removed := sorted(present - blocks):
            self._api("alb", "RemoveEntriesFromAcl", AclId=identifier, Entries=removed)
        added = [{"Entry": block} for block in sorted(blocks - present)]
        for start in range(0, len(added), ENTRIES_PER_CALL):
            self._api("alb", "AddEntriesToAcl", AclId=identifier, AclEntries=added[start : start + ENTRIES_PER_CALL])
        return identifier

    def _create(self, name: str) -> str:
        return str(self._api("alb", "CreateAcl", AclName=name, Tag=tag_parameters(self._tags))["AclId"])

    def _name(self, wanted: Listener) -> str:
        return names.physical("acl", *self._tags.values(), wanted.key, longest=90).replace("/", "-")

    def _is_ours(self, row: Json) -> bool:
        return self._tags.items() <= tags_of(row).items()
