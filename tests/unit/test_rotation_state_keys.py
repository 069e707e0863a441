"""Which CA keys in state `mtlsedge verify` takes for rotated out: those that nothing leads to from the trusted root."""

from typing import Any

from mtlsedge.outputs import Authority
from mtlsedge.verify.state_keys import issuers
from tests.unit.test_rotation_paths import bridge, generation
from tests.unit.test_x509_family import Family

OLD, NEW = generation("Old"), generation("New")


def state(*bridges: str) -> dict[str, Any]:
    """Both generations' certificates and keys as they lie in an exported state."""
    texts = [
        text
        for family in (OLD, NEW)
        for ca in (family.root, family.issuing)
        for text in (ca.certificate_pem, ca.private_key_pem)
    ]
    return {"deployment": {"resources": [{"outputs": {"text": text}} for text in (*texts, *bridges)]}}


def trusting(trusted: Family, issuing: Family) -> Authority:
    """The stack's outputs about its authority."""
    return Authority(trusted.root.certificate_pem, issuing.chain, "", "", "")


def names(found: tuple) -> set[str]:
    """Common names of CAs."""
    return {one.certificate.subject.rfc4514_string().split("CN=")[1].split(",")[0] for one in found}


def test_an_old_generation_is_rotated_out_once_the_new_one_is_trusted() -> None:
    """Without a bridge back, root and intermediate of the old generation are to be refused."""
    believed, retired = issuers(state(bridge(NEW, OLD).certificate_pem), trusting(NEW, NEW))
    assert names(retired) == {"Old Root", "Old Issuing"}
    assert names(believed) == {"New Root", "New Issuing"}


def test_a_generation_to_come_is_not_rotated_out() -> None:
    """While the old root is trusted, the new generation is accepted through its bridge, root key and all."""
    believed, retired = issuers(state(bridge(NEW, OLD).certificate_pem), trusting(OLD, NEW))
    assert retired == ()
    assert {"New Issuing", "Old Issuing"} <= names(believed)


def test_a_bridge_back_keeps_the_old_generation_in() -> None:
    """With the reverse bridge the old generation is still accepted, so it is not reported as rotated out."""
    _, retired = issuers(state(bridge(OLD, NEW).certificate_pem), trusting(NEW, NEW))
    assert retired == ()
