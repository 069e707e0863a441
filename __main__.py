"""The Pulumi program: settings in, topology built, outputs out. What is built, and how, says `program/topology.py`."""

import gc

import pulumi

from mtlsedge_components.account import require_account
from program import outputs, topology
from settings.stack_config import from_pulumi

COLLECTOR = (100_000, 50, 50)
"""Thresholds of Python's garbage collector. The program keeps what it makes until it ends, so that every look for
cycles is in vain; with Python's own thresholds they took 40 % of the CPU time at 1,000 server groups."""

gc.set_threshold(*COLLECTOR)
settings = from_pulumi()
if not pulumi.runtime.is_dry_run():
    require_account(settings.account_id, settings.region, pulumi.runtime.get_config_env())
for name, value in outputs.stack_outputs(settings, topology.build(settings)).items():
    pulumi.export(name, value)
