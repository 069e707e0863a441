"""Keys of Key Management Service: what is encrypted under one comes back with its context, and from nobody else."""

import json

from tests.local.conftest import Account


def key(account: Account) -> dict[str, str]:
    return {"KeyId": account.raw("kms", "CreateKey")[1]["KeyMetadata"]["KeyId"]}


def test_a_secret_comes_back_with_its_context(cloud_account: Account) -> None:
    """In whatever order its names stand; with another one, or bent, it does not."""
    own = key(cloud_account)
    context = json.dumps({"a": "1", "b": "2"})
    status, sealed = cloud_account.raw("kms", "Encrypt", **own, Plaintext="open sesame", EncryptionContext=context)
    assert status == 200
    blob = {"CiphertextBlob": sealed["CiphertextBlob"]}
    assert "sesame" not in str(sealed)
    status, opened = cloud_account.raw("kms", "Decrypt", **blob, EncryptionContext=json.dumps({"b": "2", "a": "1"}))
    assert (status, opened["Plaintext"], opened["KeyId"]) == (200, "open sesame", own["KeyId"])
    bent = {"CiphertextBlob": sealed["CiphertextBlob"][:-4] + "AAA="}
    for wrong in (blob, bent | {"EncryptionContext": context}, {"CiphertextBlob": "no ciphertext"}):
        assert cloud_account.raw("kms", "Decrypt", **wrong)[1]["Code"] == "InvalidParameter.CiphertextBlob"


def test_a_key_that_is_disabled_neither_seals_nor_opens(cloud_account: Account) -> None:
    """Until it is enabled again."""
    own = key(cloud_account)
    blob = {"CiphertextBlob": cloud_account.raw("kms", "Encrypt", **own, Plaintext="a")[1]["CiphertextBlob"]}
    cloud_account.raw("kms", "DisableKey", **own)
    assert cloud_account.raw("kms", "Encrypt", **own, Plaintext="a")[1]["Code"] == "Rejected.Disabled"
    assert cloud_account.raw("kms", "Decrypt", **blob)[1]["Code"] == "Rejected.Disabled"
    cloud_account.raw("kms", "EnableKey", **own)
    assert cloud_account.raw("kms", "Decrypt", **blob)[0] == 200


def test_no_secret_and_no_key_is_in_store_log_or_answers(cloud_account: Account) -> None:
    """The key lies in a file of its owner, which survives a start; the log hides plaintext and ciphertext."""
    own = key(cloud_account)
    cloud_account.raw("kms", "Encrypt", **own, Plaintext="open sesame")
    [document] = cloud_account.cloud.store.list("kms.key")
    secret = (cloud_account.cloud.folder / document["KeyFile"]).read_text()
    shown = str(cloud_account.raw("kms", "DescribeKey", **own))
    for place in (str(document), shown, cloud_account.cloud.log_path.read_text()):
        assert secret not in place
        assert "sesame" not in place
    assert "KeyFile" not in shown
