"""The guide for Terraform users, followed as it stands: its configuration, its commands, one shell."""

import json
import re
import shlex
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from conformance.tofu.engine import LONGEST_SECONDS, Ended, Engine
from conformance.tofu.steps import FAILED, PASSED, Result
from local.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "guides" / "terraform.md"
BLOCK = re.compile(r"^```(hcl|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANSWER = "hello from this machine"
STARTED, APPLIED, ENDED = range(3)
"""The page's blocks of commands."""
CREDENTIALS = {"ALICLOUD_ACCESS_KEY": "LTAIanotheraccount", "ALICLOUD_SECRET_KEY": "another"}
"""Of somebody who has an account, and never told the local cloud of it."""
ANSWER_SECONDS = 10


def configuration() -> str:
    """What the page says a user may have."""
    (found,) = (text for kind, text in BLOCK.findall(PAGE.read_text()) if kind == "hcl")
    return str(found)


def commands() -> list[list[str]]:
    """The page's commands, by block."""
    return [text.splitlines() for kind, text in BLOCK.findall(PAGE.read_text()) if kind == "sh"]


def follow(engine: Engine, log: Path) -> Iterator[Result]:
    """Results as they come; the cloud that the page starts has its own folder and ports, and is ended whatever happens."""
    (engine.folder / "main.tf").write_text(configuration())
    path = f"{Path(sys.executable).parent}:{engine.environment['PATH']}"  # the page's `python`
    environment = {**engine.environment, **CREDENTIALS, **_elsewhere(engine.folder), "PATH": path}
    blocks = commands()

    def run(name: str, *lines: str) -> Result:
        ended = _shell(engine.folder, environment, [*blocks[STARTED], *lines], log)
        return Result(name, FAILED if ended.status else PASSED, ended.last_words)

    try:
        yield run("the guide's configuration, by its two variables: `apply`, then an empty `plan`", *blocks[APPLIED])
        yield _answer(engine.folder / "local" / "endpoints.json")
        yield run("the guide's end: `destroy`", *blocks[ENDED])
    finally:
        _shell(engine.folder, environment, ["python -m local stop"], log)


def _elsewhere(folder: Path) -> dict[str, str]:
    """A local cloud beside one that may run."""
    ports = {}
    for name in ("API", "DNS"):
        with socket.create_server(("127.0.0.1", 0)) as server:
            ports[f"MTLSEDGE_LOCAL_{name}_PORT"] = str(server.getsockname()[1])
    networks = {"MTLSEDGE_LOCAL_LOAD_BALANCERS": "127.62.10.", "MTLSEDGE_LOCAL_BACKENDS": "127.62.20."}
    return {**ports, **networks, "MTLSEDGE_LOCAL_DIR": str(folder / "local"), "MTLSEDGE_LOCAL_KUBERNETES": "0"}


def _shell(folder: Path, environment: dict[str, str], lines: list[str], log: Path) -> Ended:
    """The commands in one shell: those of this project in its folder, the engine's in the configuration's."""
    script = ["set -e"]
    for line in lines:
        place = folder if line.startswith("tofu ") else CHECKOUT
        script.append(f"cd {shlex.quote(str(place))}; {line}")
    done = subprocess.run(
        ["sh", "-c", "\n".join(script)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    with log.open("a") as file:
        file.write("".join(f"$ {line}\n" for line in lines) + done.stdout + "\n")
    return Ended(done.returncode, done.stdout)


def _answer(endpoints: Path) -> Result:
    """What the listener says, asked where the local cloud says that it is served."""
    name = "its listener answers with the rule's text"
    if not (listeners := json.loads(endpoints.read_text())["listeners"] if endpoints.exists() else []):
        return Result(name, FAILED, "there is no listener")
    address = f"http://{listeners[0]['address']}:{listeners[0]['port']}/hello"
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            address, timeout=ANSWER_SECONDS
        ) as answer:
            said = answer.read().decode()
    except OSError as problem:
        said = str(problem)
    return Result(name, PASSED if said == ANSWER else FAILED, said)
