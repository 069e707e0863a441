"""Calls to the cloud: where they go, as whom, page by page, and what a failure says."""

import ast
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from local.cloud import catalogue
from mtlsedge.cloud import Cloud, CloudProblem
from mtlsedge.errors import CommandError
from mtlsedge.verify.health_source import reader
from mtlsedge.verify.target import Unavailable
from tests.unit import verify_stack
from tests.unit.settings_sample import PROJECT
from tests.unit.verify_stack import pki


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    """Dummy keys, so that no test looks for an instance role."""
    monkeypatch.setenv("ALICLOUD_ACCESS_KEY", "test-id")
    monkeypatch.setenv("ALICLOUD_SECRET_KEY", "test-secret")
    monkeypatch.delenv("ALICLOUD_SECURITY_TOKEN", raising=False)


@contextmanager
def api(answer):
    """An API on loopback; `answer(query) -> (status, document)`. Yields the stack's configuration for it."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Quiet."""

        def do_POST(self):
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            status, document = answer(query | {k.lower(): v for k, v in self.headers.items()})
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    address = f"127.0.0.1:{server.server_address[1]}"
    products = ("vpc", "ecs", "alb", "cas", "alidns")
    try:
        yield {
            "alicloud:region": "ap-southeast-1",
            "alicloud:protocol": "HTTP",
            "alicloud:endpoints": [{product: address} for product in products],
        }
    finally:
        server.shutdown()
        server.server_close()


def test_no_call_that_changes_something_is_in_the_command():
    """Of all actions that the local cloud knows, those that write are named nowhere in `mtlsedge/`."""
    known = {action.name: action.writes for action in catalogue.TABLE.values()}
    modules = [ast.parse(file.read_text()) for file in (PROJECT / "mtlsedge").rglob("*.py")]
    texts = {node.value for one in modules for node in ast.walk(one) if isinstance(node, ast.Constant)}
    assert {"ListListeners", "GetListenerHealthStatus", "DescribeVpcs"} <= texts & set(known)
    assert {name for name in texts & set(known) if known[name]} == set()


def test_calls_are_signed_and_go_to_the_stacks_endpoint():
    """Action, version and the key's id travel with the call."""
    seen = {}

    def answer(query):
        seen.update(query)
        return 200, {"Vpcs": {"Vpc": []}}

    with api(answer) as configuration:
        Cloud(configuration).call("vpc", "DescribeVpcs", {"VpcName": "x"})
    assert seen["x-acs-action"] == "DescribeVpcs"
    assert seen["x-acs-version"] == "2016-04-28"
    assert seen["VpcName"] == "x"
    assert "test-id" in seen["authorization"]
    assert "test-secret" not in json.dumps(seen)


@pytest.mark.parametrize(
    ("site", "product", "host"),
    [
        ("international", "cas", "cas.ap-southeast-1.aliyuncs.com"),
        ("china", "cas", "cas.aliyuncs.com"),
        ("international", "alb", "alb.eu-central-1.aliyuncs.com"),
        ("international", "alidns", "alidns.aliyuncs.com"),
    ],
)
def test_public_hosts_follow_site_and_region(site, product, host):
    """Without an endpoint of its own, a product has its public one."""
    configuration = {"alicloud:region": "eu-central-1", "mtlsedge:certificateSite": site}
    assert Cloud(configuration).endpoint(product) == host


def test_a_stack_without_a_region_is_named():
    """The missing key is in the message."""
    with pytest.raises(CommandError, match="alicloud:region"):
        Cloud({}).call("vpc", "DescribeVpcs")


def test_numbered_pages_are_read_to_the_end():
    """Page after page until the total is reached."""

    def answer(query):
        first = (int(query["PageNumber"]) - 1) * int(query["PageSize"])
        items = [{"VpcId": f"vpc-{n}"} for n in range(120)][first : first + int(query["PageSize"])]
        return 200, {"Vpcs": {"Vpc": items}, "TotalCount": 120}

    with api(answer) as configuration:
        assert len(list(Cloud(configuration).pages("vpc", "DescribeVpcs", "Vpcs.Vpc"))) == 120


def test_token_pages_are_read_to_the_end():
    """Page after page until there is no next token."""

    def answer(query):
        token = int(query.get("NextToken", 0))
        return 200, {"Acls": [{"AclId": f"acl-{token}"}], **({"NextToken": str(token + 1)} if token < 2 else {})}

    with api(answer) as configuration:
        found = [item["AclId"] for item in Cloud(configuration).pages("alb", "ListAcls", "Acls")]
    assert found == ["acl-0", "acl-1", "acl-2"]


def test_a_failure_says_its_code_and_nothing_of_the_services_text():
    """The service's text may quote what was sent."""

    def answer(_):
        return 403, {"Code": "Forbidden.RAM", "Message": "quoting test-secret", "RequestId": "1"}

    with api(answer) as configuration, pytest.raises(CloudProblem) as problem:
        Cloud(configuration).call("alb", "ListAcls")
    assert str(problem.value) == "ListAcls failed: Forbidden.RAM"


ONE_GROUP = {"web": {"id": "sgp-1", "servers": ["ECS01"]}}


def test_health_waits_for_first_probes():
    """A server whose first probes are under way is asked for again."""
    answers = iter(["Initial", "Normal"])

    def answer(query):
        if query["x-acs-action"] == "ListServerGroupServers":
            return 200, {"Servers": [{"ServerId": "i-1", "Port": 80, "Weight": 100, "Description": "web/ECS01"}]}
        status = next(answers)
        troubled = [{"ServerId": "i-1", "Port": 80, "Status": status}] if status != "Normal" else []
        group = {"ServerGroupId": "sgp-1", "HealthCheckEnabled": "on", "NonNormalServers": troubled}
        return 200, {"ListenerHealthStatus": [{"ServerGroupInfos": [group]}]}

    with api(answer) as configuration:
        health = reader(lambda: Cloud(configuration), verify_stack.outputs(pki(), serverGroups=ONE_GROUP), 5.0)()
    assert [(server.name, server.status) for server in health.servers] == [("ECS01", "Normal")]


def test_a_cloud_that_does_not_answer_leaves_health_unchecked():
    """The row says why, and is not red: the stack may be fine."""
    with (
        api(lambda _: (500, {"Code": "ServiceUnavailable"})) as configuration,
        pytest.raises(Unavailable, match="failed"),
    ):
        reader(lambda: Cloud(configuration), verify_stack.outputs(pki()), 0.0)()
