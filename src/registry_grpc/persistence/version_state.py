"""The states of versions in SQL: every change of one; the state now stands in the head."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    exists,
    insert,
    literal,
    select,
    tuple_,
)

from registry_grpc.domain.version import Version, VersionState
from registry_grpc.persistence.catalog_tables import version_heads, version_states, versions
from registry_grpc.persistence.columns import BYTEWISE, Moment

_CUT_OFF = [VersionState.YANKED.value, VersionState.REVOKED.value, VersionState.DELETED.value]


def remember_state(connection: Connection, version: Version) -> None:
    """Add to the history the state that a version is about to have, if it is another one."""
    head = version_heads.c
    changing = select(
        head.model_uid,
        literal(version.revision, BigInteger()),
        head.number,
        literal(version.state.value, BYTEWISE),
        literal(version.update_time, Moment()),
    ).where(head.uid == version.uid, head.state != version.state.value)
    columns = ["model_uid", "revision", "number", "state", "time"]
    connection.execute(insert(version_states).from_select(columns, changing))


def was_followed(moment: datetime) -> ColumnElement[bool]:
    """Return whether names that move could name a version of `versions` at a moment."""
    version, entry, later = versions.c, version_states.c, version_states.alias("later").c
    changed_again = exists().where(
        later.model_uid == entry.model_uid,
        later.number == entry.number,
        later.time <= moment,
        tuple_(later.time, later.revision) > tuple_(entry.time, entry.revision),
    )
    return ~exists().where(
        entry.model_uid == version.model_uid,
        entry.number == version.number,
        entry.time <= moment,
        entry.state.in_(_CUT_OFF),
        ~changed_again,
    )
