"""Entry point of the policy pack: `--policy-pack policy/run`, or the folder with a current language host."""

from pulumi_policy import PolicyPack
from rules import RULES  # type: ignore[import-not-found]  # the engine runs this folder by path

PolicyPack("mtlsedge", policies=list(RULES))
