"""Application Load Balancer (version 2020-06-16): which listeners use a CA."""

from alibabacloud_alb20200616 import models
from alibabacloud_alb20200616.client import Client
from alibabacloud_tea_openapi.utils_models import Config

from components.dynamic.calls import called
from components.dynamic.errors import CloudError

PAGE_SIZE = 100
"""The most that ListListeners gives."""


class LoadBalancers:
    """Read-only calls."""

    def __init__(self, config: Config) -> None:
        self._client = Client(config)

    def listeners_using(self, identifier: str) -> list[str]:
        """Ids of the region's HTTPS listeners that name this CA, switched on or not; other protocols have none."""
        return [listener for listener in self._https_listeners() if identifier in self._ca_identifiers(listener)]

    def _https_listeners(self) -> list[str]:
        found, token = [], None
        while True:
            request = models.ListListenersRequest(
                listener_protocol="HTTPS", max_results=PAGE_SIZE, next_token=token or None
            )
            body = called("ListListeners", self._client.list_listeners, request)
            found += [item["ListenerId"] for item in body.get("Listeners") or []]
            token = body.get("NextToken")
            if not token:
                return found

    def _ca_identifiers(self, listener_id: str) -> list[str]:
        request = models.GetListenerAttributeRequest(listener_id=listener_id)
        try:
            body = called("GetListenerAttribute", self._client.get_listener_attribute, request)
        except CloudError as error:
            if error.not_found:  # deleted since it was listed
                return []
            raise
        return [item.get("CertificateId", "") for item in body.get("CaCertificates") or []]
