"""All backends in one thread with one event loop, kept in step with the store."""

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from pathlib import Path
from ssl import SSLContext
from typing import Any

from aiohttp import web

from local.backends import breaking, plan, self_signed, server
from local.backends.plan import Backend
from local.proxy import addresses, inventory
from local.proxy.addresses import Placement
from local.proxy.inventory import ReadableStore

CALL_SECONDS = 20
Running = dict[tuple[Backend, int | None], web.AppRunner]
"""By backend and the status it answers when broken (None: it works)."""


class Fleet:
    """Starts and stops backends. `folder` holds the switch file (see `breaking`)."""

    def __init__(self, store: ReadableStore, folder: Path, placement: Placement | None = None) -> None:
        self.store = store
        self.folder = folder
        self.placement = placement or addresses.detect()
        self._running: Running = {}
        self._problems: list[str] = []
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread
        self._tls = cache(self_signed.context)

    def start(self) -> None:
        """Starts the thread and the backends that the store asks for.

        The loop is made here: a fleet that never starts has nothing to close.
        """
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="backends", daemon=True)
        self._thread.start()
        self.reconcile()

    def stop(self) -> None:
        """Stops every backend and the thread."""
        self._call(self._bring_to(set()))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()

    def reconcile(self) -> None:
        """Brings the backends in line with the store and the switch file; returns when they listen."""
        broken = breaking.read(self.folder)
        wanted = plan.wanted(inventory.read(self.store), self.placement)
        states = {(backend, broken.get(backend.name)) for backend in wanted}
        self._call(self._bring_to({state for state in states if state[1] != breaking.NOT_LISTENING}))

    def problems(self) -> list[str]:
        """Backends that cannot listen, and why."""
        return list(self._problems)

    def sockets(self) -> list[Backend]:
        """The backends that listen now."""
        return sorted((backend for backend, _ in self._running), key=lambda item: (item.name, item.port))

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_SECONDS)

    async def _bring_to(self, wanted: set[tuple[Backend, int | None]]) -> None:
        """Stops first, so that a socket is free for what replaces it."""
        surplus = [state for state in self._running if state not in wanted]
        await asyncio.gather(*(self._running.pop(state).cleanup() for state in surplus))
        self._problems = []
        for backend, status in wanted - self._running.keys():
            await self._start(backend, status)

    async def _start(self, backend: Backend, status: int | None) -> None:
        app = server.application(backend) if status is None else server.broken_application(backend, status)
        context: SSLContext | None = self._tls() if backend.tls else None
        try:
            self._running[backend, status] = await server.serve(backend, app, context)
        except OSError as error:
            self._problems.append(
                f"backend {backend.name} cannot listen at {backend.address}:{backend.port}: {error.strerror}"
            )
