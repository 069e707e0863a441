"""Roots made elsewhere, taken over with their keys. This module's path and class names stand in state."""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult

from mtlsedge_components.dynamic import clock
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import UNKNOWN
from mtlsedge_components.dynamic.provider import Provider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.importing import one_at_a_time

OUTPUTS = (
    "certificate_pem", "serial", "not_before", "not_after", "fingerprint", "public_key_pem", "private_key_pem",
)  # fmt: skip


class ImportedRootProvider(Provider):
    """Takes a root and its key into the state once; nothing replaces it, and its key is never asked for again."""

    @boundary
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse another certificate for a generation that exists. The key is not looked at: it may be a digest."""
        with one_at_a_time:
            from mtlsedge_components.x509.facts import inspect

        problems = []
        old, new = olds.get("certificate_pem"), news.get("certificate_pem")
        if old and new not in (None, UNKNOWN) and inspect(old).fingerprint != inspect(new).fingerprint:
            found, known = inspect(new).fingerprint[:16], inspect(old).fingerprint[:16]
            remedy = "allowed no change: add a new generation instead"
            problems.append(("certificate_pem", f"found the root {found}…, it was imported as {known}…; {remedy}"))
        if not olds and not news.get("key"):
            problems.append(
                ("key", "found none; allowed the root's key, as secret mtlsedge:importedKeys.<generation>.key")
            )
        return checked(news, problems)

    @boundary
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Nothing changes it; the key may leave the stack file once it is in the state."""
        return compared([])

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Open the key, see that it is the certificate's, and keep it as PKCS#8; the passphrase is not kept as output."""
        with one_at_a_time:
            from mtlsedge_components.x509.custody import import_problems, opened_for
            from mtlsedge_components.x509.facts import inspect
            from mtlsedge_components.x509.keys import public_pem

        pem = props["certificate_pem"]
        if problems := import_problems(pem, clock.now(), signs_intermediate=bool(props["signs_intermediate"])):
            raise ProviderError("imported root refused: " + "; ".join(problems))
        opened = opened_for(pem, props["key"], props["passphrase"])
        facts, key = inspect(pem), opened.private_key_pem
        values = (pem, facts.serial, facts.not_before, facts.not_after, facts.fingerprint, public_pem(key), key)
        return CreateResult(facts.fingerprint, dict(zip(OUTPUTS, values, strict=True)))


class ImportedRoot(Resource):
    """A root and its key as `Certificate` and `PrivateKey` have them; `key` and `passphrase` are secrets.

    `key` is PEM (encrypted or not) or the base64 of a PKCS#12 file.
    """

    served_by = ImportedRootProvider

    certificate_pem: pulumi.Output[str]
    serial: pulumi.Output[str]
    not_before: pulumi.Output[str]
    not_after: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    public_key_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        certificate_pem: str,
        key: pulumi.Input[str],
        passphrase: pulumi.Input[str],
        signs_intermediate: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["private_key_pem"])
        properties = {
            "certificate_pem": certificate_pem,
            "key": pulumi.Output.secret(key),
            "passphrase": pulumi.Output.secret(passphrase),
            "signs_intermediate": signs_intermediate,
        }
        merged = pulumi.ResourceOptions.merge(secret, opts)
        super().__init__(name, {**dict.fromkeys(OUTPUTS), **properties}, merged)
