"""The proxy of `make conformance`: public names of some products lead to the local cloud, other names nowhere."""

import http.client
import json
import ssl
from functools import partial
from pathlib import Path

import pytest

from conformance import public_names
from conformance.running import cloud, environment
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def conformance_proxy(cloud_shared, tmp_path_factory):
    """A proxy to a local cloud."""
    folder = tmp_path_factory.mktemp("names") / "proxy"
    with public_names.leading_to(cloud_shared.cloud.api_address, folder, ("cn-hangzhou",)) as proxy:
        yield proxy


def tunnel(proxy, name):
    """A connection to a name through the proxy."""
    host, port = proxy.address.split(":")
    context = ssl.create_default_context(cafile=proxy.authority)
    connection = http.client.HTTPSConnection(host, int(port), timeout=PATIENCE_SECONDS, context=context)
    connection.set_tunnel(name, 443)
    return connection


@pytest.mark.parametrize("name", ["sts.cn-hangzhou.aliyuncs.com", "sts.aliyuncs.com", "alidns.aliyuncs.com"])
def test_the_public_names_of_sts_and_dns_are_the_local_cloud(conformance_proxy, name):
    """The certificate fits the name, and what answers is the local cloud; a second request goes over the same tunnel."""
    connection = tunnel(conformance_proxy, name)
    for _ in range(2):
        connection.request("GET", "/?Action=GetCallerIdentity&Version=2015-04-01")
        answer = json.loads(connection.getresponse().read())
        assert "RequestId" in answer
    connection.close()


@pytest.mark.parametrize(
    "name", ["tf-test.cn-hangzhou.oss.aliyuncs.com", "sts.aliyuncs.com.example.test", "ecs.aliyuncs.com"]
)
def test_other_names_lead_nowhere(conformance_proxy, name):
    """Another product, another domain, and a product whose endpoint the environment says: no test leaves this machine."""
    with pytest.raises(OSError, match="403"):
        tunnel(conformance_proxy, name).connect()


def logs(proxy, project, method, path, sent=None):
    """Status and JSON of one call of Log Service."""
    connection = tunnel(proxy, f"{project}.cn-hangzhou.log.aliyuncs.com".lstrip("."))
    connection.request(method, path, json.dumps(sent) if sent else None)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if text else None


def test_log_service_keeps_projects_and_stores_as_they_were_sent(conformance_proxy):
    """A project is the host name's; what is not there says so in the words the provider looks for."""
    ask = partial(logs, conformance_proxy)
    assert ask("", "POST", "/", {"projectName": "tf-a", "description": "a"}) == (200, {})
    assert ask("", "POST", "/", {"projectName": "tf-a"})[1]["errorCode"] == "ProjectAlreadyExist"
    assert ask("tf-a", "POST", "/logstores", {"logstoreName": "store", "shardCount": 3}) == (200, {})
    assert ask("tf-a", "GET", "/")[1]["description"] == "a"
    assert ask("tf-a", "GET", "/logstores/store")[1]["shardCount"] == 3
    assert len(ask("tf-a", "GET", "/logstores/store/shards")[1]) == 3
    assert ask("tf-a", "GET", "/logstores/other")[1]["errorCode"] == "LogStoreNotExist"
    assert ask("tf-b", "GET", "/")[1]["errorCode"] == "ProjectNotExist"
    assert ask("tf-a", "GET", "/alerts")[1]["errorCode"] == "UnsupportedOperation"
    assert ask("tf-a", "DELETE", "/logstores/store")[0] == 200
    assert ask("tf-a", "GET", "/logstores/store")[0] == 404
    assert ask("tf-a", "DELETE", "/")[0] == 200
    assert ask("tf-a", "GET", "/")[0] == 404


def test_a_client_that_does_not_heed_no_proxy_reaches_the_local_cloud(cloud_shared, conformance_proxy):
    """Its TLS goes through untouched: the certificate is the local cloud's own."""
    host, port = conformance_proxy.address.split(":")
    context = ssl.create_default_context(cafile=cloud_shared.cloud.api_ca)
    connection = http.client.HTTPSConnection(host, int(port), timeout=PATIENCE_SECONDS, context=context)
    name, number = cloud_shared.cloud.api_address.split(":")
    connection.set_tunnel(name, int(number))
    connection.request("GET", "/?Action=GetCallerIdentity&Version=2015-04-01")
    assert "RequestId" in json.loads(connection.getresponse().read())
    connection.close()


def test_only_tunnels_are_offered(conformance_proxy):
    """A plain request for a page is refused."""
    connection = http.client.HTTPConnection(conformance_proxy.address, timeout=PATIENCE_SECONDS)
    connection.request("GET", "http://sts.aliyuncs.com/")
    assert connection.getresponse().status == 403
    connection.close()


def test_one_file_names_both_authorities() -> None:
    """What `SSL_CERT_FILE` names vouches for the local cloud and for the proxy; the local cloud itself is asked directly."""
    with cloud() as (running, proxy):
        said = environment(running, proxy)
        assert Path(said["SSL_CERT_FILE"]).read_text().count("BEGIN CERTIFICATE") == 2
        assert running.api_address in said["NO_PROXY"].split(",")
