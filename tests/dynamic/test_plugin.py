"""The plugin's own part: secrets on the wire, its end, and what the engine is told of an error."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from mtlsedge_components.dynamic.imported_root import ImportedRootProvider
from mtlsedge_components.dynamic.private_key import PrivateKeyProvider
from mtlsedge_components.dynamic.server_group_servers import ServerGroupServersProvider
from mtlsedge_components.plugin.marks import bare, marked_like
from tests.dynamic.process import CHECKOUT, NAMES, ProviderProcess
from tests.waiting import eventually

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
marked = st.recursive(
    plain | plain.map(rpc.wrap_rpc_secret),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(marked)
def test_a_value_that_comes_back_is_as_secret_as_it_went(value: object) -> None:
    """Unmarked and marked again like itself, every value has the same secrets as before."""
    assert marked_like(bare(value), value) == value


def test_only_what_was_secret_is_marked() -> None:
    """A secret inside a list marks its own place; what stands beside it, and what is new, stays plain."""
    secret = rpc.wrap_rpc_secret("s")
    like = {"a": [{"key": secret, "name": "n"}], "b": "plain"}
    found = marked_like({"a": [{"key": "t", "name": "m"}, {"key": "u"}], "b": "x", "c": "new"}, like)
    assert found == {"a": [{"key": rpc.wrap_rpc_secret("t"), "name": "m"}, {"key": "u"}], "b": "x", "c": "new"}


def test_a_secret_input_is_a_secret_in_checked_inputs(provider: ProviderProcess) -> None:
    """The engine gets a secret back as one. Were it plain, the key would stand in the state in clear."""
    news = Struct()
    news.update({"certificate_pem": "x", "key_pem": rpc.wrap_rpc_secret("not a key"), "passphrase": ""})
    urn = "urn:pulumi:test::mtlsedge::mtlsedge:index:ImportedRoot::one"
    checked = provider._stub.Check(provider_pb2.CheckRequest(urn=urn, news=news))
    assert MessageToDict(checked.inputs)["key_pem"] == rpc.wrap_rpc_secret("not a key")


def test_inputs_that_nothing_looks_at_come_back_as_they_came(provider: ProviderProcess) -> None:
    """Secrets and what a preview does not know among them; a type with rules of its own still refuses."""
    news = Struct()
    server = {"server_id": rpc.wrap_rpc_secret("i-1"), "port": 80}
    news.update({"server_group_id": rpc.UNKNOWN, "servers": {"a": server}})
    urn = f"urn:pulumi:local::p::mtlsedge:index:{NAMES[ServerGroupServersProvider]}::x"
    answer = provider._stub.Check(provider_pb2.CheckRequest(urn=urn, news=news))
    assert (answer.inputs, list(answer.failures)) == (news, [])
    assert provider.check(PrivateKeyProvider, {"algorithm": "md5", "immutable": True})


def test_an_error_is_told_without_a_wrapper(provider: ProviderProcess, refused) -> None:
    """The engine shows the provider's own message, and nothing of Python."""
    message = refused(provider.create, ImportedRootProvider, {"certificate_pem": "x", "key_pem": "y", "passphrase": ""})
    assert "Exception" not in message
    assert "Traceback" not in provider.printed


def test_a_type_of_another_version_is_refused(
    provider: ProviderProcess, refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The near miss of a served type: one that no version of the plugin knows ends in an error, not in a resource."""
    monkeypatch.setitem(NAMES, PrivateKeyProvider, "NoSuchType")
    assert refused(provider.create, PrivateKeyProvider, {}) == "this version of the plugin knows no NoSuchType"


def test_the_plugin_ends_with_a_killed_engine(tmp_path: Path) -> None:
    """Its parent is killed, as an engine by a job that ran out of time: within seconds the plugin is gone."""
    plugin = CHECKOUT / "components" / "plugin" / "pulumi-resource-mtlsedge"
    parent = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.argv[1], '127.0.0.1:1'], stdout=subprocess.PIPE);"
        "p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)"
    )
    engine = subprocess.Popen([sys.executable, "-c", parent, plugin], stdout=subprocess.PIPE, cwd=tmp_path)
    assert engine.stdout is not None
    child = int(engine.stdout.readline())
    os.kill(engine.pid, signal.SIGKILL)
    engine.wait()
    eventually(lambda: not Path(f"/proc/{child}").exists())
