"""The store of the local cloud: order, transactions, revisions, and survival of `kill -9`."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from local.cloud.store import PREEXISTING, Store
from local.cloud.transitions import Transitions


@pytest.fixture
def cloud_store(tmp_path: Path):
    """An empty store."""
    store = Store(tmp_path / "store.sqlite")
    yield store
    store.close()


def test_documents_are_listed_in_creation_order(cloud_store):
    """A replaced document keeps its place; a deleted one is gone."""
    for name in ("b", "a", "c"):
        cloud_store.put("kind", name, {"Name": name})
    cloud_store.put("kind", "b", {"Name": "B"})
    cloud_store.delete("kind", "c")
    assert [document["Name"] for document in cloud_store.list("kind")] == ["B", "a"]
    assert cloud_store.get("kind", "c") is None


def test_what_meets_a_condition_is_a_list_of_its_own(cloud_store):
    """In creation order, by slices, by places from both ends, as a whole."""
    for number in range(7):
        cloud_store.put("kind", str(number), {"N": number, "RegionId": "here" if number % 2 == 0 else "there"})
    cloud_store.put("other", "x", {"N": 8, "RegionId": "here"})
    here = cloud_store.where("kind", ("RegionId", ["here"]))
    cloud_store.put("kind", "0", {"N": 0, "RegionId": "here", "Changed": True})
    assert [one["N"] for one in here] == [0, 2, 4, 6]
    assert (len(here), here[0]["Changed"], here[3]["N"], here[-1]["N"]) == (4, True, 6, 6)
    assert [[one["N"] for one in part] for part in (here[1:3], here[3:9], here[4:], here[::2], here[::-1])] == [
        [2, 4], [6], [], [0, 4], [6, 4, 2, 0]
    ]  # fmt: skip
    with pytest.raises(IndexError):
        here[4]
    assert list(cloud_store.where("kind", ("RegionId", ["nowhere"]))) == []
    assert len(cloud_store.where("kind")) == 7


def test_what_was_taken_back_or_written_by_another_process_is_found_as_it_is(cloud_store):
    """A failed transaction leaves what lists know as it was; a second opening of the file is noticed."""
    cloud_store.put("kind", "a", {"Name": "x"})
    named = ("kind", ("Name", ["x"]))
    assert len(cloud_store.where(*named)) == 1
    with pytest.raises(RuntimeError), cloud_store.transaction():
        cloud_store.put("kind", "b", {"Name": "x"})
        cloud_store.put("kind", "a", {"Name": "y"})
        assert [len(cloud_store.where("kind", ("Name", [name]))) for name in "xy"] == [1, 1]
        raise RuntimeError
    assert list(cloud_store.where(*named)) == [{"Name": "x"}]
    other = Store(cloud_store.path)
    other.put("kind", "c", {"Name": "x", "From": "another"})
    other.close()
    assert [one.get("From") for one in cloud_store.where(*named)] == [None, "another"]


def test_what_was_deleted_after_it_was_found_is_left_out(cloud_store):
    """Nothing stands in for it."""
    for name in "abc":
        cloud_store.put("kind", name, {"Name": name})
    found = cloud_store.where("kind")
    cloud_store.delete("kind", "b")
    assert [one["Name"] for one in found] == ["a", "c"]


def test_a_failed_transaction_leaves_nothing(cloud_store):
    """All or nothing, and the revision does not move."""
    before = cloud_store.revision
    with pytest.raises(RuntimeError), cloud_store.transaction():
        cloud_store.put("kind", "a", {})
        raise RuntimeError
    assert (cloud_store.list("kind"), cloud_store.revision) == ([], before)


def test_a_transaction_is_one_revision(cloud_store):
    """However many documents it writes; one that changes nothing but bookkeeping is none."""
    before = cloud_store.revision
    with cloud_store.transaction():
        cloud_store.put("kind", "a", {})
        cloud_store.put("kind", "b", {})
    with cloud_store.transaction():
        cloud_store.delete("kind", "absent")
        cloud_store.put("cloud.token", "t", {})
    assert cloud_store.revision == before + 1


def test_waiting_ends_with_a_change_or_with_the_time(cloud_store):
    """`wait` wakes another thread as soon as a write is committed."""
    revision = cloud_store.revision
    assert cloud_store.wait(revision, 0.05) == revision
    threading.Timer(0.1, cloud_store.put, ("kind", "a", {})).start()
    assert cloud_store.wait(revision, threading.TIMEOUT_MAX) == revision + 1


def test_what_an_account_always_owned_does_not_make_it_full(cloud_store):
    """Bookkeeping and what was there before do not count."""
    cloud_store.put("cloud.token", "t", {})
    cloud_store.put("alidns.domain", "example.test", {PREEXISTING: True})
    assert cloud_store.is_empty()
    cloud_store.put("vpc.vpc", "vpc-a", {})
    assert not cloud_store.is_empty()


def test_the_file_is_private(cloud_store):
    """Nobody else on the machine reads it."""
    assert cloud_store.path.stat().st_mode & 0o077 == 0


WRITER = """
import sys
from pathlib import Path
from local.cloud.store import Store
store = Store(Path(sys.argv[1]))
for number in range(100_000):
    with store.transaction():
        store.put("left", str(number), {"N": number})
        store.put("right", str(number), {"N": number})
    print(number, flush=True)
"""


def test_every_acknowledged_transaction_survives_kill_9(tmp_path):
    """A writer killed at random moments loses nothing it has reported, and leaves no half transaction."""
    path = tmp_path / "store.sqlite"
    for pause in (0.05, 0.13, 0.21):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": "."},
        )
        first = writer.stdout.readline()
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
        last = int(([first, *writer.stdout.read().split("\n")[:-1]])[-1])
        writer.wait()
        store = Store(path)
        left, right = store.list("left"), store.list("right")
        assert left == right
        assert {document["N"] for document in left} >= set(range(last + 1))
        store.close()


def test_a_change_that_begins_while_the_one_before_waits_takes_its_time(cloud_store, monkeypatch):
    """It is due later than the waiting one looked at the clock for, which is no clock that was set back."""
    transitions, real = Transitions(cloud_store, lambda _: 3600), cloud_store.transaction
    cloud_store.put("kind", "a", {"Status": "Processing"})

    def held():
        monkeypatch.setattr(cloud_store, "transaction", real)
        with real():
            transitions.later("kind", "a", Status="Succeeded")
        return real()

    monkeypatch.setattr(cloud_store, "transaction", held)
    transitions._apply_due()
    assert cloud_store.get("kind", "a") == {"Status": "Processing"}
