"""Name constraints of a CA: what our verdict is, what other people's verifiers say, and what is refused before signing."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.constraints import name_constraints, outside
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.external import client_problems
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import NameConstraints, Subject, SubjectAlternativeNames, Subtrees
from tests.unit.test_rotation_paths import House, shakes_hands
from tests.unit.test_x509_family import NO_NAMES, NOW, Family, Leaf, make_family, make_root
from tests.verifiers import Shown, verdicts

EXAMPLE = Subtrees(dns=("example.com",), email=("example.com",), uri=("example.com",))
PERMITTED, EXCLUDED = NameConstraints(permitted=EXAMPLE), NameConstraints(excluded=EXAMPLE)
BELOW = NameConstraints(permitted=Subtrees(email=(".example.com",), uri=(".example.com",)))
MAILBOX = NameConstraints(permitted=Subtrees(email=("ann@example.com",)))
NARROW = NameConstraints(Subtrees(dns=("example.com",)), Subtrees(dns=("secret.example.com",)))


def names(*dns: str, email: str = "", uri: str = "") -> SubjectAlternativeNames:
    """Alternative names."""
    return SubjectAlternativeNames(dns, (email,) if email else (), (uri,) if uri else ())


CASES = {
    "the domain itself": (PERMITTED, names("example.com"), True),
    "a host below it": (PERMITTED, names("a.b.example.com"), True),
    "a host that ends alike": (PERMITTED, names("badexample.com"), False),
    "another domain": (PERMITTED, names("example.org"), False),
    "one inside, one outside": (PERMITTED, names("a.example.com", "a.example.org"), False),
    "an address on the host": (PERMITTED, names(email="ann@example.com"), True),
    "an address on a host below": (PERMITTED, names(email="ann@mail.example.com"), False),
    "an address below a domain": (BELOW, names(email="ann@mail.example.com"), True),
    "an address on the domain itself": (BELOW, names(email="ann@example.com"), False),
    "the one mailbox": (MAILBOX, names(email="ann@example.com"), True),
    "another mailbox": (MAILBOX, names(email="bob@example.com"), False),
    "a URI on the host": (PERMITTED, names(uri="https://example.com/clients/ann"), True),
    "a URI of another scheme": (PERMITTED, names(uri="spiffe://example.com/ann"), True),
    "a URI on a host below": (PERMITTED, names(uri="https://a.example.com/"), False),
    "a URI below a domain": (BELOW, names(uri="https://a.example.com/"), True),
    "a URI on the domain itself": (BELOW, names(uri="https://example.com/"), False),
    "a URI without a host": (PERMITTED, names(uri="urn:example:ann"), False),
    "excluded host": (EXCLUDED, names("a.example.com"), False),
    "a host that is not excluded": (EXCLUDED, names("a.example.org"), True),
    "excluded address": (EXCLUDED, names(email="ann@example.com"), False),
    "an address that is not excluded": (EXCLUDED, names(email="ann@example.org"), True),
    "a URI without a host beside an excluded one": (EXCLUDED, names(uri="urn:example:ann"), False),
    "excluded URI": (EXCLUDED, names(uri="https://example.com/"), False),
    "a URI that is not excluded": (EXCLUDED, names(uri="https://example.org/"), True),
    "permitted and not excluded": (NARROW, names("a.example.com"), True),
    "permitted, but excluded": (NARROW, names("a.secret.example.com"), False),
    "a kind that is not limited": (NARROW, names(email="ann@example.org", uri="urn:example:ann"), True),
}
DISAGREEMENTS = {
    "cryptography": "refuses every URI where URIs are constrained: it knows no such constraint",
    "gnutls": "lets in every URI where trees are permitted, and refuses every one where trees are excluded: as above",
}
"""Reasoned exceptions: verifiers that do not judge URIs, each in its own way. OpenSSL and Envoy do."""


def constrained(limits: NameConstraints, *, intermediate: bool = True) -> Family:
    """A family whose CAs carry the constraints, and have no address of their own to fall outside of them."""
    return _family(limits, generate(), generate(), intermediate=intermediate)


def _family(limits: NameConstraints | None, root_key: str, key: str, *, intermediate: bool) -> Family:
    request = Request(Profile.ROOT, Subject("Root"), NO_NAMES, 90, public_pem(root_key), 2, name_constraints=limits)
    root = Issuer(issue_root(request, root_key, NOW).certificate_pem, root_key)
    if not intermediate:
        return Family(root, root, "", "ecdsa-p256")
    order = Request(Profile.INTERMEDIATE, Subject("Issuing"), NO_NAMES, 90, public_pem(key), name_constraints=limits)
    issued = issue(order, root, NOW).certificate_pem
    return Family(root, Issuer(issued, key), issued, "ecdsa-p256")


def signed_regardless(house: Family, found: SubjectAlternativeNames, subject: Subject) -> Leaf:
    """A client that the family's key signed as if it had no constraints: what somebody who has the key can make."""
    twin = _family(None, house.root.private_key_pem, house.issuing.private_key_pem, intermediate=bool(house.chain))
    key = generate()
    return Leaf(issue(Request(Profile.CLIENT, subject, found, 30, public_pem(key)), twin.issuing, NOW), key)


@pytest.mark.parametrize("intermediate", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_verifiers_agree_with_our_verdict(case: str, intermediate: bool, tmp_path: Path) -> None:
    """OpenSSL judges every case as we do, the others every case without a URI; no disagreement is left unnamed."""
    limits, found, is_inside = CASES[case]
    house, subject = constrained(limits, intermediate=intermediate), Subject("ann")
    leaf = signed_regardless(house, found, subject)
    assert (outside(limits, subject, found) == []) is is_inside
    judged = verdicts(Shown(leaf.certificate, house.chain), house.root.certificate_pem, tmp_path)
    if found.uri and (limits.permitted.uri or limits.excluded.uri):
        judged = {name: verdict for name, verdict in judged.items() if name not in DISAGREEMENTS}
    assert judged == dict.fromkeys(judged, is_inside)
    assert judged


@pytest.mark.parametrize(
    ("limits", "inside", "cryptography", "gnutls"), [(PERMITTED, True, False, True), (EXCLUDED, False, False, False)]
)
def test_how_two_verifiers_differ_about_uris(limits, inside, cryptography, gnutls, tmp_path: Path) -> None:
    """The exceptions above, seen: each says the same of a URI inside and of one outside."""
    house = constrained(limits)
    for uri, is_inside in (("https://example.com/", inside), ("https://example.org/", not inside)):
        leaf = signed_regardless(house, names(uri=uri), Subject("ann"))
        judged = verdicts(Shown(leaf.certificate, house.chain), house.root.certificate_pem, tmp_path)
        assert judged == {"openssl": is_inside, "cryptography": cryptography} | (
            {"gnutls": gnutls} if "gnutls" in judged else {}
        )


@pytest.mark.parametrize(
    ("subject", "found", "kind"),
    [
        (Subject("ann.example.org"), names(email="ann@example.com"), "commonName"),
        (Subject("ann", email="ann@example.org"), names("a.example.com"), "email"),
    ],
)
def test_names_in_the_subject_count(
    subject: Subject, found: SubjectAlternativeNames, kind: str, tmp_path: Path
) -> None:
    """A common name that reads as a host counts where there is no DNS name, an address always: OpenSSL says so too."""
    house = constrained(PERMITTED)
    assert [one.kind for one in outside(PERMITTED, subject, found)] == [kind]
    leaf = signed_regardless(house, found, subject)
    assert not verdicts(Shown(leaf.certificate, house.chain), house.root.certificate_pem, tmp_path)["openssl"]
    assert outside(PERMITTED, Subject("ann"), names("a.example.com")) == []
    assert outside(PERMITTED, Subject("ann.example.org"), names("a.example.com")) == []


@pytest.mark.parametrize("uri", ["https://192.0.2.1/", "https://[2001:db8::1]/"])
def test_a_uri_with_an_address_is_outside_of_every_constraint(uri: str) -> None:
    """RFC 5280 has it refused; OpenSSL lets it in where hosts are excluded, so it is kept from being issued."""
    assert outside(EXCLUDED, Subject("ann"), names(uri=uri))
    assert outside(PERMITTED, Subject("ann"), names(uri=uri))
    assert outside(NARROW, Subject("ann"), names(uri=uri)) == []


def test_a_wildcard_that_stands_for_an_excluded_host_is_outside() -> None:
    """One label deeper or beside it is inside: the wildcard does not stand for those."""
    assert outside(NARROW, Subject(""), names("*.example.com"))
    assert outside(NARROW, Subject(""), names("*.a.example.com")) == []
    assert outside(NARROW, Subject(""), names("*.example.org"))


@pytest.mark.parametrize("case", ["a host below it", "another domain", "a URI on the host", "a URI on a host below"])
def test_handshakes_agree(case: str, tmp_path: Path) -> None:
    """A TLS server that trusts the constrained root lets in who is inside, and nobody else."""
    limits, found, is_inside = CASES[case]
    house = constrained(limits)
    leaf = signed_regardless(house, found, Subject("ann"))
    shown = Shown(leaf.certificate, house.chain, leaf.key)
    assert shakes_hands(tmp_path, House(make_family(), house, {}), shown, house.root.certificate_pem) is is_inside


@pytest.mark.parametrize("case", CASES)
def test_nothing_outside_is_issued(case: str) -> None:
    """The issuing CA's own certificate decides: one clear error with every name, or the certificate."""
    limits, found, is_inside = CASES[case]
    request = Request(Profile.CLIENT, Subject("ann"), found, 30, public_pem(generate()))
    issuing = constrained(limits).issuing
    if is_inside:
        assert issue(request, issuing, NOW).certificate_pem
        return
    with pytest.raises(CertificateError, match="outside the issuer's name constraints") as refused:
        issue(request, issuing, NOW)
    assert all(one.name in str(refused.value) for one in outside(limits, Subject("ann"), found))


def test_a_server_and_a_ca_below_obey_as_well() -> None:
    """A server's host, and the address in a CA's subject."""
    house = constrained(PERMITTED)
    assert house.server("www.example.com")
    with pytest.raises(CertificateError, match=r"dns 'www\.example\.org'.*allowed host names in example\.com"):
        house.server("www.example.org")
    order = Request(
        Profile.INTERMEDIATE, Subject("Other", email="ca@example.org"), NO_NAMES, 30, public_pem(generate())
    )
    with pytest.raises(CertificateError, match=r"email 'ca@example\.org'"):
        issue(order, house.root, NOW)
    assert issue(replace(order, subject=Subject("Other", email="ca@example.com")), house.root, NOW)


@pytest.mark.parametrize("profile", [Profile.CLIENT, Profile.SERVER])
def test_end_entities_carry_none(profile: Profile) -> None:
    """RFC 5280: the extension belongs to CAs only."""
    request = Request(
        profile, Subject("ann"), names("a.example.com"), 30, public_pem(generate()), name_constraints=PERMITTED
    )
    with pytest.raises(CertificateError, match=f"allowed for a CA, not for {profile}"):
        issue(request, constrained(PERMITTED).issuing, NOW)


def test_the_extension_is_critical_and_read_back_as_it_was_written() -> None:
    """Root and intermediate carry it; without constraints there is no extension."""
    house = constrained(NARROW)
    for pem in (house.root.certificate_pem, house.chain):
        found = x509.load_pem_x509_certificate(pem.encode()).extensions.get_extension_for_class(x509.NameConstraints)
        assert found.critical
        assert name_constraints(pem) == NARROW
    assert name_constraints(make_family().root.certificate_pem) == NameConstraints()
    with pytest.raises(CertificateError):
        name_constraints("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


@pytest.mark.parametrize(("limits", "refuses"), [(PERMITTED, True), (None, False)])
def test_a_bridge_carries_the_constraints_of_what_it_vouches_for(limits, refuses: bool, tmp_path: Path) -> None:
    """Where the other root is trusted, nobody looks at the constrained root's own certificate: without, all pass."""
    house, other = constrained(PERMITTED, intermediate=False), make_root(path_length=2)
    key = public_pem(house.root.private_key_pem)
    bridge = issue(Request(Profile.BRIDGE, Subject("Root"), NO_NAMES, 30, key, name_constraints=limits), other, NOW)
    for found, is_accepted in ((names("a.example.com"), True), (names("a.example.org"), not refuses)):
        leaf = signed_regardless(house, found, Subject("ann"))
        judged = verdicts(Shown(leaf.certificate, bridge.certificate_pem), other.certificate_pem, tmp_path)
        assert judged == dict.fromkeys(judged, is_accepted)


def test_a_brought_client_outside_of_the_authority_is_refused_in_words() -> None:
    """External authorities: a verifier would refuse it, and so do we, before it is deployed."""
    house = constrained(PERMITTED)
    good, bad = (signed_regardless(house, names(host), Subject("ann")) for host in ("a.example.com", "a.example.org"))
    assert client_problems(good.certificate + house.chain, house.root.certificate_pem, NOW) == []
    found = client_problems(bad.certificate + house.chain, house.root.certificate_pem, NOW)
    assert [problem.partition(" is ")[0] for problem in found] == ["names: dns 'a.example.org'"] * 2
