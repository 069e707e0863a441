"""`python -m tests.engine.record_behaviours`: lives of a stack under every answer and a pairwise set, and the table of them.

Writes tests/engine/behaviour_runs.json after each life and the lives' part of docs/reference/behaviours.md from it. A life that
is there already for the same answers is not run again unless --again is given; --part I/N divides the work among processes.
"""

import argparse
import fcntl
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local import behaviours
from local.behaviours import SWITCHES
from tests.covering import Row, pairwise
from tests.engine.behaving import Life
from tests.engine.sandbox import CHECKOUT, Sandbox

RECORD = CHECKOUT / "tests" / "engine" / "behaviour_runs.json"
PAGE = CHECKOUT / "docs" / "reference" / "behaviours.md"
ALONE = ("jobs", "chain-walk")
"""Switches that are not combined: one makes a life a quarter of an hour long, under the other a stack needs other settings."""
UNTOUCHED = ("hongkong-site", "txt-proof", "revoked-authority", "missing-certificate", "other-site", "acl-type", "controller-ca",
             "controller-ports", "empty-white-list")  # fmt: skip
"""Switches whose question the stack of these lives never asks; tests of the parts cover them."""
FORMER_DEFAULTS: Row = {"rule-stickiness": "present"}
"""What was the likeliest answer when earlier lives ran: under it, such a life is still one of a single other answer."""
SAMPLE: tuple[Row, ...] = (
    {
        "private-key": "withheld", "certificate-chain": "leaf", "pem-end": "stripped", "zone-addresses": "late",
        "empty-texts": "absent", "list-order": "reverse", "ca-identifier": "hex", "repository-id": "other",
        "repository-type": "uploadedAuthorityCertificate", "error-messages": "empty", "client-refusal": "400", "fingerprint": "sha1",
        "rule-stickiness": "present",
    },
    {
        "pem-end": "newline", "zone-addresses": "absent", "server-address": "echoed", "empty-texts": "null",
        "repository-type": "pcaCaCert", "repository-listing": "late", "ca-in-use": "allowed",
        "repository-not-empty": "allowed", "forged-headers": "passed",
    },
)  # fmt: skip
"""Two combinations that hold every answer that is combined and is not the likeliest; `make test` plays them."""
DANGEROUS = (
    "private-key", "certificate-chain", "pem-end", "zone-addresses", "server-address", "list-order", "empty-texts",
    "rule-stickiness", "repository-listing", "chain-walk", "repository-id", "client-refusal", "ca-in-use",
)  # fmt: skip
"""Switches that are played first."""

CHANGE = re.compile(r"[-~+]+ ?\S+: \((update|replace|create|delete)\)")
"""A resource that a preview with `--diff` would change."""


def singles() -> list[Row]:
    """Each answer that is not the likeliest, alone, the most dangerous first; before all of them none."""
    asked = [one for one in SWITCHES if one.name not in UNTOUCHED]
    asked.sort(key=lambda one: (*DANGEROUS, one.name).index(one.name))
    return [{}, *({one.name: answer.name} for one in asked for answer in one.answers[1:])]


def combinations() -> list[Row]:
    """The pairwise set."""
    left_out = (*ALONE, *UNTOUCHED)
    return pairwise({one.name: [answer.name for answer in one.answers] for one in SWITCHES if one.name not in left_out})


def odd(row: Row) -> Row:
    """The answers of a combination that are not the likeliest: what tells it from others."""
    return {one.name: row[one.name] for one in SWITCHES if row.get(one.name, one.default) != one.default}


def cause(result: str) -> str:
    """The line of a result that says most, short enough for the table; the whole is printed."""
    if result != "ok":
        print(result, flush=True)
    lines = [line.strip() for line in result.splitlines()]
    changes = [line for line in lines if CHANGE.fullmatch(line)]
    said = [line for line in lines if line.startswith("error:") and not line.endswith(" failed")]
    shown = "; ".join(changes) if changes and "no changes were expected" in result else (said or lines)[0]
    return re.sub(r"/tmp/\S+", "…", shown.replace("|", "\\|"))[:300]


def live(row: Row, number: int) -> dict[str, Any]:
    """One life in a sandbox of its own; its line in the record."""
    folder = Path(tempfile.mkdtemp(prefix="behave-"))
    life = Life(Sandbox(folder / "stack", number), odd(row))
    try:
        life.start()
        life.run()
    finally:
        life.stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "answers": life.answers,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "seconds": life.seconds,
        "results": {step: cause(result) for step, result in life.results.items()},
        "requests": dict(life.counts),
    }


def keep(line: dict[str, Any]) -> None:
    """Add a life to the record, in place of an earlier one under the same answers; several processes may do so at a time."""
    with RECORD.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        others = [one for one in recorded() if one["answers"] != line["answers"]]
        RECORD.write_text(json.dumps([*others, line], indent=1) + "\n")
        PAGE.write_text(whole_page())
    RECORD.with_suffix(".lock").unlink(missing_ok=True)


def recorded() -> list[dict[str, Any]]:
    """The lives so far."""
    lives: list[dict[str, Any]] = json.loads(RECORD.read_text()) if RECORD.exists() else []
    return lives


def whole_page() -> str:
    """The reference page: the switches, then the lives."""
    return "\n".join([*behaviours.page(), *page(recorded())]) + "\n"


def page(lives: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Lines of the page's second part: unknown x answer x result, then each life."""
    good = [one for one in lives if set(one["results"].values()) == {"ok"}]
    asked = sum(one["requests"].get(kind, 0) for one in lives for kind in ("good", "bad"))
    wrong = {kind: sum(one["requests"].get(f"{kind} wrong", 0) for one in lives) for kind in ("good", "bad")}
    yield from (
        "",
        "## Lives",
        "",
        "Made by `make behaviours`. A life is: `up`, `verify`, a quiet `up` with and without refresh, a client more, another path and priority of a rule,",
        "another generation that issues, then is trusted, a third server with another weight of the first, `destroy`; on the real engine, with clients good and bad",
        "beside every step. A step is ok if it writes what it has to and no more, a refreshing preview is quiet after it, and every client was answered as it should.",
        "",
        f"Lives: {len(lives)}, of which {len(good)} went well throughout. Requests beside them: {asked}; good clients refused or",
        f"unanswered {wrong['good']}, bad ones let in {wrong['bad']}.",
        "",
        "| unknown | answer | alone | with others |",
        "| --- | --- | --- | --- |",
    )
    for switch in SWITCHES:
        for answer in switch.answers:
            yield f"| {switch.name} | {answer.name} | {_alone(lives, switch.name, answer.name)} | {_together(lives, switch.name, answer.name)} |"
    yield from ("", "### Each life", "", "| answers that are not the likeliest | result | seconds | requests good, bad | date |",
                "| --- | --- | --- | --- | --- |")  # fmt: skip
    for one in sorted(lives, key=lambda one: (len(one["answers"]), sorted(one["answers"].items()))):
        shown = ", ".join(f"{name}={answer}" for name, answer in one["answers"].items()) or "none"
        counts = f"{one['requests'].get('good', 0)}, {one['requests'].get('bad', 0)}"
        yield f"| {shown} | {_result(one)} | {round(sum(one['seconds'].values()))} | {counts} | {one['date']} |"


def _alone(lives: Sequence[dict[str, Any]], switch: str, answer: str) -> str:
    if switch in UNTOUCHED:
        return "not asked by these lives; tests of the parts"
    default = next(one for one in SWITCHES if one.name == switch).default
    wanted = {} if answer == default else {switch: answer}
    for beside in ({}, FORMER_DEFAULTS):
        for one in lives:
            if one["answers"] == {**beside, **wanted}:
                return ", beside ".join([_result(one), *(f"{name}={given}" for name, given in beside.items())])
    return "not run"


def _together(lives: Sequence[dict[str, Any]], switch: str, answer: str) -> str:
    default = next(one for one in SWITCHES if one.name == switch).default
    if switch in (*ALONE, *UNTOUCHED):
        return "not combined"
    found = [one for one in lives if len(one["answers"]) > 1 and one["answers"].get(switch, default) == answer]
    well = sum(_result(one) == "ok" for one in found)
    return f"{well} of {len(found)} ok" if found else "not run"


def _result(line: dict[str, Any]) -> str:
    bad = [step for step, result in line["results"].items() if result != "ok"]
    return "; ".join(f"fails at {step}: {line['results'][step]}" for step in bad) or "ok"


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=("singles", "combinations"))
    parser.add_argument("--part", default="1/1", help="I/N: the I-th of N processes")
    parser.add_argument("--number", type=int, default=3, help="number of the sandbox")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--answers", help="one life only: switch=answer,switch=answer; empty for the likeliest")
    parser.add_argument("--skip", default="jobs", help="switches whose single lives are left out")
    parser.add_argument("--page", action="store_true", help="only write the page again")
    given = parser.parse_args()
    if given.page:
        PAGE.write_text(whole_page())
        return
    part, parts = map(int, given.part.split("/"))
    rows = [
        *SAMPLE,
        *(singles() if given.only != "combinations" else []),
        *(combinations() if given.only != "singles" else []),
    ]
    rows = [row for row in rows if not (len(row) == 1 and set(row) & set(given.skip.split(",")))]
    if given.answers is not None:
        rows, given.again = [behaviours.parsed(given.answers)], True
    for row in rows[part - 1 :: parts]:
        if given.again or odd(row) not in [one["answers"] for one in recorded()]:
            line = live(row, given.number)
            keep(line)
            print(f"{_result(line)} {line['seconds']} {line['requests']} {line['answers']}", flush=True)


if __name__ == "__main__":
    main()
