"""The private CA part of Certificate Management Service (version 2020-06-30) as the few calls needed here.

Results are plain dicts with the API's own keys. No private key ever goes into a request: clients' certificates are
asked for with a signing request.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from alibabacloud_cas20200630 import models
from alibabacloud_cas20200630.client import Client
from alibabacloud_tea_openapi.utils_models import Config

from mtlsedge_components.dynamic.calls import called
from mtlsedge_components.dynamic.errors import CloudError

PAGE_SIZE = 50
RETURN_CERTIFICATE_AND_CHAIN = 2
"""`Immediately`: the reply carries the certificate and its chain [SDK-PCA]."""


class PrivateCaService:
    """The calls, each with throttling waited out and errors made safe."""

    def __init__(self, config: Config) -> None:
        self._client = Client(config)

    def authority(self, identifier: str) -> dict[str, Any] | None:
        """DescribeCACertificate; None if there is none of that identifier."""
        request = models.DescribeCACertificateRequest(identifier=identifier)
        return self._described("DescribeCACertificate", self._client.describe_cacertificate, request)

    def service_end(self, identifier: str) -> int:
        """GetCAInstanceStatus: when the paid service ends, in milliseconds since 1970; 0 where it does not say."""
        request = models.GetCAInstanceStatusRequest(identifier=identifier)
        body = called("GetCAInstanceStatus", self._client.get_cainstance_status, request)
        ends = [int(item.get("UseExpireTime") or 0) for item in body.get("InstanceStatusList") or []]
        return min(filter(None, ends), default=0)

    def certificates_left(self, identifier: str) -> int | None:
        """GetCAInstanceStatus: how many certificates the CA may still issue; None where it does not say."""
        request = models.GetCAInstanceStatusRequest(identifier=identifier)
        body = called("GetCAInstanceStatus", self._client.get_cainstance_status, request)
        counts = [(item.get("CertTotalCount"), item.get("CertIssuedCount"))
                  for item in body.get("InstanceStatusList") or []]  # fmt: skip
        left = [int(total) - int(issued or 0) for total, issued in counts if total is not None]
        return min(left, default=None)

    def revoke_authority(self, identifier: str) -> None:
        """UpdateCACertificateStatus to REVOKE, which cannot be undone."""
        request = models.UpdateCACertificateStatusRequest(identifier=identifier, status="REVOKE")
        called("UpdateCACertificateStatus", self._client.update_cacertificate_status, request)

    def client(self, identifier: str) -> dict[str, Any] | None:
        """DescribeClientCertificate; None if there is none of that identifier."""
        request = models.DescribeClientCertificateRequest(identifier=identifier)
        return self._described("DescribeClientCertificate", self._client.describe_client_certificate, request)

    def client_called(self, custom_identifier: str) -> str:
        """Identifier of the unrevoked certificate that was given this custom identifier; "" if there is none."""
        for item in self._listed():
            if item.get("CustomIdentifier") == custom_identifier and item.get("Status") != "REVOKE":
                return str(item["Identifier"])
        return ""

    def issue(self, order: Mapping[str, Any]) -> str:
        """CreateClientCertificateWithCsr; gives the identifier. `order` has the request's own snake-case fields."""
        request = models.CreateClientCertificateWithCsrRequest(**order, immediately=RETURN_CERTIFICATE_AND_CHAIN)
        action = "CreateClientCertificateWithCsr"
        return str(called(action, self._client.create_client_certificate_with_csr, request)["Identifier"])

    def revoke_client(self, identifier: str) -> None:
        """CreateRevokeClientCertificate; one that is gone is no error."""
        request = models.CreateRevokeClientCertificateRequest(identifier=identifier)
        self._removed("CreateRevokeClientCertificate", self._client.create_revoke_client_certificate, request)

    def delete_client(self, identifier: str) -> None:
        """DeleteClientCertificate, which takes revoked ones only; one that is gone is no error."""
        request = models.DeleteClientCertificateRequest(identifier=identifier)
        self._removed("DeleteClientCertificate", self._client.delete_client_certificate, request)

    def _listed(self) -> Iterator[dict[str, Any]]:
        """ListClientCertificate, page after page."""
        number, seen = 1, 0
        while True:
            request = models.ListClientCertificateRequest(current_page=number, show_size=PAGE_SIZE)
            body = called("ListClientCertificate", self._client.list_client_certificate, request)
            entries = body.get("CertificateList") or []
            yield from entries
            number, seen = number + 1, seen + len(entries)
            if not entries or seen >= int(body.get("TotalCount") or 0):
                return

    def _described(self, action: str, method: Any, request: Any) -> dict[str, Any] | None:
        try:
            return called(action, method, request).get("Certificate") or None
        except CloudError as error:
            if error.not_found:
                return None
            raise

    def _removed(self, action: str, method: Any, request: Any) -> None:
        try:
            called(action, method, request)
        except CloudError as error:
            if not error.not_found:
                raise
