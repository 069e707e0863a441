"""The engine's calls, brought to the resources' providers and to the components.

`pulumi.provider.experimental.provider.Provider` serves resources and no components, and the SDK's component provider
serves components and no resources; the first also tells the engine of every resource that nothing in it differs.
So this class takes the server of the second and adds the life cycle of a resource, as `pulumi.dynamic` has it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2

from mtlsedge_components import dynamic
from mtlsedge_components.dynamic import notices
from mtlsedge_components.dynamic.provider import Provider
from mtlsedge_components.plugin.hosted import PACKAGE, HostedComponents
from mtlsedge_components.plugin.marks import bare, marked_like

PROVIDERS: dict[str, type[Provider]] = {name: getattr(dynamic, name).served_by for name in dynamic.__all__}
"""Type of resource -> the provider that serves it."""


class Servicer(ProviderServicer):
    """One plugin process: one configuration, one provider for each type of resource."""

    def __init__(self, engine_address: str) -> None:
        super().__init__(HostedComponents(), [], engine_address)
        self._providers: dict[str, Provider] = {name: make() for name, make in PROVIDERS.items()}
        self._takes_any = {name for name, make in PROVIDERS.items() if make.check is ResourceProvider.check}
        """Types whose inputs nothing looks at. Reading them, of each server group, was half of the plugin's time in a preview."""

    async def Configure(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (gRPC's signature)
        """Take over where the cloud is."""
        said = {f"alicloud:{key}": value for key, value in bare(MessageToDict(request.args)).items()}
        for provider in self._providers.values():
            provider.configure(ConfigureRequest(config=Config(said, PACKAGE)))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, acceptOutputs=True, supportsPreview=False)

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Refuse wrong inputs."""
        if _type_name(request.urn) in self._takes_any:
            return provider_pb2.CheckResponse(inputs=request.news)
        olds, news = MessageToDict(request.olds), MessageToDict(request.news)
        done = await self._done(context, request, "check", bare(olds), bare(news))
        failures = [provider_pb2.CheckFailure(property=one.property, reason=one.reason) for one in done.failures]
        return provider_pb2.CheckResponse(inputs=_written(done.inputs, news), failures=failures)

    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Say whether a resource changes, and whether it is replaced. The engine finds the properties by itself."""
        olds, news = MessageToDict(request.olds), MessageToDict(request.news)
        done = await self._done(context, request, "diff", request.id, bare(olds), bare(news))
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if done.changes else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=done.replaces,
            deleteBeforeReplace=bool(done.delete_before_replace),
        )

    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Make a resource."""
        properties = MessageToDict(request.properties)
        done = await self._done(context, request, "create", bare(properties))
        return provider_pb2.CreateResponse(id=done.id, properties=_written(done.outs, properties))

    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Look at a resource. An empty id says that it is gone; its inputs stay as state has them."""
        properties = MessageToDict(request.properties)
        done = await self._done(context, request, "read", request.id, bare(properties))
        return provider_pb2.ReadResponse(id=done.id or "", properties=_written(done.outs, properties))

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Change a resource in place."""
        olds, news = MessageToDict(request.olds), MessageToDict(request.news)
        done = await self._done(context, request, "update", request.id, bare(olds), bare(news))
        return provider_pb2.UpdateResponse(properties=_written(done.outs, olds, news))

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Delete a resource."""
        await self._done(context, request, "delete", request.id, bare(MessageToDict(request.properties)))
        return empty_pb2.Empty()

    def _tell(self, urn: str, message: str) -> None:
        """Show people a message about a resource. What is printed the engine shows under `--debug` only."""
        request = engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn)
        try:
            with grpc.insecure_channel(self.engine_address) as channel:
                engine_pb2_grpc.EngineStub(channel).Log(request)
        except grpc.RpcError:  # an engine that does not listen misses a message, and no resource fails for it
            print(message, flush=True)

    async def _done(self, context: Any, request: Any, method: str, *arguments: Any) -> Any:
        """The provider's answer, from a thread: the engine calls several at a time, and some wait for the cloud."""
        type_name = _type_name(request.urn)
        if type_name not in self._providers:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"this version of the plugin knows no {type_name}")
        notices.hearer.set(lambda message: self._tell(request.urn, message))
        try:
            return await asyncio.to_thread(getattr(self._providers[type_name], method), *arguments)
        except Exception as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
            raise


def _type_name(urn: str) -> str:
    """`PrivateKey` of `urn:pulumi:stack::project::parent$mtlsedge:index:PrivateKey::name`."""
    return urn.split("::")[2].rsplit(":", 1)[-1]


def _written(properties: Mapping[str, Any] | None, *received: Mapping[str, Any]) -> Struct:
    """The properties as a message, with the secrets of the received ones; a property that is None is left out."""
    marked: Any = {key: value for key, value in (properties or {}).items() if value is not None}
    for like in received:
        marked = marked_like(marked, like)
    message = Struct()
    message.update(marked)
    return message
