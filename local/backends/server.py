"""A server behind the local load balancers: it greets with its name, and echoes the request."""

import json
import ssl

from aiohttp import web

from local.backends.plan import Backend

SHUTDOWN_SECONDS = 0.2


def application(backend: Backend) -> web.Application:
    """`GET /echo` describes the request; every other path greets. `x-served-by` names the server in both."""
    greeting = f"Hello World ! This is {backend.name}.\n"
    served_by = {"x-served-by": backend.name}

    async def greet(_request: web.Request) -> web.Response:
        return web.Response(text=greeting, headers=served_by)

    async def echo(request: web.Request) -> web.Response:
        seen = {
            "server": backend.name,
            "method": request.method,
            "path": request.path_qs,
            "headers": {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers},
        }
        return web.Response(text=json.dumps(seen, indent=1) + "\n", content_type="application/json", headers=served_by)

    made = web.Application()
    made.router.add_route("*", "/echo", echo)
    made.router.add_route("*", "/{path:.*}", greet)
    return made


def broken_application(backend: Backend, status: int) -> web.Application:
    """Answers every request with one status: a server that runs but does not work."""

    async def fail(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=f"{backend.name} is broken.\n", headers={"x-served-by": backend.name})

    made = web.Application()
    made.router.add_route("*", "/{path:.*}", fail)
    return made


async def serve(backend: Backend, app: web.Application, context: ssl.SSLContext | None) -> web.AppRunner:
    """Listens; `cleanup()` of the runner closes the socket and every connection. Raises OSError (port taken)."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, backend.address, backend.port, ssl_context=context, reuse_address=True)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return runner
