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
from pathlib import Path
from typing import Any, overload

from local import behaviours
from local.cloud.indexes import EVERYTHING, Condition, Index

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
DROP INDEX IF EXISTS of_region;
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
        self._indexes: dict[str, dict[str, Index]] = {}
        self._indexed_at = 0
        self._touched: set[str] = set()
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
        rows = self.rows("SELECT document FROM documents WHERE kind = ? ORDER BY sequence", kind)
        return _parsed([row[0] for row in rows])

    def where(self, kind: str, *conditions: Condition) -> Sequence[Document]:
        """The documents of a kind that meet all conditions, in creation order; only those that are looked at are read.

        Each field that was ever asked for has an index, so that neither their number nor a page of them reads the others.
        """
        with self._changed:
            asked = conditions or (EVERYTHING,)
            indexes = self._indexed(kind, [field for field, _ in asked])
            wanted = [(indexes[field], frozenset(allowed)) for field, allowed in asked]
            (index, first), *others = sorted(wanted, key=lambda one: one[0].count(one[1]))
            places = index.places(first)
            for index, allowed in others:
                places = [place for place in places if index.has(place, allowed)]
        return _Found(self, places)

    def _indexed(self, kind: str, fields: Sequence[str]) -> dict[str, Index]:
        version = int(self._one("PRAGMA data_version")[0])
        if version != self._indexed_at:  # another process wrote
            self._indexes.clear()
            self._indexed_at = version
        indexes = self._indexes.setdefault(kind, {})
        if new := {field: Index(field) for field in fields if field not in indexes}:
            for place, text in self.rows("SELECT sequence, document FROM documents WHERE kind = ?", kind):
                document = json.loads(text)
                for index in new.values():
                    index.put(place, document)
            indexes |= new
        return indexes

    def names(self) -> "builtins.list[tuple[str, str]]":
        """(kind, id) of everything there is, in creation order."""
        with self._changed:
            return self._connection.execute("SELECT kind, id FROM documents ORDER BY sequence").fetchall()

    def put(self, kind: str, id: str, document: Document) -> None:
        """Create or replace a document; a replaced one keeps its place in `list`."""
        with self.transaction():
            [(place,)] = self.rows(
                "INSERT INTO documents (kind, id, document) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document RETURNING sequence",
                kind, id, json.dumps(document),
            )  # fmt: skip
            self._note_change(kind)
            for index in self._indexes.get(kind, {}).values():
                index.put(place, document)

    def delete(self, kind: str, id: str) -> None:
        """Remove a document; nothing happens if it is not there."""
        with self.transaction():
            for (place,) in self.rows("DELETE FROM documents WHERE kind = ? AND id = ? RETURNING sequence", kind, id):
                self._note_change(kind)
                for index in self._indexes.get(kind, {}).values():
                    index.remove(place)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one writer at a time; a nested transaction joins the outer one."""
        with self._changed:
            if self._depth:
                yield
                return
            self._depth, self._dirty, self._touched = 1, False, set()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._commit()
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                for kind in self._touched:
                    self._indexes.pop(kind, None)
                raise
            finally:
                self._depth = 0

    def _note_change(self, kind: str) -> None:
        self._touched.add(kind)
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


class _Found(Sequence[Document]):
    """A list that stays in the store but for the part that is asked for; what was deleted meanwhile is left out."""

    _AT = "SELECT sequence, document FROM documents WHERE sequence IN (SELECT value FROM json_each(?))"

    def __init__(self, store: Store, places: Sequence[int]) -> None:
        self._store, self._places = store, places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Document]:
        return iter(self[:])

    @overload
    def __getitem__(self, place: int) -> Document: ...
    @overload
    def __getitem__(self, place: slice) -> builtins.list[Document]: ...
    def __getitem__(self, place: int | slice) -> Document | builtins.list[Document]:
        if isinstance(place, int):
            return self._read([self._places[place]])[0]
        return self._read(self._places[place])

    def _read(self, places: Sequence[int]) -> builtins.list[Document]:
        texts = dict(self._store.rows(self._AT, json.dumps(places))) if places else {}
        return _parsed([texts[place] for place in places if place in texts])


def _parsed(texts: list[str]) -> list[Document]:
    """One text for all is read faster than one after the other."""
    documents: list[Document] = json.loads(f"[{','.join(texts)}]")
    return documents
