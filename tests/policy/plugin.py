"""The plugin without its checks: the policies' stacks break rules with resources that it would refuse first."""

import asyncio
from typing import Any

from pulumi.runtime.proto import provider_pb2

from mtlsedge_components.plugin.__main__ import serve
from mtlsedge_components.plugin.servicer import Servicer


class Unchecked(Servicer):
    """Takes every input."""

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 (gRPC's signature)
        """No failure."""
        return provider_pb2.CheckResponse(inputs=request.news)


if __name__ == "__main__":
    asyncio.run(serve(Unchecked))
