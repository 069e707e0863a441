"""Whether this stack has a cluster at all. Standard library only: the toolchain asks before any package is installed."""

import os
import re

from local.places import CHECKOUT, Places

VARIABLE = "MTLSEDGE_LOCAL_KUBERNETES"
"""`1` or `0` decides without looking at a stack file (tests, and people who want a cluster to play with)."""
STACK_FILE = "Pulumi.local.yaml"
KEY = re.compile(r"^\s+[\"']?mtlsedge:kubernetes[\"']?\s*:", re.MULTILINE)


def is_wanted(places: Places) -> bool:
    """Whether the local stack file configures `mtlsedge:kubernetes`; the file beside `.local` counts first."""
    decided = os.environ.get(VARIABLE)
    if decided:
        return decided == "1"
    for folder in (places.root.parent, CHECKOUT):
        file = folder / STACK_FILE
        if file.is_file():
            return bool(KEY.search(file.read_text(encoding="utf-8")))
    return False
