"""The authoritative DNS server, asked over UDP and TCP by another implementation (dnspython)."""

import socket

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest
from dnslib.server import DNSServer

from local.dns import NameServer, server
from tests.local import edge_support as edge
from tests.waiting import PATIENCE_SECONDS

BALANCER = "alb-d.ap-southeast-1.alb.aliyuncs.com"


@pytest.fixture(scope="module")
def world():
    """A zone with every kind of record, and one load balancer."""
    store = edge.MemoryStore()
    edge.put_load_balancer(store, "alb-d", 7)
    store.put(
        "alidns.domain",
        "example.test",
        {"DomainName": "example.test", "DnsServers": {"DnsServer": ["ns1.alidns.com", "ns2.alidns.com"]}},
    )
    rows = [
        ("@", "A", "192.0.2.1"), ("@", "MX", "mail.example.test", 5), ("six", "AAAA", "2001:db8::1"),
        ("www", "CNAME", f"{BALANCER}."), ("out", "CNAME", "elsewhere.invalid"), ("first", "CNAME", "www.example.test"),
        ("loop", "CNAME", "loop.example.test"), ("*.wild", "A", "192.0.2.2"), ("named.wild", "TXT", "own"),
        ("long", "TXT", "x" * 600), ("longer", "TXT", "x" * 3000), ("_sip._tcp", "SRV", "1 2 5060 sip.example.test"), ("@", "CAA", '0 issue "ca.example"'),
        ("a.deep.down", "A", "192.0.2.3"), ("broken", "A", "not an address"),
    ]  # fmt: skip
    for number, (rr, kind, value, *priority) in enumerate(rows):
        _put(store, str(number), rr, kind, value, Priority=priority[0] if priority else None)
    _put(store, "off", "off", "A", "192.0.2.9", Status="DISABLE")
    _put(store, "line", "line", "A", "192.0.2.9", Line="telecom")
    server = NameServer(store, "127.0.0.1:0")
    server.start()
    yield _World(store, int(server.address.rsplit(":", 1)[1]))
    server.stop()


def _put(store, identifier, rr, kind, value, **more):
    document = {
        "RecordId": identifier,
        "DomainName": "example.test",
        "RR": rr,
        "Type": kind,
        "Value": value,
        "TTL": 300,
        "Line": "default",
        "Status": "ENABLE",
    }
    store.put("alidns.record", identifier, document | more)


class _World:
    def __init__(self, store, port):
        self.store, self.port = store, port

    def ask(self, name, kind="A", transport=dns.query.udp):
        return transport(dns.message.make_query(name, kind), "127.0.0.1", port=self.port, timeout=PATIENCE_SECONDS)

    def rows(self, name, kind="A", **options):
        answer = self.ask(name, kind, **options).answer
        return [f"{dns.rdatatype.to_text(item.rdtype)} {item}" for group in answer for item in group]


@pytest.mark.parametrize(
    ("name", "kind", "rows"),
    [
        ("example.test", "A", ["A 192.0.2.1"]),
        ("EXAMPLE.test", "A", ["A 192.0.2.1"]),
        ("example.test", "MX", ["MX 5 mail.example.test."]),
        ("example.test", "NS", ["NS ns1.alidns.com.", "NS ns2.alidns.com."]),
        ("example.test", "CAA", ['CAA 0 issue "ca.example"']),
        ("six.example.test", "AAAA", ["AAAA 2001:db8::1"]),
        ("_sip._tcp.example.test", "SRV", ["SRV 1 2 5060 sip.example.test."]),
        ("www.example.test", "A", [f"CNAME {BALANCER}.", "A 127.0.10.7"]),
        ("first.example.test", "A", ["CNAME www.example.test.", f"CNAME {BALANCER}.", "A 127.0.10.7"]),
        ("www.example.test", "CNAME", [f"CNAME {BALANCER}."]),
        ("www.example.test", "AAAA", [f"CNAME {BALANCER}."]),
        ("out.example.test", "A", ["CNAME elsewhere.invalid."]),
        (BALANCER, "A", ["A 127.0.10.7"]),
        ("any.wild.example.test", "A", ["A 192.0.2.2"]),
        ("named.wild.example.test", "TXT", ['TXT "own"']),
    ],
)
def test_answers(world, name, kind, rows):
    """Records of every served type; CNAMEs followed inside what we know; names without regard to case."""
    answer = world.ask(name, kind)
    assert world.rows(name, kind) == rows
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("nobody.example.test", "A", dns.rcode.NXDOMAIN),
        ("off.example.test", "A", dns.rcode.NXDOMAIN),
        ("line.example.test", "A", dns.rcode.NXDOMAIN),
        ("broken.example.test", "A", dns.rcode.NXDOMAIN),
        ("six.example.test", "A", dns.rcode.NOERROR),
        ("deep.down.example.test", "A", dns.rcode.NOERROR),
        ("named.wild.example.test", "A", dns.rcode.NOERROR),
        (BALANCER, "AAAA", dns.rcode.NOERROR),
    ],
)
def test_no_such_name_and_no_such_record_differ(world, name, kind, code):
    """NXDOMAIN against NODATA; disabled records, other lines and malformed values do not exist."""
    answer = world.ask(name, kind)
    assert (answer.rcode(), answer.answer) == (code, [])


def test_negative_answers_carry_the_soa(world):
    """Resolvers need it to know how long to remember."""
    (authority,) = world.ask("nobody.example.test").authority
    assert (str(authority.name), authority.rdtype) == ("example.test.", dns.rdatatype.SOA)


@pytest.mark.parametrize("name", ["example.org", "alb-x.ap-southeast-1.alb.aliyuncs.com", "test", "."])
def test_everything_else_is_refused(world, name):
    """This server resolves nothing for anybody."""
    assert world.ask(name).rcode() == dns.rcode.REFUSED


def test_tcp_and_truncation(world):
    """Long answers come whole over TCP; over UDP what is too long is marked as cut."""
    assert world.rows("example.test", transport=dns.query.tcp) == ["A 192.0.2.1"]
    whole = world.ask("long.example.test", "TXT", transport=dns.query.tcp).answer[0][0]
    assert [len(part) for part in whole.strings] == [255, 255, 90]
    assert world.ask("longer.example.test", "TXT").flags & dns.flags.TC
    assert (
        sum(len(part) for part in world.ask("longer.example.test", "TXT", transport=dns.query.tcp).answer[0][0].strings)
        == 3000
    )


def test_loop_ends(world):
    """A CNAME that points at itself gets an answer, not a hang."""
    assert world.ask("loop.example.test").rcode() == dns.rcode.NOERROR


def test_changes_show_at_once(world):
    """No caching beyond the store's revision."""
    assert world.ask("later.example.test").rcode() == dns.rcode.NXDOMAIN
    _put(world.store, "later", "later", "A", "192.0.2.4")
    assert world.rows("later.example.test") == ["A 192.0.2.4"]
    world.store.delete("alidns.record", "later")
    assert world.ask("later.example.test").rcode() == dns.rcode.NXDOMAIN


def test_free_port_is_free_over_tcp_too(world, monkeypatch):
    """Where somebody's TCP connection holds the port that is free for UDP, another port is taken, and nothing kept of the first."""
    taken = []

    def occupied(*arguments, **options):
        made = DNSServer(*arguments, **options)
        if not taken:
            taken.append(socket.create_server(made.server.server_address))
        return made

    monkeypatch.setattr(server, "DNSServer", occupied)
    second = NameServer(world.store, "127.0.0.1:0")
    second.start()
    busy = taken[0].getsockname()[1]
    assert second.address not in ("127.0.0.1:0", f"127.0.0.1:{busy}")
    with taken[0], socket.socket(type=socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", busy))
    second.stop()


def test_busy_port_raises_and_leaves_nothing(world):
    """The second server on a port fails, and the first goes on."""
    second = NameServer(world.store, f"127.0.0.1:{world.port}")
    with pytest.raises(OSError, match="in use"):
        second.start()
    assert world.rows("example.test") == ["A 192.0.2.1"]
