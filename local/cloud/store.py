"""The one store of the local cloud: JSON documents by kind and id in SQLite.

WAL with synchronous=FULL: what `transaction()` committed is on disk, and a kill at any moment leaves either
all of a transaction or nothing of it. One connection is shared by the threads and guarded by one lock, so
writers are serialised and a reader never sees half a transaction.
"""

import builtins
import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from local import behaviours

FILE_NAME = "store.sqlite"
Document = dict[str, Any]

BOOKKEEPING_PREFIX = "cloud."
"""Kinds that are no objects of the account: idempotency tokens, counters, pending transitions, jobs."""
PREEXISTING = "Preexisting"
"""Key that marks what an account owns before any program runs; such documents do not make a store non-empty."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
    UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS in_order ON documents (kind, sequence);
CREATE INDEX IF NOT EXISTS of_region ON documents (kind, json_extract(document, '$.RegionId'), sequence);
CREATE TABLE IF NOT EXISTS revision (number INTEGER NOT NULL);
INSERT INTO revision SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM revision);
"""


class Store:
    """Documents by (kind, id); thread-safe; survives `kill -9`."""

    def __init__(self, path: Path) -> None:
        """Open or create the SQLite file at `path`; its folder must exist."""
        self.path = path
        self._changed = threading.Condition(threading.RLock())
        self._depth = 0
        self._dirty = False
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_SCHEMA)

    def get(self, kind: str, id: str) -> Document | None:
        """The document, or None."""
        row = self._one("SELECT document FROM documents WHERE kind = ? AND id = ?", kind, id)
        return json.loads(row[0]) if row else None

    def items(self, kind: str) -> "builtins.list[tuple[str, Document]]":
        """All (id, document) of a kind, in creation order."""
        with self._changed:
            rows = self._connection.execute(
                "SELECT id, document FROM documents WHERE kind = ? ORDER BY sequence", (kind,)
            ).fetchall()
        return [(row[0], json.loads(row[1])) for row in rows]

    def list(self, kind: str) -> "builtins.list[Document]":
        """All documents of a kind, in creation order."""
        with self._changed:
            rows = self._connection.execute(
                "SELECT document FROM documents WHERE kind = ? ORDER BY sequence", (kind,)
            ).fetchall()
        return json.loads(f"[{','.join([row[0] for row in rows])}]")

    def in_region(self, kind: str, region: str) -> Sequence[Document]:
        """All documents of a kind and a region, in creation order; only those that are looked at are read."""
        return _InRegion(self, kind, region)

    def names(self) -> "builtins.list[tuple[str, str]]":
        """(kind, id) of everything there is, in creation order."""
        with self._changed:
            return self._connection.execute("SELECT kind, id FROM documents ORDER BY sequence").fetchall()

    def put(self, kind: str, id: str, document: Document) -> None:
        """Create or replace a document; a replaced one keeps its place in `list`."""
        with self.transaction():
            self._connection.execute(
                "INSERT INTO documents (kind, id, document) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document",
                (kind, id, json.dumps(document)),
            )
            self._note_change(kind)

    def delete(self, kind: str, id: str) -> None:
        """Remove a document; nothing happens if it is not there."""
        with self.transaction():
            cursor = self._connection.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, id))
            if cursor.rowcount:
                self._note_change(kind)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one writer at a time; a nested transaction joins the outer one."""
        with self._changed:
            if self._depth:
                yield
                return
            self._depth, self._dirty = 1, False
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._commit()
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def _note_change(self, kind: str) -> None:
        self._dirty = self._dirty or kind == behaviours.KIND or not kind.startswith(BOOKKEEPING_PREFIX)

    def _commit(self) -> None:
        if self._dirty:
            self._connection.execute("UPDATE revision SET number = number + 1")
        self._connection.execute("COMMIT")
        if self._dirty:
            self._changed.notify_all()

    @property
    def revision(self) -> int:
        """Grows by one with every transaction that changed something besides bookkeeping, or what a behaviour is."""
        return int(self._one("SELECT number FROM revision")[0])

    def wait(self, revision: int, timeout: float) -> int:
        """Block until the revision differs from `revision` or `timeout` seconds have passed; the revision then."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while (current := self.revision) == revision and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            return current

    def is_empty(self) -> bool:
        """Whether the account owns nothing but what it owned before any program ran."""
        with self._changed:
            rows = self._connection.execute(
                "SELECT document FROM documents WHERE kind NOT LIKE ? || '%'", (BOOKKEEPING_PREFIX,)
            ).fetchall()
        return all(json.loads(row[0]).get(PREEXISTING) for row in rows)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._changed:
            self._connection.close()

    def _one(self, query: str, *values: str) -> Any:
        with self._changed:
            return self._connection.execute(query, values).fetchone()

    def rows(self, query: str, *values: str | int) -> "builtins.list[Any]":
        """What a query finds."""
        with self._changed:
            return self._connection.execute(query, values).fetchall()


class _InRegion(Sequence[Document]):
    """A list that stays in the store but for the part that is asked for."""

    _FROM = "FROM documents WHERE kind = ? AND json_extract(document, '$.RegionId') = ?"

    def __init__(self, store: Store, kind: str, region: str) -> None:
        self._store, self._of = store, (kind, region)

    def __len__(self) -> int:
        return self._length

    @cached_property
    def _length(self) -> int:
        return int(self._store.rows(f"SELECT COUNT(*) {self._FROM}", *self._of)[0][0])

    def __iter__(self) -> Iterator[Document]:
        return iter(self[:])

    @overload
    def __getitem__(self, place: int) -> Document: ...
    @overload
    def __getitem__(self, place: slice) -> builtins.list[Document]: ...
    def __getitem__(self, place: int | slice) -> Document | builtins.list[Document]:
        places = range(len(self))[place]
        first, count = (places, 1) if isinstance(places, int) else (places.start, max(0, places.stop - places.start))
        query = f"SELECT document {self._FROM} ORDER BY sequence LIMIT ? OFFSET ?"
        found = [json.loads(row[0]) for row in self._store.rows(query, *self._of, count, first)]
        return found[0] if isinstance(places, int) else found[:: places.step]
