"""Five thousand damaged files of each kind: each is one clear error or harmless, never a traceback, never a secret in a message."""

import base64
import random
from collections.abc import Callable
from dataclasses import replace
from unittest.mock import ANY

import pytest

from mtlsedge_components.x509.bundles import Bundle, pfx
from mtlsedge_components.x509.checking import (
    ca_problems,
    csr_problems,
    csr_public_key,
    key_matches,
    server_problems,
    split_chain,
)
from mtlsedge_components.x509.custody import (
    encrypted,
    import_problems,
    open_key,
    open_pkcs12,
    subject_algorithm_and_days,
)
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.external import client_chain, client_problems, external_problems
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.requests import dropped_wishes
from tests.unit.settings_sample import local, problems
from tests.unit.test_external_requests import NAMES, SUBJECT, greedy_request
from tests.unit.test_x509_family import NOW, family

pytestmark = pytest.mark.slow  # 5,000 damaged files of each kind

SEED = 20261122
COUNTS = dict.fromkeys(("PEM", "DER", "CSR", "PKCS#12"), 5000)
PASSPHRASE = "correct horse battery"


def damaged(content: bytes, chance: random.Random) -> bytes:
    """One to four of: a flipped bit, a byte exchanged, a piece cut out, doubled or put elsewhere, the end cut off."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place, size = chance.randrange(len(data) or 1), chance.randint(1, 24)
        match chance.randrange(6):
            case 0 if data:
                data[place] ^= 1 << chance.randrange(8)
            case 1 if data:
                data[place] = chance.randrange(256)
            case 2:
                del data[place : place + size]
            case 3:
                data[place:place] = data[place : place + size]
            case 4:
                data[place:place] = chance.randbytes(size)
            case _:
                del data[max(1, place) :]
    return bytes(data)


def in_words(read: Callable[..., object], *arguments: object, **options: object) -> str:
    """What a reading says: "" if it is content, its problems or its CertificateError otherwise; anything else fails."""
    try:
        answer = read(*arguments, **options)
    except CertificateError as error:
        return str(error)
    is_verdict = isinstance(answer, list) and not any("-----BEGIN" in line for line in answer)
    return "; ".join(answer) if is_verdict else ""


def check(words: str, secrets: tuple[str, ...] = ()) -> None:
    """One clear line without a secret, a parser's own text or an object's repr."""
    assert "\n" not in words
    assert len(words) < 2000
    assert not any(secret in words for secret in secrets)
    for sign in ("Traceback", "0x", "ASN.1", "ParseError", "InternalError", "<cryptography", "Exception"):
        assert sign not in words, words


def pem_of(label: str, der: bytes) -> str:
    """DER as PEM."""
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


def der_of(pem: str) -> bytes:
    """The first block of a PEM text as DER."""
    return base64.b64decode("".join(pem.split("-----")[2].split()))


def test_damaged_pem_is_one_clear_error():
    """Chains of certificates as text: CA, server, client and import checks answer with words."""
    chance, house = random.Random(SEED), family()
    text = (house.client().certificate + house.chain + house.root.certificate_pem).encode()
    for _ in range(COUNTS["PEM"]):
        pem = damaged(text, chance).decode("utf-8", "replace")
        check(in_words(external_problems, pem, NOW))
        check(in_words(external_problems, pem, NOW, allow_version_1_root=True))
        check(in_words(client_problems, pem, house.root.certificate_pem, NOW))
        check(in_words(client_chain, pem, house.root.certificate_pem))
        check(in_words(subject_algorithm_and_days, pem))
        check(in_words(split_chain, pem))
        check(in_words(inspect, pem))


def test_damaged_der_is_one_clear_error_and_nothing_damaged_is_trusted():
    """Inside intact PEM: what still parses is judged, and no damaged leaf is accepted as the authority's."""
    chance, house = random.Random(SEED + 1), family()
    leaf, root = house.client().certificate, house.root.certificate_pem
    originals = {name: der_of(pem) for name, pem in (("leaf", leaf), ("root", root))}
    for turn in range(COUNTS["DER"]):
        name = ("leaf", "root")[turn % 2]
        der = damaged(originals[name], chance)
        pem = pem_of("CERTIFICATE", der)
        judge = (client_problems, pem + house.chain, root) if name == "leaf" else (external_problems, pem)
        words = in_words(*judge, NOW)
        check(words)
        assert words or same_meaning(pem, originals[name]), "a damaged certificate was taken"
        check(in_words(ca_problems, pem, NOW))
        check(in_words(server_problems, pem, ["www.example.test"], NOW))
        check(in_words(import_problems, pem, NOW, signs_intermediate=True))
        check(in_words(subject_algorithm_and_days, pem))
        check(in_words(key_matches, pem, house.root.private_key_pem))


def test_damaged_requests_are_one_clear_error_and_no_key_is_taken_from_them():
    """Text and DER of requests: a public key comes only out of one whose signature still holds."""
    chance = random.Random(SEED + 2)
    csr, _ = greedy_request("device")
    der = der_of(csr)
    for turn in range(COUNTS["CSR"]):
        if turn % 2:
            text = damaged(csr.encode(), chance).decode("utf-8", "replace")
        else:
            text = pem_of("CERTIFICATE REQUEST", damaged(der, chance))
        found = csr_problems(text)
        check("; ".join(found))
        if found:
            with pytest.raises(CertificateError):
                csr_public_key(text)
        check(in_words(dropped_wishes, text, SUBJECT, NAMES))


def test_damaged_pkcs12_and_keys_are_one_clear_error_without_the_passphrase():
    """Encrypted PEM keys and PKCS#12 files, opened with the right and with a wrong passphrase."""
    chance, house = random.Random(SEED + 3), family()
    client = house.client()
    locked = encrypted(client.key, PASSPHRASE).encode()
    # Legacy: 2,048 rounds, so that a thousand attempts take seconds.
    bundle = pfx(Bundle("alice", client.certificate, client.key, house.chain), PASSPHRASE, legacy=True)
    body = client.key.splitlines()[1]
    assert open_pkcs12(bundle, PASSPHRASE) == replace(open_key(locked.decode(), PASSPHRASE), certificates=ANY)
    for turn in range(COUNTS["PKCS#12"]):
        passphrase = PASSPHRASE if turn % 3 else "some other passphrase"
        if turn % 4 == 0:
            text = damaged(locked, chance).decode("utf-8", "replace")
            check(in_words(open_key, text, passphrase), (PASSPHRASE, "some other", body))
        else:
            content = damaged(bundle, chance)
            check(in_words(open_pkcs12, content, passphrase), (PASSPHRASE, "some other", body))


def test_the_whole_way_from_a_file_says_one_line(tmp_path):
    """A damaged file that a stack file names is one line with its key path, or loads."""
    chance, house = random.Random(SEED + 4), family()
    config = local({
        "authority": {"external": {"certificateFile": "ca.pem"}}, "clients": {}, "serverCertificate": {"id": "1-ap-southeast-1"},
    })  # fmt: skip
    for _ in range(60):
        (tmp_path / "ca.pem").write_bytes(damaged(house.root.certificate_pem.encode(), chance))
        found = problems(config, tmp_path)
        assert len(found) <= 1, found
        assert all(line.startswith("mtlsedge:authority.external.certificateFile: found ") for line in found)


def test_five_thousand_of_each_leave_good_files_good():
    """The counts are what was promised, and a good file is still good after all of it."""
    assert COUNTS == {"PEM": 5000, "DER": 5000, "CSR": 5000, "PKCS#12": 5000}
    assert external_problems(family().root.certificate_pem, NOW) == []


def same_meaning(pem: str, original: bytes) -> bool:
    """Whether a damaged certificate that was taken is the same one: damage behind its end, or undone."""
    return inspect(pem).fingerprint == inspect(pem_of("CERTIFICATE", original)).fingerprint
