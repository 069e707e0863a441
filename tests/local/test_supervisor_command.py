"""`python -m local` as a user runs it: a real supervisor in a folder and on ports of its own."""

import contextlib
import ipaddress
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import pytest

from local import processes
from local.cloud.credentials import Credentials
from local.cloud.store import Store
from tests.local import edge_support as edge
from tests.local.conftest import Account
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.slow  # starts and stops the local cloud

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = PATIENCE_SECONDS


class Sandbox:
    """One local cloud's folder, ports and networks, and its command."""

    def __init__(self, root):
        self.root = root
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(root), "PYTHONDONTWRITEBYTECODE": "1",
            "MTLSEDGE_LOCAL_DIR": str(root), "MTLSEDGE_LOCAL_API_PORT": str(free_port()),
            "MTLSEDGE_LOCAL_DNS_PORT": str(free_port()),
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-real-secret",
            "MTLSEDGE_LOCAL_KUBERNETES": "0",  # the cluster is test_cluster_programs.py's
        }  # fmt: skip

    def run(self, *arguments, check=True, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "local", *arguments], cwd=CHECKOUT, env=self.environment | environment,
            capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    @property
    def pid(self):
        return int((self.root / "cloud" / "pid").read_text().split()[0])

    def envoys(self):
        """Ids of the Envoys that were started for this folder."""
        listed = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,command="], capture_output=True, text=True, check=True
        ).stdout
        mine = str(self.root / "cloud" / "envoy" / "bootstrap.json")
        return [int(line.split()[0]) for line in listed.splitlines() if mine in line]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A running local cloud with one plain listener in its store."""
    sandbox = Sandbox(tmp_path_factory.mktemp("local"))
    sandbox.run("start")
    yield sandbox
    sandbox.run("stop", check=False)
    assert sandbox.envoys() == []


def test_second_start_is_quiet(world):
    """Nothing is said, nothing is restarted."""
    before = world.pid
    assert world.run("start").stdout == ""
    assert world.pid == before
    assert json.loads(world.run("start", "--json").stdout)["started"] is False


def bound(pid):
    """Address and port of each socket of a process that others may send to: TCP that listens, UDP without a partner."""
    folder, inodes = Path(f"/proc/{pid}"), set()
    for descriptor in (folder / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
    for kind, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in (folder / "net" / kind).read_text().splitlines()[1:]:
            fields = line.split()
            address, port = fields[1].split(":")
            if fields[3] == state and fields[9] in inodes:
                words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
                yield ipaddress.ip_address(b"".join(words)), int(port, 16)


def test_nothing_of_it_listens_beyond_this_machine(world):
    """API with its console, DNS over both transports, Envoy and the servers behind it: on loopback, every socket."""
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc")
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(world.pid)], capture_output=True, text=True, check=False)
    sockets = [one for pid in (world.pid, *world.envoys(), *map(int, listed.stdout.split())) for one in bound(pid)]
    ports = [int(world.environment[f"MTLSEDGE_LOCAL_{name}_PORT"]) for name in ("API", "DNS")]
    assert set(ports) <= {port for _, port in sockets}
    assert [(str(address), port) for address, port in sockets if not address.is_loopback] == []


def test_status_names_every_part(world):
    """API, DNS and Envoy answer."""
    shown = world.run("status").stdout
    assert [line.split()[0] for line in shown.splitlines() if line.endswith("ok")] == ["API", "DNS", "Envoy"]


def test_files_and_modes(world):
    """What holds a secret is the owner's alone; the rest is there."""
    modes = {
        name: stat.S_IMODE((world.root / name).stat().st_mode)
        for name in ("env", "passphrase", "cloud/credentials.json")
    }
    assert set(modes.values()) == {0o600}
    assert (world.root / "passphrase").read_text() == "local"
    bundle = (world.root / "ca-bundle.crt").read_text()
    assert (world.root / "api-ca.crt").read_text() in bundle
    assert bundle.count("BEGIN CERTIFICATE") > 50


def test_env_is_a_posix_file_for_this_cloud(world):
    """Sourced twice it sets absolute paths, this cloud's credentials and no proxy, with our tools first in PATH."""
    (world.root / "toolchain.json").write_text(json.dumps({"path": ["/opt/tool chain/bin"]}))
    world.run("stop")
    world.run("start")
    script = f'. "{world.root}/env"; . "{world.root}/env"; env -0'
    foreign = {
        "https_proxy": "http://proxy.invalid",
        "ALICLOUD_ACCESS_KEY": "real",
        "PULUMI_CONFIG_PASSPHRASE": "other",
    }
    shown = subprocess.run(
        ["/bin/sh", "-c", script], env=world.environment | foreign, capture_output=True, text=True, check=True
    )
    values = dict(pair.split("=", 1) for pair in shown.stdout.split("\0") if "=" in pair)
    assert not {"https_proxy", "ALICLOUD_ACCESS_KEY", "PULUMI_CONFIG_PASSPHRASE", "KUBECONFIG"} & values.keys()
    assert values["PATH"].startswith(f"{Path(sys.executable).parent}:/opt/tool chain/bin:")
    assert values["PATH"].count("tool chain") == 1
    assert values["PULUMI_BACKEND_URL"] == f"file://{world.root}/state?metadata=skip"
    credentials = json.loads((world.root / "cloud" / "credentials.json").read_text())
    assert values["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == credentials["accessKeySecret"]
    assert values["MTLSEDGE_PORT_MAP"] == "443:8443,80:8080"


def test_listener_in_the_store_is_served_named_and_described(world):
    """What the control plane writes is served within moments, under its DNS name, and stands in endpoints.json."""
    port, declared = free_port(), free_port()
    store = Store(world.root / "cloud" / "store.sqlite")
    edge.put_group(store, "sgp-s", [edge.server(edge.put_instance(store, 1, 71), port)])
    edge.put_load_balancer(store, "alb-s", 71)
    edge.put_listener(store, "lsn-s", "alb-s", declared, "sgp-s", ListenerProtocol="HTTP")
    record = {
        "RecordId": "1",
        "DomainName": "example.test",
        "RR": "www",
        "Type": "CNAME",
        "TTL": 600,
        "Status": "ENABLE",
    }
    store.put("alidns.record", "1", record | {"Value": "alb-s.ap-southeast-1.alb.aliyuncs.com"})
    assert eventually(lambda: edge.plain(("127.0.10.71", declared)).server) == "ECS01"
    told = eventually(lambda: json.loads(world.run("handshakes", "--json").stdout.splitlines()[-1]))
    assert (told["loadBalancer"], told["verdict"]) == ("alb-s", "accepted")
    assert world.run("handshakes", "--refused").stdout.splitlines()[1:] == []
    host, _, path = world.run("console").stdout.strip().removeprefix("http://").partition("/")
    assert json.loads(world.run("console", "--json").stdout) == {"console": f"http://{host}/{path}"}
    page = edge.plain(tuple(host.split(":")), f"/{path}", name=host)
    assert page.status == 200
    assert f"HTTP:{declared}" in page.text
    store.close()
    eventually(lambda: json.loads((world.root / "endpoints.json").read_text())["listeners"])
    described = json.loads(world.run("endpoints", "--json").stdout)
    assert described["listeners"] == [{
        "loadBalancerId": "alb-s", "owner": "pulumi", "protocol": "HTTP", "declaredPort": declared, "address": "127.0.10.71",
        "port": declared, "hosts": ["www.example.test"], "mutualAuthentication": False, "url": f"http://www.example.test:{declared}/",
    }]  # fmt: skip
    question = dns.message.make_query("www.example.test", "A")
    answer = dns.query.udp(
        question, "127.0.0.1", port=int(world.environment["MTLSEDGE_LOCAL_DNS_PORT"]), timeout=PATIENCE_SECONDS
    )
    assert [str(item) for group in answer.answer for item in group][-1] == "127.0.10.71"
    assert f"{declared}:{declared}" in (world.root / "env").read_text()


def test_api_reports_what_envoy_sees(world):
    """A backend broken by the switch file is Unhealthy in GetListenerHealthStatus, asked through the vendor's SDK."""
    switch = world.root / "cloud" / "broken-backends"
    account = Account(_Running(world))

    def not_normal():
        answer = account("alb", "GetListenerHealthStatus", ListenerId="lsn-s")["ListenerHealthStatus"][0]
        return [(item["ServerId"], item["Status"]) for item in answer["ServerGroupInfos"][0]["NonNormalServers"]]

    assert not_normal() == []
    switch.write_text("ECS01\n")
    eventually(not_normal, lambda found: found == [("i-1", "Unhealthy")])
    switch.unlink()
    assert eventually(lambda: not not_normal())


class _Running:
    """What `Account` wants to know of a cloud that runs in another process."""

    def __init__(self, world):
        pair = json.loads((world.root / "cloud" / "credentials.json").read_text())
        self.credentials = Credentials(pair["accessKeyId"], pair["accessKeySecret"])
        self.api_address = f"127.0.0.1:{world.environment['MTLSEDGE_LOCAL_API_PORT']}"


def test_kill_9_leaves_no_envoy_and_the_next_start_serves_again(world):
    """Envoy dies with the supervisor; store and endpoints are as before."""
    before = world.run("endpoints").stdout
    assert len(world.envoys()) == 1
    os.kill(world.pid, signal.SIGKILL)
    eventually(lambda: not world.envoys())
    assert world.run("status", check=False).returncode == 1
    world.run("start")
    assert world.run("endpoints").stdout == before


def test_dead_envoy_is_started_again(world):
    """The supervisor notices and serves on."""
    (envoy,) = world.envoys()
    os.kill(envoy, signal.SIGKILL)
    assert eventually(lambda: [pid for pid in world.envoys() if pid != envoy])
    eventually(lambda: world.run("status", check=False).returncode == 0)


def test_faults_log_and_coverage(world):
    """A fault is added, and all are cleared; a senseless one is one line; coverage lists actions, the log reads."""
    assert (
        json.loads(world.run("faults", "--add", '{"kind": "throttle", "action": "CreateVpc", "times": 1}').stdout)[0][
            "times"
        ]
        == 1
    )
    _one_line(world.run("faults", "--add", '{"kind": "earthquake"}', check=False), "throttle")
    assert json.loads(world.run("faults", "--clear").stdout) == []
    assert "CreateListener" in world.run("coverage").stdout
    assert world.run("log", "--writes").returncode == 0


def test_processes_keep_no_credentials_of_the_user(world):
    """The background process and Envoy do not inherit what they do not need."""
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc")
    for pid in (world.pid, *world.envoys()):
        assert b"a-real-secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def _one_line(done, *words):
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr


@pytest.mark.parametrize("variable", ["MTLSEDGE_LOCAL_API_PORT", "MTLSEDGE_LOCAL_DNS_PORT"])
def test_busy_port_is_one_line(tmp_path, variable):
    """The line names the address; nothing is left running."""
    sandbox = Sandbox(tmp_path)
    with edge.socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        _one_line(sandbox.run("start", check=False, **{variable: port}), port)
    assert sandbox.envoys() == []


def test_unwritable_folder_is_one_line(tmp_path):
    """A file where the folder should be."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    _one_line(Sandbox(blocked).run("start", check=False), str(blocked))


@pytest.mark.parametrize("command", ["console", "handshakes"])
def test_nothing_to_look_at_is_one_line(tmp_path, command):
    """Before the first start; it says how to start."""
    _one_line(Sandbox(tmp_path).run(command, check=False), "python -m local start")


def test_a_supervisor_of_another_version_is_found(tmp_path):
    """It recorded a fact that this version does not know, and lacks another: it still counts as running, so `stop` ends it."""
    record = tmp_path / "pid"
    processes.record_self(record, api="127.0.0.1:4600")
    first, facts = record.read_text().splitlines()
    other = json.loads(facts) | {"envoy_admin": "127.0.0.1:9901"}
    del other["envoy"]
    record.write_text(f"{first}\n{json.dumps(other)}\n")
    found = processes.running(record)
    assert found is not None
    assert (found.pid, found.api, found.envoy) == (os.getpid(), "127.0.0.1:4600", "")


def test_stop_without_start(tmp_path):
    """Nothing to stop is no error; a stale file of another process is not believed."""
    sandbox = Sandbox(tmp_path)
    assert "does not run" in sandbox.run("stop").stdout
    assert json.loads(sandbox.run("stop", "--json").stdout) == {"ended": False}
    (tmp_path / "cloud").mkdir()
    facts = {"pid": os.getpid(), "command": "somebody else", "api": "", "dns": "", "envoy": ""}
    (tmp_path / "cloud" / "pid").write_text(f"{os.getpid()}\n{json.dumps(facts)}\n")
    assert "does not run" in sandbox.run("stop").stdout
