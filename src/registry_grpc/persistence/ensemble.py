"""Ensembles in SQL: pinned members, what contains what, and whether members may be used."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Connection,
    LargeBinary,
    Row,
    Select,
    bindparam,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from registry_grpc.domain.ensemble import EnsembleSummary, UnusableMembers
from registry_grpc.domain.ensemble_closure import Pin, PinnedVersion
from registry_grpc.domain.facts import Signature
from registry_grpc.domain.lineage import EdgeRole
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName, VersionName
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.persistence.catalog_tables import (
    FOLLOWED,
    MODEL_ID,
    models,
    version_files,
    version_heads,
    versions,
)
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.ensemble_past import pins_at
from registry_grpc.persistence.ensemble_tables import (
    ensemble_closures,
    ensemble_entries,
    ensemble_members,
)
from registry_grpc.persistence.ensemble_unusable import unusable_members
from registry_grpc.persistence.lineage_tables import lineage_edges
from registry_grpc.persistence.version import SELECT_VERSIONS, version_of
from registry_grpc.services.ports.catalog import Versions

_AT_ONCE = 500
_UIDS: BindParameter[UUID] = bindparam("uids", expanding=True)
_UID: BindParameter[UUID] = bindparam("uid")
_PINNED = (
    select(
        models.c.namespace,
        MODEL_ID.label("model_id"),
        versions.c.number,
        versions.c.uid,
        versions.c.root_digest,
        versions.c.size,
        versions.c.file_count,
        version_heads.c.stage,
        version_heads.c.state,
        version_heads.c.ensemble,
    )
    .join_from(version_heads, versions, versions.c.uid == version_heads.c.uid)
    .join(models, models.c.uid == versions.c.model_uid)
)
_PINS = (
    _PINNED.add_columns(
        ensemble_members.c.ensemble_uid, ensemble_members.c.role, ensemble_members.c.soft
    )
    .join(ensemble_members, ensemble_members.c.member_uid == versions.c.uid)
    .where(ensemble_members.c.ensemble_uid.in_(_UIDS))
    .order_by(ensemble_members.c.ensemble_uid, ensemble_members.c.ordinal)
)
_LIVE = version_heads.c.delete_time.is_(None)
_CONTAINING = _PINNED.join(
    ensemble_closures, ensemble_closures.c.ensemble_uid == versions.c.uid
).where(ensemble_closures.c.member_uid == _UID, _LIVE)
_CLOSURE = select(ensemble_closures.c.member_uid).where(ensemble_closures.c.ensemble_uid.in_(_UIDS))
_COUNTS = (
    select(ensemble_closures.c.member_uid, func.count().label("total"))
    .where(ensemble_closures.c.member_uid.in_(_UIDS))
    .group_by(ensemble_closures.c.member_uid)
)
# No path has a backslash, which PostgreSQL would take for an escape.
_BYTES = func.length(cast(version_files.c.path, LargeBinary))
_LONGEST = (
    select(version_files.c.version_uid, func.max(_BYTES).label("longest"))
    .where(version_files.c.version_uid.in_(_UIDS))
    .group_by(version_files.c.version_uid)
)
_PINNING = (
    select(models.c.namespace, MODEL_ID.label("model_id"), version_heads.c.number)
    .select_from(ensemble_members)
    .join(version_heads, version_heads.c.uid == ensemble_members.c.ensemble_uid)
    .join(models, models.c.uid == version_heads.c.model_uid)
    .where(ensemble_members.c.member_uid == _UID, _LIVE)
    .distinct()
)
_member_heads = version_heads.alias("member_heads")
_PINNING_MODEL = (
    select(
        models.c.namespace,
        MODEL_ID.label("model_id"),
        version_heads.c.number,
        _member_heads.c.number.label("member_number"),
    )
    .select_from(ensemble_members)
    .join(version_heads, version_heads.c.uid == ensemble_members.c.ensemble_uid)
    .join(_member_heads, _member_heads.c.uid == ensemble_members.c.member_uid)
    .join(models, models.c.uid == version_heads.c.model_uid)
    .where(ensemble_members.c.member_model_uid == _UID, ensemble_members.c.model_uid != _UID, _LIVE)
)
_SET_SUMMARY = (
    update(version_heads)
    .where(version_heads.c.uid == bindparam("uid_"))
    .values(ensemble=bindparam("ensemble_"), blocked=bindparam("blocked_"))
)
_SIGNATURE = select(versions.c.detail["signature"].label("signature")).where(versions.c.uid == _UID)
_COPY = (
    SELECT_VERSIONS.add_columns(models.c.namespace, models.c.model_id)
    .join(lineage_edges, lineage_edges.c.later_uid == versions.c.uid)
    .join(models, models.c.uid == versions.c.model_uid)
    .where(
        lineage_edges.c.earlier_uid == _UID,
        lineage_edges.c.role == EdgeRole.DERIVED_FROM.value,
        models.c.namespace == bindparam("namespace"),
        models.c.delete_time.is_(None),
        FOLLOWED,
        or_(version_heads.c.blocked.is_(None), ~version_heads.c.blocked),
        versions.c.root_digest == bindparam("root_digest"),
        versions.c.detail["copied_from"]["uid"].as_string() == bindparam("text"),
        # Callers state copies of other registries, with any uid.
        versions.c.detail["copied_from"]["registry"].as_string().is_(None),
    )
    .order_by(versions.c.create_time.desc(), versions.c.number.desc(), versions.c.uid)
    .limit(1)
)


class SqlEnsembles:
    """Implements `registry_grpc.services.ports.ensemble.Ensembles`."""

    def __init__(self, connection: Connection, store: Versions) -> None:
        self._connection = connection
        self._store = store

    def add(self, ensemble: Version, members: Sequence[Version]) -> None:
        """Store the members of a new ensemble, in the order of its detail."""
        spec = None if ensemble.detail is None else ensemble.detail.ensemble
        if spec is None or ensemble.ensemble is None:
            message = f"{ensemble.name} is no ensemble"
            raise ValueError(message)
        uids = {ensemble.uid, *(member.uid for member in members)}
        model_of = self._models(uids)
        rows = [
            {
                "ensemble_uid": ensemble.uid,
                "ordinal": ordinal,
                "role": one.role,
                "member_uid": member.uid,
                "soft": one.soft,
                "model_uid": model_of[ensemble.uid],
                "member_model_uid": model_of[member.uid],
            }
            for ordinal, (one, member) in enumerate(zip(spec.members, members, strict=True))
        ]
        self._connection.execute(insert(ensemble_members), rows)
        contained = self.closure([member.uid for member in members])
        pairs = [{"ensemble_uid": ensemble.uid, "member_uid": uid} for uid in contained]
        self._connection.execute(insert(ensemble_closures), pairs)

    def remove(self, uid: UUID) -> None:
        """Let a deleted ensemble contain nothing any more."""
        gone = delete(ensemble_closures).where(ensemble_closures.c.ensemble_uid == uid)
        self._connection.execute(gone)

    def pins(self, uids: Collection[UUID], moment: datetime | None = None) -> Sequence[Pin]:
        """Return the direct members of these ensembles, in order, now or as of a moment."""
        found = self._pins(_PINS, uids)
        return found if moment is None else pins_at(self._connection, self._store, found, moment)

    def unusable(self, uids: Collection[UUID]) -> Mapping[UUID, UnusableMembers]:
        """Return, of each ensemble that has some, the members that may not be used now."""
        found: dict[UUID, UnusableMembers] = {}
        for part in _parts(uids):
            found |= unusable_members(self._connection, part)
        return found

    def containing(self, uid: UUID) -> Sequence[PinnedVersion]:
        """Return the ensembles that contain a version in any level, by depth and name."""
        rows = self._connection.execute(_CONTAINING, {"uid": uid})
        found = map(_pinned, rows)
        return sorted(found, key=lambda one: (one.summary.depth if one.summary else 0, one.name))

    def closure(self, uids: Collection[UUID]) -> Collection[UUID]:
        """Return what these versions contain in any level, and themselves."""
        found = dict.fromkeys(uids)
        for part in _parts(uids):
            found |= dict.fromkeys(self._connection.scalars(_CLOSURE, {"uids": part}))
        return found

    def longest_paths(self, uids: Collection[UUID]) -> Mapping[UUID, int]:
        """Return the bytes of the longest path of each of these versions with files."""
        return {
            row.version_uid: row.longest
            for part in _parts(uids)
            for row in self._connection.execute(_LONGEST, {"uids": part})
        }

    def most_contained(self, uids: Collection[UUID]) -> tuple[UUID, int] | None:
        """Return the version that the most ensembles contain, and their number."""
        counts = [
            (row.member_uid, row.total)
            for part in _parts(uids)
            for row in self._connection.execute(_COUNTS, {"uids": part})
        ]
        return max(counts, key=lambda pair: pair[1], default=None)

    def pinning(self, uid: UUID, limit: int) -> Sequence[VersionName]:
        """Return ensembles with this direct member."""
        rows = self._connection.execute(_PINNING.limit(limit), {"uid": uid})
        return sorted(VersionName(row.namespace, row.model_id, row.number) for row in rows)

    def pinning_model(self, model: Model, limit: int) -> Sequence[tuple[VersionName, VersionName]]:
        """Return versions of a model and the ensembles of other models with such a member."""
        rows = self._connection.execute(_PINNING_MODEL.limit(limit), {"uid": model.uid})
        return [
            (
                model.name.version(row.member_number),
                VersionName(row.namespace, row.model_id, row.number),
            )
            for row in rows
        ]

    def set_summaries(
        self, summaries: Mapping[UUID, EnsembleSummary], revision: int, time: datetime
    ) -> None:
        """Store whether the members of ensembles may be used, and add that to their histories."""
        if not summaries:
            return
        encoded = {uid: encode(summary) for uid, summary in summaries.items()}
        entries = [
            {"ensemble_uid": uid, "revision": revision, "summary": summary, "time": time}
            for uid, summary in encoded.items()
        ]
        self._connection.execute(insert(ensemble_entries), entries)
        heads = [
            {"uid_": uid, "ensemble_": encoded[uid], "blocked_": summary.blocked}
            for uid, summary in summaries.items()
        ]
        self._connection.execute(_SET_SUMMARY, heads)

    def signatures(self, uids: Collection[UUID]) -> Iterator[tuple[UUID, Signature | None]]:
        """Yield the signatures of these versions, one after the other: some are large."""
        for uid in uids:
            stored = self._connection.scalar(_SIGNATURE, {"uid": uid})
            yield uid, None if stored is None else decode(Signature, stored)

    def copy_of(self, version: PinnedVersion, namespace: str) -> Version | None:
        """Return the newest usable copy of a version in a namespace, without detail, or None."""
        key = {
            "uid": version.uid,
            "namespace": namespace,
            "root_digest": version.root_digest,
            "text": str(version.uid),
        }
        row = self._connection.execute(_COPY, key).one_or_none()
        return None if row is None else version_of(ModelName(row.namespace, row.model_id), row)

    def _models(self, uids: Collection[UUID]) -> Mapping[UUID, UUID]:
        statement = select(versions.c.uid, versions.c.model_uid).where(versions.c.uid.in_(_UIDS))
        return {
            row.uid: row.model_uid
            for part in _parts(uids)
            for row in self._connection.execute(statement, {"uids": part})
        }

    def _pins(
        self, statement: Select[*tuple[object, ...]], uids: Collection[UUID]
    ) -> Sequence[Pin]:
        return [
            Pin(row.ensemble_uid, row.role, row.soft, _pinned(row))
            for part in _parts(uids)
            for row in self._connection.execute(statement, {"uids": part})
        ]


def _pinned(row: Row[*tuple[object, ...]]) -> PinnedVersion:
    return PinnedVersion(
        name=VersionName(row.namespace, row.model_id, row.number),
        uid=row.uid,
        root_digest=row.root_digest,
        size=row.size,
        file_count=row.file_count,
        stage=row.stage,
        state=VersionState(row.state),
        summary=None if row.ensemble is None else decode(EnsembleSummary, row.ensemble),
    )


def _parts(uids: Collection[UUID]) -> list[list[UUID]]:
    ordered = sorted(uids, key=lambda uid: uid.int)
    return [ordered[at : at + _AT_ONCE] for at in range(0, len(ordered), _AT_ONCE)]
