"""Alibaba Cloud DNS (version 2015-01-09): the facts about a zone that this package asks for."""

from typing import Any

from alibabacloud_alidns20150109 import models
from alibabacloud_alidns20150109.client import Client
from alibabacloud_tea_openapi.utils_models import Config

from mtlsedge_components.dynamic.calls import called
from mtlsedge_components.dynamic.errors import CloudError

PAGE_SIZE = 500
"""The most that DescribeDomainRecords gives."""


class NameService:
    """Read-only calls."""

    def __init__(self, config: Config) -> None:
        self._client = Client(config)

    def zone(self, domain: str) -> dict[str, Any] | None:
        """DescribeDomainInfo with its details, MinTtl among them; None if the account has no such zone."""
        request = models.DescribeDomainInfoRequest(domain_name=domain, need_detail_attributes=True)
        try:
            return called("DescribeDomainInfo", self._client.describe_domain_info, request)
        except CloudError as error:
            if error.not_found or error.code.startswith("InvalidDomainName"):
                return None
            raise

    def records(self, domain: str, host: str) -> list[dict[str, Any]]:
        """DescribeDomainRecords: records whose host contains `host`; the service's own search is no stricter."""
        found: list[dict[str, Any]] = []
        while True:
            request = models.DescribeDomainRecordsRequest(
                domain_name=domain, rrkey_word=host, page_size=PAGE_SIZE, page_number=len(found) // PAGE_SIZE + 1
            )
            body = called("DescribeDomainRecords", self._client.describe_domain_records, request)
            page = (body.get("DomainRecords") or {}).get("Record") or []
            found += page
            if len(page) < PAGE_SIZE:
                return found

    def proof(self, domain: str, verification: str) -> dict[str, Any]:
        """GetTxtRecordForVerify: host and value of the TXT record that proves ownership, valid for three days."""
        request = models.GetTxtRecordForVerifyRequest(domain_name=domain, type=verification)
        return called("GetTxtRecordForVerify", self._client.get_txt_record_for_verify, request)
