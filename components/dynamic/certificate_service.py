"""Certificate Management Service (version 2020-04-07) as the few calls needed here; results are plain dicts with the
API's own keys. Requests carry certificates as query parameters, so nothing here logs or quotes a request.
"""

from collections.abc import Iterator
from typing import Any

from alibabacloud_cas20200407 import models
from alibabacloud_cas20200407.client import Client
from alibabacloud_tea_openapi.utils_models import Config

from mtlsedge_components.dynamic.calls import called
from mtlsedge_components.dynamic.errors import CloudError

PAGE_SIZE = 50
"""The API's default; no higher value is documented."""


class CertificateService:
    """The calls, each with throttling waited out and errors made safe."""

    def __init__(self, config: Config) -> None:
        self._client = Client(config)

    def repositories(self, name: str = "") -> list[dict[str, Any]]:
        """ListCertWarehouse: every repository whose name contains `name`."""

        def page(number: int) -> tuple[list[dict[str, Any]], int]:
            request = models.ListCertWarehouseRequest(name=name or None, current_page=number, show_size=PAGE_SIZE)
            body = called("ListCertWarehouse", self._client.list_cert_warehouse, request)
            return body.get("CertWarehouseList") or [], int(body.get("TotalCount") or 0)

        return list(_pages(page))

    def create_repository(self, name: str, type_: str) -> str:
        """CreateWarehouse; gives its instance id."""
        request = models.CreateWarehouseRequest(name=name, type=type_)
        return str(called("CreateWarehouse", self._client.create_warehouse, request)["WarehouseInstanceId"])

    def delete_repository(self, instance_id: str) -> None:
        """DeleteWarehouse; one that is already gone is no error."""
        request = models.DeleteWarehouseRequest(warehouse_instance_id=instance_id)
        self._delete("DeleteWarehouse", self._client.delete_warehouse, request)

    def listed(self, warehouse_id: int, keyword: str = "") -> list[dict[str, Any]]:
        """ListCert: certificates of a repository, by a keyword that the service looks for in their names too."""

        def page(number: int) -> tuple[list[dict[str, Any]], int]:
            request = models.ListCertRequest(
                warehouse_id=warehouse_id, key_word=keyword or None, current_page=number, show_size=PAGE_SIZE
            )
            body = called("ListCert", self._client.list_cert, request)
            return body.get("CertList") or [], int(body.get("TotalCount") or 0)

        return list(_pages(page))

    def described(self, identifier: str) -> dict[str, Any] | None:
        """DescribeWarehouseCert: a certificate with its content, None if there is none of that identifier."""
        request = models.DescribeWarehouseCertRequest(cert_identifier=identifier)
        try:
            body = called("DescribeWarehouseCert", self._client.describe_warehouse_cert, request)
        except CloudError as error:
            if error.not_found:
                return None
            raise
        return body if body.get("Content") else None

    def upload_ca(self, warehouse_id: int, name: str, certificate_pem: str) -> str:
        """UploadPCACert without a private key, which the service does not need; gives the identifier."""
        request = models.UploadPCACertRequest(warehouse_id=warehouse_id, name=name, cert=certificate_pem)
        return str(called("UploadPCACert", self._client.upload_pcacert, request)["Identifier"])

    def delete_ca(self, identifier: str) -> None:
        """DeletePCACert; one that is already gone is no error."""
        request = models.DeletePCACertRequest(identifier=identifier)
        self._delete("DeletePCACert", self._client.delete_pcacert, request)

    def server_certificate(self, certificate_id: int) -> dict[str, Any] | None:
        """GetUserCertificateDetail without its content, so that the private key stays there; None if it is gone."""
        request = models.GetUserCertificateDetailRequest(cert_id=certificate_id, cert_filter=True)
        try:
            return called("GetUserCertificateDetail", self._client.get_user_certificate_detail, request)
        except CloudError as error:
            if error.not_found:
                return None
            raise

    def _delete(self, action: str, method: Any, request: Any) -> None:
        try:
            called(action, method, request)
        except CloudError as error:
            if not error.not_found:
                raise


def _pages(page: Any) -> Iterator[dict[str, Any]]:
    """All entries, page after page, until the total is reached or a page is empty."""
    number, seen = 1, 0
    while True:
        entries, total = page(number)
        yield from entries
        number, seen = number + 1, seen + len(entries)
        if not entries or seen >= total:
            return
