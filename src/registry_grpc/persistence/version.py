"""Versions in SQL: an immutable row, a head with the mutable fields, and the files."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from registry_grpc.domain.change import RecordDigest
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.ensemble import EnsembleSummary
from registry_grpc.domain.errors import VersionNotFound
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.filter import Node
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.persistence.alias import SqlAliases
from registry_grpc.persistence.annotation import SqlAnnotations, brief_of
from registry_grpc.persistence.catalog_tables import (
    DESCRIPTION,
    FOLLOWED,
    models,
    version_files,
    version_heads,
    versions,
)
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.columns import BYTEWISE
from registry_grpc.persistence.ensemble_past import summary_then
from registry_grpc.persistence.filter import VERSION_COLUMNS, condition
from registry_grpc.persistence.garbage import doubt_files, give_up_files
from registry_grpc.persistence.past import changed_back
from registry_grpc.persistence.version_state import remember_state, was_followed

_PARAMS = "params"
_LARGE = frozenset({_PARAMS, "detail"})
_KEPT_APART = _LARGE | {"detail_bytes", "description", "source_uri", "run_id", "blocked"}
# Older versions have no recorded size: the length of their texts is about the same.
_DETAIL_BYTES = (
    func.coalesce(
        versions.c.detail_bytes,
        func.length(cast(versions.c.params, Text)) + func.length(cast(versions.c.detail, Text)),
    )
    + func.coalesce(version_heads.c.annotation_bytes, 0)
).label("detail_bytes")
SELECT_VERSIONS = select(
    *(column for column in versions.c if column.name not in _KEPT_APART),
    *(
        column
        for column in version_heads.c
        if column.name not in versions.c and column.name not in _KEPT_APART
    ),
    DESCRIPTION.label("description"),
    _DETAIL_BYTES,
).join_from(version_heads, versions, versions.c.uid == version_heads.c.uid)
_FULL = SELECT_VERSIONS.add_columns(versions.c.params, versions.c.detail)
_KEY = (
    version_heads.c.model_uid == bindparam("model_uid"),
    version_heads.c.number == bindparam("number"),
)
_GET, _GET_FULL = SELECT_VERSIONS.where(*_KEY), _FULL.where(*_KEY)
_SOME = SELECT_VERSIONS.where(
    version_heads.c.model_uid == bindparam("model_uid"),
    version_heads.c.number.in_(bindparam("numbers", expanding=True)),
)
_AT_ONCE = 500
_DETAILS = select(versions.c.uid, versions.c.params, versions.c.detail).where(
    versions.c.uid.in_(bindparam("uids", expanding=True))
)
_NEWEST = (
    select(version_heads.c.number)
    .where(version_heads.c.model_uid == bindparam("model_uid"), FOLLOWED)
    .order_by(version_heads.c.number.desc())
    .limit(1)
)
_FILE_COLUMNS = ("path", "sha256", "size", "media_type")  # as FileEntry takes them
_FILES = select(*(version_files.c[name] for name in _FILE_COLUMNS)).order_by(version_files.c.path)


def _lived_at(moment: datetime) -> ColumnElement[bool]:
    deleted = version_heads.c.delete_time
    return (versions.c.create_time <= moment) & or_(deleted.is_(None), deleted > moment)


class SqlVersions:
    """Implements `registry_grpc.services.ports.catalog.Versions`."""

    def __init__(self, connection: Connection, digest: RecordDigest) -> None:
        self._connection = connection
        self._digest = digest
        self._annotations = SqlAnnotations(connection)

    def get(self, model: Model, number: int, *, full: bool = True) -> Version | None:
        """Return a version with aliases, also a deleted one, or None; full: with detail."""
        version = self._find(model, number, full=full)
        if version is None:
            return None
        if full:
            version = self.with_annotations([version])[0]
        return self._with_aliases(model, [version])[0]

    def numbered(self, model: Model, numbers: Sequence[int]) -> Sequence[Version]:
        """Return the versions with these numbers, without aliases and detail, in any order."""
        found: list[Version] = []
        for at in range(0, len(numbers), _AT_ONCE):
            key = {"model_uid": model.uid, "numbers": list(numbers[at : at + _AT_ONCE])}
            found += [version_of(model.name, row) for row in self._connection.execute(_SOME, key)]
        return found

    def page(
        self,
        model: Model,
        where: Node | None,
        before: int | None,
        limit: int,
        *,
        show_deleted: bool,
        downto: int | None = None,
    ) -> Sequence[Version]:
        """Return versions below `before`, down to `downto`, matching the filter, highest first."""
        statement = SELECT_VERSIONS.where(version_heads.c.model_uid == model.uid)
        if before is not None:
            statement = statement.where(version_heads.c.number < before)
        if downto is not None:
            statement = statement.where(version_heads.c.number >= downto)
        if where is not None:
            statement = statement.where(condition(where, VERSION_COLUMNS))
        if not show_deleted:
            statement = statement.where(version_heads.c.delete_time.is_(None))
        statement = statement.order_by(version_heads.c.number.desc()).limit(limit)
        rows = self._connection.execute(statement)
        return self._with_aliases(model, [version_of(model.name, row) for row in rows])

    def unpurged(self, model: Model, limit: int) -> Sequence[Version]:
        """Return versions that are not purged, newest first, with aliases and without detail."""
        head = version_heads.c
        statement = (
            SELECT_VERSIONS.where(head.model_uid == model.uid, head.purge_time.is_(None))
            .order_by(head.number.desc())
            .limit(limit)
        )
        rows = self._connection.execute(statement)
        return self._with_aliases(model, [version_of(model.name, row) for row in rows])

    def number_behind(self, model: Model, before: int | None, count: int) -> int | None:
        """Return the number of the version `count` places below `before`; None for fewer."""
        number = version_heads.c.number
        statement = select(number).where(version_heads.c.model_uid == model.uid)
        if before is not None:
            statement = statement.where(number < before)
        return self._connection.scalar(statement.order_by(number.desc()).offset(count - 1).limit(1))

    def details(self, uids: Sequence[UUID]) -> Mapping[UUID, VersionDetail]:
        """Return the details of these versions."""
        rows = self._connection.execute(_DETAILS, {"uids": list(uids)})
        return {row.uid: _detail(row) for row in rows}

    def with_annotations(
        self, found: Sequence[Version], moment: datetime | None = None
    ) -> Sequence[Version]:
        """Return these versions with the pairs of their annotations, now or at `moment`."""
        brief = {version.uid: version.annotations for version in found}
        read = self._annotations.read(brief, moment)
        return [replace(version, annotations=read[version.uid]) for version in found]

    def detail_digest(self, uid: UUID) -> Digest:
        """Return the digest of the detail of a stored version."""
        stored = select(versions.c.detail_digest).where(versions.c.uid == uid)
        digest: Digest | None = self._connection.scalar(stored)
        # Those that earlier releases registered have none.
        return digest or self._digest(self.details([uid])[uid])

    def live(self, namespace: str, after: tuple[str, int] | None, limit: int) -> Sequence[Version]:
        """Return the versions of a namespace after (model id, number), in that order."""
        position = (models.c.model_id, version_heads.c.number)
        statement = (
            SELECT_VERSIONS.add_columns(models.c.model_id)
            .join(models, models.c.uid == version_heads.c.model_uid)
            .where(models.c.namespace == namespace, models.c.delete_time.is_(None))
            .where(version_heads.c.delete_time.is_(None))
            .order_by(*position)
            .limit(limit)
        )
        if after is not None:
            # Two tables: only of the first column a range can be read.
            statement = statement.where(position[0] >= after[0], tuple_(*position) > after)
        return [
            version_of(ModelName(namespace, row.model_id), row)
            for row in self._connection.execute(statement)
        ]

    def files(self, uid: UUID, after: str | None, limit: int) -> Sequence[FileEntry]:
        """Return the files after the path `after`, by the UTF-8 bytes of their paths."""
        statement = _FILES.where(version_files.c.version_uid == uid).limit(limit)
        if after is not None:
            statement = statement.where(version_files.c.path > after)
        return [FileEntry(*row) for row in self._connection.execute(statement)]

    def paths(self, uid: UUID) -> Collection[str]:
        """Return the paths of all files."""
        statement = select(version_files.c.path).where(version_files.c.version_uid == uid)
        return self._connection.scalars(statement).all()

    def add(self, model: Model, version: Version, files: Sequence[FileEntry]) -> None:
        """Store a new version with its manifest."""
        detail = version.detail or VersionDetail()
        digest = version.detail_digest or self._digest(detail)
        record = {**_immutable(model, version, detail), "detail_digest": digest}
        self._touch(models.c.uid == model.uid, version.update_time)
        self._connection.execute(insert(versions), record)
        self._connection.execute(
            insert(version_heads),
            {
                "uid": version.uid,
                "model_uid": model.uid,
                "number": version.name.number,
                "stage_revision": version.revision,
                **_changing(version),
                "description": None,
                "ensemble": version.ensemble and encode(version.ensemble),
                "blocked": version.ensemble and version.ensemble.blocked,
            },
        )
        if files:
            self._connection.execute(
                insert(version_files), [_file(model, version, file) for file in files]
            )

    def update(self, version: Version) -> None:
        """Store description, labels, stage, state, and times of update, deletion and purge.

        Also the revision, and size and digest of annotations. Raises VersionNotFound.
        """
        remember_state(self._connection, version)
        head = version_heads.c
        entered = case((head.stage == version.stage, head.stage_revision), else_=version.revision)
        statement = (
            update(version_heads)
            .where(head.uid == version.uid)
            .values(stage_revision=entered, **_changing(version))
        )
        if self._connection.execute(statement).rowcount != 1:
            raise VersionNotFound(str(version.name))
        its_model = select(head.model_uid).where(head.uid == version.uid).scalar_subquery()
        self._touch(models.c.uid == its_model, version.update_time)
        if version.purge_time is not None:
            give_up_files(self._connection, version.name.namespace, version.uid, version.purge_time)
        elif version.delete_time is not None:
            doubt_files(self._connection, version.name.namespace, version.uid)

    def _touch(self, of: ColumnElement[bool], time: datetime) -> None:
        """Store the time of the last change of a model or its versions."""
        self._connection.execute(update(models).where(of).values(activity_time=time))

    def newest(self, model: Model, moment: datetime | None, digest: Digest | None) -> int | None:
        """Return the highest number that was active or deprecated, or None.

        With `digest` the highest of those with this root digest that were not deleted.
        """
        if moment is None and digest is None:
            return self._connection.scalar(_NEWEST, {"model_uid": model.uid})
        return self._connection.scalar(_newest(model, moment, digest))

    def at(
        self, model: Model, number: int, moment: datetime, *, full: bool = True
    ) -> Version | None:
        """Return a version as of `moment`, also if deleted then, or None before it existed."""
        version = self._find(model, number, full=full)
        if version is None or version.create_time > moment:
            return None
        then = changed_back(self._connection, model, version, moment)
        then = summary_then(self._connection, then, moment)
        if full:
            then = self.with_annotations([then], moment)[0]
        return self._with_aliases(model, [then], moment)[0]

    def _find(self, model: Model, number: int, *, full: bool) -> Version | None:
        key = {"model_uid": model.uid, "number": number}
        row = self._connection.execute(_GET_FULL if full else _GET, key).one_or_none()
        if row is None:
            return None
        version = version_of(model.name, row)
        return replace(version, detail=_detail(row)) if full else version

    def _with_aliases(
        self, model: Model, found: Sequence[Version], moment: datetime | None = None
    ) -> Sequence[Version]:
        numbers = [version.name.number for version in found]
        names = SqlAliases(self._connection).naming(model, numbers, moment)
        return [
            replace(version, aliases=names[version.name.number])
            if version.name.number in names
            else version
            for version in found
        ]


def _newest(model: Model, moment: datetime | None, digest: Digest | None) -> Select[int]:
    statement = (
        select(versions.c.number)
        .join(version_heads, version_heads.c.uid == versions.c.uid)
        .where(versions.c.model_uid == model.uid)
    )
    if moment is None:
        statement = statement.where(version_heads.c.delete_time.is_(None))
    else:
        statement = statement.where(_lived_at(moment))
    if digest is not None:
        statement = statement.where(versions.c.root_digest == digest)
    elif moment is not None:
        statement = statement.where(was_followed(moment))
    # Numbers and times of a model rise together, both being taken by one change at a time; by
    # time, the index is read from `moment` on and not from the newest version.
    return statement.order_by(versions.c.create_time.desc(), versions.c.number.desc()).limit(1)


def _immutable(model: Model, version: Version, detail: VersionDetail) -> dict[str, object]:
    return {
        "uid": version.uid,
        "model_uid": model.uid,
        "number": version.name.number,
        "root_digest": version.root_digest,
        "size": version.size,
        "file_count": version.file_count,
        "creator": version.creator,
        "create_time": version.create_time,
        "description": version.description,
        "tags": dict(version.tags),
        "metrics": dict(version.metrics),
        "params": dict(detail.params),
        "detail": encode(replace(detail, params={})),
        "detail_bytes": most_encoded(detail),
        "source_uri": "" if detail.source is None else detail.source.uri,
        "run_id": "" if detail.source is None else detail.source.run_id,
    }


def _changing(version: Version) -> dict[str, object]:
    registered = select(versions.c.description).where(versions.c.uid == version.uid)
    return {
        "description": func.nullif(
            literal(version.description, BYTEWISE), registered.scalar_subquery()
        ),
        "labels": dict(version.labels),
        "stage": version.stage,
        "state": version.state.value,
        "update_time": version.update_time,
        "delete_time": version.delete_time,
        "purge_time": version.purge_time,
        "revision": version.revision,
        "annotation_bytes": version.annotations.size if version.annotations.digest else None,
        "annotation_digest": version.annotations.digest,
    }


def _file(model: Model, version: Version, file: FileEntry) -> dict[str, object]:
    return {
        "version_uid": version.uid,
        "path": file.path,
        "namespace": model.name.namespace,
        "sha256": file.digest,
        "size": file.size,
        "media_type": file.media_type,
    }


def version_of(model: ModelName, row: Row[*tuple[object, ...]]) -> Version:
    """Return the version of the model without aliases and detail, of a row of SELECT_VERSIONS."""
    return Version(
        name=model.version(row.number),
        uid=row.uid,
        root_digest=row.root_digest,
        size=row.size,
        file_count=row.file_count,
        creator=row.creator,
        create_time=row.create_time,
        update_time=row.update_time,
        revision=row.revision,
        description=row.description,
        tags=row.tags,
        metrics={key: float(value) for key, value in row.metrics.items()},
        labels=row.labels,
        stage=row.stage,
        state=VersionState(row.state),
        delete_time=row.delete_time,
        purge_time=row.purge_time,
        detail_bytes=row.detail_bytes,
        detail_digest=row.detail_digest,
        annotations=brief_of(row.annotation_bytes, row.annotation_digest),
        ensemble=None if row.ensemble is None else decode(EnsembleSummary, row.ensemble),
    )


def _detail(row: Row[*tuple[object, ...]]) -> VersionDetail:
    return replace(decode(VersionDetail, row.detail), params=row.params)
