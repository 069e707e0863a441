"""The lines of docs/guides/bundles.md, run as they stand there against the local Envoy.

`python -m tests.local.bundle_lines` prints the page's last table from a run.
"""

import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which

from mtlsedge_components.x509.bundles import Bundle, pfx
from tests.local import edge_support as edge
from tests.local.explain_servers import Place, envoy, files_of

PAGE = Path(__file__).parents[2] / "docs/guides/bundles.md"
PROGRAMS = {
    "curl, with PEM files": "curl", "curl, with the PFX": "curl", "wget": "wget", "OpenSSL": "openssl", "Python": "python3",
    "Node": "node", "Go": "go", "Java": "java", "GnuTLS": "gnutls-cli",
}  # fmt: skip
"""Heading of the page -> the program its line needs."""
KINDS = ("no certificate", "a stranger's", "over")
_OPTIONS = re.compile(
    r" --cert-type P12| --cert \"[^\"]*\"| -{1,2}(cert|key|cert_chain) [a-z.]+"
    r"| --(certificate|private-key|x509certfile|x509keyfile)=[a-z.]+"
    r"| -Djavax.net.ssl.keyStore=\S+| -Djavax.net.ssl.keyStorePassword=\"[^\"]*\""
    r"|\n.*load_cert_chain.*|\n  (pfx|passphrase): .*|, Certificates: \[\]tls.Certificate\{pair\}"
)
"""What a line says of the client: without it, the program sends no certificate."""


def lines() -> dict[str, str]:
    """The script under each heading of the page that has a program."""
    found = re.findall(r"^## ([^\n]+)\n\n```sh\n(.*?)```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return {title: script for title, script in found if title in PROGRAMS}


def is_installed(title: str) -> bool:
    """Whether the program can be run here."""
    return which(PROGRAMS[title]) is not None


@contextmanager
def bundles(folder: Path) -> Iterator[tuple[Place, dict[str, Path]]]:
    """An Envoy, and folders with alice's bundle, a stranger's and one that is over, all under alice's names."""
    root, server_ca = edge.issue("Root", ca=True), edge.issue("Server CA", ca=True)
    between = edge.intermediate(root)
    stranger = edge.issue("Stranger's CA", ca=True)
    made = {
        "good": edge.leaf_below(between, "alice"),
        "a stranger's": edge.issue("alice", stranger),
        "over": edge.leaf_below(between, "alice", started=30, days=-1),
    }
    places = {}
    for kind, issued in made.items():
        places[kind] = folder / kind.replace("'", "")
        _write(places[kind], issued, server_ca)
    files = files_of(folder / "envoy", root.pem, issuer=server_ca, names=("localhost",))
    with envoy(files, servers=True) as place, forwarded(place) as near:
        yield near, places


@contextmanager
def forwarded(place: Place) -> Iterator[Place]:
    """The same listener at 127.0.0.1, which is what `localhost` leads to."""

    class Pipe(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((place.address, place.port)) as beyond:
                back = threading.Thread(target=_copy, args=(beyond, self.request), daemon=True)
                back.start()
                _copy(self.request, beyond)
                back.join(5)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Pipe) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Place("127.0.0.1", server.server_address[1])
        server.shutdown()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _write(folder: Path, issued: edge.Issued, server_ca: edge.Issued) -> None:
    folder.mkdir(parents=True)
    chain = "".join(one.pem for one in issued.chain)
    (folder / "alice.crt").write_text(issued.pem + chain)
    (folder / "chain.pem").write_text(chain or server_ca.pem)
    for name, content in (("alice.key", issued.key_pem), ("alice-password.txt", "aPasswordOfThisRun\n")):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(content)
    (folder / "alice.pfx").write_bytes(pfx(Bundle("alice", issued.pem, issued.key_pem, chain), "aPasswordOfThisRun"))
    (folder / "server-ca.crt").write_text(server_ca.pem)


def run(script: str, folder: Path, place: Place, *, certificate: bool = True) -> subprocess.CompletedProcess:
    """A line of the page; host and port are the local Envoy's."""
    text = script if certificate else _OPTIONS.sub("", script).replace("pair, err :=", "_, err :=")
    text = text.replace("https://www.example.com/", f"https://localhost:{place.port}/")
    text = text.replace("www.example.com:443", f"localhost:{place.port}").replace("--port 443", f"--port {place.port}")
    text = text.replace("www.example.com", "localhost")
    return subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def last_words(done: subprocess.CompletedProcess) -> str:
    """The line of its output that says why, shortened."""
    lines_of = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    telling = [
        line
        for line in lines_of
        if re.search(r"alert|error|certificate|required|broken|unknown|expired|reset|giving up", line, re.IGNORECASE)
    ]
    return f"{(telling or lines_of or [''])[-1][:110]} (status {done.returncode})"


def main() -> None:
    """Prints the rows of the page's last table."""
    with tempfile.TemporaryDirectory() as temporary, bundles(Path(temporary)) as (place, folders):
        for title, script in lines().items():
            if not is_installed(title):
                continue
            print(title, run(script, folders["good"], place).stdout[-60:], file=sys.stderr)
            seen = [
                run(script, folders["good"], place, certificate=False),
                *(run(script, folders[kind], place) for kind in KINDS[1:]),
            ]
            print(f"| {title} | " + " | ".join(last_words(one) for one in seen) + " |")


if __name__ == "__main__":
    main()
