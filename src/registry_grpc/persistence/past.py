"""Past states of versions, read from their changes in the log."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.model import Model
from registry_grpc.domain.version import Version
from registry_grpc.persistence.change import newest, revision_at
from registry_grpc.persistence.codec import decode_brief
from registry_grpc.persistence.log_tables import changes
from registry_grpc.persistence.model_name import spans

_LAST = (
    select(changes.c.after)
    .where(
        changes.c.name == bindparam("name"),
        changes.c.time <= bindparam("moment"),
        changes.c.time >= bindparam("since"),
    )
    .order_by(changes.c.time.desc(), changes.c.ordinal.desc())
    .limit(1)
)


def changed_back(
    connection: Connection, model: Model, version: Version, moment: datetime
) -> Version:
    """Return a version of `model` that existed at `moment` as it was then, but for its aliases.

    Raises RevisionCompacted when the log has lost the change that made it so.
    """
    if version.update_time <= moment:
        return version
    then = _last_change(connection, model, version, moment)
    if then is None:
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


def _last_change(
    connection: Connection, model: Model, version: Version, moment: datetime
) -> Version | None:
    """Return what the last change until `moment` made of it, under the name that it had then."""
    upto = moment
    for span in spans(connection, model):
        since = span.since or model.create_time
        if since > upto:
            continue
        name = str(span.name.version(version.name.number))
        key = {"name": name, "moment": upto, "since": since}
        then = decode_brief(connection.scalar(_LAST, key))
        if isinstance(then, Version):
            return then
        upto = since
    return None


def _lost(connection: Connection, moment: datetime) -> RevisionCompacted:
    oldest = connection.scalar(select(func.min(changes.c.revision)))
    last = newest(connection).position.revision
    compacted = last if oldest is None else oldest - 1
    return RevisionCompacted(revision_at(connection, moment), compacted, last)
