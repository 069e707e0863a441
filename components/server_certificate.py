"""The certificate the HTTPS listener shows: uploaded, referred to, or made by the stack's own authority."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_alicloud import cas

from mtlsedge_components.certificates import Issuer, alternative_names
from mtlsedge_components.dynamic import Certificate, PrivateKey, ServerCertificateReference
from mtlsedge_components.identity import Identity, IdentityArgs
from mtlsedge_components.sites import DEFAULT_SITE, SUFFIXES, known
from mtlsedge_components.x509.checking import chain_fingerprint
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import DEFAULT_ALGORITHM
from mtlsedge_components.x509.profiles import Profile

COMMON_NAME_LIMIT = 64
"""X.520's upper bound of a common name; verifiers read the alternative names, which have no such bound."""
VALIDITY_DAYS = 90
RENEW_BEFORE_DAYS = 30


class UploadedCertificateArgs(TypedDict):
    """A certificate that was made elsewhere, to upload."""

    certificate_pem: str
    """The certificate, and after it its chain, PEM."""
    private_key_pem: pulumi.Input[str]
    """Its private key, PEM. A secret."""


class ReferencedCertificateArgs(TypedDict):
    """A certificate that is in Certificate Management Service. It is read and never deleted."""

    identifier: str
    """`<CertId>-<suffix of the CAS site>`, such as `12345-ap-southeast-1`."""
    names: NotRequired[list[str]]
    """DNS names it has to cover. Default: whatever it covers."""


class IssuedCertificateArgs(TypedDict):
    """A certificate that an own CA signs, for tests."""

    issuer: Issuer
    """What signs it."""
    names: list[str]
    """DNS names it speaks for, at least one."""
    validity_days: NotRequired[int]
    """Days that the certificate is valid, 1 to 3650. Default: 90."""
    renew_before_days: NotRequired[int]
    """Days before its end when it is renewed, fewer than `validity_days`. Default: 30."""


class ServerCertificateArgs(TypedDict):
    """Exactly one of `uploaded`, `referenced` and `issued`; which one decides what resources there are."""

    uploaded: NotRequired[UploadedCertificateArgs]
    """A certificate to upload."""
    referenced: NotRequired[ReferencedCertificateArgs]
    """A certificate that is there."""
    issued: NotRequired[IssuedCertificateArgs]
    """A certificate to make."""
    additional_name: NotRequired[str]
    """Name of a certificate that is chosen by SNI; it is part of the physical name. Default: the listener's own."""
    site: NotRequired[str]
    """Site of Certificate Management Service: international (the default) or china. The load balancer's region decides."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class ServerCertificate(pulumi.ComponentResource):
    """One server certificate in Certificate Management Service, known to ALB by `identifier`.

    A new certificate, or a new chain of one that was given, has a new name (it ends in digits of its
    fingerprint): by that it is known as another one, uploaded, and the listener switched over before the
    old one is deleted. What the service answers of certificate and key is not compared: it may leave out
    the key or the chain, or end the text otherwise (decision 0009). A referenced one is only read: that it
    exists, is in date and covers the names. It is never deleted.
    """

    identifier: pulumi.Output[str]
    """`<CertId>-<suffix of the CAS site>`, as listeners want it; the suffix is not the load balancer's region."""
    fingerprint: pulumi.Output[str]
    """SHA-256 of the leaf's DER, in hex."""
    not_after: pulumi.Output[str]
    """End of validity, ISO 8601 UTC."""
    names: pulumi.Output[list[str]]
    """The DNS names it speaks for."""
    issuer_pem: pulumi.Output[str]
    """What a client has to trust to accept it; empty where the stack does not know."""

    def __init__(self, name: str, args: ServerCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:ServerCertificate", name, None, opts)
        kinds = ("uploaded", "referenced", "issued")
        if len(said := [kind for kind in kinds if kind in args]) != 1:
            found = " and ".join(said) or "nothing"
            raise pulumi.RunError(f"{name}: found {found}; allowed: exactly one of {', '.join(kinds)}")
        try:
            self._site = known(args.get("site", DEFAULT_SITE))
        except ValueError as error:
            raise pulumi.RunError(f"{name}.{error}") from None
        self.issuer_pem = pulumi.Output.from_input("")
        if "referenced" in args:
            self._refer(name, args["referenced"])
        elif "uploaded" in args:
            self._upload_given(name, args["uploaded"], args)
        else:
            self._issue(name, args["issued"], args)
        self.register_outputs({"identifier": self.identifier, "not_after": self.not_after})

    def _refer(self, name: str, reference: ReferencedCertificateArgs) -> None:
        found = ServerCertificateReference(
            f"{name}-reference",
            identifier=reference["identifier"],
            names=reference.get("names", []),
            site=self._site,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.identifier = found.identifier
        self.fingerprint, self.not_after, self.names = found.fingerprint, found.not_after, found.subject_names

    def _upload_given(self, name: str, uploaded: UploadedCertificateArgs, args: ServerCertificateArgs) -> None:
        facts = inspect(uploaded["certificate_pem"])
        self.fingerprint = pulumi.Output.from_input(facts.fingerprint)
        self.not_after = pulumi.Output.from_input(facts.not_after)
        self.names = pulumi.Output.from_input(list(facts.dns_names))
        content = pulumi.Output.from_input(chain_fingerprint(uploaded["certificate_pem"]))
        self._upload(name, content, (uploaded["certificate_pem"], uploaded["private_key_pem"]), args)

    def _issue(self, name: str, issued: IssuedCertificateArgs, args: ServerCertificateArgs) -> None:
        issuer, child = issued["issuer"], pulumi.ResourceOptions(parent=self)
        key = PrivateKey(f"{name}-key", algorithm=DEFAULT_ALGORITHM, opts=child)
        leaf = Certificate(
            f"{name}-leaf",
            profile=Profile.SERVER.value,
            subject={"common_name": issued["names"][0][:COMMON_NAME_LIMIT]},
            names=alternative_names({"dns": issued["names"]}),
            validity_days=issued.get("validity_days", VALIDITY_DAYS),
            renew_before_days=issued.get("renew_before_days", RENEW_BEFORE_DAYS),
            public_key_pem=key.public_key_pem,
            issuer_certificate_pem=issuer["certificate_pem"],
            issuer_private_key_pem=issuer["private_key_pem"],
            opts=child,
        )
        self.fingerprint, self.not_after = leaf.fingerprint, leaf.not_after
        self.names = pulumi.Output.from_input(list(issued["names"]))
        self.issuer_pem = pulumi.Output.from_input(issuer["root_certificate_pem"])
        chain = pulumi.Output.concat(leaf.certificate_pem, issuer["chain_pem"])
        self._upload(name, leaf.fingerprint, (chain, key.private_key_pem), args)

    def _upload(
        self,
        name: str,
        content: pulumi.Output[str],
        pair: tuple[pulumi.Input[str], pulumi.Input[str]],
        args: ServerCertificateArgs,
    ) -> None:
        """Upload a chain and its key under a name that ends in digits of `content`."""
        identity, additional = Identity.of(args.get("identity")), args.get("additional_name")
        uploaded = cas.ServiceCertificate(
            f"{name}-upload",
            certificate_name=identity.content_name(
                content, "server-certificate", *([additional] if additional else [])
            ),
            cert=pair[0],
            key=pair[1],
            tags=identity.tags,
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=["cert", "key"], replace_on_changes=["certificateName"]
            ),
        )
        self.identifier = pulumi.Output.concat(uploaded.id, "-", SUFFIXES[self._site])
