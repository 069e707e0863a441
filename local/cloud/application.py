"""The control plane as one object: `Cloud(folder, api_address=...)`, `.start()`, `.stop()`, `.store`."""

import gc
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from local.behaviours import JOBS
from local.cloud import chosen_behaviours, controls, kms, tls, tokens
from local.cloud.access.identities import FILE as IDENTITIES_FILE
from local.cloud.access.identities import Identities
from local.cloud.alb import jobs
from local.cloud.alidns import domains
from local.cloud.context import Context, Health
from local.cloud.controls import Control
from local.cloud.credentials import Credentials, load_or_create
from local.cloud.dispatcher import Dispatcher
from local.cloud.ecs import instances
from local.cloud.faults import FILE_NAME as FAULTS_FILE
from local.cloud.faults import Faults
from local.cloud.key_files import KeyFiles
from local.cloud.request_log import FILE_NAME as LOG_FILE
from local.cloud.request_log import RequestLog
from local.cloud.server import Pages, Server
from local.cloud.store import FILE_NAME as STORE_FILE
from local.cloud.store import Store
from local.cloud.transitions import Transitions
from local.cloud.tunnel import Tunnel
from local.places import ACCOUNT_ID, REGION

GARBAGE = 50_000, 10, 10
"""How rarely Python looks for cycles: a page is thousands of objects without any, which are dropped at once."""
SLOW_JOB_SECONDS = 60
"""What asynchronous changes of ALB take where jobs take a minute."""
ZONES = ("example.test",)
"""DNS zones the local account owns before any program runs, as an operator's account owns its own."""


class Cloud:
    """One local Alibaba Cloud in `folder`; everything it keeps lies there, readable by its owner only."""

    def __init__(
        self,
        folder: Path,
        *,
        api_address: str,
        health: Health | None = None,
        pages: Pages | None = None,
        region: str = REGION,
        zones: Sequence[str] = ZONES,
        strict: bool = True,
        behave: Mapping[str, str] | None = None,
    ) -> None:
        """`api_address` is host:port (port 0 takes a free one); `health` reports a listener's servers; `pages` stand
        beside the API; `strict` refuses parameters that an action does not know, which else are logged and passed over;
        `behave` chooses answers to what nobody knows, beside those chosen before (ValueError that says what is allowed).
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.credentials: Credentials = load_or_create(folder / "credentials.json")
        self.store = Store(folder / STORE_FILE)
        chosen_behaviours.choose(self.store, behave or {})
        self.faults = Faults(folder / FAULTS_FILE)
        self.log_path = folder / LOG_FILE
        self.api_ca = tls.ensure(folder)
        self.tunnel = Tunnel(self.credentials.access_key_secret)
        self._address = api_address
        self._zones = zones
        self._pages = pages
        self._strict = strict
        self._server: Server | None = None
        self._transitions = Transitions(self.store, self._slower_by)
        self._context = Context(
            self.store, KeyFiles(folder), self._transitions, region, ACCOUNT_ID, lambda: self.api_address, health
        )

    @property
    def api_address(self) -> str:
        """`host:port` it listens on; the port is known for certain after `start`."""
        return self._address

    def start(self) -> None:
        """Bring the store up to date and listen; returns when calls are answered. OSError: port taken."""
        gc.set_threshold(*GARBAGE)
        self._prepare()
        host, port = self._address.rsplit(":", 1)
        identities = Identities(self.folder / IDENTITIES_FILE, self.credentials)
        dispatcher = Dispatcher(self._context, identities, self.faults, RequestLog(self.log_path), strict=self._strict)
        self._server = Server(
            (host, int(port)), tls.context(self.folder), dispatcher.answer, self._controls(), self.tunnel, self._pages
        )
        self._address = f"{host}:{self._server.server_address[1]}"
        self._transitions.start()
        self._server.serve_in_background()

    def stop(self) -> None:
        """Stop listening and close the store."""
        if self._server is not None:
            self._server.stop()
        self._transitions.stop()
        self.store.close()

    def _slower_by(self, kind: str) -> float:
        is_slow = kind.startswith(("alb.", jobs.KIND)) and chosen_behaviours.load(self.store).is_(JOBS, "minute")
        return self.faults.slower_by() + (SLOW_JOB_SECONDS if is_slow else 0)

    def _controls(self) -> Mapping[str, Control]:
        """What `/-/NAME` shows and changes."""
        return {"ready": controls.ready, "faults": partial(controls.faults, self.faults),
                "behaviours": partial(controls.behaviours, self.store)}  # fmt: skip

    def _prepare(self) -> None:
        kinds = ("cas.server_certificate", "cloud.served_certificate", "cas.pca_authority", kms.KIND)
        documents = [document for kind in kinds for document in self.store.list(kind)]
        kept = {document["KeyFile"] for document in documents if "KeyFile" in document}
        self._context.keys.sweep(kept)
        tokens.forget_old(self.store)
        jobs.forget_old(self.store)
        domains.seed(self.store, self._zones)
        instances.upgrade(self.store)
