"""`mtlsedge verify`: the checks of the tutorials, as a table or as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from mtlsedge.cloud import Cloud
from mtlsedge.errors import CommandError
from mtlsedge.expiry import Windows
from mtlsedge.options import AsJson, OutputsFile, StackName, port_map
from mtlsedge.outputs import StackOutputs, load
from mtlsedge.report import console
from mtlsedge.stack import Stack
from mtlsedge.verify import running, state_keys
from mtlsedge.verify.entry_points import JudgedListener, entry_points
from mtlsedge.verify.health_source import reader
from mtlsedge.verify.resolving import split_address
from mtlsedge.verify.result import Result
from mtlsedge.verify.table import Check
from mtlsedge.verify.target import Options, Target


def verify(  # noqa: PLR0913 - one parameter an option
    *,
    stack: StackName = "",
    outputs: OutputsFile = None,
    as_json: AsJson = False,
    details: Annotated[bool, typer.Option("--details", help="Show what each check did.")] = False,
    resolver: Annotated[
        str,
        typer.Option(
            envvar="MTLSEDGE_RESOLVER", help="Resolver for every name, IP-ADDRESS:PORT; default: the system's."
        ),
    ] = "",
    port_map_text: Annotated[
        str, typer.Option("--port-map", envvar="MTLSEDGE_PORT_MAP", help="Declared to actual ports: 443:8443,80:8080.")
    ] = "",
    server_ca: Annotated[
        Path | None,
        typer.Option(
            envvar="MTLSEDGE_SERVER_CA",
            help="PEM that signs the server's certificate, where the outputs do not know it; default: the system's roots.",
        ),
    ] = None,
    client: Annotated[str, typer.Option(help="Client to connect as; default: the first whose key the stack has.")] = "",
    client_cert: Annotated[
        Path | None,
        typer.Option("--client-cert", help="PEM chain of a client that is let in, leaf first; with --client-key."),
    ] = None,
    client_key: Annotated[
        Path | None, typer.Option("--client-key", help="PEM key of --client-cert; it is read, never sent or written.")
    ] = None,
    echo_path: Annotated[
        str, typer.Option(envvar="MTLSEDGE_ECHO_PATH", help="Path of a page that echoes request headers as JSON.")
    ] = "",
    api: Annotated[bool, typer.Option("--api/--no-api", help="Ask the ALB API for the servers' health.")] = True,
    settle: Annotated[float, typer.Option(help="Seconds to wait for first health probes.", min=0)] = 20.0,
    authority_key_from_state: Annotated[
        bool,
        typer.Option(
            "--authority-key-from-state",
            help="Read the CA's key from the stack's state and sign short-lived test certificates in memory (expired, server-only, rotated-out).",
        ),
    ] = False,
    listener: Annotated[
        str, typer.Option(help="Additional listener to check, alone; then --client-cert is one of its clients.")
    ] = "",
    requests: Annotated[int, typer.Option(help="Most requests to see every server.", min=1)] = 20,
    timeout: Annotated[float, typer.Option(help="Seconds for one connection or DNS answer.", min=0.1)] = 5.0,
    ca_days: Annotated[int, typer.Option(help="Window of CA certificates, days.")] = Windows.authority,
    server_days: Annotated[int, typer.Option(help="Window of the server certificate, days.")] = Windows.server,
    client_days: Annotated[int, typer.Option(help="Window of client certificates, days.")] = Windows.client,
) -> None:
    """Checks a running stack, row by row. Exit status: 0 nothing failed, 1 a check failed, 2 could not run,
    3 nothing failed but a core row (no certificate, stranger, accepted) was not checked.

    "not checked" means that a check lacks a premise; it is never a pass. Each row is independent: a fault
    turns the one row red that names it.

    Examples: `python -m mtlsedge verify --stack prod`, `python -m mtlsedge verify --client alice --json`.
    """
    if resolver:
        split_address(resolver, "--resolver")
    files = _client_files(client, client_cert, client_key)
    if echo_path and not echo_path.startswith("/"):
        raise CommandError(f"--echo-path: found {echo_path!r}; expected a path that starts with /")
    source = Stack(stack)
    facts = load(outputs, source, show_secrets=True)
    choice = Options(
        resolver,
        port_map(port_map_text),
        server_ca,
        client,
        files,
        echo_path,
        requests,
        timeout,
        Windows(ca_days, server_days, client_days),
    )
    found, now = _chosen(facts, listener), datetime.now(UTC)
    targets = [
        Target(
            entry.outputs,
            choice if _is_about(entry, choice, facts, listener) else replace(choice, client="", client_files=None),
            now,
            reader(partial(_cloud, source), entry.outputs, settle) if api else None,
            of_others=entry.of_others,
        )
        for entry in found
    ]
    _ = targets[0].client_name  # a client that is not there is said before any row
    if authority_key_from_state:
        state = source.state(show_secrets=True)
        targets = [_with_keys(target, state) for target in targets]
    results = _run([(target, entry.checks) for target, entry in zip(targets, found, strict=True)])
    if as_json:
        typer.echo(running.as_json(stack or ("" if outputs else source.selected()), results))
    else:
        running.show(console(), results, details=details)
    raise typer.Exit(running.exit_status(results))


def _chosen(facts: StackOutputs, listener: str) -> tuple[JudgedListener, ...]:
    """The listeners to check. Raises CommandError for one that the stack does not have."""
    if listener and listener not in facts.additional:
        known = ", ".join(sorted(facts.additional)) or "none"
        raise CommandError(f"--listener: found {listener!r}; beside the first the stack has {known}")
    return tuple(entry for entry in entry_points(facts) if not listener or entry.name == listener)


def _is_about(entry: JudgedListener, choice: Options, facts: StackOutputs, listener: str) -> bool:
    """Whether the client that was named is one of this listener's; one that no listener has is told by the first."""
    if choice.client_files:
        return entry.name == listener
    return choice.client in entry.outputs.clients or choice.client not in facts.clients


def _with_keys(target: Target, state: Mapping[str, Any]) -> Target:
    believed, retired = state_keys.issuers(state, target.outputs.authority)
    return replace(target, issuers=believed, rotated_out=retired)


def _client_files(client: str, certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """The client given as files. Raises CommandError for half of it, or for two clients."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise CommandError("--client-cert and --client-key: found one of the two; expected both or none")
    if client:
        raise CommandError("--client and --client-cert: found both; expected one client")
    return certificate, key


def _cloud(source: Stack) -> Cloud:
    return Cloud(source.configuration())


def _run(rows: Iterable[tuple[Target, Sequence[Check]]]) -> list[Result]:
    """Runs the checks, one listener after the other; on a terminal, says which one is under way."""
    results = []
    with Console(stderr=True).status("checking") as status:
        for result in (result for target, checks in rows for result in running.run(target, checks)):
            results.append(result)
            status.update(f"{result.id}: {result.status.value}")
    return results
