"""The provider protocol. Properties come and go in plain (`acceptSecrets` is off): the engine marks secrets itself."""

import contextlib
import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from local.plugins.kubernetes import TITLE, VERSION, connection, objects, waiting
from local.plugins.kubernetes.api import Api
from local.plugins.kubernetes.connection import Connection
from local.plugins.kubernetes.errors import ApiError, StandInError, UnreachableError
from local.plugins.kubernetes.objects import Object

KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
SAME, SOME = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME


def answered(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method whose failures reach the operator as one line, without a traceback."""

    @wraps(method)
    def guarded(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except StandInError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    return guarded


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """Custom and built-in objects of one cluster; one process serves one provider resource."""

    def __init__(self) -> None:
        self._connection = Connection()
        self._api: Api | None = None
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """The version the engine looked for."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        """No schema: nothing is generated from the stand-in."""
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "kubernetes", "version": "{VERSION}"}}')

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Refuse what the stand-in does not have."""
        news = _read(request.news)
        failures = [
            provider_pb2.CheckFailure(property=key, reason=f"{TITLE}: {why}") for key, why in connection.problems(news)
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Another cluster replaces everything in it; anything else is an update of the provider."""
        olds, news = _read(request.old_inputs) or _read(request.olds), _read(request.news)
        found = objects.differences(olds, news)
        replaces = (
            ["clusterIdentifier" if "clusterIdentifier" in found else "kubeconfig"]
            if connection.is_another(olds, news)
            else []
        )
        return provider_pb2.DiffResponse(changes=SOME if found else SAME, diffs=list(found), replaces=replaces)

    def Configure(self, request: Any, context: Any) -> Any:
        """Remember the cluster; nothing is asked of it yet."""
        values = {key.removeprefix("kubernetes:config:"): value for key, value in request.variables.items()}
        self._connection = Connection.of(values | _read(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        """Functions (Helm, YAML, kustomize) are the vendor's."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{TITLE}: the function {request.tok} is not supported")

    @answered
    def Check(self, request: Any, context: Any) -> Any:
        """Complete name and namespace; works without a cluster."""
        olds, news = _read(request.olds), _read(request.news)
        version, kind = objects.kind_of(request.urn)
        for key, expected in (("apiVersion", version), ("kind", kind)):
            news.setdefault(key, expected)
        news = objects.named(news, olds, request.urn.rsplit("::", 1)[-1], request.randomSeed or os.urandom(8))
        if not news["metadata"].get("namespace") and self._is_namespaced(news):
            news["metadata"]["namespace"] = self._connection.namespace or "default"
        return provider_pb2.CheckResponse(inputs=_struct(news))

    def Diff(self, request: Any, context: Any) -> Any:
        """Inputs against inputs, as the vendor's plugin does."""
        news = _read(request.news)
        olds = _read(request.old_inputs) or objects.projected(_read(request.olds), news)
        found = objects.differences(olds, news)
        detailed = {
            path: provider_pb2.PropertyDiff(kind=KINDS[change, objects.replaces(path)], inputDiff=True)
            for path, change in found.items()
        }
        replaces = [path for path in found if objects.replaces(path)]
        return provider_pb2.DiffResponse(
            changes=SOME if found else SAME, diffs=sorted({path.split(".")[0].split("[")[0] for path in found}),
            replaces=replaces, detailedDiff=detailed, hasDetailedDiff=True,
            deleteBeforeReplace=bool(replaces) and not objects.is_autonamed(news) and not _moves(replaces),
        )  # fmt: skip

    @answered
    def Create(self, request: Any, context: Any) -> Any:
        """Apply; an object that is there already is somebody else's, unless this resource's field manager wrote it."""
        news, manager = _read(request.properties), objects.manager(request.urn)
        if request.preview:
            return provider_pb2.CreateResponse(properties=_struct(news))
        api, metadata = self._cluster(), news["metadata"]
        live = api.get(news["apiVersion"], news["kind"], metadata.get("namespace", ""), metadata["name"])
        if live and not self._connection.upsert and not objects.is_managed_by(live, manager):
            raise StandInError(
                f"{news['kind']} {objects.identity(news)} exists already; import it, or choose another name"
            )
        state = self._written(news, manager, request.timeout, context)
        return provider_pb2.CreateResponse(id=objects.identity(news), properties=_struct(state))

    @answered
    def Update(self, request: Any, context: Any) -> Any:
        """Apply the new inputs as the same field manager: what they no longer say, goes."""
        news = _read(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=_struct(news))
        manager = MessageToDict(request.olds).get("__fieldManager") or objects.manager(request.urn)
        return provider_pb2.UpdateResponse(properties=_struct(self._written(news, manager, request.timeout, context)))

    @answered
    def Read(self, request: Any, context: Any) -> Any:
        """The object as it is, and what of it answers to inputs; an empty id says that it is gone."""
        inputs = _read(request.inputs)
        version, kind = objects.kind_of(request.urn)
        namespace, name = objects.parse(request.id)
        live = self._cluster().get(str(inputs.get("apiVersion") or version), kind, namespace, name)
        if live is None:
            return provider_pb2.ReadResponse()
        manager = MessageToDict(request.properties).get("__fieldManager") or objects.manager(request.urn)
        news = objects.projected(live, inputs) if inputs else objects.imported(live)
        return provider_pb2.ReadResponse(
            id=request.id, properties=_struct(objects.outputs(live, manager)), inputs=_struct(news)
        )

    @answered
    def Delete(self, request: Any, context: Any) -> Any:
        """Delete, and wait until it is gone: finalizers are the controllers' time to clean up."""
        olds = _read(request.properties)
        version, kind = objects.kind_of(request.urn)
        namespace, name = objects.parse(request.id)
        key = (str(olds.get("apiVersion") or version), kind, namespace, name)
        api, uid = self._cluster(), str((olds.get("metadata") or {}).get("uid") or "")
        live = api.get(*key)
        if live is not None and (not uid or live["metadata"].get("uid") == uid):
            api.delete(*key)
            waiting.until_gone(api, key, uid, request.timeout, self._cancelled.is_set)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """End every wait."""
        self._cancelled.set()
        return empty_pb2.Empty()

    def _written(self, news: Object, manager: str, seconds: float, context: Any) -> Object:
        """The state after an apply. An object that does not get ready is reported together with its state."""
        api = self._cluster()
        try:
            live = api.apply(news, manager)
        except ApiError as error:
            if error.status == 409:
                raise StandInError(f"{error}; somebody else manages these fields") from None
            raise
        try:
            live = waiting.until_ready(api, live, seconds, self._cancelled.is_set)
        except StandInError as reason:
            _abort_unready(context, news, objects.outputs(live, manager), str(reason))
        return objects.outputs(live, manager)

    def _cluster(self) -> Api:
        with self._lock:
            if self._api is None:
                self._api = Api(self._connection)
            return self._api

    def _is_namespaced(self, document: Object) -> bool:
        with contextlib.suppress(UnreachableError):
            return bool(self._cluster().is_namespaced(str(document["apiVersion"]), str(document["kind"])))
        return False


def _abort_unready(context: grpc.ServicerContext, news: Object, state: Object, reason: str) -> None:
    """Fails so that the engine keeps the object: it exists, and is not ready."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=objects.identity(news), properties=_struct(state), inputs=_struct(news), reasons=[reason]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)


def _moves(replaces: list[str]) -> bool:
    """Whether the new object has another place, so that both can exist for a while."""
    return "metadata.name" in replaces or "metadata.namespace" in replaces


def _read(message: Struct) -> Object:
    return dict(objects.plain(MessageToDict(message)))


def _struct(document: Object) -> Struct:
    message = Struct()
    message.update(document)
    return message
