"""A control plane with its console and a real Envoy beside it, and a page as a browser reads it."""

import http.client
import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

from local.backends import Fleet
from local.cloud.application import Cloud
from local.console.site import Console
from local.console.sources import Sources
from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS

VOID = {"meta", "link", "wbr"}


class Cluster:
    """A cluster's client that lists what it was given, or fails."""

    def __init__(self, **items):
        self.items = items
        self.problem = None

    def list(self, kind):
        if self.problem:
            raise self.problem
        return {"items": self.items.get(kind.kind, [])}


class World:
    """A control plane on a free port with its console, a real Envoy beside it."""

    def __init__(self, folder):
        self.cluster = None
        self.cloud = Cloud(folder, api_address="127.0.0.1:0", pages=self.answer)
        self.store = self.cloud.store
        self.fleet = Fleet(self.store, folder)
        self.plane = DataPlane(self.store, folder / "envoy", store_folder=folder)
        self.console = Console(Sources(
            self.store, self.plane.placement, self.plane.health_of_groups, lambda: self.cluster,
            self.plane.envoy.connection_log, self.cloud.log_path,
        ))  # fmt: skip
        self.root = edge.issue("Acme Root", ca=True, days=3000)
        self._fill(folder)

    def __enter__(self):
        self.cloud.start()
        self.fleet.start()
        self.plane.start()
        assert self.plane.await_applied()
        assert self.plane.problems() == []
        edge.await_checked(self.plane, self.store)
        return self

    def __exit__(self, *_failure):
        for part in (self.plane, self.fleet, self.cloud):
            part.stop()

    def answer(self, *asked):
        """The console is made after the server that asks it."""
        return self.console.answer(*asked)

    def _fill(self, folder):
        store, port, now = self.store, free_port(), datetime.now(UTC)
        server = edge.issue("web", self.root, usage="server", names=["www.example.test"])
        self.certificate = edge.put_server_certificate(store, folder, 1, server)
        facts = {"CommonName": "web", "Sans": "www.example.test,shop.example.test", "Issuer": "Acme Root",
                 "NotAfter": milliseconds(now + timedelta(days=5)), "Sha2": "ab" * 32}  # fmt: skip
        store.put("cas.server_certificate", "1", store.get("cas.server_certificate", "1")
                  | {"Facts": facts, "Site": "ap-southeast-1", "Name": "web-2026"})  # fmt: skip
        authority = {"Identifier": "ca-1", "Cert": self.root.pem, "CommonName": "Acme Root", "WhId": 7,
                     "NotAfter": milliseconds(now - timedelta(days=1))}  # fmt: skip
        store.put("cas.ca_certificate", "ca-1", authority)
        store.put(
            "cas.warehouse", "w-7", {"WhId": 7, "InstanceId": "w-7", "Name": "partners", "WarehouseType": "uploaded"}
        )
        self.instances = [edge.put_instance(store, number, 80 + number) for number in (1, 2)]
        edge.put_group(store, "sgp-web", [edge.server(one, port) for one in self.instances])
        edge.put_group(store, "sgp-idle", [edge.server(self.instances[0], port)], ServerGroupName="idle-group")
        edge.put_load_balancer(store, "alb-c", 81)
        edge.put_listener(store, "lsn-c", "alb-c", free_port("127.0.10.81"), "sgp-web", CaEnabled=True,
                          CaCertificates=[{"CertificateId": "ca-1"}], Certificates=[{"CertificateId": self.certificate}])  # fmt: skip
        conditions = [{"Type": "Host", "HostConfig": {"Values": ["www.example.test"]}}]
        edge.put_rule(store, "rule-c", "lsn-c", 10, conditions, [edge.forward(("sgp-web", 100))])
        store.put("alidns.record", "1", {
            "RecordId": "1", "DomainName": "example.test", "RR": "www", "Type": "CNAME", "TTL": 600, "Status": "ENABLE",
            "Value": "alb-c.ap-southeast-1.alb.aliyuncs.com", "Remark": "made by a test",
        })  # fmt: skip

    def ask(self, path, method="GET", **headers):
        """Status, headers, text of one answer."""
        connection = http.client.HTTPConnection(self.cloud.api_address, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def page(self, path):
        """A page, read as a browser reads it."""
        status, _, text = self.ask(path)
        assert status == 200, text
        return read_page(text)

    def events(self, path, key="rows"):
        """The events of a stream, as they come: their names, and what they carry."""
        connection = http.client.HTTPConnection(self.cloud.api_address, timeout=PATIENCE_SECONDS)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"
        try:
            while line := answer.readline().decode():
                if line.startswith("event: "):
                    yield line[7:].strip(), json.loads(answer.readline().decode().removeprefix("data: "))[key]
        finally:
            connection.close()


def milliseconds(moment):
    return int(moment.timestamp() * 1000)


class _Page(HTMLParser):
    """Elements with their attributes, text of each cell, and whether every element is closed where it should be."""

    def __init__(self):
        super().__init__()
        self.elements, self.open, self.rows, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "th" in self.open or "td" in self.open:
            self.rows[-1][-1] += data


def read_page(text):
    page = _Page()
    page.feed(text)
    assert page.open == []
    return page


def row(page, first):
    """The one row whose first cell contains this."""
    (found,) = [cells for cells in page.rows if first in cells[0]]
    return found
