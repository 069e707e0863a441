"""The plugin's process as the engine runs it, spoken to over gRPC."""

import os
import subprocess
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from mtlsedge_components.dynamic.provider import Provider
from mtlsedge_components.plugin.marks import bare
from mtlsedge_components.plugin.servicer import PROVIDERS

CHECKOUT = Path(__file__).resolve().parents[2]
NAMES = {kind: name for name, kind in PROVIDERS.items()}
NOW = "2026-11-22T12:00:00Z"


class ProviderProcess:
    """One provider process; its methods are those of a provider, as the engine calls them."""

    def __init__(self, stderr: Path, *, now: str = NOW, config: dict[str, Any] | None = None) -> None:
        self._stderr = stderr
        variables = {**os.environ, "MTLSEDGE_NOW": now, "PULUMI_PROJECT": "mtlsedge"}
        with stderr.open("wb") as errors:
            self._process = subprocess.Popen(
                [CHECKOUT / "components" / "plugin" / "pulumi-resource-mtlsedge", "127.0.0.1:1"],
                cwd=CHECKOUT, env=variables, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        port = int(self._process.stdout.readline())
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        said = {key.removeprefix("alicloud:"): value for key, value in (config or {}).items()}
        self._stub.Configure(provider_pb2.ConfigureRequest(args=_struct(said)))

    @property
    def printed(self) -> str:
        """Everything the process has written to standard error: what the engine would show."""
        return self._stderr.read_text()

    def check(self, kind: type[Provider], news: dict, olds: dict | None = None) -> dict[str, str]:
        """Failures by property. None may name its property to the engine, which would print the value with it."""
        request = provider_pb2.CheckRequest(urn=_urn(kind), olds=_struct(olds or {}), news=_struct(news))
        failures = self._stub.Check(request).failures
        assert not any(failure.property for failure in failures)
        return dict(failure.reason.split(": ", 1) for failure in failures)

    def diff(self, kind: type[Provider], olds: dict, news: dict) -> tuple[str, list[str]]:
        """`DIFF_NONE` or `DIFF_SOME`, and the properties that force a replacement."""
        request = provider_pb2.DiffRequest(urn=_urn(kind), id="id", olds=_struct(olds), news=_struct(news))
        response = self._stub.Diff(request)
        assert not response.deleteBeforeReplace
        return provider_pb2.DiffResponse.DiffChanges.Name(response.changes), list(response.replaces)

    def create(self, kind: type[Provider], properties: dict) -> tuple[str, dict[str, Any]]:
        """Id and outputs."""
        response = self._stub.Create(provider_pb2.CreateRequest(urn=_urn(kind), properties=_struct(properties)))
        return response.id, _plain(response.properties)

    def update(self, kind: type[Provider], id_: str, olds: dict, news: dict) -> dict[str, Any]:
        """Outputs."""
        request = provider_pb2.UpdateRequest(urn=_urn(kind), id=id_, olds=_struct(olds), news=_struct(news))
        return _plain(self._stub.Update(request).properties)

    def read(self, kind: type[Provider], id_: str, olds: dict) -> tuple[str, dict[str, Any]]:
        """Id (empty: gone) and outputs."""
        response = self._stub.Read(provider_pb2.ReadRequest(urn=_urn(kind), id=id_, properties=_struct(olds)))
        return response.id, _plain(response.properties)

    def delete(self, kind: type[Provider], id_: str, olds: dict) -> None:
        """Delete."""
        self._stub.Delete(provider_pb2.DeleteRequest(urn=_urn(kind), id=id_, properties=_struct(olds)))

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._channel.close()
        self._process.kill()
        self._process.wait()


def _urn(kind: type[Provider]) -> str:
    return f"urn:pulumi:test::mtlsedge::mtlsedge:index:{NAMES[kind]}::one"


def _plain(message: Struct) -> dict[str, Any]:
    found: dict[str, Any] = bare(MessageToDict(message))
    return found


def _struct(values: dict[str, Any]) -> Struct:
    message = Struct()
    message.update(values)
    return message
