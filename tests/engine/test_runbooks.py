"""Each runbook of docs/runbooks/ played as it is written, on one stack that goes from one trouble to the next.

The order matters: the drill that loses the state comes second, so that what follows runs on the restored one.
"""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.cloud_calls import DNS, call
from tests.engine.sandbox import CHECKOUT, STACK, Sandbox

pytestmark = pytest.mark.engine

AUTHORITY, CLIENTS, LISTENER, DENIED = "mtlsedge:authority", "mtlsedge:clients", "mtlsedge:listener", "mtlsedge:denied"
HOST = "www.example.test"
REFUSED = "000"
"""What curl says of a handshake that failed."""


class House(Sandbox):
    """A stack, and the bundles that were handed out: a folder each, which nobody takes away again."""

    def edit(self, key: str, value: Any) -> None:
        """One key of the stack file; None removes it."""
        document = self.read_config()
        if value is None:
            document["config"].pop(key, None)
        else:
            document["config"][key] = value
        self.write_config(document)

    def hand_out(self, to: str, stack: str = STACK, **options: Any) -> None:
        """Every client's bundle into a folder of its own."""
        self.python("-m", "mtlsedge", "clients", "export", "--all", "--to", to, "--stack", stack, **options)

    def status(self, bundle: str, balancer: str = "") -> str:
        """HTTP status of the client whose files are in `<folder>/<name>`, at the listener of a load balancer."""
        self.python("-m", "local", "endpoints")
        balancer = balancer or self.outputs()["loadBalancer"]["id"]
        listeners = json.loads((self.local / "endpoints.json").read_text())["listeners"]
        listener = next(one for one in listeners if one["mutualAuthentication"] and one["loadBalancerId"] == balancer)
        name = Path(bundle).name
        files = ["--cert", f"{bundle}/{name}.crt", "--key", f"{bundle}/{name}.key"]
        done = self.run(
            "curl", "-sSk", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}", *files,
            "--resolve", f"{HOST}:{listener['port']}:{listener['address']}", f"https://{HOST}:{listener['port']}/", check=False,
        )  # fmt: skip
        return done.stdout.strip()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The checked-in local stack, up, its clients' bundles in `handed/`."""
    sandbox = House(tmp_path_factory.mktemp("house"), number=17)
    sandbox.start()
    try:
        sandbox.init()
        sandbox.up()
        sandbox.hand_out("handed")
        yield sandbox
    finally:
        sandbox.stop()


def test_a_stolen_laptop_is_denied_and_its_owner_goes_on(house: House) -> None:
    """client-laptop-stolen.md: the printed commands, the list for the backends, a new key under a new name."""
    fingerprint = house.outputs()["clientCertificates"]["alice"]["fingerprint"]
    printed = house.python("-m", "mtlsedge", "clients", "deny", "alice", "--reason", "laptop stolen", "--stack", STACK)
    for command in printed.stdout.splitlines():
        house.run("sh", "-c", f"{command} --stack {STACK}")
    house.edit(CLIENTS, {"alice-2": {}, "bob": house.read_config()["config"][CLIENTS]["bob"]})
    house.up()
    listed = house.pulumi("stack", "output", "denied", "--json", "--stack", STACK).stdout
    (house.root / "denied.json").write_text(listed)
    house.hand_out("handed")
    assert house.status("handed/alice-2") == "200"
    assert house.status("handed/alice") == "200", "the load balancer asks no list: that is why the backends have one"
    backend = checked_backend(house.root / "denied.json")
    assert backend(fingerprint) == "403"
    assert backend(house.outputs()["clientCertificates"]["alice-2"]["fingerprint"]) == "200"
    keys = [(house.root / "handed" / name / f"{name}.key").read_text() for name in ("alice", "alice-2")]
    assert keys[0] != keys[1]


def test_a_lost_state_is_restored_and_the_stack_goes_on(house: House) -> None:
    """state-restored.md: a backup, things made after it, the loss, and the way back; nothing is there twice."""
    house.pulumi("stack", "export", "--stack", STACK, "--file", "backup.json")
    clients, groups = (house.read_config()["config"][key] for key in (CLIENTS, "mtlsedge:serverGroups"))
    house.edit(CLIENTS, {**clients, "carol": {}})
    house.edit("mtlsedge:serverGroups", {**groups, "later": {**groups["web"]}})
    house.up()
    house.hand_out("handed")
    house.pulumi("stack", "rm", STACK, "--force", "--yes", "--preserve-config")

    house.init()
    house.pulumi("stack", "import", "--stack", STACK, "--file", "backup.json")
    house.pulumi("refresh", "--preview-only", "--stack", STACK)
    (later,) = [one["id"] for one in house.orphans("--stack", STACK)]
    house.edit("mtlsedge:adopt", {"server-group/later": later})
    house.up()
    house.preview("--expect-no-changes")
    house.export()
    assert "failed" not in house.verify().values()
    assert house.orphans("--stack", STACK) == []
    assert len(house.objects()["alb.server_group"]) == 3, "web, later, and the empty one behind plain HTTP"
    assert len(house.objects()["cas.ca_certificate"]) == 1
    assert house.status("handed/carol") == "200", "certificates made after the backup stay valid: see step 2"
    house.hand_out("again")
    carols = [(house.root / folder / "carol" / "carol.crt").read_text() for folder in ("handed", "again")]
    assert carols[0] != carols[1]
    assert house.status("again/carol") == "200"
    assert house.status("handed/bob") == "200"


def test_a_compromised_ca_is_replaced_and_its_clients_are_out(house: House) -> None:
    """ca-key-compromised.md: listener closed, new generation issuing and trusted at once, listener open, new files, old one gone."""
    listener = house.read_config()["config"][LISTENER]
    clients = sorted(house.read_config()["config"][CLIENTS])
    house.edit(LISTENER, {**listener, "allowFrom": ["10.0.0.0/8"]})
    house.up()
    assert house.status("handed/bob") == REFUSED
    authority = house.read_config()["config"][AUTHORITY]["selfManaged"]
    new = {"2026b": {"subject": {"commonName": "Acme Edge Root 2026b", "organization": "Acme"}}}
    moved = {"generations": {**authority["generations"], **new}, "issuing": "2026b", "trusted": "2026b"}
    house.edit(AUTHORITY, {"selfManaged": moved})
    refused = house.preview(check=False)
    assert refused.returncode != 0
    assert all(name in refused.stdout + refused.stderr for name in clients), "the refusal names who is locked out"
    house.edit(AUTHORITY, {"selfManaged": {**moved, "acceptLockout": clients}})
    house.edit(LISTENER, listener)
    house.up()
    house.export()
    assert "failed" not in house.verify().values()
    house.hand_out("handover")
    assert house.status("handed/bob") == REFUSED
    assert house.status("handover/bob") == "200"
    given = house.read_config()["config"][CLIENTS]
    house.edit(CLIENTS, {name: {**settings, "delivered": "2026b"} for name, settings in given.items()})
    house.edit(AUTHORITY, {"selfManaged": moved})
    house.up()
    house.edit(AUTHORITY, {"selfManaged": {"generations": new}})
    house.up()
    house.preview("--expect-no-changes")
    assert house.status("handover/bob") == "200"
    assert house.status("handed/bob") == REFUSED


def test_after_a_lost_passphrase_a_second_stack_takes_over(house: House) -> None:
    """passphrase-lost.md: no `up` any more; a stack beside it, new files first, then the name; the old one still serves."""
    lost, chosen = (passphrase_file(house, name) for name in ("guess", "chosen"))
    failed = house.up(env=lost, check=False)
    assert failed.returncode != 0
    assert "incorrect passphrase" in failed.stdout + failed.stderr
    old = house.read_config()
    rebuilt = {
        key: value for key, value in old["config"].items() if key not in ("mtlsedge:domain", "mtlsedge:adopt", DENIED)
    }
    rebuilt["mtlsedge:serverCertificate"] = {"issueFromAuthority": True, "names": [HOST]}
    second = house.root / "Pulumi.second.yaml"
    second.write_text(yaml.safe_dump({"config": rebuilt}))
    house.pulumi("stack", "init", "second", env=chosen)
    up = ("up", "--yes", "--skip-preview", "--stack", "second")
    house.pulumi(*up, env=chosen)
    house.hand_out("second", "second", env=chosen)
    shown = house.pulumi("stack", "output", "loadBalancer", "--json", "--stack", "second", env=chosen).stdout
    balancer = json.loads(shown)
    assert house.status("second/bob", balancer["id"]) == "200"
    assert house.status("handover/bob") == "200", "clients go on at the old listener meanwhile"
    assert house.status("handover/bob", balancer["id"]) == REFUSED, "the second stack's CA is a new one"

    (record,) = call(house, DNS, "DescribeDomainRecords", DomainName="example.test")["DomainRecords"]["Record"]
    call(
        house,
        DNS,
        "UpdateDomainRecord",
        RecordId=record["RecordId"],
        RR="www",
        Type="CNAME",
        Value=balancer["dnsName"],
        TTL=600,
    )
    rebuilt = yaml.safe_load(second.read_text())
    rebuilt["config"] |= {
        "mtlsedge:domain": old["config"]["mtlsedge:domain"],
        "mtlsedge:adopt": {"record/www": record["RecordId"]},
    }
    second.write_text(yaml.safe_dump(rebuilt))
    house.pulumi(*up, env=chosen)
    house.pulumi("preview", "--expect-no-changes", "--stack", "second", env=chosen)
    (record,) = call(house, DNS, "DescribeDomainRecords", DomainName="example.test")["DomainRecords"]["Record"]
    assert record["Value"] == balancer["dnsName"]


def passphrase_file(house: House, name: str) -> dict[str, str]:
    """The sandbox's environment with another passphrase."""
    file = house.root / f"passphrase-{name}"
    file.write_text(f"the {name} passphrase\n")
    file.chmod(0o600)
    return house.environment() | {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}


def checked_backend(denied: Path) -> Any:
    """The example backend of docs/examples: a certificate's fingerprint in, a status out."""
    spec = importlib.util.spec_from_file_location("deny_list", CHECKOUT / "docs" / "examples" / "deny_list.py")
    assert spec and spec.loader
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)

    def application(_environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [])
        return [b"hello"]

    def status(fingerprint: str) -> str:
        seen: list[str] = []
        guarded = example.DenyList(application, denied)
        list(guarded({"HTTP_X_CLIENT_FINGERPRINT": fingerprint}, lambda line, _headers: seen.append(line)))
        return seen[0][:3]

    return status
