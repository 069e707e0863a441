"""The vendor's controller in `make conformance`: where it comes from, what is said without it, and the page."""

import subprocess
from pathlib import Path

import pytest

from conformance.controller import __main__ as command
from conformance.controller import source
from conformance.controller.page import FACT, FAILED, PASSED, Result, page
from conformance.controller.scenarios import SCENARIOS
from local.kubernetes.controller import differences
from local.toolchain.errors import ToolchainError


def test_without_a_checkout_and_a_network_it_says_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and no failure: nobody has to have either. A checkout that is named has to be one."""

    def fails(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("git", 1)

    monkeypatch.setattr(source.subprocess, "run", fails)
    monkeypatch.setattr("sys.argv", ["controller"])
    assert command.main() == 0
    assert "found neither ALB_CONTROLLER=PATH of a checkout nor a network that leads to" in capsys.readouterr().err


def test_a_folder_that_is_no_checkout_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named, so that it is meant."""
    monkeypatch.setattr("sys.argv", ["controller", str(tmp_path)])
    assert command.main() == 1
    assert "is no checkout of" in capsys.readouterr().err


def test_a_checkout_of_another_time_is_told_by_what_it_lacks(tmp_path: Path) -> None:
    """The files that are laid over for the build must have the places that are changed."""
    for name in source.LAID_OVER:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("package other\n")

    class Builder:
        place = tmp_path

        def run(self, *_: object, **__: object) -> None:
            raise AssertionError("it was built")

    with pytest.raises(ToolchainError, match=r"clientMgr\.go of the checkout is not the one of 2024"):
        source._build(Builder(), tmp_path)  # type: ignore[arg-type]


def test_the_page_has_a_row_a_scenario_and_the_differences() -> None:
    """Totals first; a bar in a cause ends no cell; the reasons of what stays different follow."""
    results = [Result("one", PASSED), Result("two", FAILED, "a|b <c>"), Result("three", FACT, "so it is")]
    text = page(results, "c277108 of 2024-09-13", differences.render())
    assert "1 as expected, 1 failed, 1 a fact about the controller." in text
    assert "| two | failed | a\\|b &lt;c> |" in text
    assert "the source was c277108 of 2024-09-13" in text
    assert text.count("\n| ") == 2 + 3 + 2 + len(differences.ROWS)
    assert all(why for _, why in differences.ROWS)


def test_each_scenario_has_a_name_of_its_own() -> None:
    """The table's key."""
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
