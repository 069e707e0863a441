"""The repository CAs are uploaded to. This module's path and class names stand in state.

CreateWarehouse takes no client token, so every create begins with a look-up. A repository that was found is
*adopted*, and never deleted, unless it is to be created and its name carries the stack's mark
(`decisions.is_ours`): then it is our own, from a run whose reply was lost.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from mtlsedge_components.dynamic import decisions
from mtlsedge_components.dynamic.errors import CloudError, ProviderError
from mtlsedge_components.dynamic.properties import changed
from mtlsedge_components.dynamic.provider import GONE, CloudProvider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.dynamic.retrying import APPEARING, settled
from mtlsedge_components.sites import SITES

if TYPE_CHECKING:
    from mtlsedge_components.dynamic.certificate_service import CertificateService


class CaRepositoryEntryProvider(CloudProvider):
    """Finds or creates one repository of uploaded CAs."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse an unknown site."""
        return checked(news, decisions.unlisted(news, "site", SITES))

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another name or site is another repository; `create` only decides who may delete it."""
        return compared(changed(olds, news, ["repository_name", "site"]), updates=bool(changed(olds, news, ["create"])))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Find the repository by its exact name, or create it if that is allowed."""
        service = self.connection.certificates(props["site"])
        found = decisions.the_repository(service.repositories(props["repository_name"]), props["repository_name"])
        if found:
            owned = props["create"] and decisions.is_ours(props["repository_name"], props["owner"])
            return self._result(props, found, str(found["InstanceId"]), adopted=not owned)
        if not props["create"]:
            raise ProviderError(f"repository {props['repository_name']!r}: found none of that name; allowed an existing"
                                " repository of type uploadedAuthorityCertificate, or create: true")  # fmt: skip
        repository, instance_id = _created(service, props["repository_name"])
        return self._result(props, repository, instance_id, adopted=False)

    def _result(
        self, props: Mapping[str, Any], repository: Mapping[str, Any], instance_id: str, *, adopted: bool
    ) -> CreateResult:
        listed_id = str(repository["InstanceId"])
        self.created.add(listed_id)
        outputs = {"warehouse_id": int(repository["WhId"]), "instance_id": instance_id, "adopted": adopted}
        return CreateResult(listed_id, {**props, **outputs})

    @boundary
    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """A repository that shall no longer be created is handed over: adopted from now on."""
        return UpdateResult({**olds, "create": news["create"], "adopted": olds["adopted"] or not news["create"]})

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Look it up by its id; its name cannot change."""
        listed = self.connection.certificates(props["site"]).repositories(props["repository_name"])
        exists = any(str(item.get("InstanceId")) == id_ for item in listed)
        return ReadResult(id_, props) if exists else ReadResult(*GONE)

    @boundary
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete what this stack created, if it is empty; refuse if it holds certificates of others."""
        if props["adopted"] or id_ in self.created:
            return
        service, warehouse_id = self.connection.certificates(props["site"]), int(props["warehouse_id"])
        if held := settled(lambda: service.listed(warehouse_id), lambda certificates: not certificates):
            ids = ", ".join(str(item.get("Identifier")) for item in held[:5])
            raise ProviderError(f"repository {props['repository_name']!r}: found {len(held)} certificate(s) in it ({ids});"
                                " allowed none when it is deleted: delete them, or set certificateRepository.create to false to"
                                " leave the repository where it is")  # fmt: skip
        service.delete_repository(str(props["instance_id"]))
        if not settled(lambda: not _is_listed(service, props["repository_name"], warehouse_id), bool):
            raise ProviderError(f"repository {props['repository_name']!r}: found it still listed after DeleteWarehouse of"
                                f" {props['instance_id']}; allowed none: delete it in the console, then run `pulumi destroy` again")  # fmt: skip


def _is_listed(service: "CertificateService", name: str, warehouse_id: int) -> bool:
    return any(int(item["WhId"]) == warehouse_id for item in service.repositories(name))


def _created(service: "CertificateService", name: str) -> tuple[Mapping[str, Any], str]:
    """The repository as listed, and its id as CreateWarehouse gave it; the listed one if that reply was lost."""
    unanswered: CloudError | None = None
    try:
        instance_id = service.create_repository(name, decisions.REPOSITORY_TYPE)
    except CloudError as error:
        if not error.unanswered:
            raise
        instance_id, unanswered = "", error
    found = settled(
        lambda: decisions.the_created_repository(service.repositories(name), instance_id, name), bool, APPEARING
    )
    if not found and unanswered:
        raise unanswered
    if not found:
        raise ProviderError(f"repository {name!r}: created, but not yet in ListCertWarehouse; run `pulumi up` again")
    return found, instance_id or str(found["InstanceId"])


class CaRepositoryEntry(Resource):
    """A repository of uploaded CAs at a site of Certificate Management Service, found by its exact name or created.

    `adopted` tells that it is not this stack's to delete. With `create` false it must exist. Its id is the one that
    ListCertWarehouse shows. `instance_id` is the one that CreateWarehouse gave, which DeleteWarehouse takes; whether the
    two are equal is not published.
    """

    served_by = CaRepositoryEntryProvider

    warehouse_id: pulumi.Output[int]
    instance_id: pulumi.Output[str]
    adopted: pulumi.Output[bool]

    def __init__(
        self, name: str, *, repository_name: str, create: bool, site: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        owner = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        properties = {"repository_name": repository_name, "create": create, "site": site, "owner": owner}
        outputs = dict.fromkeys(("warehouse_id", "instance_id", "adopted"))
        super().__init__(name, {**properties, **outputs}, opts)
