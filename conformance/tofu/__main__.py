"""`make conformance`: OpenTofu brings up the topology, finds it quiet, changes it and takes it down; writes the page."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.account import AUTHORITIES
from conformance.running import cloud
from conformance.tofu import guide, source
from conformance.tofu.engine import Engine, of_this_machine, server_pair
from conformance.tofu.page import PAGE, TOPOLOGY, page, totals
from conformance.tofu.source import Programs
from conformance.tofu.steps import FAILED, Result, play
from local.cloud.store import Store
from local.toolchain.errors import ToolchainError

HOST = "www.example.test"


def main() -> int:
    """One line a step; exit status 1 when one fails."""
    log = _arguments().log or Path(tempfile.mkdtemp(prefix="mtlsedge-opentofu-")) / "opentofu.log"
    try:
        programs = source.obtain()
    except ToolchainError as problem:
        print(f"conformance: {problem}", file=sys.stderr)
        return 1
    print(f"the topology in HCL; what OpenTofu says: {log}", flush=True)
    with stage(programs) as (engine, store):
        results = [_told(result) for result in play(engine, store, log)]
    with tempfile.TemporaryDirectory(prefix="mtlsedge-opentofu-") as folder:
        results += [_told(result) for result in guide.follow(Engine(programs, Path(folder), of_this_machine()), log)]
    PAGE.write_text(page(results))
    print(totals(results))
    return int(any(one.outcome == FAILED for one in results))


@contextmanager
def stage(programs: Programs) -> Iterator[tuple[Engine, Store]]:
    """The engine with the topology's files and variables, and the store of the cloud it calls by public names."""
    with tempfile.TemporaryDirectory(prefix="mtlsedge-opentofu-") as folder, cloud() as (running, _):
        key, certificate = server_pair(Path(folder) / "server", HOST)
        authority = Path(folder) / "authority.crt"
        authority.write_text(running.tunnel.authority_pem)
        environment = {
            **of_this_machine(),
            **guide.CREDENTIALS,
            "HTTPS_PROXY": running.tunnel.proxy(running.api_address),
            "SSL_CERT_FILE": str(authority),
        }
        engine = Engine(programs, Path(folder) / "run", environment)
        engine.take(TOPOLOGY, ca_certificate_id=AUTHORITIES[0], certificate=certificate, private_key=key)
        yield engine, running.store


def _told(result: Result) -> Result:
    print(f"{result.outcome:8} {result.step}: {result.seen}", flush=True)
    return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conformance.tofu", description=__doc__)
    parser.add_argument("--log", type=Path, help="file for what OpenTofu prints")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
