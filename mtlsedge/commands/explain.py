"""`mtlsedge explain`: why a client is refused, in one sentence; then what to do; then the evidence."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509

from mtlsedge.errors import CommandError
from mtlsedge.explain.asking import Aim, ask, can_connect
from mtlsedge.explain.causes import CAUSES
from mtlsedge.explain.judging import Result, Verdict, judge, offline
from mtlsedge.explain.material import Files, certificates, from_files, from_stack
from mtlsedge.explain.predicting import Client, Trust, predict
from mtlsedge.options import AsJson, OutputsFile, StackName, port_map
from mtlsedge.outputs import StackOutputs, beside, document, of_listener, parse
from mtlsedge.printable import printable
from mtlsedge.progress import step
from mtlsedge.report import print_json, say
from mtlsedge.stack import Stack
from mtlsedge.verify.connecting import SYSTEM_ROOTS, Endpoint
from mtlsedge.verify.entry_points import entry_points
from mtlsedge.verify.resolving import NameProblem, Names, is_address, split_address

EXIT = {Result.ACCEPTED: 0, Result.REFUSED: 1, Result.UNKNOWN: 3}
FilePath = Annotated[Path | None, typer.Option(show_default=False)]


@dataclass(frozen=True)
class Way:
    """How to get to the listener."""

    host: str
    port: int
    resolver: str
    timeout: float
    expected: str = ""
    """The name that the host has to lead to; "": not known."""
    address: str = ""
    """Where to connect, in place of the host's own address."""


def explain(  # noqa: PLR0913 - one parameter an option
    *,
    client: Annotated[str, typer.Option(help="Client of the stack.")] = "",
    cert: Annotated[Path | None, typer.Option(help="PEM: the client's certificate, its chain after it.")] = None,
    key: Annotated[
        Path | None, typer.Option(help="Its private key; without it nothing connects as the client.")
    ] = None,
    pfx: Annotated[Path | None, typer.Option(help="PKCS#12 file.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="File with the password of --pfx or --key.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Folder of `mtlsedge clients export`.")] = None,
    csr: Annotated[Path | None, typer.Option(help="Signing request.")] = None,
    stack: StackName = "",
    outputs: OutputsFile = None,
    listener: Annotated[
        str, typer.Option(help="Additional listener of the stack; default: the client's, or the first.")
    ] = "",
    host: Annotated[str, typer.Option(help="Host of a listener, in place of a stack.")] = "",
    port: Annotated[int, typer.Option(help="Its port.", min=1, max=65535)] = 443,
    ca: Annotated[
        Path | None, typer.Option(help="PEM: the CA it trusts for clients; intermediates may follow.")
    ] = None,
    server_ca: Annotated[
        Path | None, typer.Option(envvar="MTLSEDGE_SERVER_CA", help="PEM: what signs its own certificate.")
    ] = None,
    address: Annotated[str, typer.Option(help="IP address to connect to, in place of the host's own.")] = "",
    resolver: Annotated[str, typer.Option(envvar="MTLSEDGE_RESOLVER", help="Resolver, IP-ADDRESS:PORT.")] = "",
    port_map_text: Annotated[
        str, typer.Option("--port-map", envvar="MTLSEDGE_PORT_MAP", help="Declared to actual ports.")
    ] = "",
    newest_tls: Annotated[str, typer.Option(help="Newest version that the client speaks: 1.2 or 1.3.")] = "",
    ciphers: Annotated[str, typer.Option(help="Ciphers that the client offers, in OpenSSL's words.")] = "",
    path: Annotated[str, typer.Option(help="Path to ask for.")] = "/",
    timeout: Annotated[float, typer.Option(help="Seconds for one connection.", min=0.1)] = 5.0,
    files_only: Annotated[bool, typer.Option("--offline", help="Judge the files, connect to nobody.")] = False,
    as_json: AsJson = False,
) -> None:
    """Says why a client is refused: first from its files, then from four connections at most.

    Exit status: 0 let in, 1 refused, 2 could not run, 3 cannot tell. No key is printed or sent.

    Examples: `python -m mtlsedge explain --client alice`,
    `python -m mtlsedge explain --pfx alice.pfx --password-file alice-password.txt --host www.example.com --ca ca.crt`.
    """
    given = Files(cert, key, pfx, folder, csr, password_file)
    _check_options([*given.given, *(["--client"] if client else [])], newest_tls, host)
    now = datetime.now(UTC)
    if host:
        trust, way, believed = _of_options(ca), Way(host, port, resolver, timeout), SYSTEM_ROOTS
    else:
        facts = _seen_by(listener, client, document(outputs, Stack(stack), show_secrets=bool(client)))
        trust, way, believed = _of_stack(facts, resolver, timeout)
        way = replace(way, port=port_map(port_map_text).get(way.port, way.port))
    who = from_stack(parse(facts), client) if client and not host else from_files(given)
    way = replace(way, address=address)
    believed = _pem_of(server_ca) if server_ca else believed
    findings = predict(who, trust, now)
    aim = Aim(way.host, Endpoint((), way.port, timeout), believed, path, newest_tls, ciphers)
    verdict = offline(findings)
    if not files_only and can_connect(who):
        with step(f"connecting to {way.host}"):
            verdict = _connected(way, aim, who, findings, now, is_trust_known=bool(trust.anchors))
    _tell(verdict, who, as_json=as_json)
    raise typer.Exit(EXIT[verdict.result])


def _check_options(given: list[str], newest_tls: str, host: str) -> None:
    if len(given) > 1:
        raise CommandError(f"found {' and '.join(given)}; expected one of them")
    if newest_tls not in {"", "1.2", "1.3"}:
        raise CommandError(f"--newest-tls: found {newest_tls!r}; expected 1.2 or 1.3")
    if host and "--client" in given:
        raise CommandError("--client: names a client of a stack; beside --host give --cert, --pfx or --folder")


def _seen_by(listener: str, client: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The stack as the listener that was named sees it, or the one that the client belongs to."""
    owners = [name for name, one in beside(facts).items() if client in one.get("clients", ())]
    name = listener or next(iter(owners), "")
    return of_listener(facts, name) if name else facts


def _of_options(ca: Path | None) -> Trust:
    """The first certificate of --ca is trusted; what follows it is known."""
    given = certificates(ca, "--ca")
    return Trust(given[:1], given[1:])


def _of_stack(facts: dict[str, Any], resolver: str, timeout: float) -> tuple[Trust, Way, str]:
    outputs = entry_points(parse(facts))[0].outputs
    balancer = outputs.load_balancer
    if resolver:
        split_address(resolver, "--resolver")
    host = (outputs.hosts or (balancer.dns_name if balancer else "",))[0]
    way = Way(host, balancer.port if balancer else 443, resolver, timeout, balancer.dns_name if balancer else "")
    issuer = outputs.server_certificate.issuer if outputs.server_certificate else ""
    return _trust(facts, outputs), way, issuer or SYSTEM_ROOTS


def _trust(facts: dict[str, Any], outputs: StackOutputs) -> Trust:
    rotation = facts.get("rotation") or {}
    generations = {
        name: _load(one.get("certificate") or "") for name, one in (rotation.get("generations") or {}).items()
    }
    chains = [one.get("chain") or "" for one in (rotation.get("generations") or {}).values()]
    authority = outputs.authority
    return Trust(
        anchors=tuple(_load(authority.certificate)[:1]) if authority else (),
        known=tuple(one for text in [*chains, authority.chain if authority else ""] for one in _load(text)),
        generations={name: found[0] for name, found in generations.items() if found},
        trusted_generation=rotation.get("trusted") or "",
        denied=frozenset((facts.get("denied") or {}).get("fingerprints") or ()),
    )


def _load(pem: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem.encode()) if pem.strip() else []


def _pem_of(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as problem:
        raise CommandError(f"--server-ca: cannot read {file}: {problem.strerror}") from None


def _connected(way: Way, aim: Aim, client: Client, findings: list, now: datetime, *, is_trust_known: bool) -> Verdict:
    names = Names(way.resolver, way.timeout)
    try:
        addresses = names.addresses(way.address or way.host)
        is_checked = way.expected and not way.address and not is_address(way.host)
        expected = names.addresses(way.expected) if is_checked else addresses
    except NameProblem as problem:
        return replace(
            offline(findings),
            result=Result.REFUSED,
            cause="dns.no-address",
            evidence=(str(problem),),
            also=tuple(findings),
        )
    aim = replace(aim, endpoint=Endpoint(addresses, aim.endpoint.port, aim.endpoint.timeout))
    verdict = judge(findings, client, ask(aim, client), aim.server_ca, now, is_trust_known=is_trust_known)
    if set(addresses) & set(expected) or verdict.result is Result.ACCEPTED:
        return verdict
    where = f"{way.host} is at {', '.join(addresses)}, {way.expected} at {', '.join(expected)}"
    return replace(verdict, cause="dns.elsewhere", result=Result.REFUSED, evidence=(where, *verdict.evidence))


def _tell(verdict: Verdict, client: Client, *, as_json: bool) -> None:
    cause = CAUSES[verdict.cause]
    if as_json:
        print_json(_row(verdict, client))
        return
    say(f"{_headline(verdict)}: {cause.sentence}")
    say(f"do: {cause.remedy}")
    for line in verdict.evidence:
        say(f"  {printable(line)}")
    for other in verdict.also:
        say(f"  also {other.cause}: {printable(other.evidence)}")
    if verdict.agrees is False:
        say(f"  the listener disagreed: {verdict.predicted} was predicted")
    say(f"  cause {verdict.cause}; connections: {verdict.connections}")


def _headline(verdict: Verdict) -> str:
    return f"would be {verdict.result}" if verdict.agrees is None and not verdict.connections else str(verdict.result)


def _row(verdict: Verdict, client: Client) -> dict[str, Any]:
    cause = CAUSES[verdict.cause]
    return {
        "client": client.name,
        "verdict": str(verdict.result),
        "cause": verdict.cause,
        "sentence": cause.sentence,
        "do": cause.remedy,
        "also": [{"cause": one.cause, "evidence": printable(one.evidence)} for one in verdict.also],
        "predicted": verdict.predicted,
        "agrees": verdict.agrees,
        "evidence": [printable(line) for line in verdict.evidence],
        "connections": verdict.connections,
    }
