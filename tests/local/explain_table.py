"""What `mtlsedge explain` says of each fault, beside what four servers do: the rows of docs/reference/explain.md.

`python -m tests.local.explain_table > docs/reference/explain.md` writes the page anew from a run.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from mtlsedge.explain.asking import Aim, ask, can_connect
from mtlsedge.explain.causes import CAUSES
from mtlsedge.explain.judging import judge, offline
from mtlsedge.explain.predicting import Client, Trust, predict
from mtlsedge.verify.connecting import Door
from tests.local import edge_support as edge
from tests.local.explain_servers import (
    MAKERS,
    PATIENCE,
    SERVER_HOST,
    Files,
    Place,
    envoy,
    files_of,
    gnutls,
    nginx,
    openssl,
    plain_http,
)
from tests.ports import free_port
from tests.unit.explain_cases import cases, good, root, trust

NOT_SHOWN, NOT_TRIED, LET_IN = "not shown", "-", "let in"


@dataclass
class Row:
    """One fault: the cause that was made, what files alone say, and by server what is said and what is true."""

    id: str
    cause: str
    offline: str
    servers: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def wrong(self) -> list[str]:
        """Servers of which something else is said than what is true."""
        return [name for name, (said, truth) in self.servers.items() if not _is_right(self.cause, said, truth)]


def _is_right(cause: str, said: str, truth: str) -> bool:
    if truth in {NOT_TRIED, NOT_SHOWN}:
        return True
    if truth == LET_IN:
        return said == (cause if CAUSES[cause].id in _LET_IN else "accepted")
    return said == cause


_LET_IN = {"accepted", "servers.down", "host.unknown", "listener.open", "denied.by-server", "date.clock-skew"}


def rows(folder: Path) -> list[Row]:
    """Every fault of a client's files, at a server of each maker."""
    issuer = edge.issue("Server CA", ca=True)
    with ExitStack() as stack:
        places = {
            name: stack.enter_context(start(files_of(folder / name, root().pem, issuer=issuer)))
            for name, start in MAKERS.items()
            if name != "Envoy"
        }
        files = files_of(folder / "Envoy", root().pem, issuer=issuer)
        places["Envoy"] = stack.enter_context(MAKERS["Envoy"](files, servers=True))
        return [_row(case, {name: places[name] for name in MAKERS}, issuer.pem, folder) for case in cases()]


def situations(folder: Path) -> list[Row]:
    """Faults of the listener and of the way to it, at each server that can have them; the client is a good one."""
    issuer, other = edge.issue("Server CA", ca=True), edge.issue("Inspection CA", ca=True)
    twin = edge.issue("Server CA", ca=True)
    plain = files_of(folder / "plain", root().pem, issuer=issuer)
    named = files_of(folder / "named", root().pem, issuer=issuer, names=("other.test",))
    over = files_of(folder / "over", root().pem, issuer=issuer, days=-1, started=20)
    early = files_of(folder / "early", root().pem, issuer=issuer, days=20, started=-2)
    inspected = files_of(folder / "inspected", root().pem, issuer=other)
    renewed = files_of(folder / "renewed", root().pem, issuer=twin)
    only_13 = {
        "OpenSSL": openssl(plain, "-tls1_3"),
        "nginx": nginx(plain, "ssl_protocols TLSv1.3;"),
        "GnuTLS": gnutls(plain, "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.3"),
    }
    old = {"newest_tls": "1.2"}
    rsa_only = {**old, "ciphers": "ECDHE-RSA-AES128-GCM-SHA256"}
    fatal = ["-servername", SERVER_HOST, "-servername_fatal", "-cert2", str(plain.certificate), "-key2", str(plain.key)]
    strict_names = {
        "OpenSSL": openssl(plain, *fatal),
        "nginx": nginx(plain, "ssl_reject_handshake on;"),
        "GnuTLS": gnutls(plain, f"--sni-hostname={SERVER_HOST}", "--sni-hostname-fatal"),
    }
    closed = f"proxy_pass http://127.0.0.1:{free_port()};"
    silent = socket.create_server(("127.0.0.1", 0), backlog=1)
    unanswering = nullcontext(Place("127.0.0.1", silent.getsockname()[1]))
    made = [
        _situation("tls.version-not-shared", only_13, issuer.pem, folder, ["--tls-max", "1.2"], **old),
        _situation(
            "tls.cipher-not-shared",
            _each(plain),
            issuer.pem,
            folder,
            ["--tls-max", "1.2", "--ciphers", rsa_only["ciphers"]],
            **rsa_only,
        ),
        _situation("host.unknown-sni", strict_names, issuer.pem, folder, host="elsewhere.test"),
        _situation("server.wrong-name", _each(named), issuer.pem, folder),
        _situation("server.expired", _each(over), issuer.pem, folder),
        _situation("server.not-yet-valid", _each(early), issuer.pem, folder),
        _situation("server.intercepted", _each(inspected), issuer.pem, folder),
        _situation("server.untrusted-root", _each(renewed), issuer.pem, folder),
        _situation("servers.down", {"Envoy": envoy(plain), "nginx": nginx(plain, inside=closed)}, issuer.pem, folder),
        _situation("denied.by-server", {"nginx": nginx(plain, inside="return 403;")}, issuer.pem, folder),
        _situation("host.unknown", {"nginx": nginx(plain, inside="return 404;")}, issuer.pem, folder),
        _situation(
            "listener.open",
            {"nginx": nginx(plain, verify="off"), "Envoy": envoy(plain, servers=True, demands=False)},
            issuer.pem,
            folder,
        ),
        _situation("net.port-closed", {"nobody": nullcontext(Place("127.0.0.1", free_port()))}, issuer.pem, folder),
        _situation("net.no-answer", {"nobody": unanswering}, issuer.pem, folder, ["-m", "0.5"], timeout=0.5),
        _situation("tls.not-tls", {"plain HTTP": plain_http(folder)}, issuer.pem, folder),
    ]
    silent.close()
    return made


def _each(files: Files) -> dict[str, AbstractContextManager[Place]]:
    return {name: start(files) for name, start in MAKERS.items() if name != "Envoy"}


def _situation(cause: str, servers: dict, server_ca: str, folder: Path, curl: Sequence[str] = (), **aim) -> Row:
    """What is true of these is how they were made; curl sees whether somebody who does not judge the server gets in."""
    row = Row(cause, cause, NOT_TRIED)
    for name, server in servers.items():
        with server as place:
            said = explained(place, good(), trust(), server_ca, **aim)
            seen = truth(place, good(), folder, *curl) if "host" not in aim else "refused"
            row.servers[name] = (said, seen if not cause.startswith("server.") else "not believed")
    return row


def _row(case, places: dict[str, Place], server_ca: str, folder: Path) -> Row:
    now = datetime.now(UTC)
    findings = predict(case.client, case.trust, now)
    row = Row(case.id, case.cause, offline(findings).cause)
    for name, place in places.items():
        if not can_connect(case.client):
            row.servers[name] = (row.offline, NOT_SHOWN)
            continue
        said = explained(place, case.client, case.trust, server_ca)
        row.servers[name] = (said, truth(place, case.client, folder))
    return row


def explained(place: Place, client: Client, known: Trust, server_ca: str, **aim) -> str:
    """The cause that is said after connecting."""
    aimed = Aim(
        aim.pop("host", SERVER_HOST), Door([place.address], place.port, aim.pop("timeout", PATIENCE)), server_ca, **aim
    )
    now = datetime.now(UTC)
    return judge(predict(client, known, now), client, ask(aimed, client), server_ca, now).cause


def truth(place: Place, client: Client, folder: Path, *options: str) -> str:
    """What curl sees: let in, or refused (an alert, a closed connection, HTTP 400)."""
    shown = []
    if client.sent:
        pem = "".join(one.public_bytes(Encoding.PEM).decode() for one in client.sent)
        (folder / "curl.crt").write_text(pem)
        (folder / "curl.key").touch(mode=0o600)
        (folder / "curl.key").write_text(client.private_key_pem)
        shown = ["--cert", "curl.crt", "--key", "curl.key"]
    done = subprocess.run(
        ["curl", "-sk", "--http1.1", "-m", str(PATIENCE), "--resolve", f"{SERVER_HOST}:{place.port}:{place.address}", "-o", "/dev/null",
         "-w", "%{http_code}", *shown, *options, f"https://{SERVER_HOST}:{place.port}/"],
        cwd=folder, env={"PATH": os.environ["PATH"], "OPENSSL_CONF": str(_lenient(folder))}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return LET_IN if done.returncode == 0 and done.stdout != "400" else "refused"


def _lenient(folder: Path) -> Path:
    """Settings with which curl shows what it is given: the server is to judge."""
    file = folder / "openssl.cnf"
    file.write_text("openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nCipherString=DEFAULT@SECLEVEL=0\n")
    return file


PREFACE = """# Causes

What [`mtlsedge explain`](../guides/refused.md) tells apart. `python -m tests.local.explain_table` made this page from a run: each fault
was made with real certificates, judged from the files alone, then shown to four servers that trust one root. A cell is
the cause that was said after connecting; *let in* follows where that server let the client in all the same, and
`explain` said that the listener disagreed. *not shown*: the client's own library refuses before anything is sent.
A dash: this server cannot have the fault. No cause was wrong, and none could not be told.

Versions of the run: Debian 12 with OpenSSL 3.0, nginx 1.22, GnuTLS 3.7; Envoy from `requirements.lock`.
What ALB does is not known from here: `make live-check` asks it.
"""


def page(found: Sequence[Row]) -> str:
    """The reference page: the table of the run, and every cause with its sentence and remedy."""
    names = [*MAKERS, "other"]
    lines = ["| fault | files alone | " + " | ".join(names) + " |", "| --- " * (len(names) + 2) + "|"]
    for row in found:
        other = next((name for name in row.servers if name not in MAKERS), "")
        cells = [_cell(row, name) for name in MAKERS] + [f"{other}: {_cell(row, other)}" if other else NOT_TRIED]
        lines.append(f"| {row.id} | {_code(row.offline)} | " + " | ".join(cells) + " |")
    listed = [f"| `{cause.id}` | {cause.sentence} | {cause.remedy} |" for cause in CAUSES.values()]
    return "\n".join(
        [
            PREFACE,
            *lines,
            "",
            "## Every cause",
            "",
            "| id | what is so | what to do |",
            "| --- | --- | --- |",
            *listed,
            "",
        ]
    )


def _cell(row: Row, name: str) -> str:
    said, truth = row.servers.get(name, ("", NOT_TRIED))
    if truth in {NOT_TRIED, NOT_SHOWN}:
        return truth
    return f"{_code(said)}, {LET_IN}" if truth == LET_IN and row.cause not in _LET_IN else _code(said)


def _code(text: str) -> str:
    return text if text == NOT_TRIED else f"`{text}`"


def main() -> None:
    """Prints the page of a run."""
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(page([*rows(Path(folder)), *situations(Path(folder))]))


if __name__ == "__main__":
    main()
