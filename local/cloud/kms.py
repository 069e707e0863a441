"""Key Management Service: keys as names for the encryption of disks. Nothing is encrypted with them."""

import uuid

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import now_text, require
from local.cloud.errors import gone, refused
from local.cloud.parameters import echo
from local.cloud.products import KMS
from local.cloud.store import Document

KIND = "kms.key"


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
    return {"KeyMetadata": document}


@action(KMS, "DescribeKey", source="provider source")
def describe_key(call: Call) -> Response:
    """One key; one that waits for its deletion is still there."""
    return {"KeyMetadata": _found(call)}


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


def _found(call: Call) -> Document:
    return require(call.store, KIND, call.parameters.required("KeyId"), gone("Forbidden.KeyNotFound", "key"))


def _kept(call: Call, document: Document) -> Response:
    call.store.put(KIND, document["KeyId"], document)
    return {}
