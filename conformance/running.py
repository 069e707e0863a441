"""Runs upstream's tests, several at a time, each in a process of its own against a local cloud of its own."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from conformance import calls, verdicts
from conformance.account import BELIEVED, REGIONS, furnish
from conformance.public_names import Proxy, leading_to
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


def printed(names: list[tuple[str, str]], logs: Path) -> Iterator[Verdict]:
    """Verdicts from what earlier runs left in `logs`; a test that left nothing did not run, which is no success."""
    for resource, test in names:
        log = logs / f"{test}.log"
        yield verdicts.again(resource, test, log.read_text() if log.exists() else "")


@contextmanager
def cloud() -> Iterator[tuple[Cloud, Proxy]]:
    """A local cloud without data plane on a free port, furnished as the tests expect it, and a proxy to it."""
    with tempfile.TemporaryDirectory(prefix="mtlsedge-conformance-") as folder:
        running = Cloud(Path(folder) / "cloud", api_address="127.0.0.1:0", region=REGIONS[0], behave=BELIEVED)
        running.start()
        try:
            furnish(running)
            with leading_to(running.api_address, Path(folder) / "proxy", REGIONS) as proxy:
                trusted = running.api_ca.read_text() + proxy.authority.read_text()
                proxy.authority.write_text(trusted)  # one file for both: what SSL_CERT_FILE names
                yield running, proxy
        finally:
            running.stop()


def environment(running: Cloud, proxy: Proxy) -> dict[str, str]:
    """What upstream's provider and tests read, and nothing else of this machine's."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    names = [f"ALIBABA_CLOUD_ENDPOINT_{product.upper()}" for product in PRODUCTS.values()]
    endpoints = dict.fromkeys([*names, "DNS_ENDPOINT", "STS_ENDPOINT"], running.api_address)
    endpoints["ALIBABA_CLOUD_ENDPOINT_SLS"] = f"{REGIONS[0]}.log.aliyuncs.com"
    return kept | endpoints | {
        "TF_ACC": "1",
        "ALICLOUD_ACCESS_KEY": running.credentials.access_key_id,
        "ALICLOUD_SECRET_KEY": running.credentials.access_key_secret,
        "ALICLOUD_REGION": REGIONS[0],
        "ALICLOUD_RESOURCE_GROUP_ID": "rg-edge",
        "ALIBABA_CLOUD_ACCOUNT_TYPE": "Domestic",
        "SSL_CERT_FILE": str(proxy.authority),
        "HTTPS_PROXY": f"http://{proxy.address}",
        "HTTP_PROXY": f"http://{proxy.address}",  # which the client of Log Service takes for HTTPS as well
        "NO_PROXY": f"127.0.0.1,{running.api_address}",
        "ENABLE_CHECKING_PRE_PAID": "true",
        "CHECKPOINT_DISABLE": "true",
        "GOGC": "400",  # a third less CPU for twice the memory: each step of a test makes every schema anew
    }  # fmt: skip


def _one(program: Path, resource: str, test: str, logs: Path) -> Verdict:
    command: list[str | Path] = [program, "-test.run", f"^{test}$", "-test.v", "-test.timeout", f"{LONGEST_SECONDS}s"]
    began = time.monotonic()
    with cloud() as (running, proxy), (logs / f"{test}.log").open("w+") as log:
        env, beginning = environment(running, proxy), running.log_path.stat().st_size
        subprocess.run(
            command, env=env, cwd=logs, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False
        )
        calls.note(running.log_path, beginning, logs, test)
        log.seek(0)
        return verdicts.read(resource, test, log.read(), time.monotonic() - began)
