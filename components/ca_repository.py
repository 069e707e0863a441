"""Where the load balancer finds the CA it trusts: a repository in Certificate Management Service."""

from typing import NotRequired, TypedDict

import pulumi

from mtlsedge_components.certificates import CaCertificate
from mtlsedge_components.dynamic import CaRepositoryEntry, UploadedCa
from mtlsedge_components.identity import Identity, IdentityArgs
from mtlsedge_components.sites import DEFAULT_SITE


class CaRepositoryArgs(TypedDict):
    """Exactly one of `trusted`, a certificate to upload, and `identifier`, of one that is there."""

    trusted: NotRequired[CaCertificate]
    """The CA certificate to upload."""
    identifier: NotRequired[pulumi.Input[str]]
    """Identifier of a CA certificate that was uploaded before. Then nothing is uploaded or deleted."""
    repository_name: NotRequired[str]
    """Name of the repository. It goes with `trusted`. Default: one derived from project and stack."""
    warehouse_id: NotRequired[pulumi.Input[int]]
    """Id of that repository, where another `CaRepository` has found or made it. Default: it is found by its name, or made."""
    create_repository: NotRequired[bool]
    """Whether a repository that is not there is created. Default: yes."""
    site: NotRequired[str]
    """Site of Certificate Management Service: international (the default) or china."""
    allow_version_1_root: NotRequired[bool]
    """Whether an X.509 version 1 certificate, which cannot say that it is a CA, may be uploaded. Default: no."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class CaRepository(pulumi.ComponentResource):
    """The repository (found by its name, or created), and in it the one CA certificate of the listener.

    Another trusted CA is a replacement, and the engine's own order is the safe one: upload the new
    certificate, point the listener at it, delete the old. Nothing here deletes before it replaces.
    The upload is the certificate alone; a CA key never leaves the state.
    """

    identifier: pulumi.Output[str]
    """What ALB wants as `CaCertificates[].CertificateId`: opaque, and without a site suffix."""
    warehouse_id: pulumi.Output[int] | None
    """Id of the repository; None where nothing is uploaded."""

    def __init__(self, name: str, args: CaRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:CaRepository", name, None, opts)
        if ("trusted" in args) == ("identifier" in args):
            raise pulumi.RunError(f"{name}: found both or neither of trusted and identifier; allowed: exactly one")
        self.warehouse_id = None
        if "trusted" in args:
            self.identifier = self._upload(name, args, args["trusted"]).identifier
        else:
            self.identifier = pulumi.Output.from_input(args["identifier"])
        self.register_outputs({"identifier": self.identifier})

    def _upload(self, name: str, args: CaRepositoryArgs, trusted: CaCertificate) -> UploadedCa:
        child, identity = pulumi.ResourceOptions(parent=self), Identity.of(args.get("identity"))
        repository, site = args.get("repository_name") or identity.name("ca-repository"), args.get("site", DEFAULT_SITE)
        if "warehouse_id" in args:
            warehouse = pulumi.Output.from_input(args["warehouse_id"])
        else:
            warehouse = CaRepositoryEntry(
                f"{name}-entry",
                repository_name=repository,
                create=args.get("create_repository", True),
                site=site,
                opts=child,
            ).warehouse_id
        self.warehouse_id = warehouse
        return UploadedCa(
            f"{name}-ca",
            repository_name=repository,
            warehouse_id=warehouse,
            certificate_pem=trusted["certificate_pem"],
            certificate_name=identity.content_name(trusted["fingerprint"], "ca"),
            site=site,
            allow_version_1_root=args.get("allow_version_1_root", False),
            opts=child,
        )
