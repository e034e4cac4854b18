"""Past states of versions, read from their changes in the log."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.version import Version
from registry_grpc.persistence.change import newest, revision_at
from registry_grpc.persistence.codec import decode_brief
from registry_grpc.persistence.log_tables import changes

_LAST = (
    select(changes.c.after)
    .where(changes.c.name == bindparam("name"), changes.c.time <= bindparam("moment"))
    .order_by(changes.c.time.desc(), changes.c.ordinal.desc())
    .limit(1)
)


def changed_back(connection: Connection, version: Version, moment: datetime) -> Version:
    """Return a version that existed at `moment` as it was then, but for its aliases.

    Raises RevisionCompacted when the log has lost the change that made it so.
    """
    if version.update_time <= moment:
        return version
    key = {"name": str(version.name), "moment": moment}
    then = decode_brief(connection.scalar(_LAST, key))
    if not isinstance(then, Version):
        raise _lost(connection, moment)
    return replace(
        version,
        description=then.description,
        labels=then.labels,
        annotations=then.annotations,
        stage=then.stage,
        state=then.state,
        update_time=then.update_time,
        delete_time=then.delete_time,
        purge_time=then.purge_time,
        revision=then.revision,
    )


def _lost(connection: Connection, moment: datetime) -> RevisionCompacted:
    oldest = connection.scalar(select(func.min(changes.c.revision)))
    last = newest(connection).position.revision
    compacted = last if oldest is None else oldest - 1
    return RevisionCompacted(revision_at(connection, moment), compacted, last)
