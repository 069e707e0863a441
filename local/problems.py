"""What can be wrong with a machine, each in one line for the reader."""

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from local.kubernetes.errors import ClusterError
from local.places import Places
from local.proxy.envoy import EnvoyError


class StartError(Exception):
    """The local cloud cannot run here; one line for the reader."""


@contextmanager
def plainly(places: Places, api: str, dns: str) -> Iterator[None]:
    """Turns what can be wrong with a machine into one line. Raises StartError."""
    try:
        yield
    except (EnvoyError, ClusterError) as error:
        raise StartError(str(error)) from None
    except (OSError, sqlite3.Error) as error:
        raise StartError(_explanation(error, places, api, dns)) from None


def fail(message: str) -> typer.Exit:
    """Says to the reader what is wrong, and is the exit status 1 to raise."""
    for line in message.splitlines():
        print(f"error: {line}", file=sys.stderr)
    return typer.Exit(1)


def disk_full(places: Places) -> str:
    """The line for a disk that takes nothing more."""
    return f"the disk that holds {places.root} is full"


def _explanation(error: OSError | sqlite3.Error, places: Places, api: str, dns: str) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC or "disk is full" in str(error):
        return disk_full(places)
    if number == errno.EADDRINUSE:
        return (
            f"another program listens at {api} (API) or {dns} (DNS); end it, or set MTLSEDGE_LOCAL_API_PORT / _DNS_PORT"
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{places.root} cannot be written: {error}"
    return f"{type(error).__name__}: {error}"
