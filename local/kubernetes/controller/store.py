"""Certificate Management Service: what is there, what the Secrets add to it, and what may go."""

from typing import Any

from local.kubernetes.controller.certificates import Uploaded, is_marked
from local.kubernetes.controller.openapi import Api, CloudError

Json = dict[str, Any]
ROWS = 50


class Certificates:
    """The account's uploaded server certificates, listed once for each look at the world."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._rows: list[Json] | None = None

    def rows(self) -> list[Json]:
        """Rows of ListUserCertificateOrder. The managed controller keeps them for about three minutes; we do not."""
        if self._rows is None:
            self._rows, page = [], 1
            while True:
                answer = self._api(
                    "cas", "ListUserCertificateOrder", OrderType="UPLOAD", CurrentPage=page, ShowSize=ROWS
                )
                found = answer.get("CertificateOrderList") or []
                self._rows += found
                if len(found) < ROWS:
                    break
                page += 1
        return self._rows

    def ensure(self, wanted: Uploaded) -> str:
        """Id of a Secret's certificate, uploaded when it is not there."""
        for row in self.rows():
            if row.get("Name") == wanted.name:
                return str(row["InstanceId"])
        answer = self._api("cas", "UploadUserCertificate", Name=wanted.name, Cert=wanted.certificate, Key=wanted.key)
        self._rows = None
        return str(answer["ResourceId"])

    def sweep(self, sign: str, used: set[str]) -> None:
        """Delete what was uploaded under a mark and is not in `used` (ids); what a listener holds still stays."""
        for row in self.rows():
            if is_marked(str(row.get("Name")), sign) and row["InstanceId"] not in used:
                try:
                    self._api("cas", "DeleteUserCertificate", CertId=row["CertificateId"])
                except CloudError as error:
                    if "InUse" not in error.code and not error.code.startswith("NotFound"):
                        raise
        self._rows = None
