"""Registers raw resources of `tests.policy.stacks` with an engine: `MTLSEDGE_POLICY_STACKS` says broken or close ones,
`MTLSEDGE_POLICY_RULES` of which rules.

Every rule's resources get ids of their own, so that no rule's stack concerns another rule.
"""

import json
import os
from typing import Any

import pulumi

from tests.policy.stacks import STACKS, Raw


def main() -> None:
    """Register everything; names begin with the rule that the resource is about."""
    which, rules = os.environ["MTLSEDGE_POLICY_STACKS"], os.environ["MTLSEDGE_POLICY_RULES"].split()
    for number, rule in enumerate(rules):
        for position, raw in enumerate(STACKS[rule].broken if which == "broken" else STACKS[rule].close):
            text = json.dumps(raw.props).replace('"alb-', f'"alb-r{number}x').replace('"sgp-', f'"sgp-r{number}x')
            _register(raw, f"{rule}/{position}", json.loads(text))


def _register(raw: Raw, name: str, props: dict[str, Any]) -> None:
    options = pulumi.ResourceOptions(additional_secret_outputs=list(raw.secret_outputs))
    pulumi.CustomResource(raw.type, name, props, options)


main()
