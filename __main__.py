"""The Pulumi program: settings in, topology built, outputs out. What is built, and how, says `program/topology.py`."""

import asyncio
import gc

import pulumi

from mtlsedge_components.account import require_account
from program import outputs, topology
from settings.stack_config import from_pulumi

COLLECTOR = (100_000, 50, 50)
"""Thresholds of Python's garbage collector. The program keeps what it makes until it ends, so that every look for
cycles is in vain; with Python's own thresholds they took 40 % of the CPU time at 1,000 server groups."""


async def registrations_begun() -> None:
    """Lets every registration begin before the SDK waits for them. It waits for those that have begun, one after the other;
    when none has, it waits for all outputs at once, again and again: half of the CPU time at 1,000 server groups.
    """
    await asyncio.sleep(0)


gc.set_threshold(*COLLECTOR)
pulumi.log.debug = lambda *_, **__: None  # four calls of the engine a resource, shown by `pulumi --debug` only
settings = from_pulumi()
if not pulumi.runtime.is_dry_run():
    require_account(settings.account_id, settings.region, pulumi.runtime.get_config_env())
for name, value in outputs.stack_outputs(settings, topology.build(settings)).items():
    pulumi.export(name, value)
pulumi.run(registrations_begun)
