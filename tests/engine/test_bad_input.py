"""A user's mistakes get one clear answer each: no traceback, nothing called."""

import socket

import pytest

from tests.engine.sandbox import Sandbox

pytestmark = pytest.mark.engine

TEN_MISTAKES = {
    "mtlsedge:accountId": "12",
    "mtlsedge:certificateSite": "mars",
    "mtlsedge:clients": {"alice": {"validityDays": 0}, "bob": {"colour": "red"}},
    "mtlsedge:loadBalancer": {"edition": "Basic", "addressType": "Internet"},
    "mtlsedge:listener": {
        "port": 70000,
        "tlsPolicy": "tls_cipher_policy_1_0",
        "default": "nowhere",
        "forwardClientCertificate": {"subject": "X Client"},
    },
    "mtlsedge:domain": {"zone": "example.test", "names": ["www"], "ttl": 0},
}


def test_ten_mistakes_are_ten_lines(stack: Sandbox) -> None:
    """One error lists ten mistakes with key path, found and allowed; nothing is called and no traceback is shown."""
    calls = len(stack.requests())
    with stack.changed(TEN_MISTAKES):
        refused = stack.up(check=False)
    text = refused.stdout + refused.stderr
    lines = {line.strip() for line in text.splitlines() if line.strip().startswith("mtlsedge:")}
    assert refused.returncode != 0
    assert 10 == len(lines), text
    assert all("found" in line and "allowed" in line for line in lines)
    assert "10 problems" in text
    assert "Traceback" not in text
    assert calls == len(stack.requests())


def test_keys_of_the_cloud_in_a_stack_file_are_refused(stack: Sandbox) -> None:
    """A plain access key is refused when an endpoint is not loopback, and its value is not shown."""
    with stack.changed(
        {"alicloud:accessKey": "LTAIplanted", "alicloud:secretKey": "planted-secret", "alicloud:endpoints": None}
    ):
        refused = stack.preview(check=False)
    text = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "alicloud:secretKey" in text
    assert "planted-secret" not in text


def test_a_dead_local_cloud_is_one_clear_line(stack: Sandbox) -> None:
    """`up` against a cloud that does not answer ends with a line that says what did not answer, and no traceback of ours."""
    with stack.changed(
        {"mtlsedge:clients": {"alice": {}, "bob": {"email": ["bob@example.test"], "validityDays": 60}, "dora": {}}}
    ):
        stack.kill_cloud()
        try:
            refused = stack.up(check=False)
        finally:
            stack.start_cloud()
    text = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "Traceback" not in text


def test_a_missing_plugin_is_named(stack: Sandbox) -> None:
    """Without the alicloud plugin the engine says which one is missing and does not hang."""
    environment = stack.environment() | {"PULUMI_HOME": str(stack.root / "no-plugins")}
    refused = stack.preview(check=False, env=environment)
    text = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "alicloud" in text


def test_a_busy_port_is_one_clear_line(stack: Sandbox) -> None:
    """Starting a second local cloud on a port that is taken names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        environment = stack.base_environment() | {
            "MTLSEDGE_LOCAL_API_PORT": str(port),
            "MTLSEDGE_LOCAL_DIR": str(stack.root / "second"),
        }
        refused = stack.python("-m", "local", "start", check=False, env=environment)
    text = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert str(port) in text
    assert "Traceback" not in text
