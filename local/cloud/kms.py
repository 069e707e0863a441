"""Key Management Service: keys as names for the encryption of disks, which they do not do here, and for small secrets."""

import base64
import binascii
import json
import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import now_text, public, require
from local.cloud.errors import gone, invalid, refused
from local.cloud.json_texts import parsed
from local.cloud.parameters import echo
from local.cloud.products import KMS
from local.cloud.store import Document

KIND = "kms.key"
ID_BYTES, NONCE_BYTES = 16, 12
"""A ciphertext begins with the key's id and a nonce [assumed]: who decrypts does not name the key."""


@action(KMS, "CreateKey", source="provider source", writes=True)
def create_key(call: Call) -> Response:
    """A key, enabled at once."""
    parameters, id = call.parameters, str(uuid.uuid4())
    document: Document = {
        "KeyId": id,
        "Arn": f"acs:kms:{call.region}:{call.context.account_id}:key/{id}",
        "KeyState": "Enabled",
        "KeySpec": parameters.text("KeySpec", "Aliyun_AES_256"),
        "KeyUsage": parameters.text("KeyUsage", "ENCRYPT/DECRYPT"),
        "Origin": parameters.text("Origin", "Aliyun_KMS"),
        "ProtectionLevel": parameters.text("ProtectionLevel", "SOFTWARE"),
        "AutomaticRotation": "Disabled",
        "DeletionProtection": "Disabled",
        "DeletionProtectionDescription": "",
        "Description": parameters.text("Description"),
        "Creator": call.context.account_id,
        "CreationDate": now_text(),
        "DeleteDate": "",
        "PrimaryKeyVersion": str(uuid.uuid4()),
    }
    call.store.put(KIND, id, document)
    return {"KeyMetadata": public(document)}


@action(KMS, "DescribeKey", source="provider source")
def describe_key(call: Call) -> Response:
    """One key; one that waits for its deletion is still there."""
    return {"KeyMetadata": public(_found(call))}


@action(KMS, "Encrypt", source="provider source", writes=True)
def encrypt(call: Call) -> Response:
    """A small secret under a key that is enabled; the same context is asked for when it is decrypted."""
    document = _usable(call, call.parameters.required("KeyId"))
    if "KeyFile" not in document:
        text = base64.b64encode(os.urandom(32)).decode()
        document["KeyFile"] = call.context.keys.write(f"kms-{document['KeyId']}", text)
        _kept(call, document)
    nonce, secret = os.urandom(NONCE_BYTES), call.parameters.required("Plaintext").encode()
    sealed = _cipher(call, document).encrypt(nonce, secret, _context(call))
    blob = uuid.UUID(document["KeyId"]).bytes + nonce + sealed
    return {"CiphertextBlob": base64.b64encode(blob).decode(), **_version(document)}


@action(KMS, "Decrypt", source="provider source", writes=True)
def decrypt(call: Call) -> Response:
    """A secret that `Encrypt` gave, with the context it was given. Counted as a write: a guard asks for the first
    call that does more than read.
    """
    wrong = invalid("CiphertextBlob", "it is no ciphertext of this account with this context")
    try:
        blob = base64.b64decode(call.parameters.required("CiphertextBlob"), validate=True)
        document = _usable(call, str(uuid.UUID(bytes=blob[:ID_BYTES])))
        nonce, sealed = blob[ID_BYTES : ID_BYTES + NONCE_BYTES], blob[ID_BYTES + NONCE_BYTES :]
        secret = _cipher(call, document).decrypt(nonce, sealed, _context(call))
    except (binascii.Error, ValueError, InvalidTag):
        raise wrong from None
    return {"Plaintext": secret.decode(), **_version(document)}


@action(KMS, "UpdateKeyDescription", source="provider source", writes=True)
def update_key_description(call: Call) -> Response:
    """Change the description; an empty one clears."""
    document = _found(call)
    echo(call.parameters, document, "Description")
    return _kept(call, document)


@action(KMS, "EnableKey", source="provider source", writes=True)
def enable_key(call: Call) -> Response:
    """From Disabled to Enabled."""
    return _kept(call, {**_found(call), "KeyState": "Enabled"})


@action(KMS, "DisableKey", source="provider source", writes=True)
def disable_key(call: Call) -> Response:
    """From Enabled to Disabled."""
    return _kept(call, {**_found(call), "KeyState": "Disabled"})


@action(KMS, "ScheduleKeyDeletion", source="provider source", writes=True)
def schedule_key_deletion(call: Call) -> Response:
    """The key waits for its deletion, which never comes here."""
    document = _found(call)
    if document["KeyState"] == "PendingDeletion":
        raise refused("Rejected.PendingDeletion", "The key waits for its deletion already.")
    call.parameters.integer("PendingWindowInDays", 7, 366, 7)
    return _kept(call, {**document, "KeyState": "PendingDeletion"})


@action(KMS, "ListResourceTags", source="provider source")
def list_resource_tags(call: Call) -> Response:
    """None: keys carry no tags here."""
    _found(call)
    return {"Tags": {"Tag": []}}


@action(KMS, "ListTagResources", source="provider source")
def list_tag_resources(call: Call) -> Response:
    """None: keys carry no tags here."""
    return {"TagResources": {"TagResource": tagging.listed(call, {"key": KIND})["TagResources"]}}


@action(KMS, "GetKeyPolicy", source="provider source")
def get_key_policy(call: Call) -> Response:
    """An empty policy."""
    _found(call)
    return {"Policy": ""}


def _found(call: Call, id: str = "") -> Document:
    return require(call.store, KIND, id or call.parameters.required("KeyId"), gone("Forbidden.KeyNotFound", "key"))


def _usable(call: Call, id: str) -> Document:
    document = _found(call, id)
    if document["KeyState"] != "Enabled":
        raise refused("Rejected.Disabled", "The key is disabled, or waits for its deletion.")
    return document


def _cipher(call: Call, document: Document) -> AESGCM:
    return AESGCM(base64.b64decode(call.context.keys.read(document["KeyFile"])))


def _context(call: Call) -> bytes:
    """The context, whatever the order of its names."""
    try:
        return json.dumps(parsed(call.parameters.text("EncryptionContext") or "{}"), sort_keys=True).encode()
    except ValueError:
        raise invalid("EncryptionContext", "a JSON object is expected") from None


def _version(document: Document) -> Response:
    return {"KeyId": document["KeyId"], "KeyVersionId": document["PrimaryKeyVersion"]}


def _kept(call: Call, document: Document) -> Response:
    call.store.put(KIND, document["KeyId"], document)
    return {}
