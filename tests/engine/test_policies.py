"""The policy pack under the real engine, on stacks that are not ours: every rule's break is found, its neighbour is not."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.sandbox import CHECKOUT, Sandbox
from tests.policy.stacks import STACKS

pytestmark = pytest.mark.engine
AFTERWARDS = ("no-way-around", "one-owner")
"""Rules about all resources: the engine runs them at the end, so `up` needs a preview before it to be stopped by them."""
PACK = CHECKOUT / "policy" / "run"


class Foreign:
    """A project of somebody else's, in which the pack is all that is ours."""

    def __init__(self, root: Path, sandbox: Sandbox) -> None:
        self.root, self.sandbox = root, sandbox
        root.mkdir()
        plugin = root / "pulumi-resource-mtlsedge"
        plugin.write_text(f'#!/bin/sh\nexec {CHECKOUT}/.venv/bin/python -m tests.policy.plugin "$@"\n')
        plugin.chmod(0o755)
        plugins = {"providers": [{"name": "mtlsedge", "path": "."}]}
        runtime = {"name": "python", "options": {"virtualenv": ".venv"}}
        (root / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "foreign", "runtime": runtime, "plugins": plugins}))
        (root / "__main__.py").write_text("import tests.policy.program  # noqa: F401\n")
        (root / ".venv").symlink_to(CHECKOUT / ".venv")
        levels = {name: {"enforcementLevel": "mandatory", **pair.config} for name, pair in STACKS.items()}
        (root / "levels.json").write_text(json.dumps(levels))
        self.environment = sandbox.environment() | {
            "PULUMI_BACKEND_URL": f"file://{root}",
            "PULUMI_CONFIG_PASSPHRASE": "a stack of tests",
            "PYTHONPATH": str(CHECKOUT),
        }
        self._pulumi("stack", "init", "one")
        document = yaml.safe_load((root / "Pulumi.one.yaml").read_text())
        provider = {key: value for key, value in sandbox.read_config()["config"].items() if key.startswith("alicloud:")}
        (root / "Pulumi.one.yaml").write_text(yaml.safe_dump(document | {"config": provider}))

    def violations(self, operation: str, stacks: str, rules: Iterable[str], *arguments: str) -> set[tuple[str, str]]:
        """Rule and resource of every mandatory violation that the engine reports on the stacks of some rules."""
        environment = {
            "MTLSEDGE_POLICY_STACKS": stacks,
            "MTLSEDGE_POLICY_RULES": " ".join(rules),
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
        }
        told = self._pulumi(
            operation, "--stack", "one", "--policy-pack", str(PACK), "--policy-pack-config", "levels.json", "--json",
            *arguments, check=False, more=environment,
        ).stdout  # fmt: skip
        events = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
        found = [event["policyEvent"] for event in events if "policyEvent" in event]
        assert any("preludeEvent" in event for event in events), told
        return {
            (one["policyName"], one.get("resourceUrn", "").rsplit("::", 1)[-1])
            for one in found
            if one["enforcementLevel"] == "mandatory"
        }

    def _pulumi(self, *arguments: str, check: bool = True, more: dict[str, str] | None = None) -> Any:
        environment = self.environment | (more or {})
        return self.sandbox.run(
            "pulumi", "-C", str(self.root), *arguments, "--non-interactive", env=environment, check=check
        )


@pytest.fixture(scope="module")
def foreign(stack: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    """The project, beside the local stack, whose toolchain it borrows."""
    return Foreign(tmp_path_factory.mktemp("policies") / "foreign", stack)


def of_its_own(violations: set[tuple[str, str]]) -> set[str]:
    """Rules that were broken by a resource that is about them."""
    return {rule for rule, resource in violations if resource.partition("/")[0] == rule}


def test_a_preview_finds_every_break(foreign: Foreign) -> None:
    """Every rule names a resource of its own broken stack."""
    assert set(STACKS) == of_its_own(foreign.violations("preview", "broken", STACKS))


def test_a_preview_leaves_what_is_close_alone(foreign: Foreign) -> None:
    """No rule names a resource of its own close stack."""
    assert set() == of_its_own(foreign.violations("preview", "close", STACKS))


@pytest.mark.parametrize("rule", [rule for rule in STACKS if rule not in AFTERWARDS])
def test_up_stops_at_a_break_and_makes_nothing(foreign: Foreign, rule: str) -> None:
    """`up` without a preview, which ends at the first break, ends at this one; the cloud is asked for no write."""
    before = len([entry for entry in foreign.sandbox.requests() if entry.get("writes")])
    assert {rule} <= of_its_own(foreign.violations("up", "broken", [rule], "--yes", "--skip-preview"))
    assert before == len([entry for entry in foreign.sandbox.requests() if entry.get("writes")])
