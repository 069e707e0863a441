"""What the load balancer's own API says and does: echo, codes, ciphers; and the headers a server is sent."""

import hashlib
import json
import ssl

from cryptography import x509

from livecheck.questions.model import Answer, NotAsked, Question, World
from livecheck.tutorial import HEADERS, STATE_SECONDS, forwarding
from mtlsedge.verify.connecting import Attempt

STRICT = ("tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2_strict_with_1_3")
DEFAULT_NAMES = tuple(f"x-forwarded-clientcert-{fact.lower()}" for fact in HEADERS)
FORGED = "forged-by-the-client"


def echo_after_off(world: World) -> Answer:
    """The CA list after verification was switched off."""
    with world.edge.trusting(enabled=False) as code:
        kept = [item["CertificateId"] for item in world.edge.attributes().get("CaCertificates") or []]
    shown = "still shows" if world.edge.authority in kept else "no longer shows"
    return Answer(f"after CaEnabled=false the listener {shown} its CA", {"update": code, "shown": str(len(kept))})


def codes(world: World) -> Answer:
    """The codes of changes that cannot be."""
    seen = {}
    for what, identifiers in {"a CA that does not exist": ("0" * 32,),
                              "two CAs": (world.edge.authority, world.edge.authority)}.items():  # fmt: skip
        with world.edge.trusting(*identifiers) as code:
            seen[what] = code
    return Answer("; ".join(f"{what}: {code}" for what, code in seen.items()), seen)


def ciphers(world: World) -> Answer:
    """The rows of the strict policies."""
    rows = world.builder.calls.do("alb", "ListSystemSecurityPolicies")["SecurityPolicies"]
    found = {row["SecurityPolicyId"]: row for row in rows}
    seen = {
        name: f"{' '.join(found[name]['TLSVersions'])}: {' '.join(found[name]['Ciphers'])}"
        for name in STRICT
        if name in found
    }
    return Answer(f"rows of {', '.join(seen) or 'no strict policy'}", seen)


def formats(world: World) -> Answer:
    """The values of the four headers."""
    headers = _echoed(world, {})
    seen = {name: headers.get(name, "absent") for name in HEADERS.values()}
    fingerprint = seen[HEADERS["Fingerprint"]].replace(":", "").lower()
    der = ssl.PEM_cert_to_DER_cert(_leaf(world.topology.client.chain_pem))
    kinds = {"SHA-1": hashlib.sha1, "SHA-256": hashlib.sha256}
    kind = next((name for name, make in kinds.items() if make(der).hexdigest() == fingerprint), "no digest known here")
    order = "as in RFC 4514 (last part first)" if _is_rfc_4514(world, seen) else "in another order or form"
    return Answer(f"the fingerprint is {kind}; names are written {order}", seen)


def forged(world: World) -> Answer:
    """Copies that a client sends, with forwarding on and off."""
    sent = dict.fromkeys((*HEADERS.values(), *DEFAULT_NAMES), FORGED)
    on = _echoed(world, sent)
    try:
        world.edge.update(XForwardedForConfig=forwarding(on=False))
        off = _echoed(world, sent)
    finally:
        world.edge.update(XForwardedForConfig=forwarding(on=True))
    seen = {f"{name}, forwarding {state}": "arrives" if FORGED in headers.get(name, "") else "does not arrive"
            for state, headers in (("on", on), ("off", off)) for name in sent}  # fmt: skip
    arriving = [name for name, text in seen.items() if text == "arrives"]
    return Answer(f"forged copies that reach the server: {'; '.join(arriving) or 'none'}", seen)


def _echoed(world: World, headers: dict[str, str]) -> dict[str, str]:
    """The headers that the server saw."""
    if not world.topology.server:
        raise NotAsked("there is no server to see them (--instance-type and --image)")
    attempts: list[Attempt] = []

    def answers() -> bool:
        attempts.append(world.edge.handshake(world.topology.client, path="/echo", headers=headers))
        return attempts[-1].status == 200

    if not world.edge.calls.clock.until(answers, STATE_SECONDS):
        raise NotAsked(f"the server does not answer: {attempts[-1].detail}")
    return {name: str(value) for name, value in json.loads(attempts[-1].body)["headers"].items()}


def _leaf(chain: str) -> str:
    end = "-----END CERTIFICATE-----\n"
    return chain.partition(end)[0] + end


def _is_rfc_4514(world: World, seen: dict[str, str]) -> bool:
    subject = x509.load_pem_x509_certificate(world.topology.client.chain_pem.encode()).subject
    return subject.rfc4514_string() == seen[HEADERS["SubjectDN"]]


QUESTIONS = (
    Question(
        "listener.echo",
        "Does the API still show the CA after verification was switched off?",
        "UpdateListenerAttribute, GetListenerAttribute",
        "If not, a stack with verification off and a CA listed shows drift.",
        echo_after_off,
    ),
    Question(
        "listener.codes",
        "Which codes do a CA that does not exist and two CAs have?",
        "UpdateListenerAttribute",
        "Both are refused before a call where the program can know.",
        codes,
    ),
    Question(
        "policy.ciphers",
        "Which ciphers do the strict TLS policies hold?",
        "ListSystemSecurityPolicies",
        "The local cloud assumes the forward-secret ones.",
        ciphers,
    ),
    Question(
        "headers.formats",
        "Is the fingerprint SHA-1 or SHA-256, and in which order is a name written?",
        "a request whose headers the server echoes",
        "The deny list compares fingerprints; an application that parses names needs the order.",
        formats,
    ),
    Question(
        "headers.forged",
        "Are copies of the headers that a client sends stripped?",
        "requests with forged headers, with forwarding on and off",
        "With forwarding off nothing may trust them unless they are.",
        forged,
    ),
)
