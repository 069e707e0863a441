"""TxtProof, TxtResolved and VacantHost through the provider process."""

from collections.abc import Callable, Iterator

import pytest
from dnslib import QTYPE, RR, TXT
from dnslib.server import DNSRecord, DNSServer

from local.cloud.application import Cloud
from mtlsedge_components.dynamic.domain_ownership import TxtProofProvider, TxtResolvedProvider
from mtlsedge_components.dynamic.properties import UNKNOWN
from mtlsedge_components.dynamic.vacant_host import VacantHostProvider
from tests.dynamic.process import ProviderProcess

pytestmark = pytest.mark.slow  # waits for names to resolve

HOST = {"zone": "example.test", "rr": "www", "expected_target": ""}


@pytest.fixture
def records(cloud: Cloud) -> Iterator[Callable[..., None]]:
    """Puts records into the zone, for the time of the test."""
    put: list[str] = []

    def add(id_: str, **fields: str) -> None:
        document = {"DomainName": "example.test", "RR": "www", "Type": "A", "Value": "192.0.2.1", "TTL": 600}
        document |= {"Line": "default", "Status": "ENABLE", "RecordId": id_, **fields}
        cloud.store.put("alidns.record", id_, document)
        put.append(id_)

    yield add
    for id_ in put:
        cloud.store.delete("alidns.record", id_)


def test_a_vacant_host_gives_the_zones_minimum_ttl(connected: ProviderProcess, records: Callable[..., None]) -> None:
    """Records of other hosts, even with similar names, are no conflict."""
    records("1", RR="www2")
    id_, outputs = connected.create(VacantHostProvider, HOST)
    assert (id_, outputs) == ("www.example.test", {**HOST, "minimum_ttl": 600})
    assert connected.read(VacantHostProvider, id_, outputs) == (id_, outputs)


def test_live_records_on_the_host_are_refused_by_name(
    connected: ProviderProcess, records: Callable[..., None], refused: Callable[..., str]
) -> None:
    """Each with its type, value and id; a paused one does no harm."""
    records("17")
    records("18", Type="TXT", Value="note")
    records("19", Type="AAAA", Value="2001:db8::1", Status="DISABLE")
    text = refused(connected.create, VacantHostProvider, HOST)
    assert "host www.example.test: found live records " in text
    assert "A 192.0.2.1 (17)" in text
    assert "TXT note (18)" in text
    assert "(19)" not in text


def test_many_similar_hosts_do_not_hide_the_conflict(
    connected: ProviderProcess, records: Callable[..., None], refused: Callable[..., str]
) -> None:
    """The service searches for a part of the name, so the answer can have several pages."""
    for number in range(501):
        records(str(1000 + number), RR=f"www{number}")
    records("999")
    assert "(999)" in refused(connected.create, VacantHostProvider, HOST)


def test_a_zone_of_another_account_is_refused(connected: ProviderProcess, refused: Callable[..., str]) -> None:
    """And one that was removed since shows as gone in a refresh."""
    elsewhere = {**HOST, "zone": "elsewhere.test"}
    text = refused(connected.create, VacantHostProvider, elsewhere)
    assert "zone elsewhere.test: found no such zone in the account" in text
    assert connected.read(VacantHostProvider, "www.elsewhere.test", elsewhere) == ("", {})


def test_only_another_host_or_zone_is_looked_at_again(connected: ProviderProcess) -> None:
    """Afterwards our own record stands there, so nothing else may make it look."""
    assert connected.diff(VacantHostProvider, HOST, {**HOST, "expected_target": UNKNOWN}) == ("DIFF_NONE", [])
    assert connected.diff(VacantHostProvider, HOST, {**HOST, "rr": "api"}) == ("DIFF_SOME", ["rr"])


def test_a_proof_is_fetched_once(connected: ProviderProcess) -> None:
    """Host, value and zone of the TXT record; a refresh asks for no new one."""
    inputs = {"zone": "sub.example.test", "verification": "ADD_SUB_DOMAIN"}
    id_, outputs = connected.create(TxtProofProvider, inputs)
    assert id_ == f"{outputs['rr']}.example.test"
    assert outputs["value"]
    assert outputs["parent_domain"] == "example.test"
    assert connected.read(TxtProofProvider, id_, outputs) == (id_, outputs)
    assert connected.diff(TxtProofProvider, outputs, inputs) == ("DIFF_NONE", [])
    assert "allowed RETRIEVAL" in connected.check(TxtProofProvider, {**inputs, "verification": "X"})["verification"]


class Answers:
    """A name server that has the TXT record from the second question on."""

    def __init__(self) -> None:
        self.questions = 0

    def resolve(self, request: DNSRecord, _handler: object) -> DNSRecord:
        """Nothing at first, then the value in two strings, as long values are sent."""
        self.questions += 1
        reply = request.reply()
        if self.questions > 1:
            reply.add_answer(RR(request.q.qname, QTYPE.TXT, rdata=TXT(["pro", "of"])))
        return reply


@pytest.fixture
def name_server() -> Iterator[str]:
    """Address of such a server."""
    server = DNSServer(Answers(), address="127.0.0.1", port=0)
    server.start_thread()
    yield f"127.0.0.1:{server.server.server_address[1]}"
    server.stop()


def test_a_txt_record_is_awaited(provider: ProviderProcess, name_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer has none, the second has it."""
    inputs = {"host": "_proof.example.test", "value": "proof", "resolver": name_server, "timeout_seconds": 1}
    id_, outputs = provider.create(TxtResolvedProvider, inputs)
    assert (id_, outputs) == ("_proof.example.test", inputs)
    assert provider.diff(TxtResolvedProvider, outputs, {**inputs, "timeout_seconds": 9}) == ("DIFF_NONE", [])
    assert provider.diff(TxtResolvedProvider, outputs, {**inputs, "value": UNKNOWN}) == ("DIFF_SOME", ["value"])


def test_waiting_for_a_txt_record_ends(
    provider: ProviderProcess, name_server: str, refused: Callable[..., str]
) -> None:
    """The message says how many other values were seen, and asks the question that helps."""
    inputs = {"host": "_proof.example.test", "value": "other", "resolver": name_server, "timeout_seconds": 0.2}
    text = refused(provider.create, TxtResolvedProvider, inputs)
    assert "TXT _proof.example.test: found 1 other value(s) after 0.2 s; allowed other: publish it" in text
