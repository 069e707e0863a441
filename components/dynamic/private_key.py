"""Private keys that live, encrypted, in the stack's state."""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult

from mtlsedge_components.dynamic import decisions
from mtlsedge_components.dynamic.properties import changed
from mtlsedge_components.dynamic.provider import Provider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.importing import one_at_a_time


class PrivateKeyProvider(Provider):
    """Makes a key once; nothing but another algorithm makes another."""

    @boundary
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse unknown algorithms, and any change to the key of an immutable certificate."""
        with one_at_a_time:
            from mtlsedge_components.x509 import keys

        problems = decisions.unlisted(news, "algorithm", keys.ALGORITHMS)
        problems += decisions.immutability_problems(olds, news, changed(olds, news, ["algorithm"]))
        return checked(news, problems)

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another algorithm replaces the key."""
        return compared(changed(olds, news, ["algorithm"]))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the key; its id is the fingerprint, which says nothing about it."""
        with one_at_a_time:
            from mtlsedge_components.x509 import keys

        private = keys.generate(props["algorithm"])
        fingerprint = keys.private_key_fingerprint(private)
        outputs = {"private_key_pem": private, "public_key_pem": keys.public_pem(private), "fingerprint": fingerprint}
        return CreateResult(fingerprint, {"algorithm": props["algorithm"], **outputs})


class PrivateKey(Resource):
    """A private key (PKCS#8 PEM, secret), its public half and the SHA-256 of its SubjectPublicKeyInfo.

    `algorithm` is one of `mtlsedge_components.x509.keys.ALGORITHMS`. With `immutable` (keys of CAs) a preview refuses
    another algorithm instead of planning a new key.
    """

    served_by = PrivateKeyProvider

    private_key_pem: pulumi.Output[str]
    public_key_pem: pulumi.Output[str]
    fingerprint: pulumi.Output[str]

    def __init__(
        self, name: str, *, algorithm: str, immutable: bool = False, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["private_key_pem"])
        properties = {"algorithm": algorithm, "immutable": immutable}
        outputs = {"private_key_pem": None, "public_key_pem": None, "fingerprint": None}
        super().__init__(name, {**properties, **outputs}, pulumi.ResourceOptions.merge(secret, opts))
