"""Key pairs. A made one's private key is answered once and not kept."""

import base64
import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, numbered_page
from local.cloud.errors import invalid, refused
from local.cloud.products import ECS
from local.cloud.store import Document

KIND = "ecs.key_pair"


@action(ECS, "CreateKeyPair", source="sdk model", writes=True)
def create_key_pair(call: Call) -> Response:
    """A new key pair."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
    return {**_made(call, public), "PrivateKeyBody": private}


@action(ECS, "ImportKeyPair", source="sdk model", writes=True)
def import_key_pair(call: Call) -> Response:
    """A key pair of which the public key is given."""
    made = _made(call, call.parameters.required("PublicKeyBody"))
    return {name: made[name] for name in ("KeyPairName", "KeyPairFingerPrint")}


@action(ECS, "DescribeKeyPairs", source="sdk model")
def describe_key_pairs(call: Call) -> Response:
    """All key pairs, or those of a name (`*` at its ends), a fingerprint or a resource group."""
    name = call.parameters.text("KeyPairName")
    filters = {key: value for key in ("KeyPairFingerPrint", "ResourceGroupId") if (value := call.parameters.text(key))}
    found = [
        {
            "PublicKey": "",
            **{key: value for key, value in document.items() if key not in ("Tags", "KeyPairId")},
            "Tags": {"Tag": tagging.shown(document)},
        }
        for document in call.store.list(KIND)
        if _is_named(document["KeyPairName"], name) and all(document[key] == value for key, value in filters.items())
    ]
    page, counters = numbered_page(call.parameters, found)
    return {"KeyPairs": {"KeyPair": page}, **counters}


@action(ECS, "DeleteKeyPairs", source="sdk model", writes=True)
def delete_key_pairs(call: Call) -> Response:
    """Remove key pairs by name; an unknown one counts as removed."""
    for name in call.parameters.json_texts("KeyPairNames"):
        call.store.delete(KIND, name)
    return {}


def _made(call: Call, public: str) -> Response:
    name = call.parameters.required("KeyPairName")
    if call.store.get(KIND, name):
        raise refused("KeyPair.AlreadyExist", "A key pair of that name exists.")
    document: Document = {
        "KeyPairName": name,
        "KeyPairId": new_id("ssh"),
        "KeyPairFingerPrint": _fingerprint(public),
        "ResourceGroupId": call.parameters.text("ResourceGroupId"),
        "CreationTime": now_text(),
        "Tags": tagging.sent(call.parameters),
    }
    call.store.put(KIND, name, document)
    return {key: document[key] for key in ("KeyPairName", "KeyPairId", "KeyPairFingerPrint")}


def _fingerprint(public: str) -> str:
    try:
        content = base64.b64decode(public.split()[1])
    except (IndexError, ValueError):
        raise invalid("PublicKeyBody", "an OpenSSH public key is expected") from None
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _is_named(name: str, wanted: str) -> bool:
    return not wanted or name == wanted or (wanted.endswith("*") and name.startswith(wanted.rstrip("*")))
