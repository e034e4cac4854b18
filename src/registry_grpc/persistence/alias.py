"""Aliases in SQL: heads, and every move they made."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    select,
)

from registry_grpc.domain.alias import Alias, AliasEntry
from registry_grpc.domain.errors import ModelNotFound
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import AliasName, ModelName, VersionName
from registry_grpc.persistence.catalog_tables import alias_entries, aliases
from registry_grpc.persistence.model import MODEL_UID, named

# Built once: building one takes as long as running it.
_GET = select(aliases).where(
    aliases.c.model_uid == MODEL_UID, aliases.c.alias == bindparam("alias")
)
_MOVES = select(alias_entries).where(
    alias_entries.c.model_uid == MODEL_UID, alias_entries.c.alias == bindparam("alias")
)
_AT = (
    select(alias_entries.c.number)
    .where(
        alias_entries.c.model_uid == bindparam("uid"),
        alias_entries.c.alias == bindparam("alias"),
        alias_entries.c.time <= bindparam("moment"),
    )
    .order_by(alias_entries.c.time.desc(), alias_entries.c.revision.desc())
    .limit(1)
)
_NAMING = (
    select(aliases.c.number, aliases.c.alias)
    .where(
        aliases.c.model_uid == bindparam("model_uid"),
        aliases.c.number.in_(bindparam("numbers", expanding=True)),
    )
    .order_by(aliases.c.alias)
)


_move, _later = alias_entries.c, alias_entries.alias("later").c
_NAMING_THEN = (
    select(_move.number, _move.alias)
    .where(
        _move.model_uid == bindparam("model_uid"),
        _move.number.in_(bindparam("numbers", expanding=True)),
        _move.time <= bindparam("moment"),
        ~exists().where(
            _later.model_uid == _move.model_uid,
            _later.alias == _move.alias,
            _later.time > _move.time,
            _later.time <= bindparam("moment"),
        ),
    )
    .order_by(_move.alias)
)


class SqlAliases:
    """Implements `registry_grpc.services.ports.catalog.Aliases`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: AliasName) -> Alias | None:
        """Return where it points now, or None."""
        row = self._connection.execute(_GET, _key(name)).one_or_none()
        return None if row is None else alias_of(name.parent, row)

    def page(self, model: Model, after: str | None, limit: int) -> Sequence[Alias]:
        """Return those behind the id `after`, by id."""
        statement = select(aliases).where(aliases.c.model_uid == model.uid)
        if after is not None:
            statement = statement.where(aliases.c.alias > after)
        rows = self._connection.execute(statement.order_by(aliases.c.alias).limit(limit))
        return [alias_of(model.name, row) for row in rows]

    def append(self, entry: AliasEntry) -> None:
        """Move the head (or remove it) and add to the history; raise ModelNotFound."""
        uid = self._connection.scalar(select(MODEL_UID), named(entry.name.parent))
        if uid is None:
            raise ModelNotFound(str(entry.name.parent))
        self._connection.execute(insert(alias_entries), _entry_values(uid, entry))
        self._connection.execute(delete(aliases).where(_is_head(uid, entry.name)))
        if entry.version is not None:
            self._connection.execute(
                insert(aliases),
                {
                    "model_uid": uid,
                    "alias": entry.name.alias,
                    "number": entry.version.number,
                    "time": entry.time,
                    "actor": entry.actor,
                    "revision": entry.revision,
                },
            )

    def history(self, name: AliasName, before: int | None, limit: int) -> Sequence[AliasEntry]:
        """Return the moves with revisions below `before`, newest first."""
        statement = _MOVES.order_by(alias_entries.c.revision.desc()).limit(limit)
        if before is not None:
            statement = statement.where(alias_entries.c.revision < before)
        return [_entry(name, row) for row in self._connection.execute(statement, _key(name))]

    def at(self, model: Model, alias: str, moment: datetime) -> int | None:
        """Return the version number it pointed at, or None."""
        key = {"uid": model.uid, "alias": alias, "moment": moment}
        return self._connection.scalar(_AT, key)

    def naming(
        self, model: Model, numbers: Sequence[int], moment: datetime | None
    ) -> Mapping[int, tuple[str, ...]]:
        """Return for each of these versions that had any the ids that named it, sorted."""
        if not numbers:
            return {}
        statement = _NAMING if moment is None else _NAMING_THEN
        key = {"model_uid": model.uid, "numbers": list(numbers)}
        if moment is not None:
            key["moment"] = moment
        found: dict[int, list[str]] = {}
        for number, alias in self._connection.execute(statement, key):
            found.setdefault(number, []).append(alias)
        return {number: tuple(aliases) for number, aliases in found.items()}


def _key(name: AliasName) -> dict[str, str]:
    return {**named(name.parent), "alias": name.alias}


def _is_head(uid: UUID, name: AliasName) -> ColumnElement[bool]:
    return and_(aliases.c.model_uid == uid, aliases.c.alias == name.alias)


def _entry_values(uid: UUID, entry: AliasEntry) -> dict[str, object]:
    return {
        "model_uid": uid,
        "alias": entry.name.alias,
        "revision": entry.revision,
        "number": None if entry.version is None else entry.version.number,
        "previous": None if entry.previous is None else entry.previous.number,
        "time": entry.time,
        "actor": entry.actor,
        "reason": entry.reason,
    }


def alias_of(model: ModelName, row: Row[*tuple[object, ...]]) -> Alias:
    """Return where an alias of the model points, of a row of `aliases`."""
    return Alias(
        name=model.alias(row.alias),
        version=model.version(row.number),
        time=row.time,
        actor=row.actor,
        revision=row.revision,
    )


def _entry(name: AliasName, row: Row[*tuple[object, ...]]) -> AliasEntry:
    return AliasEntry(
        name=name,
        version=_version(name, row.number),
        previous=_version(name, row.previous),
        time=row.time,
        actor=row.actor,
        reason=row.reason,
        revision=row.revision,
    )


def _version(name: AliasName, number: int | None) -> VersionName | None:
    return None if number is None else name.parent.version(number)
