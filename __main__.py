"""The Pulumi program: settings in, topology built, outputs out. What is built, and how, says `components/topology.py`."""

import pulumi

from components import outputs, topology
from components.account import require_account
from components.settings import from_pulumi

settings = from_pulumi()
if not pulumi.runtime.is_dry_run():
    require_account(settings.account_id, settings.region, pulumi.runtime.get_config_env())
for name, value in outputs.stack_outputs(settings, topology.build(settings)).items():
    pulumi.export(name, value)
