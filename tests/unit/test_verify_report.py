"""What `verify` reads from an echo page, and how it reports."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from mtlsedge.verify import header_checks, running
from mtlsedge.verify.result import Result, Status
from mtlsedge.verify.table import CHECKS, Check
from mtlsedge.verify.target import Options, Target
from tests.unit import verify_stack
from tests.unit.verify_stack import pki

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    "body",
    [
        b'{"headers": {"X-Client-Subject": "CN=a"}}',
        b'{"x-client-subject": "CN=a"}',
        b'{"headers": [["X-Client-Subject", "CN=a"]]}',
        b'{"headers": {"X-Client-Subject": ["CN=a"]}}',
    ],
)
def test_echo_pages_come_in_several_shapes(body):
    """Headers as an object, as pairs, with lists of values, or at the top level are all read."""
    assert header_checks._echoed(body) == {"x-client-subject": "CN=a"}


def test_a_second_copy_of_a_header_cannot_hide():
    """Repeated headers are joined before they are judged."""
    assert header_checks._echoed(b'{"headers": [["a", "1"], ["A", "2"]]}') == {"a": "1, 2"}
    assert header_checks._echoed(b"Hello World") is None


def test_ids_are_unique_and_every_row_has_words():
    """Scripts rely on the ids; people on title and remedy."""
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert all(check.title and check.remedy for check in CHECKS)


def test_a_check_that_breaks_is_one_red_row(tmp_path):
    """An unexpected error neither hides the other rows nor shows its text."""

    def broken(_):
        raise RuntimeError("secret text")

    target = Target(verify_stack.outputs(pki()), Options(), NOW)
    results = list(running.run(target, [Check("broken", "Broken", broken, "report it"), CHECKS[-1]]))
    assert [result.status for result in results] == [Status.FAILED, Status.OK]
    assert "secret text" not in results[0].saw
    assert "RuntimeError" in results[0].saw


def test_the_report_says_what_was_seen_and_what_to_do():
    """The table shows remedies under failures; with details, what was done; JSON carries everything."""
    results = [
        Result("a.b", "A title", Status.FAILED, "did this", "saw that", "do this"),
        Result("c.d", "Another", Status.NOT_CHECKED, "did", "no key", ""),
    ]
    text = StringIO()
    running.show(Console(file=text, width=100), results, details=True)
    assert all(word in text.getvalue() for word in ("a.b", "A title", "did this", "saw that", "→ do this", "1 failed"))
    document = json.loads(running.as_json("dev", results))
    assert document["counts"] == {"ok": 0, "failed": 1, "not checked": 1}
    assert document["checks"][0]["remedy"] == "do this"
