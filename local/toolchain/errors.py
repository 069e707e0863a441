"""The one error a person sees from the toolchain."""

import errno

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class ToolchainError(Exception):
    """Something is missing or went wrong; the text is for the person at the keyboard."""


def explain(problem: OSError) -> str:
    """One line for an operating-system error; a full disk gets the advice that goes with it."""
    if problem.errno in DISK_FULL:
        where = f" under {problem.filename}" if problem.filename else ""
        return f"the disk is full{where}: free some space, or set XDG_CACHE_HOME to a larger disk, and run it again"
    return f"{problem.strerror or problem}: {problem.filename}" if problem.filename else str(problem)
