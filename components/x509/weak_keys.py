"""RSA keys whose size looks well and whose numbers are not: what public attacks factor, or TLS libraries refuse."""

from math import gcd, isqrt, prod

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

EXPONENTS = range(65537, 2**33)
"""CA/Browser Forum Baseline Requirements 6.1.6 at the low end; BoringSSL takes no exponent of more than 33 bits."""
_SMALL_PRIMES = tuple(n for n in range(3, 752) if all(n % divisor for divisor in range(2, isqrt(n) + 1)))
"""The Baseline Requirements have a modulus checked for factors below 752."""
_SMALL_PRODUCT = 2 * prod(_SMALL_PRIMES)
_ROCA_PRIMES = tuple(prime for prime in _SMALL_PRIMES if prime <= 167)
_FERMAT_ROUNDS = 100
"""Rounds of Fermat's method that the Baseline Requirements ask for (6.1.1.3)."""


def rsa_problems(numbers: RSAPublicNumbers) -> list[str]:
    """What is wrong with an RSA key beyond its size, a line each."""
    checks = (
        (not _is_usual(numbers.e), f"an RSA exponent of {numbers.e.bit_length()} bits", _EXPONENTS),
        (gcd(numbers.n, _SMALL_PRODUCT) > 1, "an RSA modulus with a small factor", _FRESH),
        (is_roca(numbers.n), "an RSA key of the ROCA kind (CVE-2017-15361), which can be factored", _FRESH),
        (has_close_primes(numbers.n), "an RSA key whose primes are close together, which is factored at once", _FRESH),
    )
    return [f"key: found {found}; allowed {allowed}" for is_so, found, allowed in checks if is_so]


_EXPONENTS = "an odd one from 65537, of 33 bits at most"
_FRESH = "a key made anew, by other software"


def _is_usual(exponent: int) -> bool:
    return exponent in EXPONENTS and exponent % 2 == 1


def is_roca(modulus: int) -> bool:
    """Whether a modulus has the fingerprint of Infineon's library: a power of 65537 modulo each small prime.

    Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 5; another key has it once in 2**27 or less.
    """
    return all(modulus % prime in _POWERS[prime] for prime in _ROCA_PRIMES)


def has_close_primes(modulus: int) -> bool:
    """Whether Fermat's method factors a modulus within its rounds: both primes then share their upper half."""
    middle = isqrt(modulus) + 1
    return any(_is_square(candidate * candidate - modulus) for candidate in range(middle, middle + _FERMAT_ROUNDS))


def _is_square(number: int) -> bool:
    return isqrt(number) ** 2 == number


_POWERS = {prime: frozenset(pow(65537, power, prime) for power in range(prime - 1)) for prime in _ROCA_PRIMES}
