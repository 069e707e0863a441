"""Odd but real certificates and requests: taken, or refused before anything is built, with the part and the cause."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from math import isqrt, prod
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from mtlsedge_components.x509.checking import ca_problems, csr_problems, server_problems
from mtlsedge_components.x509.external import client_problems, external_problems
from mtlsedge_components.x509.renewal import identity_changes
from mtlsedge_components.x509.weak_keys import has_close_primes, is_roca, rsa_problems
from program.outputs import notes
from settings import Settings
from tests.unit import der
from tests.unit.settings_sample import local, problems, read
from tests.unit.x509_shapes import key, shape

SINGLES = 200
"""Seeds that hold one oddity each."""
ANN = der.common_name("ann")


def loaded(tmp_path, text: str) -> Settings:
    """A stack with one client whose request this is."""
    (tmp_path / "dev.csr").write_text(text)
    return read(local({"clients": {"dev": {"csrFile": "dev.csr"}}}), tmp_path)


@pytest.mark.parametrize(
    ("attributes", "part"),
    [
        ((der.requested(der.extension("2.5.29.19", der.seq(der.tlv(1, b"\0")))),), "BasicConstraints::ca: a default"),
        ((der.requested(*[der.basic_constraints(ca=False)] * 2),), "extension 2.5.29.19 stands there twice"),
        ((der.requested(der.extension("2.5.29.19", der.seq(der.integer(0)))),), "a path length without CA"),
        ((der.requested(der.alternative_names(der.tlv(0x87, b"12345"))),), "an IP address of the wrong length"),
        ((der.requested(der.alternative_names(der.tlv(0x82, b"\xe9.test"))),), "DNSName: a value of the wrong form"),
        ((der.requested(der.extension("2.5.29.14", b"\x04")),), "too little data"),
        ((der.seq(der.oid("1.2.3.4"), der.tlv(0x31)),), "without a value, or with several"),
        ((der.seq(der.oid("1.2.840.113549.1.9.14"), der.tlv(0x31)),), "without a value, or with several"),
    ],
)
def test_a_wish_that_cannot_be_read_is_dropped_and_said_with_its_cause(tmp_path, attributes, part) -> None:
    """Only the key of a request is taken: an extension or attribute that is written badly hinders nothing."""
    text = der.pem(der.request(key("p256"), ANN, attributes), "CERTIFICATE REQUEST")
    assert [line for line in notes(loaded(tmp_path, text)) if part in line and line.endswith(": dropped")]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (der.request(key("p256"), ANN, version=1), "version: found one that does not exist"),
        (der.request(key("p256"), ANN, with_attributes=False), "attributes: too little data"),
        (der.request(key("rsa-1024"), ANN), "key: found rsa-1024"),
        (der.request(key("rsa-2048"), ANN, algorithm=der.SHA1_RSA), "signature: found SHA1"),
        (der.request(key("rsa-2048"), ANN, algorithm=der.pss(10)), "a salt of 10 bytes"),
        (der.request(key("p256"), ANN, public_key=der.public(key("p256b"))), "does not verify"),
    ],
)
def test_a_request_that_cannot_be_certified_is_refused_with_its_cause(tmp_path, text, cause) -> None:
    """One line at the file's key path."""
    (tmp_path / "dev.csr").write_text(der.pem(text, "CERTIFICATE REQUEST"))
    (line,) = problems(local({"clients": {"dev": {"csrFile": "dev.csr"}}}), tmp_path)
    assert line.startswith("mtlsedge:clients.dev.csrFile: found ")
    assert cause in line


def test_labels_of_old_tools_are_taken(tmp_path) -> None:
    """Java and Windows write NEW CERTIFICATE REQUEST, old tools X509 CERTIFICATE (RFC 7468); another label is refused."""
    plain = der.pem(der.request(key("p256"), ANN), "CERTIFICATE REQUEST")
    old = plain.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
    assert loaded(tmp_path, old).clients["dev"].csr_pem == plain
    (tmp_path / "ca.pem").write_text(der.pem(der.certificate(key("p256"), ANN, der.CA), "X509 CERTIFICATE"))
    brought = local(
        {
            "authority": {"external": {"certificateFile": "ca.pem"}},
            "clients": {},
            "serverCertificate": {"id": "1-ap-southeast-1"},
        }
    )
    assert problems(brought, tmp_path) == []
    (tmp_path / "ca.pem").write_text(der.pem(der.certificate(key("p256"), ANN, der.CA), "TRUSTED CERTIFICATE"))
    assert "a file without one" in problems(brought, tmp_path)[0]


def test_nothing_around_a_request_reaches_the_state(tmp_path) -> None:
    """Text before and after the block is dropped, and a state that has it does not make another certificate."""
    plain = der.pem(der.request(key("p256"), ANN), "CERTIFICATE REQUEST")
    surrounded = f"ticket 4711, call Ann\n{plain}\npassword: hunter2\n"
    assert loaded(tmp_path, surrounded).clients["dev"].csr_pem == plain
    assert identity_changes({"csr_pem": surrounded}, {"csr_pem": plain}) == []
    other = der.pem(der.request(key("p256b"), ANN), "CERTIFICATE REQUEST")
    assert identity_changes({"csr_pem": surrounded}, {"csr_pem": other}) == ["csr_pem"]


@pytest.mark.parametrize(("algorithm", "name"), [(der.SHA1_RSA, "SHA1"), (der.MD5_RSA, "MD5")])
def test_an_old_hash_is_the_only_thing_said(algorithm, name) -> None:
    """Of a client, an issuing CA and a server: not that another CA signed them, which is untrue."""
    now, root_key, root_name = datetime.now(UTC), key("rsa-2048"), der.common_name("Root")
    root = der.pem(der.certificate(root_key, root_name, der.CA, algorithm=algorithm))

    def below(subject, extensions) -> str:
        made = der.certificate(key("p256"), subject, extensions, issuer=root_name, signer=root_key, algorithm=algorithm)
        return der.pem(made)

    told = f"signature: found {name}; allowed SHA-256 or stronger"
    assert client_problems(below(ANN, der.CLIENT), root, now) == [told]
    assert external_problems(below(der.common_name("Issuing"), der.CA) + root, now) == [told]
    server = below(ANN, (*der.LEAF, der.alternative_names(der.tlv(0x82, b"a.test"))))
    assert server_problems(server + root, ["a.test"], now) == [told]
    assert external_problems(root, now) == []  # nobody trusts a root for its own signature
    stranger = der.pem(der.certificate(key("rsa-3072"), root_name, der.CA))
    modern = der.certificate(key("p256"), ANN, der.CLIENT, issuer=root_name, signer=root_key)
    assert "not signed by the key of the authority" in client_problems(der.pem(modern), stranger, now)[0]


@pytest.mark.slow
def test_no_oddity_is_met_with_a_traceback_or_a_shrug() -> None:
    """Each by itself, as client and as CA: an answer, and where something cannot be read, the part and the cause."""
    for found in map(shape, range(SINGLES)):
        lines = client_problems(found.client + found.between, found.root, datetime.now(UTC))
        lines += ca_problems(found.between or found.client, datetime.now(UTC))
        assert not [line for line in lines if line.endswith("cannot be read")], found.oddities


def test_no_warning_of_a_library_reaches_people(tmp_path) -> None:
    """A program that reads each oddity with Python's own warning filters writes nothing."""
    (tmp_path / "all.json").write_text(json.dumps([(one.client, one.root) for one in map(shape, range(SINGLES))]))
    program = (
        "import json, sys, datetime; from mtlsedge_components.x509.external import client_problems\n"
        "for client, root in json.load(open(sys.argv[1])):\n"
        "    client_problems(client, root, datetime.datetime.now(datetime.UTC))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "all.json")], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def small_factors(bits: int, chance: Random) -> int:
    """A number without small factors, so that only the weakness in question is met."""
    while True:
        found = chance.getrandbits(bits) | (1 << bits - 1) | 1
        if pow(2, found - 1, found) == 1:
            return found


def roca_prime(bits: int, chance: Random) -> int:
    """As Infineon's library makes them: k*M + (65537**a mod M), M the product of the first primes."""
    product = 2 * prod(n for n in range(3, 168) if all(n % divisor for divisor in range(2, isqrt(n) + 1)))
    while True:
        factor = chance.getrandbits(bits - product.bit_length()) | (1 << bits - product.bit_length() - 1)
        found = factor * product + pow(65537, chance.getrandbits(64), product)
        if pow(2, found - 1, found) == 1:
            return found


@pytest.mark.slow
def test_keys_that_can_be_factored_are_refused() -> None:
    """The ROCA kind and close primes; moduli of independent primes are neither."""
    chance = Random(11)
    roca = roca_prime(512, chance) * roca_prime(512, chance)
    prime = small_factors(512, chance)
    near = prime + 2
    while pow(2, near - 1, near) != 1:
        near += 2
    sound = [small_factors(512, chance) * small_factors(512, chance) for _ in range(4)]
    assert is_roca(roca)
    assert has_close_primes(prime * near)
    assert not [modulus for modulus in sound if is_roca(modulus) or has_close_primes(modulus)]
    assert "ROCA" in rsa_problems(RSAPublicNumbers(65537, roca))[0]
    assert "close together" in rsa_problems(RSAPublicNumbers(65537, prime * near))[0]
    assert "small factor" in rsa_problems(RSAPublicNumbers(65537, 3 * sound[0]))[0]
    assert rsa_problems(RSAPublicNumbers(65537, sound[0])) == []


@pytest.mark.parametrize(
    ("exponent", "is_taken"),
    [(65537, True), (65539, True), (2**33 - 1, True), (2**33 + 1, False), (3, False), (65538, False)],
)
def test_exponents_that_tls_libraries_take(exponent: int, is_taken: bool) -> None:
    """Odd, from 65537, of 33 bits at most."""
    numbers = key("rsa-2048").public_key().public_numbers()
    assert (rsa_problems(RSAPublicNumbers(exponent, numbers.n)) == []) is is_taken


def test_a_request_with_an_exponent_beyond_is_one_line(tmp_path) -> None:
    """Even and tiny ones, which the library itself refuses, included; OpenSSL takes the request's form."""
    numbers = key("rsa-2048").public_key().public_numbers()
    for exponent, cause in ((65536, "even RSA exponent"), (1, "exponent below 3"), (2**40 + 1, "41 bits")):
        held = der.seq(
            der.seq(der.oid("1.2.840.113549.1.1.1"), der.tlv(5)),
            der.tlv(3, b"\0" + der.seq(der.integer(numbers.n), der.integer(exponent))),
        )
        text = der.pem(der.request(key("rsa-2048"), ANN, public_key=held), "CERTIFICATE REQUEST")
        (line,) = csr_problems(text)
        assert cause in line
        read_by_openssl = subprocess.run(
            ["openssl", "req", "-noout", "-subject"], input=text, text=True, capture_output=True, check=False
        )
        assert read_by_openssl.returncode == 0
