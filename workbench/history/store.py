"""Every check of a session, in SQLite."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from workbench.model.row import Row
from workbench.model.verdict import Verdict

SCHEMA = """
create table if not exists checks (
    id integer primary key, session text not null, size text not null, build text not null,
    number integer not null, at real not null, verdict text not null);
create table if not exists rows (
    check_id integer not null references checks(id) on delete cascade, stage text not null, input text not null,
    name text not null, verdict text not null, times real not null,
    local_rms real, accumulated_rms real, primary key (check_id, stage, input, name)) without rowid;
create index if not exists rows_of on rows (stage, input, name, check_id);
create table if not exists figures (
    id integer primary key, session text not null, size text not null, build text not null, number integer not null,
    at real not null, name text not null, value real not null);
"""

SPARK = 12
"""How many past checks a row's sparkline shows."""

Key = tuple[str, str, str]


UNBOUNDED = 1e99
"""× floor of a row that could not be compared: JSON knows no infinity."""


class History:
    """Reads and appends checks; safe with two workbenches on one session (SQLite's own locking, WAL)."""

    def __init__(self, path: Path, session: str, size: str) -> None:
        self._path = path
        self._session, self._size = session, size

    def append(self, build: str, number: int, at: float, verdict: Verdict, rows: Iterable[Row]) -> None:
        """Store one check with its rows, whole or not at all; raises sqlite3.Error."""
        with closing(self._open()) as database, database:
            check = database.execute(
                "insert into checks (session, size, build, number, at, verdict) values (?, ?, ?, ?, ?, ?)",
                (self._session, self._size, build, number, at, verdict),
            ).lastrowid
            database.executemany(
                "insert into rows values (?, ?, ?, ?, ?, ?, ?, ?)", (_values(check, row) for row in rows)
            )

    def latest(self) -> dict[Key, tuple[Verdict, tuple[float, ...]]]:
        """Return, per row, its verdict in the newest check that had it and × floor over the last ones."""
        query = """
            with recent as (select id from checks where session = ? and size = ? order by id desc limit ?)
            select stage, input, name, verdict, times from rows join recent on check_id = recent.id order by check_id
        """
        found: dict[Key, tuple[Verdict, tuple[float, ...]]] = {}
        with closing(self._open()) as database:
            for stage, input_, name, verdict, times in database.execute(query, (self._session, self._size, SPARK)):
                past = found.get((stage, input_, name), (Verdict.PASS, ()))[1]
                found[stage, input_, name] = (Verdict(verdict), (*past, min(times, UNBOUNDED)))
        return found

    def last_passing_build(self) -> str | None:
        """Return the content hash of the newest build whose check passed."""
        query = "select build from checks where session = ? and size = ? and verdict = 'pass' order by id desc limit 1"
        with closing(self._open()) as database:
            found = database.execute(query, (self._session, self._size)).fetchone()
        return found[0] if found else None

    def keep_figure(self, build: str, number: int, at: float, name: str, value: float) -> None:
        """Store what a command gave on a build; raises sqlite3.Error."""
        with closing(self._open()) as database, database:
            database.execute(
                "insert into figures (session, size, build, number, at, name, value) values (?, ?, ?, ?, ?, ?, ?)",
                (self._session, self._size, build, number, at, name, value),
            )

    def figure_before(self, build: str, name: str) -> tuple[float, int] | None:
        """Return the newest figure of another build, and that build's number."""
        query = """
            select value, number from figures where session = ? and size = ? and name = ? and build != ?
            order by id desc limit 1
        """
        with closing(self._open()) as database:
            found = database.execute(query, (self._session, self._size, name, build)).fetchone()
        return (found[0], found[1]) if found else None

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=5.0)
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = normal")
        database.execute("pragma foreign_keys = on")
        database.executescript(SCHEMA)
        return database


def _values(check: int | None, row: Row) -> tuple[object, ...]:
    return (
        check, row.stage, row.input, row.name, row.verdict.value, row.times,
        row.local.rms if row.local else None, row.accumulated.rms if row.accumulated else None,
    )  # fmt: skip
