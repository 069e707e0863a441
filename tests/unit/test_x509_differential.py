"""Our verdicts beside OpenSSL's, on chains and shapes drawn by chance; the whole run: see CONTRIBUTING.md."""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtlsedge_components.x509.checking import ca_problems
from mtlsedge_components.x509.external import client_problems
from tests.unit.x509_chains import chain
from tests.unit.x509_shapes import shape

IS_WHOLE = os.environ.get("MTLSEDGE_WHOLE") == "true"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if IS_WHOLE else 300)]
CHAINS, SHAPES = (5000, 2000) if IS_WHOLE else (300, 300)

ONLY_BORINGSSL = re.compile("found a common name alone, below name constraints")
"""What Envoy refuses and OpenSSL takes in a chain (tests/local/test_proxy_shapes.py)."""
STRICTER = re.compile(
    r"cannot be read: .+|key: found .+|signature: found .+|keyUsage: found no digitalSignature|"
    r"version: found|extension 2\.5\.29\.31: is critical|certificatePolicies: found one twice|"
    r"policyConstraints: found a demand|nameConstraints: found a minimum|found a common name alone"
)
"""Why a shape that OpenSSL takes is refused: the parser that signs reads strict DER, weak or rare algorithms are not
taken, and what BoringSSL refuses is refused."""


def openssl_takes(folder: Path, client: str, between: str, root: str) -> bool:
    """`openssl verify` for a TLS client, with this root and no other."""
    for name, text in (("root", root), ("client", client), ("between", between)):
        (folder / name).write_text(text)
    untrusted = ["-untrusted", "between"] if between else []
    command = ["openssl", "verify", "-purpose", "sslclient", "-no-CApath", "-no-CAstore", "-CAfile", "root"]
    done = subprocess.run([*command, *untrusted, "client"], cwd=folder, capture_output=True, check=False, timeout=30)
    return done.returncode == 0


def test_generated_chains_with_constraints_are_judged_as_openssl_judges_them(tmp_path: Path) -> None:
    """Path length, name constraints of every kind, purposes, critical extensions, key identifiers, dates: no difference."""
    taken, differences = 0, []
    for seed in range(CHAINS):
        found, now = chain(seed), datetime.now(UTC)
        between = "".join(found.between)
        ours = [*ca_problems(found.root, now), *client_problems(found.leaf + between, found.root, now)]
        ours = [line for line in ours if not ONLY_BORINGSSL.search(line)]
        theirs = openssl_takes(tmp_path, found.leaf, between, found.root)
        taken += theirs
        if theirs is bool(ours):
            differences.append((seed, theirs, ours))
    assert differences == []
    assert CHAINS * 0.2 < taken < CHAINS * 0.8, "the generator draws good and bad chains"


def test_shapes_that_openssl_refuses_are_refused_and_each_other_refusal_has_its_reason(tmp_path: Path) -> None:
    """Nothing is taken that OpenSSL refuses; what it takes and we refuse is of the kinds listed, said with its cause."""
    taken_alone, unexplained = [], []
    for seed in range(SHAPES):
        found = shape(seed)
        ours = client_problems(found.client + found.between, found.root, datetime.now(UTC))
        theirs = openssl_takes(tmp_path, found.client, found.between, found.root)
        if not ours and not theirs:
            taken_alone.append((seed, found.oddities))
        if theirs and ours and not any(STRICTER.search(line) for line in ours):
            unexplained.append((seed, found.oddities, ours))
    assert taken_alone == []
    assert unexplained == []
