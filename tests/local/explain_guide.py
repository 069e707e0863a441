"""The ten outputs of docs/guides/refused.md, as the command prints them.

`python -m tests.local.explain_guide` writes them into the page anew, from a run beside a real nginx.
"""

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from mtlsedge.command import run
from mtlsedge.explain.predicting import Client
from tests.local import edge_support as edge
from tests.local.explain_servers import SERVER_HOST, files_of, nginx
from tests.unit.explain_cases import cases, good, root

PAGE = Path(__file__).parents[2] / "docs/guides/refused.md"
FILES = {
    "no-chain": "chain.issuer-unknown",
    "expired": "date.expired",
    "server": "purpose.no-client-auth (a server's)",
    "other-key": "client.key-mismatch",
    "other-ca": "ca.unknown",
    "remade-ca": "ca.same-name",
    "foreign-host": "names.constrained (host)",
}
"""Names of the guide's files, and the case that each holds."""
GOOD, TARGET = "--cert ann.crt --key ann.key", f"--host {SERVER_HOST} --ca ca.pem"
EXAMPLES = (
    TARGET,
    *(f"--cert {name}.crt --key {name}.key {TARGET}" for name in FILES),
    f"{GOOD} {TARGET} --newest-tls 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256",
    f"{GOOD} --host shop.example.test --ca ca.pem",
    f"{GOOD} {TARGET}",
)
_BLOCK = re.compile(r"```text\n\$ python -m mtlsedge explain ([^\n]*)\n(.*?)```\n", re.DOTALL)


def outputs(folder: Path) -> dict[str, str]:
    """What each example prints."""
    issuer = edge.issue("Server CA", ca=True)
    by_id = {case.id: case.client for case in cases()}
    for name, client in {"ann": good(), **{name: by_id[case] for name, case in FILES.items()}}.items():
        _write(folder, name, client)
    (folder / "ca.pem").write_text(root().pem)
    (folder / "server-ca.pem").write_text(issuer.pem)
    with nginx(files_of(folder / "nginx", root().pem, issuer=issuer)) as place, _inside(folder):
        hidden = f" --address {place.address} --port {place.port} --server-ca server-ca.pem"
        return {example: _printed(example + hidden) for example in EXAMPLES}


def _write(folder: Path, name: str, client: Client) -> None:
    pem = "".join(one.public_bytes(Encoding.PEM).decode() for one in client.sent)
    (folder / f"{name}.crt").write_text(pem)
    (folder / f"{name}.key").touch(mode=0o600)
    (folder / f"{name}.key").write_text(client.private_key_pem)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _printed(arguments: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        run(["explain", *arguments.split()])
    return out.getvalue()


def blocks(page: str) -> dict[str, str]:
    """The outputs in a page, by the arguments above them."""
    return dict(_BLOCK.findall(page))


def main() -> None:
    """Puts a run's outputs into the page."""
    with tempfile.TemporaryDirectory() as folder:
        found = outputs(Path(folder))
    page = PAGE.read_text()
    PAGE.write_text(
        _BLOCK.sub(lambda block: f"```text\n$ python -m mtlsedge explain {block[1]}\n{found[block[1]]}```\n", page)
    )


if __name__ == "__main__":
    main()
