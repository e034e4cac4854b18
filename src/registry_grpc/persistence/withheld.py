"""Bytes that are withheld: those that revoked versions name, and no version that may be used."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, exists, literal, or_, select

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.version import VersionState
from registry_grpc.persistence.artifact_tables import blobs
from registry_grpc.persistence.blob_rows import among, parts
from registry_grpc.persistence.catalog_tables import (
    MODEL_ID,
    models,
    version_files,
    version_heads,
    version_states,
    versions,
)

_REVOKED = VersionState.REVOKED.value
# Scalar subqueries, not joins, for the reason given in `garbage`: always a look into an index for
# each blob, and for each version until one is found.
_IS_USABLE = (
    select(version_heads.c.delete_time.is_(None) & (version_heads.c.state != _REVOKED))
    .where(version_heads.c.uid == version_files.c.version_uid)
    .scalar_subquery()
)
# A version that was revoked and deleted later has the state of a deleted one.
_WAS_REVOKED = (
    select(
        or_(
            version_heads.c.state == _REVOKED,
            exists().where(
                version_states.c.model_uid == version_heads.c.model_uid,
                version_states.c.number == version_heads.c.number,
                version_states.c.state == _REVOKED,
            ),
        )
    )
    .where(version_heads.c.uid == version_files.c.version_uid)
    .scalar_subquery()
)
_NAMES = (version_files.c.namespace == blobs.c.namespace) & (
    version_files.c.sha256 == blobs.c.digest
)
_USABLE = select(literal(1)).where(_NAMES, _IS_USABLE).limit(1).scalar_subquery()
_REVOKER = select(version_files.c.version_uid).where(_NAMES, _WAS_REVOKED).limit(1)
_WITHHELD = select(blobs.c.digest, _REVOKER.scalar_subquery().label("version_uid")).where(
    _USABLE.is_(None)
)


def withheld(
    connection: Connection, namespace: str, digests: Sequence[Digest]
) -> Mapping[Digest, str]:
    """Return those of the digests that are withheld, with a revoked version that names each."""
    found = {
        row.digest: row.version_uid
        for part in parts(digests)
        for row in connection.execute(_WITHHELD.where(among(namespace, part)))
        if row.version_uid is not None
    }
    if not found:
        return {}
    named = (
        select(versions.c.uid, models.c.namespace, MODEL_ID.label("model_id"), versions.c.number)
        .join(models, models.c.uid == versions.c.model_uid)
        .where(versions.c.uid.in_(sorted(set(found.values()))))
    )
    names = {
        row.uid: str(ModelName(row.namespace, row.model_id).version(row.number))
        for row in connection.execute(named)
    }
    return {digest: names[uid] for digest, uid in found.items()}
