"""The forge itself: its configuration, its start, its first user."""

import os
import secrets
import subprocess
import urllib.request
from base64 import urlsafe_b64encode
from pathlib import Path

from forge import parts, processes
from forge.accounts import Account, confined, forge_account
from forge.errors import ForgeError
from forge.places import Places

OPERATOR = "operator"
"""The forge's administrator."""
ADMIN_SECONDS = 60


def configuration(places: Places, account: Account) -> str:
    """`app.ini`: loopback, SQLite, no mail, nothing fetched from elsewhere, closed registration."""
    return f"""\
APP_NAME = mtlsedge
RUN_USER = {account.name}
RUN_MODE = prod
WORK_PATH = {places.gitea}

[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {places.port}
DOMAIN = 127.0.0.1
ROOT_URL = {places.url}/
LOCAL_ROOT_URL = {places.url}/
STATIC_ROOT_PATH = {parts.static()}
APP_DATA_PATH = {places.gitea}/data
OFFLINE_MODE = true
DISABLE_SSH = true
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = {places.gitea}/data/gitea.db
SQLITE_JOURNAL_MODE = WAL

[repository]
ROOT = {places.gitea}/data/repositories
DEFAULT_BRANCH = main

[security]
INSTALL_LOCK = true
SECRET_KEY = {secrets.token_hex(32)}
INTERNAL_TOKEN = {secrets.token_hex(32)}
PASSWORD_HASH_ALGO = pbkdf2_hi

[oauth2]
ENABLED = false
JWT_SECRET = {_signing_secret()}

[service]
DISABLE_REGISTRATION = true
REQUIRE_SIGNIN_VIEW = false
DEFAULT_KEEP_EMAIL_PRIVATE = true

[actions]
ENABLED = true
DEFAULT_ACTIONS_URL = self
ZOMBIE_TASK_TIMEOUT = 1m

[log]
MODE = file
LEVEL = Info
ROOT_PATH = {places.gitea}/log

[mailer]
ENABLED = false

[indexer]
ISSUE_INDEXER_TYPE = db

[session]
PROVIDER = memory

[cron]
ENABLED = true

[cron.update_checker]
ENABLED = false

[cron.stop_zombie_tasks]
SCHEDULE = @every 15s
"""


def start(places: Places) -> bool:
    """Start the forge unless it runs. Returns whether it had to. Raises ForgeError when it does not come up."""
    record = places.pid_file("gitea")
    if processes.running(record):
        return False
    if answers(places):
        raise ForgeError(f"something else listens on {places.url}: end it, or set MTLSEDGE_FORGE_PORT")
    account = forge_account()
    account.own(places.gitea)
    if not _ini(places).exists():
        _ini(places).write_text(configuration(places, account))
        account.give(_ini(places))
    log = places.root / "gitea.log"
    process = processes.start(
        confined(account, *_gitea(places, "web")),
        record=record,
        folder=places.root,
        environment=_environment(places, account),
        log=log,
    )
    processes.await_ready(process, lambda: answers(places), what="the forge", log=log)
    return True


def stop(places: Places) -> bool:
    """End the forge; False when it did not run."""
    return processes.stop(places.pid_file("gitea"))


def answers(places: Places) -> bool:
    """Whether the forge's health page says so."""
    try:
        with urllib.request.urlopen(f"{places.url}/api/healthz", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def make_operator(places: Places, password: str) -> str:
    """The first user, who may do everything. Returns a token of theirs."""
    made = admin(
        places, "user", "create", "--admin", "--username", OPERATOR, "--password", password,
        "--email", f"{OPERATOR}@forge.test", "--must-change-password=false",
        "--access-token", "--access-token-name", "seeding", "--access-token-scopes", "all",
    )  # fmt: skip
    for line in made.splitlines():
        if "access token" in line.lower():
            return line.split()[-1]
    raise ForgeError("the forge made its first user and showed no token")


def admin(places: Places, *arguments: str) -> str:
    """Run the forge's own command for administrators; its output."""
    account = forge_account()
    done = subprocess.run(
        confined(account, *_gitea(places, "admin", *arguments)),
        cwd=places.root, env=_environment(places, account), capture_output=True, text=True,
        timeout=ADMIN_SECONDS, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise ForgeError(f"gitea admin {arguments[0]} {arguments[1]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _signing_secret() -> str:
    """32 bytes as the forge writes them: base64 for addresses, without padding."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _gitea(places: Places, *arguments: str) -> list[str]:
    return [str(parts.gitea()), *arguments, "--config", str(_ini(places))]


def _ini(places: Places) -> Path:
    return places.gitea / "app.ini"


def _environment(places: Places, account: Account) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(places.gitea),
        "USER": account.name,
        "LANG": "C.UTF-8",
        "GITEA_WORK_DIR": str(places.gitea),
    }
