"""Runs a command that dies with its parent: `python child.py PARENT_PID COMMAND…`.

Linux sends the signal (prctl); elsewhere the supervisor's own end must stop the child.
The module is run by its path, before anything else is imported: standard library only.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Asks for the signal, then becomes the command. Exits when the parent is already gone."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606  (the command is the supervisor's own)


if __name__ == "__main__":
    main(sys.argv[1:])
