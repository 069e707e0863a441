"""Public snapshots: what is replaced, what has to stay as it is, and that nothing can be learnt from them."""

import hashlib
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mtlsedge.errors import CommandError
from mtlsedge.snapshot import configuration, document
from mtlsedge.snapshot.digests import PREFIX, Digester, is_guessable

SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n-----END PRIVATE KEY-----\n"


def secret(value: object) -> dict:
    return {**SIGNATURE, "plaintext": json.dumps(value)}


def resource(type_: str = "a:b:C", name: str = "thing", **parts: dict) -> dict:
    return {"urn": f"urn:pulumi:s::p::{type_}::{name}", "type": type_, "custom": True, "id": "1", **parts}


def exported(*resources: dict, **more: object) -> dict:
    manifest = {"version": "v3.256.0", "magic": "m", "time": "2026-01-01T00:00:00Z", "plugins": [{"path": "/home/me"}]}
    return {"version": 3, "deployment": {"manifest": manifest, "resources": list(resources), **more}}


def published(
    *resources: dict, stack_file: dict | None = None, decrypted: dict | None = None, **more: object
) -> document.Snapshot:
    return document.publish("p", "s", exported(*resources, **more), stack_file or {}, decrypted or {})


def plain(snapshot: document.Snapshot, index: int = 0, part: str = "inputs", key: str = "key") -> object:
    """The stand-in of a secret property."""
    return json.loads(snapshot.deployment["resources"][index][part][key]["plaintext"])


def test_a_secret_becomes_a_digest_and_equal_secrets_stay_equal():
    """Two resources with one key show one digest, a third with another key shows another."""
    made = published(*(resource(inputs={"key": secret(text)}) for text in (KEY, KEY, KEY + "\n")))
    first, second, third = (plain(made, index) for index in range(3))
    assert first == second != third
    assert re.fullmatch(PREFIX + "[0-9a-f]{64}", str(first))


@pytest.mark.parametrize("empty", ["", None, [], {}])
def test_an_empty_secret_stays_empty(empty):
    """A digest in place of an empty secret shows a false replacement (engine-findings.md)."""
    assert plain(published(resource(inputs={"key": secret(empty)}))) == empty


def test_the_structure_of_json_is_kept():
    """Objects, lists and JSON within a text keep keys, order and types; each leaf is replaced."""
    inner = {"user": "admin-of-it-all", "ports": [1, 2], "on": True, "none": None, "empty": ""}
    made = published(resource(inputs={"key": secret({"list": [inner], "text": json.dumps(inner)})}))
    shown = plain(made)
    for copy in (shown["list"][0], json.loads(shown["text"])):
        assert list(copy) == list(inner) and copy["none"] is None and copy["empty"] == ""
        assert copy["user"].startswith(PREFIX) and isinstance(copy["on"], bool)
        assert [type(port) for port in copy["ports"]] == [int, int] and copy["ports"] != [1, 2]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_value_keeps_its_shape(value):
    """Whatever a secret holds, its stand-in has the same shape, and the same one each time unless it is easy to guess."""
    digester = Digester()
    assert is_guessable(value) or digester.value(value) == digester.value(value)
    assert shape(digester.value(value)) == shape(value)


def shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    return [shape(entry) for entry in value] if isinstance(value, list) else (type(value), value == "")


@pytest.mark.parametrize("few", [True, 443, 0.5, "0000", "1234567", {"on": False}, '{"pin": "12"}', ["long enough", 1]])
def test_what_is_easy_to_guess_is_never_a_digest(few):
    """Flags, numbers, short texts and what holds one: equal secrets get unequal stand-ins, in state and configuration."""
    copies = published(*[resource(inputs={"key": secret(few)})] * 64)
    assert len({json.dumps(plain(copies, index)) for index in range(64)}) > 1
    text = few if isinstance(few, str) else json.dumps(few)
    made = published(stack_file=STACK_FILE, decrypted={"mtlsedge:serverCertificate": {"privateKey": text, "list": [KEY]},
                                                       "alicloud:secretKey": KEY})  # fmt: skip
    assert configuration.prepare(STACK_FILE, made.configuration, Digester()).unknown == (
        "mtlsedge:serverCertificate.privateKey",
    )


@pytest.mark.parametrize("many", ["12345678", ["long enough", "", None], '{"pin": "12345678"}'])
def test_the_near_miss_of_an_easy_guess_is_a_digest(many):
    """Eight characters, and empty values beside long ones, are compared."""
    copies = published(*[resource(inputs={"key": secret(many)})] * 2)
    assert plain(copies, 0) == plain(copies, 1)


def test_nothing_in_a_snapshot_depends_on_what_a_secret_is():
    """Two states that differ in their secrets alone give snapshots that are equal but for the names of the digests.

    So whoever has the snapshot, the code and a guess learns nothing by trying it: any other secret gives the same.
    """

    def made(key: str, pin: int) -> str:
        return published(
            resource(inputs={"key": secret(key), "pin": secret([pin])}, outputs={"key": secret(key)})
        ).to_json()

    assert numbered(made(KEY, 1)) == numbered(made("another secret", 99))
    assert numbered(made(KEY, 1)) == numbered(made(KEY, 1))
    assert made(KEY, 1) != made(KEY, 1)


def numbered(text: str) -> str:
    """The text with each stand-in replaced by the order of its first appearance."""
    seen: dict[str, str] = {}
    return re.sub(
        rf"{PREFIX}[0-9a-f]{{64}}|(?<=\[)\d{{3,}}(?=\])", lambda found: seen.setdefault(found[0], f"#{len(seen)}"), text
    )


def test_a_guess_cannot_be_confirmed_by_hashing_it():
    """No unkeyed digest of the true secret is in the snapshot."""
    text = published(resource(inputs={"key": secret(KEY)})).to_json()
    for name in hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}:
        for guess in (KEY, f"text {KEY}", json.dumps(KEY)):
            assert hashlib.new(name, guess.encode()).hexdigest() not in text


def test_provider_inputs_are_let_through_by_name_only():
    """Region and endpoints stay; credentials, and the copy of the whole configuration, do not, however they are marked."""
    inputs = {"region": "r", "endpoints": "[]", "version": "3", "secretKey": "plain-text-secret", "alicloud:secretKey": "x" * 20,
              "alicloud:region": "r", "mtlsedge:serverCertificate": '{"privateKey": "y"}', "password": secret("hidden")}  # fmt: skip
    made = published(resource("pulumi:providers:alicloud", "default", inputs=inputs, outputs=dict(inputs)))
    for part in ("inputs", "outputs"):
        assert set(made.deployment["resources"][0][part]) == {"region", "endpoints", "version", "alicloud:region"}


@pytest.mark.parametrize(
    ("kubeconfig", "kept"),
    [
        (".local/kubeconfig", True),
        ("/etc/edge dev/kube-config.yaml", True),
        ("C:\\Users\\edge\\config", True),
        ("users: [{token: abc}]", False),
        ("apiVersion: v1\nusers: []\n", False),
        ('{"users": [{"user": {"token": "abc"}}]}', False),
        (secret("hidden"), False),
    ],
)
def test_a_kubeconfig_is_let_through_only_as_a_path(kubeconfig, kept):
    """Where it lies decides what a preview shows of the cluster; a kubeconfig written out holds tokens."""
    inputs = {"kubeconfig": kubeconfig, "enablePatchForce": "true"}
    made = published(resource("pulumi:providers:kubernetes", "cluster", inputs=inputs))
    assert ("kubeconfig" in made.deployment["resources"][0]["inputs"]) is kept
    assert "enablePatchForce" in made.deployment["resources"][0]["inputs"]


def test_places_and_times_of_the_machine_are_dropped():
    """Source positions, times, plugin paths and the secrets provider's state are not published."""
    extra = {"sourcePosition": "file:///home/me", "stackTrace": [], "created": "t", "modified": "t"}
    made = published(resource(**extra), secrets_providers={"type": "passphrase", "state": {"salt": "v1:x"}})
    assert not {"sourcePosition", "stackTrace", "created", "modified"} & set(made.deployment["resources"][0])
    assert "/home/me" not in made.to_json() and "v1:x" not in made.to_json()


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        ([resource(inputs={"key": secret("correct horse")}, outputs={"copy": "correct horse"})], "thing.key"),
        ([resource(inputs={"key": secret("correct horse")}, outputs={"log": "it was: correct horse!"})], "thing.key"),
        ([resource(outputs={"pem": KEY})], "private key"),
        ([resource(inputs={"key": {**SIGNATURE, "ciphertext": "v1:abc"}})], "--show-secrets"),
        ([resource(inputs={"key": {**SIGNATURE, "plaintext": "no json"}})], "not JSON"),
    ],
)  # fmt: skip
def test_a_state_that_shows_a_secret_in_the_open_is_not_published(resources, told):
    """Where a secret also stands in plain text, or cannot be read, nothing is written; the place is named, the secret not."""
    with pytest.raises(CommandError, match=told) as problem:
        published(*resources)
    assert "correct horse" not in str(problem.value) and "MIGH" not in str(problem.value)


def test_a_public_part_of_a_secret_output_is_no_leak():
    """The stack's secret bundles hold certificates that are public elsewhere: near miss of the check above."""
    stack = resource("pulumi:pulumi:Stack", "p-s", outputs={"clients": secret({"certificate": "public certificate"})})
    assert published(stack, resource(outputs={"certificate": "public certificate"}))


def test_an_unfinished_update_is_not_published():
    """A state with pending operations would preview wrongly."""
    with pytest.raises(CommandError, match="cut off"):
        published(pending_operations=[{"type": "creating"}])


STACK_FILE = yaml.safe_load("""
encryptionsalt: v1:salt
config:
  alicloud:region: r
  alicloud:secretKey: {secure: v1:aaa}
  alicloud:profile: mine
  mtlsedge:serverCertificate: {certificateFile: a.pem, privateKey: {secure: v1:bbb}, list: [{secure: v1:ccc}, x]}
""")
DECRYPTED = {
    "alicloud:secretKey": "secret one two",
    "mtlsedge:serverCertificate": {"privateKey": KEY, "list": [KEY, "x"]},
}


def test_a_known_ciphertext_is_previewed_as_its_digest():
    """Configuration and state show one digest for one secret, so that what did not change shows no change."""
    made = published(resource(inputs={"key": secret(KEY)}), stack_file=STACK_FILE, decrypted=DECRYPTED)
    prepared = configuration.prepare(STACK_FILE, made.configuration, Digester())
    assert prepared.unknown == ()
    assert set(prepared.secrets.values()) == {plain(made)}
    assert set(prepared.secrets) == {
        'mtlsedge:serverCertificate["privateKey"]',
        'mtlsedge:serverCertificate["list"][0]',
    }


def test_a_changed_ciphertext_is_unknown():
    """Encrypted anew, with the same or another secret: the path is named, and the stand-in equals nothing."""
    made = published(stack_file=STACK_FILE, decrypted=DECRYPTED)
    changed = json.loads(json.dumps(STACK_FILE).replace("v1:bbb", "v1:ddd"))
    prepared = configuration.prepare(changed, made.configuration, Digester())
    assert prepared.unknown == ("mtlsedge:serverCertificate.privateKey",)
    assert prepared.secrets['mtlsedge:serverCertificate["privateKey"]'] not in made.configuration.values()


def test_the_prepared_stack_file_has_no_credentials_and_no_provider_of_secrets():
    """Salt, credentials and profiles are gone; plain settings stay, and lists keep their places."""
    prepared = configuration.prepare(STACK_FILE, {}, Digester())
    assert set(prepared.document) == {"config"}
    assert set(prepared.document["config"]) == {"alicloud:region", "mtlsedge:serverCertificate"}
    assert prepared.document["config"]["mtlsedge:serverCertificate"]["list"] == ["", "x"]


def test_no_ciphertext_is_in_a_snapshot():
    """Only fingerprints of ciphertexts are published."""
    text = published(stack_file=STACK_FILE, decrypted=DECRYPTED).to_json()
    assert "v1:" not in text and "secret one two" not in text


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": "mtlsedge-snapshot/1"}', '{"format": 1, "deployment": {"resources": []}}']
)
def test_a_file_that_is_no_snapshot_is_refused(text):
    """One line, with the command that makes one."""
    with pytest.raises(CommandError, match="snapshot publish"):
        document.parse(text, "x.json")


def test_a_snapshot_survives_its_file():
    """What is written is read back; another format is refused by its name."""
    made = published(resource())
    assert document.parse(made.to_json(), "x") == made
    with pytest.raises(CommandError, match="mtlsedge-snapshot/1"):
        document.parse(made.to_json().replace("snapshot/1", "snapshot/2"), "x")


def test_a_digester_does_not_show_its_key():
    """Not in its repr."""
    digester = Digester()
    assert digester._key.hex() not in repr(digester) and repr(digester) == "Digester(…)"
