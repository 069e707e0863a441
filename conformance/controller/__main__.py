"""`make conformance`: lets the vendor's controller work against a local cloud, scenario by scenario, and writes the page."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from conformance.controller import source
from conformance.controller.page import FACT, FAILED, PAGE, PASSED, Result, page, totals
from conformance.controller.scenarios import SCENARIOS, Scenario
from conformance.controller.stage import Broken, Stage, open_stage
from local.kubernetes.client import ApiError
from local.kubernetes.controller.differences import render
from local.kubernetes.controller.openapi import CloudError
from local.kubernetes.part import programs
from local.places import Places
from local.toolchain.errors import ToolchainError


def main() -> int:
    """One line a scenario; exit status 1 when one fails."""
    asked = _arguments()
    try:
        program, version = source.obtain(asked.checkout)
    except ToolchainError as problem:
        print(f"conformance: {problem}", file=sys.stderr)
        return 1 if asked.checkout else 0
    folder = asked.logs or Path(tempfile.mkdtemp(prefix="mtlsedge-controller-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{len(SCENARIOS)} scenarios of the vendor's controller; what it says: {folder}", flush=True)
    with open_stage(program, programs(Places()), folder) as stage:
        results = [_told(result) for result in _play(stage)]
    PAGE.write_text(page(results, version, render()))
    print(totals(results))
    return int(any(one.outcome == FAILED for one in results))


def _play(stage: Stage) -> Iterator[Result]:
    for scenario in SCENARIOS:
        yield _one(stage, scenario)


def _one(stage: Stage, scenario: Scenario) -> Result:
    stage.refusals()
    try:
        scenario.play(stage)
    except (Broken, CloudError, ApiError, LookupError, TypeError) as problem:
        cause = (
            str(problem)
            if isinstance(problem, Broken | CloudError | ApiError)
            else f"{type(problem).__name__}: {problem}"
        )
        if scenario.fact:
            return Result(scenario.name, FACT, f"{cause}: {scenario.fact}")
        return Result(scenario.name, FAILED, cause)
    return Result(scenario.name, PASSED)


def _told(result: Result) -> Result:
    print(f"{result.outcome:28} {result.name}  {result.cause}".rstrip(), flush=True)
    return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conformance.controller", description=__doc__)
    parser.add_argument("checkout", nargs="?", type=Path, help="of the vendor's controller; without one it is cloned")
    parser.add_argument("--logs", type=Path, help="folder for cloud, cluster and what the controller prints")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
