"""OpenTofu in `make conformance`: what counts as success, and that the page is of the configurations that lie here."""

import re
from pathlib import Path

import pytest

from conformance.tofu import guide, steps
from conformance.tofu.engine import Ended, Engine
from conformance.tofu.page import PAGE, TOPOLOGY, digest, page
from conformance.tofu.source import Programs
from conformance.tofu.steps import FAILED, PASSED, Result
from local.cloud.store import Store
from tests.local.toolchain_fakes import executable

ROW = re.compile(r"^\| (.+?) \| (passed|failed) \| (.*?) ?\|$", re.MULTILINE)
GUIDES_ROWS = 3
GOOD = {
    "apply": (0, "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."),
    "plan": (0, "No changes. Your infrastructure matches the configuration."),
    "seen": (2, "Plan: 0 to add, 1 to change, 0 to destroy."),
    "destroy": (0, "Destroy complete! Resources: 14 destroyed."),
}


class Scripted:
    """An engine that says what it is told to; a plan for a change sees one, until it was made."""

    def __init__(self, **answers: tuple[int, str]) -> None:
        self.answers, self.is_made = {**GOOD, **answers}, False

    def run(self, *arguments: str, log: Path) -> Ended:
        does_change = steps.CHANGE in arguments
        name = "seen" if arguments[0] == "plan" and does_change and not self.is_made else arguments[0]
        self.is_made = self.is_made or (arguments[0] == "apply" and does_change)
        return Ended(*self.answers[name])


def played(store: Store, **answers: tuple[int, str]) -> dict[str, str]:
    return {one.step: one.outcome for one in steps.play(Scripted(**answers), store, Path("log"))}  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An account with something of its own."""
    made = Store(tmp_path / "store.sqlite")
    made.put("vpc.vpc", "vpc-before", {})
    return made


def test_the_page_is_of_what_lies_here(store: Store) -> None:
    """Every step has a row and passed, and the configurations are those that ran: `make conformance` makes it anew."""
    text = PAGE.read_text()
    rows = ROW.findall(text)
    assert [name for name, _, _ in rows[:-GUIDES_ROWS]] == list(played(store))
    assert [outcome for _, outcome, _ in rows] == [PASSED] * (len(played(store)) + GUIDES_ROWS)
    assert f"`{digest()}`" in text
    assert page([Result(*row) for row in rows]) == text


@pytest.mark.parametrize(
    ("answers", "failed"),
    [
        ({}, []),
        ({"apply": (1, "Error: no")}, ["`apply`", "it is made in place"]),
        ({"apply": (0, "Apply complete! Resources: 1 added, 0 changed, 1 destroyed.")}, ["it is made in place"]),
        ({"plan": (2, "Plan: 1 to add")}, ["`plan` after it is empty", "`plan` after it is empty again"]),
        ({"plan": (1, "Error: no")}, ["`plan` after it is empty", "`plan` after it is empty again"]),
        ({"seen": (0, "No changes.")}, ["a change is seen"]),
        ({"seen": (1, "Error: no")}, ["a change is seen"]),
        ({"destroy": (1, "Error: no")}, ["`destroy`"]),
    ],
)
def test_a_step_fails_by_exit_status_or_by_what_was_done(store: Store, answers: dict, failed: list[str]) -> None:
    """An error is no empty plan, a replacement is no change in place, and an unseen change is none."""
    assert [name for name, outcome in played(store, **answers).items() if outcome == FAILED] == failed


def test_what_is_left_in_the_cloud_is_named(store: Store) -> None:
    """And not what was there before."""

    class Leaves(Scripted):
        def run(self, *arguments: str, log: Path) -> Ended:
            store.put("alb.listener", "lsn-left", {})
            return super().run(*arguments, log=log)

    last = list(steps.play(Leaves(), store, Path("log")))[-1]  # type: ignore[arg-type]
    assert (last.outcome, last.seen) == (FAILED, "alb.listener lsn-left")


def test_the_engine_gets_the_vendors_provider_and_no_other_environment(tmp_path: Path) -> None:
    """Nothing of the shell's: an endpoint or a profile of the user's would change what is shown."""
    programs = Programs(tmp_path / "tofu", tmp_path / "terraform-provider-alicloud")
    executable(programs.engine, '#!/bin/sh\nenv; cat "$TF_CLI_CONFIG_FILE"; echo "Error: as told"; exit 3\n')
    ended = Engine(programs, tmp_path / "run", {"PATH": "/usr/bin:/bin", "HTTPS_PROXY": "here"}).run("plan")
    assert (ended.status, ended.last_words) == (3, "Error: as told")
    names = set(re.findall(r"^([A-Z_]+)=", ended.said, re.MULTILINE))
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "HTTPS_PROXY", "TF_CLI_CONFIG_FILE", "TF_IN_AUTOMATION", "TF_CLI_ARGS"}  # fmt: skip
    assert f'"aliyun/alicloud" = "{tmp_path}"' in ended.said


def test_the_guides_configuration_names_no_endpoint_and_no_key() -> None:
    """It is unchanged: the two variables alone lead it, and they are what the guide takes over."""
    assert not re.search(r"endpoint|127\.0|access_key|secret|localhost", guide.configuration())
    assert guide.commands()[guide.STARTED] == ["python -m local start", 'eval "$(python -m local names)"']
    assert [len(block) for block in guide.commands()] == [2, 2, 2]


def test_the_topology_has_what_the_stack_has() -> None:
    """Every kind of the vendor's resources that the console half of the local stack declares, by its Terraform name."""
    kinds = set(re.findall(r'^resource "(\w+)"', (TOPOLOGY / "main.tf").read_text(), re.MULTILINE))
    assert kinds == {
        "alicloud_vpc", "alicloud_vswitch", "alicloud_security_group", "alicloud_security_group_rule", "alicloud_instance",
        "alicloud_alb_server_group", "alicloud_ssl_certificates_service_certificate", "alicloud_alb_load_balancer",
        "alicloud_alb_listener", "alicloud_alb_rule", "alicloud_alidns_record",
    }  # fmt: skip
