"""A short topology's life on the real engine and the vendor's provider, while the local cloud's calls are struck by a seed.

A run is `up`, a change of everything, `destroy`. After each the faults are off and what the state says is compared with what
the account holds; what an `up` without faults does not heal is recovered as an operator would. There is no data plane.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from pulumi import automation

from local.cloud import seeded_faults
from local.cloud.credentials import Credentials, load_or_create
from local.cloud.request_log import FILE_NAME as LOG_FILE
from local.cloud.request_log import entries
from local.cloud.store import FILE_NAME as STORE_FILE
from local.places import Places
from local.toolchain import ensuring
from tests import lone_cloud
from tests.engine import short_topology
from tests.local.conftest import REGION, Account
from tests.ports import free_port
from tests.waiting import eventually

CHECKOUT = Path(__file__).resolve().parents[2]
STACK, PROJECT = "struck", "short"
PRODUCTS = ("vpc", "ecs", "alb", "cas", "alidns", "sts", "location", "bssopenapi")
LONGEST_SECONDS = 900
"""The provider gives up what takes longer than its own limits, of which ten minutes is the longest here."""
REMOVALS: Mapping[str, tuple[str, str, str]] = {
    "alb.server_group": ("alb", "DeleteServerGroup", "ServerGroupId"),
    "cas.server_certificate": ("cas", "DeleteUserCertificate", "CertId"),
    "ecs.security_group": ("ecs", "DeleteSecurityGroup", "SecurityGroupId"),
    "vpc.vswitch": ("vpc", "DeleteVSwitch", "VSwitchId"),
    "vpc.vpc": ("vpc", "DeleteVpc", "VpcId"),
}
"""What an operator calls for what no state knows, in the order in which the cloud lets go; a CA and its repository are found again."""
UNSEEN = frozenset({"lost-reply", "reset", "kill"})
"""Faults after which a write is done of which its caller knows nothing."""

ENDED_BY_THE_ENGINE = "exited prematurely"
"""What the engine says of a plugin that it ended itself while calls were under way, once another resource had failed."""
BROKEN_OFF = ("connection refused", "connection reset", "broken pipe", "EOF", "NoAnswer", "did not answer")
"""What the provider, or our plugin, says of a connection that ended without an answer."""
NOT_DONE = ("couldn't find resource", "timeout while waiting for resource to be gone")
"""What the provider says of something whose creation, or deletion, the cloud accepted and whose job failed: it asks for the
thing, not about the job, and names the thing. The id of one that was not made stays in the state until a refresh."""


@dataclass
class StruckCloud:
    """A control plane in a process of its own, started again whenever it is killed."""

    folder: Path
    address: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    kills: int = 0
    _process: "subprocess.Popen[str] | None" = None
    _ends: bool = False

    @contextmanager
    def serving(self) -> Iterator["StruckCloud"]:
        """While it is needed."""
        self._start()
        watch = threading.Thread(target=self._watch, daemon=True)
        watch.start()
        try:
            yield self
        finally:
            self._ends = True
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.close()
            watch.join()

    def _start(self) -> None:
        self._process, address = lone_cloud.start(self.folder, self.address)
        assert address == self.address

    def _watch(self) -> None:
        while True:
            assert self._process is not None
            self._process.wait()
            if self._ends:
                return
            self.kills += 1
            self._start()

    def faults(self, wish: Mapping[str, Any]) -> None:
        """Switch faults."""
        request = urllib.request.Request(
            f"http://{self.address}/-/faults", json.dumps(wish).encode(), {"Content-Type": "application/json"}
        )
        with eventually(lambda: urllib.request.urlopen(request, timeout=60)) as answer:  # it may be dying
            answer.read()

    @property
    def credentials(self) -> Credentials:
        """The owner's."""
        return load_or_create(self.folder / "credentials.json")

    @property
    def account(self) -> Account:
        """The owner's account."""
        return Account(cast("Any", SimpleNamespace(api_address=self.address, credentials=self.credentials)))

    def logged(self) -> list[dict[str, Any]]:
        """Every call so far."""
        path = self.folder / LOG_FILE
        return list(entries(path.read_text().splitlines())) if path.exists() else []

    def held(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Id -> kind and document of what the account holds."""
        with sqlite3.connect(self.folder / STORE_FILE) as store:
            rows = store.execute("SELECT kind, id, document FROM documents ORDER BY sequence").fetchall()
        found = {id_: (kind, json.loads(text)) for kind, id_, text in rows if not kind.startswith("cloud.")}
        return {id_: (kind, one) for id_, (kind, one) in found.items() if not one.get("Preexisting")}


@dataclass
class Step:
    """One command under faults, and what it took to be well again."""

    name: str
    ok: bool
    seconds: float
    faults: dict[str, int]
    healed: str = ""


@dataclass
class Run:
    """One life under one seed: `run`, then `problems`, which are none where all is as it should be."""

    folder: Path
    seed: int
    rate: float
    steps: list[Step] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unmade: bool = False
    """Whether the job of an update failed in the last step: the provider tells such an update as done, as it asks for the thing alone."""
    orphans: Counter[str] = field(default_factory=Counter)
    """Kinds of what was made and is in no state, though nothing in the program made it twice."""

    def run(self) -> None:
        """Every step; the folder is left if there are problems."""
        with StruckCloud(self.folder / "cloud").serving() as cloud:
            stack = self._stack(cloud)
            for revision in short_topology.REVISIONS:
                stack.workspace.program = short_topology.program(revision)
                self._step(cloud, revision, stack.up)
                self._heal(cloud, stack, revision)
                self._compare(cloud, revision)
            self._step(cloud, "destroy", stack.destroy)
            self._end(cloud, stack)
        if not self.problems:
            shutil.rmtree(self.folder)

    def _stack(self, cloud: StruckCloud) -> automation.Stack:
        for name in ("state", "home", "work"):
            (self.folder / name).mkdir(parents=True)
        config = {
            "region": REGION, "accountType": "International", "skipRegionValidation": "true", "protocol": "HTTP",
            "endpoints": json.dumps([dict.fromkeys(PRODUCTS, cloud.address)]),
        }  # fmt: skip
        options = automation.LocalWorkspaceOptions(
            work_dir=str(self.folder / "work"),
            env_vars={
                "PATH": tool_path(),
                "PULUMI_HOME": str(self.folder / "home"),
                "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}?metadata=skip",
                "PULUMI_CONFIG_PASSPHRASE": "struck",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "ALIBABA_CLOUD_ACCESS_KEY_ID": cloud.credentials.access_key_id,
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cloud.credentials.access_key_secret,
                "SSL_CERT_FILE": str(cloud.folder / "api-ca.crt"),
            },
            project_settings=automation.ProjectSettings(name=PROJECT, runtime="python"),
            stack_settings={
                STACK: automation.StackSettings(config={f"alicloud:{key}": value for key, value in config.items()})
            },
        )
        return _without_reports(automation.create_stack(STACK, project_name=PROJECT, program=_nothing, opts=options))

    def _step(self, cloud: StruckCloud, name: str, command: Callable[..., Any]) -> None:
        """One command under faults: it ends, each error of it has its cause in the log, and so has what the state lacks."""
        since = len(cloud.logged())
        wish = {"kind": "seeded", "seed": self.seed, "rate": self.rate, "kinds": [*seeded_faults.SHARES]}
        cloud.faults(wish)
        began, errors = time.monotonic(), self._tried(command)
        seconds = time.monotonic() - began
        cloud.faults({"clear": True})
        calls = cloud.logged()[since:]
        struck = Counter(fault["kind"] for call in calls for fault in call.get("faults", ()))
        self.steps.append(Step(name, not errors, round(seconds, 1), dict(struck)))
        if seconds > LONGEST_SECONDS:
            self._problem(f"took {seconds:.0f} s")
        without = [error for error in errors if not has_cause(error, calls)]
        for error in without:
            if ENDED_BY_THE_ENGINE not in error or len(without) == len(errors):
                self._problem(f"no cause in the log: {error[:2000]}")
        self.unmade = any(_struck(call, "failed-job") and call["action"].startswith("Update") for call in calls)
        unknown, denied = self._differences(cloud)
        unseen = any(fault["kind"] in UNSEEN for call in calls if call["writes"] for fault in call.get("faults", ()))
        if unknown and not unseen:
            self._problem(f"no state knows {unknown}, though no reply to a write was lost")
        accepted = {call["action"] for call in calls if errors and _struck(call, "failed-job")}
        denied = [what for what in denied if f"Create{what.split()[0].rpartition(':')[2]}" not in accepted]
        if denied and not (errors and any(call["action"].startswith("Delete") for call in calls)):
            self._problem(f"the state has {denied}, which the API denies")

    def _tried(self, command: Callable[..., Any], **options: Any) -> list[str]:
        """The errors that a command of the engine tells; none if it went well."""
        errors: list[str] = []

        def notice(event: automation.EngineEvent) -> None:
            told = event.diagnostic_event
            if told is not None and told.severity == "error":
                errors.append(told.message)

        try:
            command(color="never", on_event=notice, **options)
        except automation.CommandError as failure:
            return errors or [str(failure)]
        return []

    def _differences(self, cloud: StruckCloud) -> tuple[list[str], list[str]]:
        """What the account has and the state has not, and the reverse."""
        known, held = self._known(), cloud.held()
        return (
            [f"{held[id_][0]} {id_}" for id_ in held if id_ not in known],
            [f"{type_} {id_}" for id_, type_ in known.items() if id_ not in held],
        )

    def _known(self) -> dict[str, str]:
        """Id -> type of what the state holds."""
        path = self.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json"
        resources = (json.loads(path.read_text())["checkpoint"]["latest"] or {}).get("resources", [])
        return {
            one["id"]: one["type"]
            for one in resources
            if one.get("custom") and one.get("id") and not one["type"].startswith("pulumi:")
        }

    def _heal(self, cloud: StruckCloud, stack: automation.Stack, revision: str) -> None:
        """A second `up` without faults; where that is not enough, one that reads what there is, without what no state knows.

        An update that the cloud has refused is in the state all the same with some of the vendor's resources.
        """
        step = self.steps[-1]
        if step.ok and not any(self._differences(cloud)) and not self.unmade:
            return
        errors = self._tried(stack.up)
        step.healed = "up"
        if self.unmade or errors or any(self._differences(cloud)) or self._outdated(cloud, revision):
            before = sum(self.orphans.values())
            self._remove_unknown(cloud)
            step.healed = "up --refresh" if sum(self.orphans.values()) == before else "orphans, up --refresh"
            errors = self._tried(stack.up, refresh=True)
        for error in errors:
            self._problem(f"not healed: {error[:2000]}")
        if any(self._differences(cloud)):
            self._problem(f"not healed: {self._differences(cloud)}")

    def _remove_unknown(self, cloud: StruckCloud) -> None:
        known = self._known()
        for kind, (product, action, key) in REMOVALS.items():
            for id_, (held_kind, _) in cloud.held().items():
                if held_kind == kind and id_ not in known:
                    self.orphans[kind] += 1
                    cloud.account.raw(product, action, **{key: id_, "RegionId": REGION})
                    eventually(lambda id_=id_: id_ not in cloud.held())

    def _compare(self, cloud: StruckCloud, revision: str) -> None:
        """No update is lost: each thing is there once, as the program says it."""
        held = Counter(kind for kind, _ in cloud.held().values())
        if held != Counter(short_topology.KINDS):
            self._problem(f"the account holds {dict(held)}")
        for outdated in self._outdated(cloud, revision):
            self._problem(f"an update was lost: {outdated}")

    def _outdated(self, cloud: StruckCloud, revision: str) -> list[str]:
        return [
            f"{kind} {id_}"
            for id_, (kind, one) in cloud.held().items()
            if not short_topology.is_of(revision, kind, one)
        ]

    def _end(self, cloud: StruckCloud, stack: automation.Stack) -> None:
        """A second `destroy` without faults leaves nothing but what no state knows, which is removed."""
        step = self.steps[-1]
        if not step.ok:
            step.healed = "destroy"
            for error in self._tried(stack.destroy, refresh=True):
                self._problem(f"not destroyed: {error[:2000]}")
        self._remove_unknown(cloud)
        if self._known() or cloud.held():
            self._problem(f"left: state {self._known()}, account {sorted(cloud.held())}")

    def _problem(self, text: str) -> None:
        self.problems.append(f"{self.steps[-1].name}: {text}")


def has_cause(error: str, calls: list[dict[str, Any]]) -> bool:
    """Whether an error names a call that the log has as refused, or an action whose reply it has as lost.

    What was under way while the cloud was killed is in no log; the call whose write killed it is.
    """
    if (
        "update failed" in error
        or any(call["requestId"] in error for call in calls)
        or _is_of_a_failed_job(error, calls)
    ):
        return True
    killed = any(_struck(call, "kill") for call in calls)
    broken_off = any(text in error for text in BROKEN_OFF)
    return broken_off and (killed or any(call["lost"] and call["action"] in error for call in calls))


def _without_reports(stack: automation.Stack) -> automation.Stack:
    """Spares three starts of the engine after each command, for outputs and a history that no check reads."""
    now = datetime.now(UTC)
    summary = automation.UpdateSummary("update", now, "", {}, {}, "succeeded", now)
    stack.info = lambda *_, **__: summary  # type: ignore[method-assign]
    stack.outputs = dict  # type: ignore[method-assign]
    return stack


def _is_of_a_failed_job(error: str, calls: list[dict[str, Any]]) -> bool:
    """Whether the provider waited in vain for what the log has as accepted, with a job that failed."""
    return any(text in error for text in NOT_DONE) and any(
        _struck(call, "failed-job") and re.sub(r"^(Create|Delete)", "", call["action"]) in error for call in calls
    )


def _struck(call: Mapping[str, Any], kind: str) -> bool:
    return any(fault["kind"] == kind for fault in call.get("faults", ()))


def _nothing() -> None:
    pass


def tool_path() -> str:
    """PATH with the engine and the plugins that the toolchain has made for this checkout."""
    made = ensuring.read(Places(CHECKOUT / ".local"))
    folders = [*made["path"], str(Path(made["plugins"]["alicloud"]).parent), str(CHECKOUT / "components" / "plugin")]
    return os.pathsep.join([*folders, os.environ["PATH"]])
