"""`python -m tests.engine.record_faults`: lives of a short topology under faults, one for each seed, and what became of them.

A line for each run as JSON, then the sums. The folder of a run with a problem is kept and named. Exit status 1 if there is one.
"""

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

from local.cloud.seeded_faults import RATE
from tests.engine.struck import Run, tool_path

Line = dict[str, Any]


def line(seed: int, rate: float, ends: float) -> Line | None:
    """One run; None if it would begin too late."""
    if time.time() > ends:
        return None
    os.environ["PATH"] = tool_path()
    run = Run(Path(tempfile.mkdtemp(prefix=f"struck-{seed}-")), seed, rate)
    try:
        run.run()
    except Exception as failure:  # noqa: BLE001 - one run of many; its folder is kept
        run.problems.append(f"{type(failure).__name__}: {failure}")
    return {
        "seed": seed,
        "steps": [asdict(step) for step in run.steps],
        "orphans": dict(run.orphans),
        "problems": run.problems,
        **({"folder": str(run.folder)} if run.problems else {}),
    }


def sums(lines: Sequence[Line]) -> Line:
    """What all runs together tell."""
    steps = [step for one in lines for step in one["steps"]]
    return {
        "runs": len(lines),
        "commands": len(steps),
        "failed": sum(not step["ok"] for step in steps),
        "faults": dict(sum((Counter(step["faults"]) for step in steps), Counter())),
        "healed": dict(Counter(step["healed"] for step in steps if step["healed"])),
        "orphans": dict(sum((Counter(one["orphans"]) for one in lines), Counter())),
        "longest command": max((step["seconds"] for step in steps), default=0),
        "runs with problems": [one["seed"] for one in lines if one["problems"]],
    }


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next has the next")
    parser.add_argument("--rate", type=float, default=RATE, help="share of the calls that is struck")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--minutes", type=float, default=60 * 24, help="no run begins later than so many minutes from now"
    )
    given = parser.parse_args()
    lines, ends = [], time.time() + 60 * given.minutes
    with ProcessPoolExecutor(given.workers) as pool:
        seeds = range(given.seed, given.seed + given.runs)
        for done in as_completed([pool.submit(line, seed, given.rate, ends) for seed in seeds]):
            if (one := done.result()) is not None:
                lines.append(one)
                print(json.dumps(one), flush=True)
    print(json.dumps(sums(lines), indent=1))
    if any(one["problems"] for one in lines):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
