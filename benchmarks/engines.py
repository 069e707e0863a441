"""Pulumi beside OpenTofu: the console half of the local stack in Python and in HCL, and programs without resources.

Both call one local cloud through the same provider's code. The stack has more to do than the HCL: keys, certificates and
the upload of the CA are resources of it, and OpenTofu gets them as variables.
"""

import json
from collections.abc import Iterator
from typing import Protocol

from benchmarks.bare import Beside
from benchmarks.measuring import Comparison, Cost, Goal, cost, costs_in_turn
from benchmarks.workplace import Workplace
from conformance.account import upload_authority
from conformance.tofu import guide, source
from conformance.tofu.engine import Engine, of_this_machine, server_pair
from conformance.tofu.page import TOPOLOGY
from local.cloud.alb.zones import zone_ids
from local.kubernetes.controller.openapi import Api
from local.places import REGION
from tests.engine.sandbox import STACK, Sandbox

SANDBOX_NUMBER = 7
ROUNDS = 3
HOST = "www.example.test"
BEFORE, AFTER = 20, 21
"""The HTTPS listener's idle timeout, and what the one change makes of it."""
EMPTY = """\
terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}

provider "alicloud" {}

variable "idle_timeout" {}
"""
PROVIDER = {"ALIBABA_CLOUD_ACCOUNT_TYPE": "International", "ALICLOUD_REGION": REGION}
"""As the stack file says it to the other one."""


class Side(Protocol):
    """One engine with one program, which has a value that can be changed."""

    def up(self, value: int) -> None:
        """Make the cloud what the program says."""

    def destroy(self) -> None:
        """Take everything away."""


def engines(place: Workplace) -> Iterator[Comparison]:
    """First `up`, no change, one change and `destroy` with Pulumi and with OpenTofu; the same of a program without resources."""
    programs, stack = source.obtain(), Sandbox(place.stack.root / "engines", SANDBOX_NUMBER)
    stack.start()
    try:
        stack.init()
        nothing = _costs(_Nothing(stack), _Hcl(stack, programs, "nothing"))
        whole = _costs(_Stack(stack), _Hcl(stack, programs, "whole").take_topology(stack))
    finally:
        stack.stop()
    against = f"OpenTofu {source.VERSION}"
    for step, costs in whole.items():
        bare = nothing[step]
        yield Comparison(f"{step}, a program without resources", *bare, against)
        yield Comparison(f"{step}, the console half", *costs, against, goals=(no_slower(costs, bare),))


def no_slower(whole: tuple[Cost, Cost], nothing: tuple[Cost, Cost]) -> Goal:
    """Ours is slower by no more than the engines differ by on nothing."""
    beyond = (whole[0] - whole[1]) - (nothing[0] - nothing[1])
    return Goal("slower than OpenTofu beyond what the engines differ by", beyond, lambda seconds: seconds <= 0, " s")


def _costs(ours: Side, beside: Side) -> dict[str, tuple[Cost, Cost]]:
    """Of each step: ours, then what runs beside it."""
    found = {"first up": (cost(lambda: ours.up(BEFORE)), cost(lambda: beside.up(BEFORE)))}
    found["no change"] = costs_in_turn(lambda: ours.up(BEFORE), lambda: beside.up(BEFORE), ROUNDS)
    found["one change"] = (cost(lambda: ours.up(AFTER)), cost(lambda: beside.up(AFTER)))
    found["destroy"] = (cost(ours.destroy), cost(beside.destroy))
    return found


class _Stack:
    """The sandbox's own stack; its files are not exported, which OpenTofu does not do either."""

    def __init__(self, stack: Sandbox) -> None:
        self._stack = stack

    def up(self, value: int) -> None:
        listener = self._stack.read_config()["config"]["mtlsedge:listener"]
        with self._stack.changed({"mtlsedge:listener": {**listener, "idleTimeout": value}}):
            self._stack.up()

    def destroy(self) -> None:
        self._stack.pulumi("destroy", "--yes", "--skip-preview", "--stack", STACK)


class _Nothing:
    """A Pulumi program without resources."""

    def __init__(self, stack: Sandbox) -> None:
        self._beside = Beside(stack, "nothing")
        self._beside.program("import pulumi\n")

    def up(self, value: int) -> None:  # noqa: ARG002 - there is nothing to change
        self._beside.up()

    def destroy(self) -> None:
        self._beside.destroy()


class _Hcl:
    """OpenTofu, led to the sandbox's cloud by its public names."""

    def __init__(self, stack: Sandbox, programs: source.Programs, name: str) -> None:
        """`name` is of a folder that does not exist yet; without a `take` the configuration has no resources."""
        names = stack.python("-m", "local", "names", "--json", env=stack.base_environment()).stdout
        environment = of_this_machine() | json.loads(names) | guide.CREDENTIALS | PROVIDER
        folder = stack.root / "hcl" / name
        folder.mkdir(parents=True)
        self._engine = Engine(programs, folder, environment)
        (folder / "main.tf").write_text(EMPTY)

    def take_topology(self, stack: Sandbox) -> "_Hcl":
        """With the console half."""
        said = stack.environment()
        api = Api(
            f"127.0.0.1:{stack.api_port}",
            REGION,
            said["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            said["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        )
        key, certificate = server_pair(self._engine.folder / "server", HOST)
        zones = {zone: f"192.168.{number}.0/24" for number, zone in enumerate(zone_ids(REGION)[:2], 1)}
        self._engine.take(
            TOPOLOGY,
            ca_certificate_id=upload_authority(api, "bench"),
            certificate=certificate,
            private_key=key,
            region=REGION,
            zones=zones,
        )
        return self

    def up(self, value: int) -> None:
        self._run("apply", f"-var=idle_timeout={value}")

    def destroy(self) -> None:
        self._run("destroy", "-var=idle_timeout=0")

    def _run(self, *arguments: str) -> None:
        ended = self._engine.run(arguments[0], "-auto-approve", *arguments[1:])
        if ended.status:
            raise AssertionError(f"{' '.join(arguments)} ended with {ended.status}\n{ended.said}")
