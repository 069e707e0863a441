"""The provider process as the engine runs it: `python -m pulumi.dynamic`, spoken to over gRPC."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

CHECKOUT = Path(__file__).resolve().parents[2]
NOW = "2026-11-22T12:00:00Z"


class ProviderProcess:
    """One provider process; its methods are those of a dynamic provider, as the engine calls them."""

    def __init__(self, stderr: Path, *, now: str = NOW, config: dict[str, Any] | None = None) -> None:
        self._stderr = stderr
        variables = {**os.environ, "MTLSEDGE_NOW": now, "PULUMI_PROJECT": "mtlsedge"}
        with stderr.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "pulumi.dynamic"],
                cwd=CHECKOUT, env=variables, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        port = int(self._process.stdout.readline())
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._stub.Configure(provider_pb2.ConfigureRequest(args=_struct(config or {})))

    @property
    def printed(self) -> str:
        """Everything the process has written to standard error: what the engine would show."""
        return self._stderr.read_text()

    def check(self, kind: type[ResourceProvider], news: dict, olds: dict | None = None) -> dict[str, str]:
        """Failures by property. None may name its property to the engine, which would print the value with it."""
        request = provider_pb2.CheckRequest(olds=_with(kind, olds or {}), news=_with(kind, news))
        failures = self._stub.Check(request).failures
        assert not any(failure.property for failure in failures)
        return dict(failure.reason.split(": ", 1) for failure in failures)

    def diff(self, kind: type[ResourceProvider], olds: dict, news: dict) -> tuple[str, list[str]]:
        """`DIFF_NONE` or `DIFF_SOME`, and the properties that force a replacement."""
        request = provider_pb2.DiffRequest(id="id", olds=_with(kind, olds), news=_with(kind, news))
        response = self._stub.Diff(request)
        assert not response.deleteBeforeReplace
        return provider_pb2.DiffResponse.DiffChanges.Name(response.changes), list(response.replaces)

    def create(self, kind: type[ResourceProvider], properties: dict) -> tuple[str, dict[str, Any]]:
        """Id and outputs."""
        response = self._stub.Create(provider_pb2.CreateRequest(properties=_with(kind, properties)))
        return response.id, _plain(response.properties)

    def update(self, kind: type[ResourceProvider], id_: str, olds: dict, news: dict) -> dict[str, Any]:
        """Outputs."""
        request = provider_pb2.UpdateRequest(id=id_, olds=_with(kind, olds), news=_with(kind, news))
        return _plain(self._stub.Update(request).properties)

    def read(self, kind: type[ResourceProvider], id_: str, olds: dict) -> tuple[str, dict[str, Any]]:
        """Id (empty: gone) and outputs."""
        response = self._stub.Read(provider_pb2.ReadRequest(id=id_, properties=_with(kind, olds)))
        return response.id, _plain(response.properties)

    def delete(self, kind: type[ResourceProvider], id_: str, olds: dict) -> None:
        """Delete."""
        self._stub.Delete(provider_pb2.DeleteRequest(id=id_, properties=_with(kind, olds)))

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._channel.close()
        self._process.kill()
        self._process.wait()


def _with(kind: type[ResourceProvider], values: dict) -> Struct:
    return _struct({**values, "__provider": serialize_provider(kind())})


def _plain(message: Struct) -> dict[str, Any]:
    return {key: value for key, value in MessageToDict(message).items() if key != "__provider"}


def _struct(values: dict[str, Any]) -> Struct:
    message = Struct()
    message.update(values)
    return message
