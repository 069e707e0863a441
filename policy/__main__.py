"""Entry point of the policy pack: `--policy-pack policy/run`, or the folder with a current language host."""

import sys
from pathlib import Path

from pulumi_policy import PolicyPack

# The pack reads stacks with the functions of `exposure`, beside its folder; the engine puts only the folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from rules import RULES

PolicyPack("mtlsedge", policies=list(RULES))
