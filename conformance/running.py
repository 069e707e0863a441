"""Runs upstream's tests, several at a time, each in a process of its own against a local cloud of its own."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from conformance import verdicts
from conformance.account import REGIONS, furnish
from conformance.upstream import Suite
from conformance.verdicts import Verdict
from local.cloud.application import Cloud
from local.cloud.products import PRODUCTS

LONGEST_SECONDS = 900
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


def run(suite: Suite, names: list[tuple[str, str]], logs: Path, workers: int) -> Iterator[Verdict]:
    """Verdicts of the tests (resource, name) as they come; what each printed lies in `logs`."""
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(_one, suite.program, *name, logs) for name in names]
        for finished in as_completed(waiting):
            yield finished.result()


@contextmanager
def cloud() -> Iterator[Cloud]:
    """A local cloud without data plane on a free port, furnished as the tests expect it."""
    with tempfile.TemporaryDirectory(prefix="mtlsedge-conformance-") as folder:
        # Upstream sends whatever an example of its resources may say; a test of it asks what of that comes back.
        running = Cloud(Path(folder), api_address="127.0.0.1:0", region=REGIONS[0], strict=False)
        running.start()
        try:
            furnish(running)
            yield running
        finally:
            running.stop()


def environment(running: Cloud) -> dict[str, str]:
    """What upstream's provider and tests read, and nothing else of this machine's."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    names = [f"ALIBABA_CLOUD_ENDPOINT_{product.upper()}" for product in PRODUCTS.values()]
    endpoints = dict.fromkeys([*names, "DNS_ENDPOINT", "STS_ENDPOINT"], running.api_address)
    return kept | endpoints | {
        "TF_ACC": "1",
        "ALICLOUD_ACCESS_KEY": running.credentials.access_key_id,
        "ALICLOUD_SECRET_KEY": running.credentials.access_key_secret,
        "ALICLOUD_REGION": REGIONS[0],
        "ALICLOUD_RESOURCE_GROUP_ID": "rg-edge",
        "ALIBABA_CLOUD_ACCOUNT_TYPE": "Domestic",
        "SSL_CERT_FILE": str(running.api_ca),
        "ENABLE_CHECKING_PRE_PAID": "true",
        "CHECKPOINT_DISABLE": "true",
    }  # fmt: skip


def _one(program: Path, resource: str, test: str, logs: Path) -> Verdict:
    command: list[str | Path] = [program, "-test.run", f"^{test}$", "-test.v", "-test.timeout", f"{LONGEST_SECONDS}s"]
    began = time.monotonic()
    with cloud() as running, (logs / f"{test}.log").open("w+") as log:
        env = environment(running)
        subprocess.run(
            command, env=env, cwd=logs, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False
        )
        log.seek(0)
        return verdicts.read(resource, test, log.read(), time.monotonic() - began)
