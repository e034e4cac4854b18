"""Annotations of models and versions in SQL: the present ones, and every change of one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Connection,
    Index,
    Table,
    bindparam,
    delete,
    exists,
    insert,
    select,
)

from registry_grpc.domain.annotation import Annotations
from registry_grpc.domain.digest import Digest
from registry_grpc.persistence.columns import BYTEWISE, UID, Moment
from registry_grpc.persistence.schema import METADATA, column, key, optional

# uid: of a model or a version. They are apart from their rows, which lists read. model_uid: that of
# a version, NULL of a model. value_prefix: what an index can have of a value. Triggers write both.
annotations = Table(
    "annotations",
    METADATA,
    key("uid", UID),
    key("key", BYTEWISE),
    column("value", BYTEWISE),
    optional("model_uid", UID),
    optional("value_prefix", BYTEWISE),
    Index("ix_annotations_value", "key", "value_prefix", "model_uid", "uid"),
)
PREFIX_CHARACTERS = 64

# value: absent of a removal.
annotation_entries = Table(
    "annotation_entries",
    METADATA,
    key("uid", UID),
    key("key", BYTEWISE),
    key("revision", BigInteger()),
    column("time", Moment()),
    optional("value", BYTEWISE),
)

_OF = select(annotations.c.uid, annotations.c.key, annotations.c.value).where(
    annotations.c.uid.in_(bindparam("uids", expanding=True))
)
_entry, _later = annotation_entries.c, annotation_entries.alias("later").c
_THEN = (
    select(_entry.key, _entry.value)
    .where(_entry.uid == bindparam("uid"), _entry.time <= bindparam("moment"))
    .where(
        ~exists().where(
            _later.uid == _entry.uid,
            _later.key == _entry.key,
            _later.revision > _entry.revision,
            _later.time <= bindparam("moment"),
        )
    )
)
_REMOVE = delete(annotations).where(
    annotations.c.uid == bindparam("of"),
    annotations.c.key.in_(bindparam("names", expanding=True)),
)


class SqlAnnotations:
    """Implements `registry_grpc.services.ports.annotation.AnnotationStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(
        self, found: Mapping[UUID, Annotations], moment: datetime | None = None
    ) -> Mapping[UUID, Annotations]:
        """Return the annotations of these resources with their pairs, now or at `moment`."""
        pairs: dict[UUID, dict[str, str]] = {
            uid: {} for uid, brief in found.items() if brief.digest is not None
        }
        if moment is not None:
            pairs = {uid: self._at(uid, moment) for uid in pairs}
        elif pairs:
            for uid, name, value in self._connection.execute(_OF, {"uids": list(pairs)}):
                pairs[uid][name] = value
        return {
            uid: Annotations(brief.size, brief.digest, pairs.get(uid, {}))
            for uid, brief in found.items()
        }

    def _at(self, uid: UUID, moment: datetime) -> dict[str, str]:
        rows = self._connection.execute(_THEN, {"uid": uid, "moment": moment})
        return {row.key: row.value for row in rows if row.value is not None}

    def change(
        self, uid: UUID, changed: Mapping[str, str | None], revision: int, time: datetime
    ) -> None:
        """Store new values, and remove the keys without one."""
        if not changed:
            return
        self._connection.execute(_REMOVE, {"of": uid, "names": list(changed)})
        new = [
            {"uid": uid, "key": name, "value": value}
            for name, value in changed.items()
            if value is not None
        ]
        if new:
            self._connection.execute(insert(annotations), new)
        entries = [
            {"uid": uid, "key": name, "revision": revision, "time": time, "value": value}
            for name, value in changed.items()
        ]
        self._connection.execute(insert(annotation_entries), entries)


def brief_of(size: int | None, digest: Digest | None) -> Annotations:
    """Return the annotations of a row that has their size and digest, without pairs."""
    if digest is None:
        return Annotations()
    return Annotations(size or 0, digest)
