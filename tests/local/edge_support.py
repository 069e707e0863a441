"""What the data-plane tests share: a store in memory, a small PKI, documents of a topology, a client."""

import http.client
import ipaddress
import itertools
import json
import operator
import socket
import ssl
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.proxy.addresses import Placement
from tests.waiting import PATIENCE_SECONDS, eventually

_addresses = itertools.count(1)


class MemoryStore:
    """The part of the real store that the data plane reads, and `put`/`delete`."""

    def __init__(self):
        self._kinds: dict = {}
        self._changed = threading.Condition()
        self.revision = 0

    def get(self, kind, identifier):
        return self._kinds.get(kind, {}).get(identifier)

    def list(self, kind):
        return list(self._kinds.get(kind, {}).values())

    def put(self, kind, identifier, document):
        with self._changed:
            self._kinds.setdefault(kind, {})[identifier] = document
            self.revision += 1
            self._changed.notify_all()

    def change(self, kind, identifier, **changes):
        self.put(kind, identifier, self.get(kind, identifier) | changes)

    def delete(self, kind, identifier):
        with self._changed:
            self._kinds.get(kind, {}).pop(identifier, None)
            self.revision += 1

    def wait(self, revision, timeout):
        with self._changed:
            self._changed.wait_for(lambda: self.revision != revision, timeout)
            return self.revision


class Issued:
    """A certificate with its key; an issuer when it is a CA."""

    def __init__(self, certificate, key, chain=()):
        self.certificate, self.key, self.chain = certificate, key, list(chain)

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self):
        kind = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()

    def write(self, folder: Path, name: str, key_of=None) -> tuple[Path, Path]:
        """Certificate with its chain, and key, as files."""
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_text(self.pem + "".join(item.pem for item in self.chain))
        key.write_text((key_of or self).key_pem)
        key.chmod(0o600)
        return certificate, key


def new_key(kind="ec"):
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)


def issue(name, issuer=None, *, ca=False, usage="client", names=(), days=30, started=1, key="ec", path_length=None):
    """A certificate by `issuer` (itself when None); `started` days ago, valid until `days` from now."""
    own = new_key(key)
    now = datetime.now(UTC)
    subject = x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ])  # fmt: skip
    builder = x509.CertificateBuilder().subject_name(subject).public_key(own.public_key())
    builder = builder.issuer_name(issuer.certificate.subject if issuer else subject)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=started)).not_valid_after(now + timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(ca, path_length if ca else None), critical=True)
    if not ca:
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if usage == "client" else ExtendedKeyUsageOID.SERVER_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(item) for item in names]), critical=False)
    signer = issuer.key if issuer else own
    chain = [issuer, *issuer.chain] if issuer and issuer.chain else []
    return Issued(builder.sign(signer, hashes.SHA256()), own, chain)


def _name(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def intermediate(root, name="Intermediate"):
    """An issuing CA whose leaves carry it in their chain (the root is not sent)."""
    made = issue(name, root, ca=True, path_length=0, days=3000)
    made.chain = []
    return made


def leaf_below(between, name, **options):
    """A leaf that sends the intermediate along."""
    made = issue(name, between, **options)
    made.chain = [between]
    return made


def put_server_certificate(store, folder, number, issued):
    """Stores a certificate as the cloud does, with the key in a 0600 file; returns the id a listener uses."""
    file = folder / f"{number}.key"
    file.write_text(issued.key_pem)
    file.chmod(0o600)
    pem = issued.pem + "".join(item.pem for item in issued.chain)
    store.put(
        "cas.server_certificate", str(number), {"CertId": number, "Name": "web", "Cert": pem, "KeyFile": file.name}
    )
    return f"{number}-ap-southeast-1"


def put_instance(store, number, host):
    identifier = f"i-{number}"
    document = {
        "InstanceId": identifier, "InstanceName": f"ECS{number:02d}", "PrivateIpAddress": f"192.168.1.{number}",
        "LocalAddress": f"127.0.20.{host}", "Status": "Running", "Disks": [],
    }  # fmt: skip
    store.put("ecs.instance", identifier, document)
    return identifier


def server(identifier, port, weight=100, kind="Ecs", ip=""):
    return {"ServerId": identifier, "ServerType": kind, "ServerIp": ip, "Port": port, "Weight": weight}


def put_group(store, name, servers, **changes):
    check = {
        "HealthCheckEnabled": True, "HealthCheckProtocol": "HTTP", "HealthCheckPath": "/", "HealthCheckMethod": "HEAD",
        "HealthCheckCodes": ["http_2xx"], "HealthCheckInterval": 1, "HealthCheckTimeout": 1,
        "HealthyThreshold": 2, "UnhealthyThreshold": 2,
    }  # fmt: skip
    document = {
        "ServerGroupId": name, "ServerGroupName": name, "ServerGroupType": "Instance", "Protocol": "HTTP",
        "Scheduler": "Wrr", "HealthCheckConfig": check, "StickySessionConfig": {"StickySessionEnabled": False},
        "Servers": servers,
    }  # fmt: skip
    store.put("alb.server_group", name, document | changes)
    return name


def await_checked(plane, store):
    """Waits until no server of any group is out of use: before its first check passes, Envoy sends a server nothing."""
    eventually(lambda: _out_of_use(plane, store), operator.not_)


def await_servers(plane, group, count):
    """Waits until Envoy knows so many servers of a group with weights above nothing, all in use."""
    eventually(lambda: _usable(plane, group), lambda found: found == count)


def _usable(plane, group):
    clusters = plane.envoy.ask_json("/clusters?format=json")["cluster_statuses"]
    hosts = [host for one in clusters if one["name"] == group for host in one.get("host_statuses", [])]
    return sum(host["health_status"] == {"eds_health_status": "HEALTHY"} for host in hosts)


def _out_of_use(plane, store):
    groups = [group["ServerGroupId"] for group in store.list("alb.server_group")]
    return [key for group in groups for key, word in plane.health(group).items() if word == "Abnormal"]


def put_load_balancer(store, name, host):
    store.put("alb.load_balancer", name, {
        "LoadBalancerId": name, "LoadBalancerName": name, "LoadBalancerStatus": "Active",
        "DNSName": f"{name}.ap-southeast-1.alb.aliyuncs.com", "AddressType": "Internet", "LocalAddress": f"127.0.10.{host}",
    })  # fmt: skip
    return name


def forward(*groups):
    tuples = [{"ServerGroupId": name, "Weight": weight} for name, weight in groups]
    return {"Type": "ForwardGroup", "Order": 1, "ForwardGroupConfig": {"ServerGroupTuples": tuples}}


def put_listener(store, name, balancer, port, group, **changes):
    document = {
        "ListenerId": name, "LoadBalancerId": balancer, "ListenerProtocol": "HTTPS", "ListenerPort": port,
        "ListenerStatus": "Running", "CaEnabled": False, "CaCertificates": [], "Certificates": [],
        "AdditionalCertificates": [], "SecurityPolicyId": "tls_cipher_policy_1_2_strict_with_1_3", "IdleTimeout": 15,
        "RequestTimeout": 60, "GzipEnabled": True, "Http2Enabled": True, "XForwardedForConfig": {"XForwardedForEnabled": True},
        "DefaultActions": [forward((group, 100))], "AclConfig": {"AclRelations": []},
    }  # fmt: skip
    store.put("alb.listener", name, document | changes)
    return name


def put_rule(store, name, listener, priority, conditions, actions):
    store.put("alb.rule", name, {
        "RuleId": name, "ListenerId": listener, "RuleName": name, "Priority": priority, "Direction": "Request",
        "RuleConditions": conditions, "RuleActions": actions, "RuleStatus": "Available",
    })  # fmt: skip
    return name


def unused_host():
    """A last octet that no other test of this process uses (addresses of parallel processes differ by port)."""
    return next(_addresses) % 250 + 1


class Answer:
    def __init__(self, raw):
        self.status, self.reason = raw.status, raw.reason
        self.headers = {name.lower(): value for name, value in raw.getheaders()}
        self.set_cookie = raw.headers.get_all("set-cookie") or []
        self.text = raw.read().decode()

    @property
    def server(self):
        return self.headers.get("x-served-by", "")

    @property
    def echo(self):
        return json.loads(self.text)


def tls_context(trusted=None, client=None, *, lowest=None, highest=None, alpn=None):
    context = ssl.create_default_context(cadata=trusted) if trusted else ssl._create_unverified_context()
    if client:
        context.load_cert_chain(*client)
    if lowest is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = lowest
    if highest is not None:
        context.maximum_version = highest
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class Connection(http.client.HTTPSConnection):
    """Connects to one socket while asking for the name of another."""

    def __init__(self, address, port, name, context):
        super().__init__(name, port, context=context, timeout=PATIENCE_SECONDS)
        self.socket_address = (address, port)

    def connect(self):
        raw = socket.create_connection(self.socket_address, 10)
        self.sock = self._context.wrap_socket(raw, server_hostname=self.host)


def is_closed(connection):
    """Whether the other side has ended a connection on which nothing is asked."""
    connection.sock.settimeout(0.01)
    try:
        return connection.sock.recv(1) == b""
    except TimeoutError:
        return False
    except (ConnectionError, ssl.SSLError):
        return True


def https(place, context, path="/", *, name="www.example.test", method="GET", headers=None):
    """One request on a connection of its own; ssl.SSLError or ConnectionError when the handshake is refused."""
    connection = Connection(*place, name, context)
    try:
        connection.request(method, path, headers=headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def plain(place, path="/", *, name="www.example.test", method="GET", headers=None):
    connection = http.client.HTTPConnection(*place, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, headers={"Host": name} | (headers or {}))
        return Answer(connection.getresponse())
    finally:
        connection.close()


def in_a_row(place, count, path="/", headers=None):
    """Which servers answer requests that one connection makes one after the other."""
    connection = http.client.HTTPConnection(*place, timeout=PATIENCE_SECONDS)
    try:
        return Counter(_served_by(connection, path, headers or {}) for _ in range(count))
    finally:
        connection.close()


def _served_by(connection, path, headers):
    connection.request("GET", path, headers=headers)
    return Answer(connection.getresponse()).server


def place(store, listener, placement=None):
    """Address and port at which a listener of the store is served."""
    document = store.get("alb.listener", listener)
    balancer = store.get("alb.load_balancer", document["LoadBalancerId"])
    return (placement or Placement()).listener(balancer["LocalAddress"], document["ListenerPort"])
