"""The local cloud's API with 10,000 networks: calls a second of one core, and the slowest of a hundred.

The control plane runs alone, in a process of its own. A rate is calls by seconds of its CPU time, which other load on the
machine changes little; a latency is by the clock, one call after the other over one kept connection.
"""

import http.client
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.measuring import slowest
from benchmarks.workplace import Workplace
from local.cloud import signatures
from local.cloud.credentials import load_or_create
from local.cloud.store import FILE_NAME, Store
from tests import lone_cloud

MANY, FEW = 10_000, 10
CALLS = 1_000
LEAST_RATE, LONGEST_SECONDS = 1_000, 0.010
KIND, REGION = "vpc.vpc", "cn-hangzhou"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """What some calls cost the server, and how long they took."""

    rate: float
    """Calls by seconds of the server's CPU time."""
    median: float
    slowest: float
    """Seconds within which 99 of 100 were answered."""


@dataclass(frozen=True)
class Row:
    """One kind of call with many objects, beside the same with few."""

    title: str
    many: Served
    few: Served

    def __str__(self) -> str:
        rate, slowest = self.many.rate >= LEAST_RATE, self.many.slowest <= LONGEST_SECONDS
        return (
            f"{self.title}\n    {MANY:,} networks {_shown(self.many)}\n    {FEW:6} networks {_shown(self.few)}\n"
            f"    goal      {LEAST_RATE:,} a second: {_verdict(rate)}; p99 of {1000 * LONGEST_SECONDS:.0f} ms: {_verdict(slowest)}"
        )


def api(_place: Workplace) -> Iterator[Row]:
    """Calls a second and p99 of the local cloud's API with 10,000 networks, beside ten: find one, read one, list a page, change one."""
    with tempfile.TemporaryDirectory(prefix="mtlsedge-bench-api-") as folder:
        many, few = (_measured(Path(folder) / str(count), count) for count in (MANY, FEW))
    for title, served in many.items():
        yield Row(title, served, few[title])


def _measured(folder: Path, count: int) -> dict[str, Served]:
    with _serving(folder) as (address, _):
        made = _Caller(address, folder).call("CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/8")["VpcId"]
        while (
            _Caller(address, folder).call("DescribeVpcAttribute", RegionId=REGION, VpcId=made)["Status"] != "Available"
        ):
            time.sleep(0.1)
    store = Store(folder / FILE_NAME)
    document = store.get(KIND, made) or {}
    names = [f"vpc-bench{number:05}" for number in range(count)]
    with store.transaction():
        for name in names:
            store.put(KIND, name, {**document, "VpcId": name, "VpcName": name})
    store.close()
    with _serving(folder) as (address, pid):
        caller = _Caller(address, folder)

        def each(action: str, **said: str) -> list[str]:
            return [caller.signed(action, RegionId=REGION, VpcId=names[n % count], **said) for n in range(CALLS)]

        return {
            "find one by its name": _served(
                caller,
                pid,
                [caller.signed("DescribeVpcs", RegionId=REGION, VpcName=names[n % count]) for n in range(CALLS)],
            ),
            "read one": _served(caller, pid, each("DescribeVpcAttribute")),
            "change one": _served(caller, pid, each("ModifyVpcAttribute", VpcName="changed")),
            "list a page of 50": _served(
                caller, pid, [caller.signed("DescribeVpcs", RegionId=REGION, PageSize="50") for _ in range(CALLS)]
            ),
        }


def _served(caller: "_Caller", pid: int, paths: list[str]) -> Served:
    """The first tenth warms up."""
    warm = len(paths) // 10
    for path in paths[:warm]:
        caller.get(path)
    used, seconds = _cpu(pid), []
    for path in paths[warm:]:
        began = time.perf_counter()
        caller.get(path)
        seconds.append(time.perf_counter() - began)
    rate = len(seconds) / max(_cpu(pid) - used, 1 / TICKS)
    return Served(rate, statistics.median(seconds), slowest(seconds))


class _Caller:
    """Calls of the account's owner over one connection, signed beforehand."""

    def __init__(self, address: str, folder: Path) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=60)
        self._keys = load_or_create(folder / "credentials.json")
        self._nonce = time.monotonic_ns()

    def signed(self, action: str, **parameters: str) -> str:
        self._nonce += 1
        flat = {
            "Action": action, "Version": "2016-04-28", "Format": "JSON", "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "SignatureNonce": str(self._nonce),
            "AccessKeyId": self._keys.access_key_id, **parameters,
        }  # fmt: skip
        return f"/?{urlencode({**flat, 'Signature': signatures.v1('GET', flat, self._keys.access_key_secret)})}"

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"HTTP {answer.status}: {body.decode()}")
        return body

    def call(self, action: str, **parameters: str) -> dict[str, str]:
        return dict(json.loads(self.get(self.signed(action, **parameters))))


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, int]]:
    """Address and process id of a control plane of its own."""
    server, address = lone_cloud.start(folder)
    with server:
        yield address, server.pid


def _cpu(pid: int) -> float:
    """Seconds of CPU time that a process has used, in it and for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _shown(served: Served) -> str:
    return (
        f"{served.rate:8.0f} 1/s of CPU   median {1000 * served.median:7.2f} ms   p99 {1000 * served.slowest:7.2f} ms"
    )


def _verdict(kept: bool) -> str:  # noqa: FBT001
    return "met" if kept else "MISSED"
