"""What `mtlsedge explain` says of each fault, beside what four servers do: the rows of docs/reference/causes.md.

`python -m tests.local.explain_table` writes the page anew from a run.
"""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from mtlsedge.explain.asking import Aim, ask, can_connect
from mtlsedge.explain.causes import CAUSES
from mtlsedge.explain.judging import judge, offline
from mtlsedge.explain.predicting import Client, Trust, predict
from mtlsedge.verify.connecting import Endpoint
from tests.local import edge_support as edge
from tests.local.explain_servers import (
    MAKERS,
    PATIENCE,
    SERVER_HOST,
    Files,
    Place,
    ended,
    envoy,
    files_of,
    frozen,
    gnutls,
    nginx,
    openssl,
)
from tests.ports import free_port
from tests.unit.explain_cases import cases, good, root, trust

PAGE = Path(__file__).parents[2] / "docs/reference/causes.md"
NOT_SHOWN, NOT_IN_FILES, LET_IN = "not shown", "not in the files", "let in"
ALONE, TLS_ONLY = "answers by itself", "speaks TLS only"
NO_LIST, NO_DATE = "has no list below HTTP", "answers without a date"
CANNOT = {
    ("host.unknown-sni", "Envoy"): "serves every name",
    ("servers.down", "OpenSSL"): ALONE,
    ("servers.down", "GnuTLS"): ALONE,
    ("denied.by-server", "OpenSSL"): ALONE,
    ("denied.by-server", "GnuTLS"): ALONE,
    ("host.unknown", "OpenSSL"): ALONE,
    ("host.unknown", "GnuTLS"): ALONE,
    ("tls.not-tls", "OpenSSL"): TLS_ONLY,
    ("tls.not-tls", "GnuTLS"): TLS_ONLY,
    ("date.clock-skew", "OpenSSL"): NO_DATE,
    ("date.clock-skew", "GnuTLS"): NO_DATE,
    ("cannot-tell", "OpenSSL"): NO_LIST,
    ("cannot-tell", "nginx"): NO_LIST,
    ("cannot-tell", "GnuTLS"): NO_LIST,
}
"""Why a server cannot have a fault."""
ELSEWHERE = {
    "dns.no-address": "a name server that does not answer",
    "dns.elsewhere": "a name server that gives another address",
    "key.unknown": "a certificate with an SM2 key, which OpenSSL's handshakes do not show",
    "signature.unknown": "a certificate signed with SM2, which OpenSSL's handshakes do not show",
}
"""Causes without a row, and what tests/unit/test_explain.py makes of them: no server judges them."""


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
    if truth == NOT_SHOWN:
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
        "Envoy": envoy(plain, servers=True, SecurityPolicyId="newest-only"),
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
    nothing = [{"Type": "FixedResponse", "FixedResponseConfig": {"HttpCode": "404", "Content": "none"}}]
    listed = {"AclType": "White", "AclRelations": [{"AclId": "nobody"}]}
    closed = f"proxy_pass http://127.0.0.1:{free_port()};"
    stranger = next(case.client for case in cases() if case.id == "ca.unknown")
    at = _Situations(issuer.pem, folder)
    return [
        at("tls.version-not-shared", only_13, ["--tls-max", "1.2"], **old),
        at("tls.cipher-not-shared", _each(plain), ["--tls-max", "1.2", "--ciphers", rsa_only["ciphers"]], **rsa_only),
        at("host.unknown-sni", strict_names, host="elsewhere.test"),
        at("server.wrong-name", _each(named)),
        at("server.expired", _each(over)),
        at("server.not-yet-valid", _each(early)),
        at("server.intercepted", _each(inspected)),
        at("server.untrusted-root", _each(renewed)),
        at("servers.down", {"Envoy": envoy(plain), "nginx": nginx(plain, inside=closed)}),
        at("denied.by-server", {
            "Envoy": envoy(plain, servers=True, answers=403), "nginx": nginx(plain, inside="return 403;"),
        }),
        at("host.unknown", {
            "Envoy": envoy(plain, DefaultActions=nothing), "nginx": nginx(plain, inside="return 404;"),
        }),
        at("listener.open", {
            "Envoy": envoy(plain, servers=True, demands=False), "OpenSSL": openssl(plain, demands=False),
            "nginx": nginx(plain, verify="off"), "GnuTLS": gnutls(plain, demands=False),
        }),
        at("date.clock-skew", {"Envoy": envoy(plain, servers=True), "nginx": nginx(plain)}, slow_by=timedelta(days=400)),
        at("certificate.refused", _each(plain), client=stranger, known=Trust(), note="of another CA, without --ca"),
        at("net.port-closed", {name: ended(server) for name, server in _each(plain).items()}),
        at("net.no-answer", {name: frozen(server) for name, server in _each(plain).items()}, ["-m", "0.5"], timeout=0.5),
        at("tls.not-tls", {
            "Envoy": envoy(plain, ListenerProtocol="HTTP"), "nginx": nginx(plain, speaks_tls=False),
        }),
        at("cannot-tell", {"Envoy": envoy(plain, servers=True, AclConfig=listed)}, note="an access list"),
    ]  # fmt: skip


def _each(files: Files) -> dict[str, AbstractContextManager[Place]]:
    """A server of each maker; behind Envoy one that answers."""
    return {name: start(files, servers=True) if name == "Envoy" else start(files) for name, start in MAKERS.items()}


@dataclass(frozen=True)
class _Situations:
    """What is true of these is how they were made; curl sees whether one who does not judge the server gets in."""

    server_ca: str
    folder: Path

    def __call__(
        self, cause: str, servers: dict, curl: Sequence[str] = (), *, client: Client | None = None,
        known: Trust | None = None, note: str = "", **aim,
    ) -> Row:  # fmt: skip
        row, client = Row(f"{cause} ({note})" if note else cause, cause, NOT_IN_FILES), client or good()
        for name, server in servers.items():
            with server as place:
                said = explained(place, client, trust() if known is None else known, self.server_ca, **aim)
                seen = truth(place, client, self.folder, *curl) if "host" not in aim else "refused"
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


def explained(
    place: Place, client: Client, known: Trust, server_ca: str, *, slow_by: timedelta = timedelta(), **aim
) -> str:
    """The cause that is said after connecting, by a machine whose clock the listener's is behind by so much."""
    aimed = Aim(
        aim.pop("host", SERVER_HOST),
        Endpoint([place.address], place.port, aim.pop("timeout", PATIENCE)),
        server_ca,
        **aim,
    )
    now, is_known = datetime.now(UTC) + slow_by, bool(known.anchors)
    answers = ask(aimed, client)
    return judge(predict(client, known, now), client, answers, server_ca, now, is_trust_known=is_known).cause


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
In brackets: why this server cannot have the fault. {faults} faults of {causes} causes; no cause was wrong.

"Cannot tell" was said once. Envoy applies an access list after the handshake and closes the connection without a word,
and a good client learns no more: a server that closes every connection looks the same. The other side knows: the local
cloud's [log](handshakes.md) says `denied.by-acl`.

Versions of the run: Debian 12 with OpenSSL 3.0, nginx 1.22, GnuTLS 3.7; Envoy from `requirements.lock`.
What ALB does is not known from here: `make live-check` asks it.
"""


def page(found: Sequence[Row]) -> str:
    """The reference page: the table of the run, the causes without a row, and every cause with its sentence and remedy."""
    head = PREFACE.format(faults=len(found), causes=len({row.cause for row in found}))
    faults = [[row.id, _said(row.offline), *(_cell(row, name) for name in MAKERS)] for row in found]
    listed = [[f"`{cause.id}`", cause.sentence, cause.remedy] for cause in CAUSES.values()]
    parts = [
        head,
        *_table(["fault", "files alone", *MAKERS], faults),
        "",
        "These have no row: no server judges them. `tests/unit/test_explain.py` makes each.",
        "",
        *_table(["cause", "made with"], [[f"`{cause}`", how] for cause, how in ELSEWHERE.items()]),
        "",
        "## Every cause",
        "",
        *_table(["id", "what is so", "what to do"], listed),
        "",
    ]
    return "\n".join(parts)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|", *(f"| {' | '.join(row)} |" for row in rows)]


def _cell(row: Row, name: str) -> str:
    if name not in row.servers:
        return f"({CANNOT[row.cause, name]})"
    said, truth = row.servers[name]
    if truth == NOT_SHOWN:
        return truth
    return f"{_said(said)}, {LET_IN}" if truth == LET_IN and row.cause not in _LET_IN else _said(said)


def _said(text: str) -> str:
    return text if text == NOT_IN_FILES else f"`{text}`"


def main() -> None:
    """Writes the page of a run."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page([*rows(Path(folder)), *situations(Path(folder))]))


if __name__ == "__main__":
    main()
