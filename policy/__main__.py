"""Entry point of the policy pack: `--policy-pack policy/run`, or the folder with a current language host."""

from pulumi_policy import PolicyPack
from rules import RULES

PolicyPack("mtlsedge", policies=list(RULES))
