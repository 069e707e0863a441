"""`make conformance`: builds upstream's acceptance tests, runs them against local clouds of their own, writes the page."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from conformance import calls, running, upstream
from conformance.page import PAGE, page, totals
from conformance.scope import REASONS
from conformance.verdicts import FAILED, OUTSIDE, Verdict
from local.toolchain.errors import ToolchainError


def main() -> int:
    """One line a test as it ends; exit status 1 when one fails."""
    asked = _arguments()
    try:
        suite = upstream.obtain()
    except ToolchainError as problem:
        print(f"conformance: {problem}", file=sys.stderr)
        return 1
    logs = asked.logs or Path(tempfile.mkdtemp(prefix="mtlsedge-conformance-"))
    logs.mkdir(parents=True, exist_ok=True)
    every = [(resource, test) for resource, tests in suite.tests.items() for test in tests]
    chosen = [name for name in every if _is_asked_for(name[1], asked.tests)]
    print(f"{len(chosen)} of {len(every)} tests; what each prints: {logs}", flush=True)
    began = time.monotonic()
    found = running.printed(chosen, logs) if asked.read else running.run(suite, chosen, logs, asked.workers)
    verdicts = [_told(verdict) for verdict in found]
    if not asked.tests:
        outside = [Verdict(*name, OUTSIDE, REASONS[name[1]]) for name in every if name[1] in REASONS]
        took = sum(one.seconds for one in verdicts) / asked.workers if asked.read else time.monotonic() - began
        PAGE.write_text(page([*verdicts, *outside], upstream.ACCEPTANCE.version, took))
        calls.write(verdicts, logs)
    print(totals(verdicts))
    return int(any(verdict.outcome == FAILED for verdict in verdicts))


def _is_asked_for(test: str, parts: list[str]) -> bool:
    return any(part in test for part in parts) if parts else test not in REASONS


def _told(verdict: Verdict) -> Verdict:
    print(f"{verdict.outcome:12} {verdict.seconds:5.0f} s  {verdict.test}  {verdict.cause}".rstrip(), flush=True)
    return verdict


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument(
        "tests", nargs="*", help="parts of test names; without them all in scope run, and the page is written"
    )
    parser.add_argument("--workers", type=int, default=8, help="tests at a time; for the most part they wait")
    parser.add_argument("--logs", type=Path, help="folder for what each test prints")
    parser.add_argument(
        "--read", action="store_true", help="run nothing: read the verdicts from --logs, which several runs filled"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
