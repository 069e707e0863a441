"""ServerCertificateReference through the provider process, against the local cloud."""

from collections.abc import Callable
from datetime import datetime

import pytest

from local.cloud.application import Cloud
from local.cloud.cas import pem
from mtlsedge_components.dynamic.properties import UNKNOWN
from mtlsedge_components.dynamic.server_certificate_reference import ServerCertificateReferenceProvider as Provider
from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.dynamic.process import NOW, ProviderProcess

END = "2027-01-15T12:00:00Z"
NAMES = ["www.example.test", "*.apps.example.test"]


@pytest.fixture(scope="module")
def certificate() -> str:
    """A server's certificate for www and everything below apps, until 15 January 2027."""
    now, root_key = datetime.fromisoformat(NOW), generate("ecdsa-p256")
    no_names = SubjectAlternativeNames()
    root = issue_root(Request(Profile.ROOT, Subject("Public CA"), no_names, 100, public_pem(root_key)), root_key, now)
    names = SubjectAlternativeNames(dns=("www.example.test", "*.apps.example.test"))
    server = Request(Profile.SERVER, Subject("www"), names, 54, public_pem(generate("ecdsa-p256")))
    return issue(server, Issuer(root.certificate_pem, root_key), now).certificate_pem


@pytest.fixture
def inputs(cloud: Cloud, certificate: str) -> dict:
    """It was uploaded by somebody else."""
    document = {"CertId": 77, "Name": "theirs", "Cert": certificate, "Site": "ap-southeast-1", "Tags": []}
    document |= {"KeyFile": "absent", "Facts": pem.facts(pem.certificates(certificate)[0])}
    cloud.store.put("cas.server_certificate", "77", document)
    return {"identifier": "77-ap-southeast-1", "names": ["www.example.test"], "site": "international"}


def facts_of(outputs: dict) -> tuple:
    """The facts among the outputs."""
    return outputs["not_after"], outputs["fingerprint"], outputs["subject_names"]


def test_the_facts_are_read_without_the_key(connected: ProviderProcess, inputs: dict, certificate: str) -> None:
    """Only facts become outputs; the local cloud has no key file here, so asking for the key would fail."""
    id_, outputs = connected.create(Provider, inputs)
    assert id_ == outputs["identifier"] == "77-ap-southeast-1"
    assert facts_of(outputs) == (END, inspect(certificate).fingerprint, NAMES)
    assert set(outputs) == {*inputs, "not_after", "fingerprint", "subject_names"}


@pytest.mark.parametrize("told", ["SM2", "sm2_256"])
def test_an_sm2_certificate_is_refused(
    connected: ProviderProcess, inputs: dict, cloud: Cloud, refused: Callable[..., str], told: str
) -> None:
    """What the service says of its algorithm is enough; RSA and ECC certificates are taken."""
    document = cloud.store.get("cas.server_certificate", "77")
    cloud.store.put("cas.server_certificate", "77", document | {"Facts": document["Facts"] | {"Algorithm": told}})
    assert "server certificate 77-ap-southeast-1: found SM2; allowed RSA or ECC" in refused(
        connected.create, Provider, inputs
    )
    for good in ("RSA", "ECC"):
        cloud.store.put("cas.server_certificate", "77", document | {"Facts": document["Facts"] | {"Algorithm": good}})
        assert connected.create(Provider, inputs)


def test_a_missing_certificate_is_refused(
    connected: ProviderProcess, inputs: dict, refused: Callable[..., str]
) -> None:
    """The message names the identifier and the site."""
    text = refused(connected.create, Provider, {**inputs, "identifier": "78-ap-southeast-1"})
    assert "server certificate 78-ap-southeast-1: found none of that id at the international site" in text


def test_names_that_are_not_covered_are_refused(
    connected: ProviderProcess, inputs: dict, refused: Callable[..., str]
) -> None:
    """The message names what is covered and what is missing."""
    names = ["www.example.test", "a.apps.example.test", "shop.example.test"]
    text = refused(connected.create, Provider, {**inputs, "names": names})
    assert "found names www.example.test, *.apps.example.test; allowed only if it covers shop.example.test" in text


def test_an_expired_certificate_is_refused_but_refreshed(
    spawn: Callable[..., ProviderProcess], config: dict, inputs: dict, refused: Callable[..., str]
) -> None:
    """A refresh reports, it does not judge: else an expired certificate could not even be removed."""
    later = spawn(config=config, now="2027-02-01T00:00:00Z")
    assert f"found expired since {END}" in refused(later.create, Provider, inputs)
    id_, outputs = later.read(Provider, inputs["identifier"], inputs)
    assert (id_, outputs["not_after"]) == ("77-ap-southeast-1", END)


def test_refresh_sees_a_certificate_that_is_gone(connected: ProviderProcess, inputs: dict) -> None:
    """The engine reads an empty id as: deleted."""
    gone = {**inputs, "identifier": "79-ap-southeast-1"}
    assert connected.read(Provider, "79-ap-southeast-1", gone) == ("", {})


def test_other_names_are_looked_for_in_the_same_certificate(
    connected: ProviderProcess, inputs: dict, refused: Callable[..., str]
) -> None:
    """An update, which keeps the facts; another identifier is a replacement."""
    id_, outputs = connected.create(Provider, inputs)
    news = {**inputs, "names": ["x.apps.example.test"]}
    assert connected.diff(Provider, outputs, inputs) == ("DIFF_NONE", [])
    assert connected.diff(Provider, outputs, news) == ("DIFF_SOME", [])
    assert connected.update(Provider, id_, outputs, news) == {**outputs, "names": ["x.apps.example.test"]}
    assert "shop" in refused(connected.update, Provider, id_, outputs, {**inputs, "names": ["shop.example.test"]})
    moved = {**inputs, "identifier": "80-ap-southeast-1"}
    assert connected.diff(Provider, outputs, moved) == ("DIFF_SOME", ["identifier"])


@pytest.mark.parametrize("identifier", ["77", "77-cn-hangzhou", "0e40dda9-1111", "x-ap-southeast-1"])
def test_an_identifier_of_another_kind_is_refused_in_preview(
    connected: ProviderProcess, inputs: dict, identifier: str
) -> None:
    """It is the certificate's number and the suffix of the site."""
    failures = connected.check(Provider, {**inputs, "identifier": identifier})
    assert failures["identifier"] == f"found '{identifier}'; allowed <number>-ap-southeast-1 at this site"
    assert connected.check(Provider, {**inputs, "identifier": UNKNOWN}) == {}
