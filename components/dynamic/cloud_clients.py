"""Clients of the vendor's SDKs, pointed where the stack's configuration says.

Keys read: `alicloud:region`, `alicloud:endpoints`, `alicloud:protocol`, `alicloud:accessKey`, `alicloud:secretKey`,
`alicloud:securityToken`. Credentials are looked for where the alicloud provider looks first, so that both act as the
same account: configuration, `ALICLOUD_ACCESS_KEY` and its companions, then the default chain of
`alibabacloud-credentials` (variables, OIDC, profile, role). What only the provider understands is refused.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mtlsedge_components import sites
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.importing import one_at_a_time

if TYPE_CHECKING:
    from alibabacloud_credentials.client import Client as Credential
    from alibabacloud_tea_openapi.utils_models import Config

Get = Callable[[str], Any]
"""Looks up a configuration value by its full key; None if it is absent."""

CONNECT_TIMEOUT, READ_TIMEOUT = 5_000, 30_000
"""Milliseconds."""
PROVIDER_ONLY = (
    "assumeRole",
    "assumeRoleWithOidc",
    "ecsRoleName",
    "profile",
    "sharedCredentialsFile",
    "credentialsUri",
)
_making = threading.RLock()
"""The engine calls four methods at a time; one client at a time is made."""


def endpoints(value: object) -> dict[str, str]:
    """`alicloud:endpoints` as one map product -> host; it arrives as JSON text, or as the list itself."""
    parsed: Any = json.loads(value) if isinstance(value, str) and value else value
    blocks = [parsed] if isinstance(parsed, Mapping) else parsed or []
    return {product: host for block in blocks for product, host in block.items() if host}


class Connection:
    """Where the cloud is and who we are there; clients are made once a product."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._endpoints = endpoints(get("alicloud:endpoints"))
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """The region of the stack; raises ProviderError if none is configured."""
        if not (region := self._get("alicloud:region")):
            raise ProviderError("alicloud:region: found nothing; allowed the id of a region, such as ap-southeast-1")
        return str(region)

    def certificates(self, site: sites.Site) -> Any:
        """Client of Certificate Management Service at a site."""
        with one_at_a_time:
            from mtlsedge_components.dynamic.certificate_service import CertificateService

        return self._once(f"cas/{site}", lambda: CertificateService(self.config("cas", sites.HOSTS[site])))

    def private_ca(self, site: sites.Site) -> Any:
        """Client of the private CA part of Certificate Management Service at a site."""
        with one_at_a_time:
            from mtlsedge_components.dynamic.private_ca_service import PrivateCaService

        return self._once(f"pca/{site}", lambda: PrivateCaService(self.config("cas", sites.HOSTS[site])))

    def load_balancers(self) -> Any:
        """Client of Application Load Balancer in the stack's region."""
        with one_at_a_time:
            from mtlsedge_components.dynamic.load_balancers import LoadBalancers

        return self._once("alb", lambda: LoadBalancers(self.config("alb", f"alb.{self.region}.aliyuncs.com")))

    def names(self) -> Any:
        """Client of Alibaba Cloud DNS."""
        with one_at_a_time:
            from mtlsedge_components.dynamic.name_service import NameService

        return self._once("alidns", lambda: NameService(self.config("alidns", "alidns.aliyuncs.com")))

    def config(self, product: str, host: str) -> "Config":
        """Configuration of one product's SDK client; a configured endpoint wins over the public host."""
        with one_at_a_time:
            from alibabacloud_tea_openapi.utils_models import Config

        return Config(
            credential=self._once("credential", self._credential),
            protocol=str(self._get("alicloud:protocol") or "HTTPS").lower(),
            region_id=self.region,
            endpoint=self._endpoints.get(product, host),
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
        )

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        with _making:
            if name not in self._clients:
                self._clients[name] = make()
            return self._clients[name]

    def _credential(self) -> "Credential":
        with one_at_a_time:
            from alibabacloud_credentials.client import Client

        self._refuse_what_only_the_provider_understands()
        if keys := self._configured_keys() or _legacy_keys():
            return Client(_static(*keys))
        return Client()

    def _configured_keys(self) -> tuple[str, str, str] | None:
        key, secret = self._get("alicloud:accessKey"), self._get("alicloud:secretKey")
        return (str(key), str(secret), str(self._get("alicloud:securityToken") or "")) if key and secret else None

    def _refuse_what_only_the_provider_understands(self) -> None:
        for key in PROVIDER_ONLY:
            if self._get(f"alicloud:{key}"):
                raise ProviderError(
                    f"alicloud:{key}: found a value; allowed none, because the program's own calls would act as another"
                    " identity: set the credentials, profile or role in the environment (ALIBABA_CLOUD_…) instead"
                )


def _legacy_keys() -> tuple[str, str, str] | None:
    """The variables the alicloud provider reads before all others."""
    key, secret = os.environ.get("ALICLOUD_ACCESS_KEY"), os.environ.get("ALICLOUD_SECRET_KEY")
    return (key, secret, os.environ.get("ALICLOUD_SECURITY_TOKEN", "")) if key and secret else None


def _static(key: str, secret: str, token: str) -> Any:
    with one_at_a_time:
        from alibabacloud_credentials.models import Config

    if token:
        return Config(type="sts", access_key_id=key, access_key_secret=secret, security_token=token)
    return Config(type="access_key", access_key_id=key, access_key_secret=secret)
