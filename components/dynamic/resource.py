"""What all resources of this package share: their types, and who serves them."""

from typing import Any, ClassVar

import pulumi

from mtlsedge_components.dynamic.cloud_clients import PROVIDER_ONLY
from mtlsedge_components.dynamic.provider import Provider

SECRET = ("accessKey", "secretKey", "securityToken")
CONFIGURATION = ("region", "endpoints", "protocol", *SECRET, *PROVIDER_ONLY)
"""Keys of the alicloud provider's configuration that the plugin reads, or refuses."""


class Resource(pulumi.CustomResource):
    """A resource that the plugin `mtlsedge` serves (`components/plugin`).

    Until 2026-11 these were dynamic resources, whose pickled provider stood in state; the alias keeps what they made.
    """

    served_by: ClassVar[type[Provider]]

    def __init__(self, name: str, properties: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        type_name = type(self).__name__
        former = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=f"pulumi-python:dynamic/mtlsedge:{type_name}")])
        super().__init__(f"mtlsedge:index:{type_name}", name, properties, pulumi.ResourceOptions.merge(opts, former))


class PluginProvider(pulumi.ProviderResource):
    """The plugin, told where the cloud is in the words of the stack's `alicloud:…`.

    Without it the engine would give the plugin every setting of a stack file whose namespace is `mtlsedge`, secrets too.
    """

    def __init__(self, name: str = "mtlsedge", opts: pulumi.ResourceOptions | None = None) -> None:
        config = pulumi.Config("alicloud")
        said = {key: config.get_secret(key) if key in SECRET else config.get(key) for key in CONFIGURATION}
        super().__init__("mtlsedge", name, {key: value for key, value in said.items() if value is not None}, opts)
