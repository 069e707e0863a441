"""x509-limbo's chains, where its data is at hand: we agree with it, or OpenSSL does not either.

The data is other people's and large, so that it is not kept here. MTLSEDGE_LIMBO names a `limbo.json` of
https://github.com/C2SP/x509-limbo; without it there is nothing to compare.
"""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mtlsedge.explain.predicting import find_path
from mtlsedge_components.x509.checking import ca_problems, split_chain
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.external import client_problems

pytestmark = pytest.mark.slow
DATA = os.environ.get("MTLSEDGE_LIMBO", "")
NOT_OURS = {
    "webpki": "host names and what public CAs agreed on are the server's side",
    "crl": "the load balancer asks no revocation list",
    "pathological": "how long a search may take: paths here are of eight certificates at most",
    "bettertls": "path building with alternatives, which neither ALB nor OpenSSL does",
    "online": "other people's servers",
}
"""Families of cases that do not apply, and why."""
EXCEPTIONS = {
    "pathlen::max-chain-depth-0-exhausted": "a limit that the verifier is given, which a listener is not",
    "pathlen::max-chain-depth-1-exhausted": "the same",
    "pathlen::validation-ignores-pathlen-in-leaf": "a CA as a client: verifiers take it, this project does not",
    "rfc5280::ca-as-leaf": "the same",
}


def cases() -> list[dict]:
    """The applicable ones; none without the data."""
    found = json.loads(Path(DATA).read_text())["testcases"] if DATA else []
    return [one for one in found if one["id"].partition("::")[0] not in NOT_OURS]


@pytest.mark.skipif(not DATA, reason="MTLSEDGE_LIMBO names no limbo.json")
def test_verdicts_agree_with_limbo_or_with_openssl(tmp_path) -> None:
    """Of purposes nothing is said, for limbo's leaves are servers'."""
    differences = {}
    for case in cases():
        lines, limbo = judged(case), case["expected_result"] == "SUCCESS"
        is_taken = not [line for line in lines if "extendedKeyUsage" not in line]
        if is_taken is not limbo and is_taken is not openssl_takes(case, tmp_path) and case["id"] not in EXCEPTIONS:
            differences[case["id"]] = lines
    assert differences == {}
    assert len(cases()) > 80


def judged(case: dict) -> list[str]:
    """Our lines about a case; a path that is not found is one."""
    now = moment(case)
    try:
        (leaf, *_), pool, anchors = (loaded(text) for text in texts(case))
    except CertificateError as error:
        return [str(error)]
    path = find_path(leaf, pool, anchors)
    if not path:
        return ["no path"]
    return [*ca_problems(pem(path[-1:]), now), *client_problems(pem(path[:-1]), pem(path[-1:]), now)]


def moment(case: dict) -> datetime:
    """When a case is judged; without a time of its own, now."""
    return datetime.fromisoformat(case["validation_time"]) if case["validation_time"] else datetime.now(UTC)


def texts(case: dict) -> tuple[list[str], list[str], list[str]]:
    """Leaf, what comes with it, what is trusted."""
    return [case["peer_certificate"]], case["untrusted_intermediates"], case["trusted_certs"]


def loaded(found: list[str]) -> list[x509.Certificate]:
    """As we read them."""
    return [x509.load_pem_x509_certificate(one.encode()) for text in found for one in split_chain(text)]


def pem(certificates: list[x509.Certificate]) -> str:
    """As PEM."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def openssl_takes(case: dict, folder: Path) -> bool:
    """`openssl verify` at the case's time, whatever the purpose; what is trusted need be no root, as here."""
    for name, found in zip(("leaf", "pool", "roots"), texts(case), strict=True):
        (folder / name).write_text("\n".join(found))
    at = str(int(moment(case).timestamp()))
    untrusted = ["-untrusted", "pool"] if case["untrusted_intermediates"] else []
    command = [
        "openssl",
        "verify",
        "-partial_chain",
        "-no-CApath",
        "-no-CAstore",
        "-attime",
        at,
        "-CAfile",
        "roots",
        *untrusted,
        "leaf",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=30).returncode == 0
