"""What `pulumi-resource-mtlsedge` runs: serve on loopback until the engine ends, and print the port."""

import asyncio
import os
import sys

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from mtlsedge_components.plugin.servicer import Servicer

LOOK_SECONDS = 1.0
GRACE_SECONDS = 30.0
"""Time for a call that is under way when the engine dies: what it makes in the cloud is then whole."""


async def serve(servicer: type[Servicer] = Servicer) -> None:
    """Answer the engine. It gives its address, but not when it only asks for the schema."""
    engine = os.getppid()
    address = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer(address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await _end_of(engine)
    await server.stop(GRACE_SECONDS)


async def _end_of(engine: int) -> None:
    """Wait for the end of the engine's process. It ends its plugins itself, unless it is killed."""
    while os.getppid() == engine:  # noqa: ASYNC110 (no event tells of a parent's death)
        await asyncio.sleep(LOOK_SECONDS)


def main() -> None:
    """The program that an installation of the package makes."""
    asyncio.run(serve())


if __name__ == "__main__":
    main()
