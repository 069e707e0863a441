"""`python -m tests.local.hostile`: requests that no client sends, by seed, and what they did to the local cloud: nothing.

They are unsigned, signed by strangers, changed after they were signed, sent twice, cut off, too large, or no HTTP at all; and
reads of the account itself with parameters that make no sense. Loopback only.
"""

import argparse
import contextlib
import hashlib
import json
import math
import random
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from local.cloud import catalogue, signatures
from local.cloud.actions import Action
from local.cloud.application import Cloud
from local.cloud.credentials import Credentials, load_or_create
from local.cloud.store import FILE_NAME
from tests import lone_cloud
from tests.local.conftest import Account

ANSWER_SECONDS = 60
FLAT_BYTES = 16 * 1024 * 1024
"""How far memory may be from what it was after a tenth of the requests; nonces of a quarter of an hour are kept."""
METHODS = (
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "CONNECT",
    "get",
    "G\0T",
    "POST" * 50,
    "",
)
PATHS = (
    "/",
    "/-/faults",
    "/-/behaviours",
    "/-/nothing",
    "/../../etc/passwd",
    "//",
    "*",
    "/\x00",
    "/" + "a" * 5000,
    "http://a/",
)
TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/xml",
    "multipart/form-data; boundary=x",
    "\x01",
    "",
)
VALUES = (
    "", "0", "-1", "1e999", "9" * 5000, "null", "true", "[]", "{}", "[" * 3000, "\0", "\ud7ff", "%00", "' OR 1=1 --", "../../x", "a.b.1.c",
    "2016-04-28", "NaN", "\u017f", "\u0661", "\u00b2", "<script>", "${x}", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
)  # fmt: skip
KEYS = ("PageSize", "PageNumber", "MaxResults", "NextToken", "CurrentPage", "ShowSize", "VpcId", "InstanceIds", "Tag.1.Key", "Tag.x.Key", "Tag",
        "JobIds.1", "ListenerId", "WarehouseId", "CertId", "DomainName", "Filter.1.Key", ".", "..", "A.1.2.3", "." * 50, "A." * 2000 + "A", "RegionId",
        "DryRun", "ClientToken", "ResourceType", "ResourceId.1")  # fmt: skip


@dataclass
class Sender:
    """Draws requests for one local cloud, and sends them."""

    address: str
    credentials: Credentials
    chance: random.Random
    answers: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    """Answers that admit a defect of the local cloud."""
    _number: int = 0

    def send(self) -> None:
        """One request on a connection of its own; what comes back, if anything, is read to its end."""
        made: bytes = self.chance.choice(KINDS)(self)
        host, port = self.address.split(":")
        with (
            contextlib.suppress(ConnectionError),
            socket.create_connection((host, int(port)), ANSWER_SECONDS) as connection,
        ):
            connection.sendall(made)
            with contextlib.suppress(OSError):  # it may have ended the connection already
                connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
            self.answers[answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/") else "closed"] += 1
            if b"InternalError.Emulator" in answer:
                self.defects.append(f"{answer.decode('latin-1')[-300:]} <- {made[:500]!r}")
            return
        self.answers["closed"] += 1

    def noise(self) -> bytes:
        """No HTTP; now and then the beginning of TLS."""
        start = self.chance.choice((b"", b"\x16\x03\x01", b"PRI * HTTP/2.0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"))
        return start + self.chance.randbytes(self.chance.randrange(2000))

    def odd(self) -> bytes:
        """A head of odd parts, with odd headers, and a body that has little to do with them."""
        draw = self.chance.choice
        lines = [
            f"{draw(METHODS)} {draw(PATHS)} HTTP/1.1",
            draw((f"Host: {self.address}", "Host: evil.example", "X: y")),
        ]
        lines += [f"Content-Type: {draw(TYPES)}", draw(("Content-Length: 5", "Content-Length: 99999999", "Content-Length: x",
                  "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Expect: 100-continue"))]  # fmt: skip
        lines += [f"X-{n}: {'v' * self.chance.randrange(200)}" for n in range(self.chance.choice((0, 1, 150)))]
        lines += [
            f"X-Long: {'v' * self.chance.choice((0, 70_000))}",
            f"Authorization: {draw(('', 'acs a:b', 'ACS3-HMAC-SHA256 x', 'Bearer x'))}",
        ]
        body = draw((b"", b"5\r\nabc", b"{}", b'{"clear": true}', b"[" * 5000, b"\xff" * 1000, b"x" * 200_000))
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body

    def nested(self) -> bytes:
        """A body of JSON deeper than any parser goes, said to be signed."""
        body = b'{"a":' * self.chance.choice((10, 900, 60_000))
        head = f"POST / HTTP/1.1\r\nHost: {self.address}\r\nContent-Type: application/json\r\nAuthorization: ACS3-HMAC-SHA256 x\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def unsigned(self) -> bytes:
        """Some action, a write as likely as a read, without a signature, or by a stranger's."""
        action = self.chance.choice(ACTIONS)
        flat = {**self._flat(action), "VpcId": "vpc-hostile"}
        if self.chance.random() < 0.5:
            flat |= {"AccessKeyId": "LTAIstranger", "Signature": signatures.v1("GET", flat, "stranger")}
        return self._get(flat)

    def changed(self) -> bytes:
        """A write of the account's own key that was changed after it was signed, or is an hour old."""
        flat = self._flat(self.chance.choice(WRITES))
        if old := self.chance.random() < 0.3:
            flat["Timestamp"] = _stamp(timedelta(hours=1))
        flat["Signature"] = self._signed(flat)
        return self._get(
            flat if old else {**flat, self.chance.choice(KEYS): self.chance.choice(VALUES), "CidrBlock": "10.0.0.0/8"}
        )

    def twice(self) -> bytes:
        """A read that was sent before."""
        flat = {**self._flat(READS[0]), "SignatureNonce": "the same"}
        return self._get({**flat, "Signature": self._signed(flat)})

    def senseless(self) -> bytes:
        """A read of the account's own, signed, with parameters that make no sense."""
        flat = self._flat(self.chance.choice(READS))
        flat |= {self.chance.choice(KEYS): self.chance.choice(VALUES) for _ in range(self.chance.randrange(1, 6))}
        return self._get({**flat, "Signature": self._signed(flat)})

    def cut(self) -> bytes:
        """Any other, cut off somewhere."""
        whole: bytes = self.chance.choice(KINDS[:-1])(self)
        return whole[: self.chance.randrange(len(whole) + 1)]

    def _flat(self, action: Action) -> dict[str, str]:
        self._number += 1
        return {
            "Action": action.name, "Version": action.version, "Format": "JSON", "RegionId": "ap-southeast-1",
            "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureNonce": f"{id(self)}-{self._number}",
            "Timestamp": _stamp(timedelta()), "AccessKeyId": self.credentials.access_key_id,
        }  # fmt: skip

    def _signed(self, flat: dict[str, str]) -> str:
        return signatures.v1("GET", flat, self.credentials.access_key_secret)

    def _get(self, flat: dict[str, str]) -> bytes:
        query = urlencode(flat, quote_via=quote)
        return f"GET /?{query} HTTP/1.1\r\nHost: {self.address}\r\n\r\n".encode()


ACTIONS = sorted(catalogue.TABLE.values(), key=lambda action: (action.version, action.name))
WRITES = [action for action in ACTIONS if action.writes]
READS = [action for action in ACTIONS if not action.writes]
KINDS: tuple[Callable[[Sender], bytes], ...] = (
    Sender.noise, Sender.odd, Sender.nested, Sender.unsigned, Sender.changed, Sender.twice, Sender.senseless, Sender.cut,
)  # fmt: skip


def _stamp(ago: timedelta) -> str:
    return (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Hostility:
    """What some requests did."""

    requests: int
    answers: Counter[str]
    defects: list[str]
    changed: bool
    said: str
    """What the server wrote to its error output."""
    alive: bool
    grown: int
    """Bytes that memory is beyond what it was after a tenth of the requests."""
    left_open: int
    """Files and connections that are open beyond what were then."""

    def problems(self) -> Iterator[str]:
        """Nothing, or what must not be."""
        if not self.alive or self.said:
            yield f"the local cloud ended, or complained: {self.said}"
        if self.changed:
            yield "the store has changed"
        if self.grown > FLAT_BYTES:
            yield f"memory grew by {self.grown / 1024 / 1024:.0f} MB"
        if self.left_open > 0:
            yield f"{self.left_open} more files are open than before"
        yield from dict.fromkeys(self.defects[:20])


def attack(folder: Path, requests: int, seed: int, minutes: float = math.inf) -> Hostility:
    """Send them to a local cloud of its own that holds a few objects; fewer if the time is over before."""
    ends = time.monotonic() + 60 * minutes
    with _serving(folder) as (address, server, errors):
        sender = Sender(address, load_or_create(folder / "credentials.json"), random.Random(seed))
        before = _digest(folder)
        for _ in range(requests // 10):
            sender.send()
        memory, files = _memory(server.pid), _files(server.pid)
        for _ in range(requests - requests // 10):
            if time.monotonic() > ends:
                break
            sender.send()
        return Hostility(
            sum(sender.answers.values()), sender.answers, sender.defects, _digest(folder) != before, errors.read_text(),
            server.poll() is None, _memory(server.pid) - memory, _files(server.pid) - files,
        )  # fmt: skip


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]", Path]]:
    cloud = Cloud(folder, api_address="127.0.0.1:0")
    cloud.start()
    network = Account(cloud).network()
    Account(cloud).load_balancer(network)
    cloud.stop()
    errors = folder / "errors"
    with errors.open("w") as said:
        server, address = lone_cloud.start(folder, errors=said)
        with server:
            yield address, server, errors


def _digest(folder: Path) -> str:
    with sqlite3.connect(folder / FILE_NAME) as store:
        rows = store.execute("SELECT sequence, kind, id, document FROM documents ORDER BY sequence").fetchall()
        return hashlib.sha256(
            json.dumps([rows, store.execute("SELECT number FROM revision").fetchall()]).encode()
        ).hexdigest()


def _memory(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def _files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def main() -> None:
    """Run what the arguments ask for; exit status 1 if something happened."""
    parser = argparse.ArgumentParser(prog="make hostile", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end then, however many there were")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        found = attack(Path(folder) / "cloud", given.requests, given.seed, given.minutes)
    print(
        f"{found.requests} requests: {dict(found.answers)}; memory {found.grown / 1024 / 1024:+.1f} MB after the first tenth"
    )
    problems = list(found.problems())
    print("\n".join(problems))
    raise SystemExit(int(bool(problems)))


if __name__ == "__main__":
    main()
