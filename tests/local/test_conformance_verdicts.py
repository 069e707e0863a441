"""What `make conformance` reads out of the output of upstream's tests."""

import json
from pathlib import Path

import pytest

from conformance import calls, running, upstream, verdicts
from conformance.page import page
from conformance.scope import REASONS
from conformance.verdicts import FAILED, OUTSIDE, PASSED, Verdict
from local.cloud import witnesses

TEST = "TestAccAliCloudVPC_basic"
FAILURE = f"=== RUN   {TEST}\n    testing.go:705: Step 0 error: {{}}\n--- FAIL: {TEST} (1.00s)\nFAIL\n"


def read(printed: str) -> Verdict:
    return verdicts.read("alicloud_vpc", TEST, printed, 1.0)


def test_a_pass_is_the_tests_own() -> None:
    """The line of another test, whose name goes on, is none of this one."""
    assert read(f"--- PASS: {TEST} (1.00s)\nPASS\n").outcome == PASSED
    assert read(f"--- PASS: {TEST}1 (1.00s)\nPASS\n").outcome == FAILED


def test_a_skip_says_why() -> None:
    """Upstream's reason stands in the line above."""
    verdict = read(f"    provider_test.go:144: Skipping classic resources\n--- SKIP: {TEST} (0.00s)\nPASS\n")
    assert (verdict.outcome, verdict.cause) == (OUTSIDE, "upstream skips it: Skipping classic resources")


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        ("Message: The local cloud does not offer ecs 2014-05-26 CreateKeyPair; `python", "not offered: ecs 2014-05-26 CreateKeyPair"),
        ("Check failed: x: Attribute 'enable_ipv6' expected \"true\", got \"false\"", 'enable_ipv6: expected "true", got "false"'),
        ("Code: InvalidX\n   Message: code: 400, The block is wrong.", "InvalidX: The block is wrong."),
        ("errors during plan:", "errors during plan:"),
    ],
)  # fmt: skip
def test_a_failure_says_its_first_cause(printed: str, cause: str) -> None:
    """A missing action, a wrong attribute, a refusal, or the step's own words."""
    assert read(FAILURE.format(printed)).cause == cause


def test_a_program_that_died_failed() -> None:
    """Neither verdict in the output."""
    assert read("panic: interface conversion\n\ngoroutine 1") == Verdict(
        "alicloud_vpc", TEST, FAILED, "panic: interface conversion", 1.0
    )


def test_verdicts_of_earlier_runs_are_read_again(tmp_path: Path) -> None:
    """With the seconds that the test counted itself; one that left nothing, or was killed, is no success."""
    (tmp_path / f"{TEST}.log").write_text(f"--- PASS: {TEST} (61.50s)\nPASS\n")
    (tmp_path / f"{TEST}1.log").write_text(f"=== RUN   {TEST}1\n")
    names = [("alicloud_vpc", f"{TEST}{end}") for end in ("", "1", "2")]
    found = [(one.outcome, one.cause, one.seconds) for one in running.printed(names, tmp_path)]
    assert found == [(PASSED, "", 61.5), (FAILED, "no cause printed", 0.0), (FAILED, "it did not run", 0.0)]


def test_the_page_counts_and_escapes() -> None:
    """Totals first, one row a test in the order of resources; a bar in a cause ends no cell."""
    text = page([Verdict("b", "T2", FAILED, "a|b"), Verdict("a", "T1", PASSED)], "1.0", 61)
    assert "1 passed, 1 failed, 0 out of scope." in text
    assert text.index("`T1`") < text.index("`T2`")
    assert r"a\|b" in text


def test_scope_is_the_plugins_table() -> None:
    """The tests are those of the resources that the plugin maps; every reason is a sentence about a test of upstream's."""
    assert "alicloud_alb_listener" in upstream.resources()
    assert len(upstream.resources()) == 21
    assert all(name.startswith("TestAcc") and reason for name, reason in REASONS.items())


def test_calls_are_counted_of_tests_that_passed(tmp_path: Path) -> None:
    """Those after the account was furnished that were answered; a test that failed, or whose calls are not kept, counts not."""
    first = json.dumps({"product": "vpc", "action": "CreateVpc", "status": 200}) + "\n"
    rows = [("vpc", "DescribeVpcs", 200), ("vpc", "DescribeVpcs", 200), ("alb", "CreateRule", 400)]
    own = [json.dumps({"product": product, "action": name, "status": status}) for product, name, status in rows]
    log = tmp_path / "requests.jsonl"
    log.write_text(first + "\n".join(own) + "\n")
    for test in ("T1", "T2"):
        calls.note(log, len(first), tmp_path, test)
    verdicts = [Verdict("a", "T1", PASSED), Verdict("a", "T2", FAILED), Verdict("a", "T3", PASSED)]
    calls.write(verdicts, tmp_path, tmp_path / "counts.json")
    assert witnesses.load(tmp_path / "counts.json") == {"vpc:DescribeVpcs": 1}
    assert witnesses.load(tmp_path / "none.json") == {}
