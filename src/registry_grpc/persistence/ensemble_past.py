"""What members of ensembles were at a moment: pins never change, versions do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import BindParameter, Connection, bindparam, select

from registry_grpc.domain.ensemble import ALL_USABLE, EnsembleSummary
from registry_grpc.domain.ensemble_closure import Pin, PinnedVersion
from registry_grpc.domain.model import Model
from registry_grpc.domain.version import Version
from registry_grpc.persistence.catalog_tables import models, versions
from registry_grpc.persistence.codec import decode
from registry_grpc.persistence.ensemble_tables import ensemble_entries
from registry_grpc.persistence.model import SELECT_MODELS, model_of
from registry_grpc.persistence.model_name import spans
from registry_grpc.services.ports.catalog import Versions

_UID: BindParameter[UUID] = bindparam("uid")
_UIDS: BindParameter[UUID] = bindparam("uids", expanding=True)
_SUMMARY_AT = (
    select(ensemble_entries.c.summary)
    .where(ensemble_entries.c.ensemble_uid == _UID, ensemble_entries.c.time <= bindparam("moment"))
    .order_by(ensemble_entries.c.revision.desc())
    .limit(1)
)
_MODELS = SELECT_MODELS.where(
    models.c.uid.in_(select(versions.c.model_uid).where(versions.c.uid.in_(_UIDS)))
)
_OF_MODEL = select(versions.c.uid, versions.c.model_uid).where(versions.c.uid.in_(_UIDS))
_AT_ONCE = 500


def summary_then(connection: Connection, version: Version, moment: datetime) -> Version:
    """Return a version with the summary that it had at a moment, if it is an ensemble."""
    if version.ensemble is None:
        return version
    stored = connection.scalar(_SUMMARY_AT, {"uid": version.uid, "moment": moment})
    if stored is not None:
        return replace(version, ensemble=decode(EnsembleSummary, stored))
    # All members could be used when it was registered.
    return replace(version, ensemble=version.ensemble.with_unusable(ALL_USABLE))


def pins_at(
    connection: Connection, store: Versions, pins: Sequence[Pin], moment: datetime
) -> Sequence[Pin]:
    """Return pins with their versions as of a moment at which all of them existed.

    Raises RevisionCompacted when the log has lost what one was.
    """
    numbers = {pin.version.uid: pin.version.name.number for pin in pins}
    model_of_version = _models_then(connection, numbers, moment)
    then = {
        uid: store.at(model_of_version[uid], number, moment, full=False)
        for uid, number in numbers.items()
    }
    return [
        replace(pin, version=PinnedVersion.of(version))
        for pin in pins
        if (version := then[pin.version.uid]) is not None
    ]


def _models_then(
    connection: Connection, uids: Collection[UUID], moment: datetime
) -> Mapping[UUID, Model]:
    """Return the models of versions, each under the name that it had at a moment."""
    found: dict[UUID, Model] = {}
    ordered = sorted(uids, key=lambda uid: uid.int)
    for at in range(0, len(ordered), _AT_ONCE):
        part = {"uids": ordered[at : at + _AT_ONCE]}
        named = {}
        for row in connection.execute(_MODELS, part):
            model = model_of(row)
            names = [
                span.name
                for span in spans(connection, model)
                if span.since is None or span.since <= moment
            ]
            named[model.uid] = replace(model, name=names[0]) if names else model
        rows = connection.execute(_OF_MODEL, part)
        found |= {row.uid: named[row.model_uid] for row in rows}
    return found
