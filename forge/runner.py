"""The runners: one for what requests contain, one for what only the default branch's own code does."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from forge import parts, processes
from forge.accounts import Account, confined, person, runner_account
from forge.errors import ForgeError
from forge.places import Places
from local.toolchain import cache

REGISTER_SECONDS = 60
CHOSEN = ("MTLSEDGE_LOCAL_KUBERNETES", "MTLSEDGE_NOW")
"""What jobs are told of who starts the runner: whether to build a cluster's parts, and a moved clock."""
REPORTED_FOR = "5m"
"""How long a job that has ended is reported: a forge that is started again meanwhile still learns of it."""


@dataclass(frozen=True)
class Runner:
    """A runner of one repository."""

    name: str
    label: str
    """What a job's `runs-on` says."""
    trusted: bool
    """Whether it is the person's own account, with the local stack's state; else an account that can touch nothing."""


CHECKS = Runner("checks", "ubuntu-24.04", trusted=False)
"""Runs previews, so the program of anybody's request."""
DEPLOYMENTS = Runner("deployments", "deployments", trusted=True)
"""Runs `up`. It belongs to a repository that only maintainers may write, or any workflow could name its label."""
RUNNERS = (CHECKS, DEPLOYMENTS)


def register(places: Places, runner: Runner, token: str) -> None:
    """Make the runner's folder and have the forge know it. Raises ForgeError."""
    account, folder = _account(runner), places.runner(runner.name)
    account.own(folder)
    configuration = folder / "config.yaml"
    configuration.write_text(yaml.safe_dump(_configuration(folder, runner)))
    account.give(configuration)
    done = subprocess.run(
        confined(
            account, parts.runner(), "register", "--no-interactive", "--config", configuration,
            "--instance", places.url, "--token", token, "--name", runner.name,
        ),
        cwd=folder, env=_environment(folder, account), capture_output=True, text=True,
        timeout=REGISTER_SECONDS, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise ForgeError(f"the runner {runner.name} could not be registered: {done.stderr.strip()}")


def start(places: Places, runner: Runner) -> bool:
    """Start a registered runner unless it runs. Returns whether it had to."""
    record = places.pid_file(f"runner-{runner.name}")
    if processes.running(record):
        return False
    account, folder = _account(runner), places.runner(runner.name)
    processes.start(
        confined(account, parts.runner(), "daemon", "--config", folder / "config.yaml"),
        record=record,
        folder=folder,
        environment=_environment(folder, account),
        log=places.root / f"runner-{runner.name}.log",
    )
    return True


def stop(places: Places, runner: Runner) -> bool:
    """End a runner, and what its jobs left running; False when it did not run."""
    return processes.stop(places.pid_file(f"runner-{runner.name}"))


def _account(runner: Runner) -> Account:
    return person() if runner.trusted else runner_account()


def _configuration(folder: Path, runner: Runner) -> Mapping[str, object]:
    return {
        "log": {"level": "info"},
        "runner": {
            "file": str(folder / "registration"),
            "capacity": 1,
            "fetch_interval": "1s",
            "fetch_interval_max": "1s",
            "log_report_interval": "1s",
            "log_report_max_latency": "500ms",
            "state_report_interval": "1s",
            "report_close_timeout": REPORTED_FOR,
            "labels": [f"{runner.label}:host"],
        },
        "cache": {"enabled": False},
        "host": {"workdir_parent": str(folder / "work")},
    }


def _environment(folder: Path, account: Account) -> dict[str, str]:
    """What every job starts with: Python and git, the toolchain's cache to read, a home of its own."""
    python = Path(sys.base_prefix) / "bin"
    chosen = {name: os.environ[name] for name in CHOSEN if name in os.environ}
    return chosen | {
        "PATH": f"{python}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder),
        "USER": account.name,
        "LANG": "C.UTF-8",
        "XDG_CACHE_HOME": str(cache.root().parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
