"""The listener's certificates of every kind, and the DNS names in front of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mtlsedge_components.reading.secret import Secret
from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.checking import split_chain
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import (
    IssuedServerCertificate,
    ReferencedServerCertificate,
    ServerCertificate,
    Settings,
    Subject,
    SubjectAlternativeNames,
    UploadedServerCertificate,
)
from tests.graph import samples
from tests.graph.computed import digits
from tests.graph.harness import SECRET, Graph, graph_of, local_graph, texts

UPLOAD = "cas/serviceCertificate:ServiceCertificate"


def upload(*hosts: str, made: datetime | None = None, key: str = "") -> UploadedServerCertificate:
    """A real certificate, its root after it, and its key for some hosts, self-made; `key` replaces the key."""
    made = made or datetime.now(UTC)
    ca_key, own = generate("ecdsa-p256"), generate("ecdsa-p256")
    none, names = SubjectAlternativeNames(), SubjectAlternativeNames(dns=hosts)
    root = Request(Profile.ROOT, Subject("root"), none, 30, public_pem(ca_key))
    issuer = Issuer(issue_root(root, ca_key, made).certificate_pem, ca_key)
    leaf = Request(Profile.SERVER, Subject(hosts[0]), names, 30, public_pem(own))
    chain = issue(leaf, issuer, made).certificate_pem + issuer.certificate_pem
    return UploadedServerCertificate(chain, Secret(key or own))


def with_certificate(certificate: ServerCertificate, **additional: ServerCertificate) -> Settings:
    """The local stack with another server certificate, and additional ones."""
    return samples.local(server_certificate=certificate, additional_server_certificates=additional)


def order(graph: Graph, first: str, then: str) -> bool:
    """Whether the second resource waits for the first."""
    urns = {node.name: urn for urn, node in graph.nodes.items() if node.custom}
    return urns[first] in graph.nodes[urns[then]].dependencies


def test_an_issued_certificate_is_uploaded_with_its_chain() -> None:
    """The upload is leaf and intermediate, the key the secret of the key resource itself."""
    inputs = local_graph().of(UPLOAD)["server-certificate-upload"].inputs
    assert "server-certificate-leaf\n" in inputs["cert"]
    assert "authority-2026-intermediate\n" in inputs["cert"]
    assert SECRET in inputs["key"]
    assert "server-certificate-key\n" in inputs["key"]["value"]


def test_a_certificates_name_ends_in_its_fingerprint_and_is_plain() -> None:
    """Old and new certificate differ in name, and the name is no secret."""
    inputs = local_graph().of(UPLOAD)["server-certificate-upload"].inputs
    assert inputs["certificateName"].endswith("-" + digits("server-certificate-leaf")[:8])


def test_the_site_decides_the_suffix_of_the_identifier() -> None:
    """A certificate of the Chinese site is `<id>-cn-hangzhou`, wherever the load balancer stands."""
    exports = graph_of(samples.local(certificate_site="china")).exports
    assert exports["serverCertificate"]["identifier"] == "server-certificate-upload-id-cn-hangzhou"


def test_a_long_host_name_is_cut_in_the_common_name_only() -> None:
    """X.520 allows 64 characters there; the alternative name has the whole."""
    host = f"{'a' * 60}.example.test"
    leaf = graph_of(with_certificate(IssuedServerCertificate((host,)))).of(":Certificate")["server-certificate-leaf"]
    assert leaf.inputs["subject"]["common_name"] == host[:64]
    assert leaf.inputs["names"]["dns"] == [host]


def test_a_given_certificate_is_uploaded_as_it_is() -> None:
    """Certificate byte for byte, key as a secret, facts read from the certificate, issuer unknown."""
    given = upload("www.example.test")
    graph = graph_of(with_certificate(given))
    inputs = graph.of(UPLOAD)["server-certificate-upload"].inputs
    assert inputs["cert"] == given.certificate_pem
    assert inputs["key"]["value"] == given.private_key.reveal()
    assert graph.exports["serverCertificate"]["fingerprint"] == inspect(given.certificate_pem).fingerprint
    assert (graph.exports["serverCertificate"]["issuer"], graph.exports["serverCertificate"]["names"]) == (
        "", ["www.example.test"]
    )  # fmt: skip
    assert "PRIVATE KEY" not in "".join(text for node in graph.nodes.values() for _, text in texts(node.inputs))


def test_what_the_service_answers_of_an_upload_is_no_change() -> None:
    """It may leave out key or chain and trim the text; another certificate is known by its name, and is another upload."""
    for stack in (samples.LOCAL, with_certificate(upload("www.example.test"))):
        uploaded = graph_of(stack).of(UPLOAD)["server-certificate-upload"]
        assert uploaded.ignored == {"cert", "key"}
        assert uploaded.replaced_by == {"certificateName"}


def test_another_chain_of_a_given_certificate_is_another_upload() -> None:
    """Its name differs; text around the certificates makes no difference, and one alone is named by its fingerprint."""
    with_chain = upload("www.example.test")
    alone = replace(with_chain, certificate_pem=split_chain(with_chain.certificate_pem)[0])
    trimmed = replace(with_chain, certificate_pem=f"of today\n{with_chain.certificate_pem.strip()}")
    names = [
        graph_of(with_certificate(one)).of(UPLOAD)["server-certificate-upload"].inputs["certificateName"]
        for one in (alone, with_chain, trimmed)
    ]
    assert names[0].endswith("-" + inspect(alone.certificate_pem).fingerprint[:8])
    assert names[0] != names[1] == names[2]


def test_a_foreign_key_is_refused_in_up_before_anything_is_made() -> None:
    """The error names the key path and no part of the key."""
    stack = with_certificate(upload("www.example.test", key=generate("ecdsa-p256")))
    with pytest.raises(Exception, match=r"mtlsedge:serverCertificate\.privateKey") as refusal:
        graph_of(stack)
    assert "BEGIN" not in str(refusal.value)


def test_a_preview_does_not_look_at_the_key() -> None:
    """With a digest in the key's place, as in a preview without secrets, the preview is the same."""
    graph_of(with_certificate(upload("www.example.test", key="digest 1234")), preview=True)


@pytest.mark.parametrize("preview", [False, True])
def test_expired_and_foreign_names_are_refused_together(*, preview: bool) -> None:
    """Dates and names are plain facts: both problems stand in one error, in a preview, too."""
    given = upload("other.example.test", made=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(Exception, match=r"(?s)expired|not_after|2020.*www\.example\.test"):
        graph_of(with_certificate(given), preview=preview)


def test_a_reference_is_read_and_never_made() -> None:
    """A referenced certificate is looked up for the stack's hosts; nothing is uploaded."""
    graph = graph_of(with_certificate(ReferencedServerCertificate("123-ap-southeast-1")))
    assert graph.of(UPLOAD) == {}
    reference = graph.of(":ServerCertificateReference")["server-certificate-reference"].inputs
    assert (reference["identifier"], reference["names"]) == ("123-ap-southeast-1", ["www.example.test"])
    listener = graph.of("alb/listener:Listener")["load-balancer-https-listener"].inputs
    assert listener["certificates"]["certificateId"] == "123-ap-southeast-1"


def test_additional_certificates_are_attached_by_name() -> None:
    """Each one is a component of its own and an attachment to the listener."""
    graph = graph_of(with_certificate(
        IssuedServerCertificate(("www.example.test",)), api=ReferencedServerCertificate("9-ap-southeast-1")
    ))  # fmt: skip
    (attachment,) = graph.of(":ListenerAdditionalCertificateAttachment").values()
    assert attachment.inputs == {
        "certificateId": "9-ap-southeast-1", "listenerId": "load-balancer-https-listener-id"
    }  # fmt: skip


def test_hosts_of_an_additional_certificate_need_not_be_in_the_default_one() -> None:
    """The default certificate has to cover what no additional one speaks for."""
    stack = samples.local(
        server_certificate=ReferencedServerCertificate("1-ap-southeast-1"),
        additional_server_certificates={"api": IssuedServerCertificate(("api.example.test",))},
        domain=samples.domain(names=("www", "api")),
    )
    names = graph_of(stack).of(":ServerCertificateReference")["server-certificate-reference"].inputs["names"]
    assert names == ["www.example.test"]


def test_a_cname_points_at_the_load_balancers_name() -> None:
    """One record a host, to the DNS name, never to an address."""
    record = local_graph().of(":AlidnsRecord")["dns-www"].inputs
    assert {key: record[key] for key in ("domainName", "rr", "type", "value", "ttl")} == {
        "domainName": "example.test", "rr": "www", "type": "CNAME", "value": "alb-1.example-alb.test", "ttl": 600
    }  # fmt: skip


def test_a_record_waits_until_its_host_was_found_vacant() -> None:
    """Live records of somebody else are refused before ours is made."""
    assert order(local_graph(), "dns-www-vacant", "dns-www")


def test_a_ttl_below_the_zones_minimum_is_refused() -> None:
    """The zone's own minimum, read from the cloud, has the last word."""
    with pytest.raises(Exception, match=r"mtlsedge:domain\.ttl: found 60; allowed: 600"):
        graph_of(samples.local(domain=samples.domain(ttl=60)))


def test_ownership_is_not_proved_unless_asked_for() -> None:
    """A zone of the account needs no proof: no TXT record, no waiting, no zone."""
    graph = local_graph()
    assert not graph.of(":TxtProof") | graph.of(":TxtResolved") | graph.of(":AlidnsDomain")


def test_proof_then_zone_then_records() -> None:
    """The TXT record resolves before the zone is added, and the zone stands before its records; people publish it, not the stack."""
    graph = graph_of(samples.local(domain=samples.domain(create=True, prove_ownership=True)))
    assert {one.inputs["type"] for one in graph.of(":AlidnsRecord").values()} == {"CNAME"}
    assert graph.of(":TxtProof")["dns-proof"].inputs["verification"] == "ADD_SUB_DOMAIN"
    assert graph.of(":TxtResolved")["dns-proof-resolved"].inputs["host"] == "alidnscheck.example.test"
    assert order(graph, "dns-proof-resolved", "dns-zone")
    assert order(graph, "dns-zone", "dns-www-vacant")


def test_a_zone_is_retained() -> None:
    """Others' records may live in it by the time the stack is destroyed."""
    graph = graph_of(samples.local(domain=samples.domain(create=True)))
    assert graph.of(":AlidnsDomain")["dns-zone"].retain_on_delete is True


def test_the_proof_may_not_stand_on_a_cnames_host() -> None:
    """A CNAME bears no other record beside it."""
    stack = samples.local(domain=samples.domain(names=("alidnscheck",), prove_ownership=True))
    with pytest.raises(Exception, match=r"mtlsedge:domain\.names: found alidnscheck"):
        graph_of(stack)


def test_the_host_of_an_adopted_record_may_bear_that_record() -> None:
    """A CNAME that points where ours will is in nobody's way when it is adopted, and only then."""
    adopted = graph_of(samples.local(adopt={"record/www": "42"})).of(":VacantHost")["dns-www-vacant"].inputs
    assert adopted["expected_target"] == "alb-1.example-alb.test"
    assert local_graph().of(":VacantHost")["dns-www-vacant"].inputs["expected_target"] == ""


def test_urls_name_the_port_only_if_it_is_not_443_and_no_wildcard() -> None:
    """The first URL is the one to show."""
    stack = samples.listener(port=8443)
    graph = graph_of(samples.local(listener=stack.listener, domain=samples.domain(names=("*", "www", "@"))))
    assert graph.exports["urls"] == ["https://www.example.test:8443/", "https://example.test:8443/"]
    assert graph.exports["url"] == "https://www.example.test:8443/"
    assert graph_of(samples.local(domain=None)).exports["url"] == "https://alb-1.example-alb.test/"
