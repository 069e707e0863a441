"""Every state that was seen to give a secret away, through `mtlsedge snapshot publish`; only the engine is stood in for."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mtlsedge import command
from tests.unit import standing_in

MARK = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
VALUE = 'correct "horse" battery'
NUMBER = 1234567890123
SHORT = "hunter2"
PGP = "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----\n\nxcTG\n"


def secret(value: Any) -> dict[str, str]:
    """As the engine writes it."""
    return {**MARK, "plaintext": json.dumps(value)}


def resource(type_: str = "a:b:C", **parts: Any) -> dict[str, Any]:
    """A resource of a state; its secret stands in `inputs.key`."""
    inputs = {"key": secret(VALUE), "number": secret(NUMBER), **parts.pop("inputs", {})}
    return {
        "urn": f"urn:pulumi:s::p::{type_}::thing",
        "type": type_,
        "custom": True,
        "id": "1",
        "inputs": inputs,
        **parts,
    }


def der(*, private: bool) -> str:
    """A key in base64 of DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    if private:
        return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def shifted(text: str, by: int) -> str:
    """Base64 of a text that does not begin at its first group."""
    return base64.b64encode(b"x" * by + text.encode() + b"end").decode()


def noted(text: Any) -> dict[str, Any]:
    """A resource that shows something in the open."""
    return resource(outputs={"note": text})


def provider(**inputs: str) -> dict[str, Any]:
    """A provider as the state has it."""
    return {
        "urn": "urn:pulumi:s::p::pulumi:providers:alicloud::d",
        "type": "pulumi:providers:alicloud",
        "custom": True,
        "id": "1",
        "inputs": inputs,
    }


OTHER = 'correct "house" battery'
REFUSED = {
    "in the open": (noted(VALUE), noted(OTHER)),
    "inside JSON": (noted(json.dumps({"a": VALUE})), noted(json.dumps({"a": OTHER}))),
    "inside JSON inside JSON": (noted(json.dumps({"a": json.dumps({"b": VALUE})})), noted(json.dumps({"a": json.dumps({"b": OTHER})}))),
    **{f"base64, {by} bytes in": (noted(shifted(VALUE, by)), noted(shifted(OTHER, by))) for by in range(3)},
    "base64 for URLs": (resource(inputs={"key": secret("??>>~~ð?")}, outputs={"n": base64.urlsafe_b64encode("??>>~~ð?".encode()).decode()}), noted(OTHER)),
    "hex": (noted(VALUE.encode().hex()), noted(OTHER.encode().hex())),
    "percent": (noted("correct%20%22horse%22%20battery"), noted("correct%20%22house%22%20battery")),
    "a number": (noted(NUMBER), noted(NUMBER + 1)),
    "a number in a text": (noted(f"port {NUMBER}"), noted("port 12345678")),
    "a key of a mapping": (noted({VALUE: 1}), noted({OTHER: 1})),
    "a key in base64 of DER": (noted(der(private=True)), noted(der(private=False))),
    "a PGP block": (noted(PGP), noted(PGP.replace("PRIVATE", "PUBLIC"))),
    "an endpoint's user": (
        provider(endpoints='[{"alb": "https://me:secret@alb.aliyuncs.com"}]'), provider(endpoints='[{"alb": "alb.aliyuncs.com"}]'),
    ),
    "a download's user": (
        provider(pluginDownloadURL="https://me:secret@plugins.example"), provider(pluginDownloadURL="https://plugins.example"),
    ),
}  # fmt: skip
"""What was seen -> a state that is not published, and the near miss that is."""


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """`mtlsedge snapshot publish` of these resources; exit status and what is published."""
    project = standing_in.project(tmp_path, monkeypatch, stack="s", asked="stack export", answer=tmp_path / "state")

    def run(*resources: dict[str, Any]) -> tuple[int, str]:
        (tmp_path / "state").write_text(
            json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": list(resources)}})
        )
        status, made = command.run(["snapshot", "publish", "--stack", "s", "--to", "out.json"]), project / "out.json"
        text = made.read_text() if made.exists() else ""
        made.unlink(missing_ok=True)
        return status, text

    return run


@pytest.mark.parametrize("row", REFUSED)
def test_a_secret_in_any_form_is_not_published(row: str, publish: Callable[..., tuple[int, str]], capfd) -> None:
    """One line that names the place and does not quote the secret, and no file; the near miss is published."""
    shown, near = REFUSED[row]
    assert publish(shown) == (2, "")
    said = capfd.readouterr().err
    assert said.startswith("mtlsedge: ") and "horse" not in said and "me:secret" not in said and "Traceback" not in said
    status, text = publish(near)
    assert status == 0 and text


@pytest.mark.parametrize("part", ["replacementTrigger", "envVarMappings", "inputs", "outputs"])
def test_a_secret_in_any_field_is_replaced(part: str, publish: Callable[..., tuple[int, str]]) -> None:
    """Whatever field of a resource the engine keeps a secret in, what is published holds none of it."""
    one = resource(**{part: {"inner": [secret("staple of the horse")]}})
    status, text = publish(one)
    assert status == 0 and "staple" not in text and part in text


def test_a_short_secret_is_published_as_unknown(publish: Callable[..., tuple[int, str]]) -> None:
    """Of seven characters: twice the same, its stand-ins differ. One of eight has one stand-in."""
    for value, count in ((SHORT, 2), (f"{SHORT}x", 1)):
        status, text = publish(resource(inputs={"a": secret(value), "b": secret(value)}))
        inputs = json.loads(text)["deployment"]["resources"][0]["inputs"]
        assert (status, len({inputs[key]["plaintext"] for key in "ab"})) == (0, count)
