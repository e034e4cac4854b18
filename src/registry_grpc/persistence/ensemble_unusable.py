"""The members of ensembles that may not be used now: counted, as a version can be all of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, func, or_, select

from registry_grpc.domain.ensemble import ALL_USABLE, UnusableMember, UnusableMembers
from registry_grpc.domain.ensemble_closure import member_state
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.version import VersionState
from registry_grpc.persistence.catalog_tables import FOLLOWED, MODEL_ID, models, version_heads
from registry_grpc.persistence.ensemble_tables import ensemble_members

_UIDS: BindParameter[UUID] = bindparam("uids", expanding=True)
_COUNTED = (
    select(
        ensemble_members.c.ensemble_uid,
        ensemble_members.c.soft,
        func.count().label("total"),
        func.min(ensemble_members.c.ordinal).label("first"),
    )
    .join(version_heads, version_heads.c.uid == ensemble_members.c.member_uid)
    .where(ensemble_members.c.ensemble_uid.in_(_UIDS))
    .where(or_(~FOLLOWED, version_heads.c.blocked))
    .group_by(ensemble_members.c.ensemble_uid, ensemble_members.c.soft)
    .subquery("counted")
)
_UNUSABLE = (
    select(
        _COUNTED.c.ensemble_uid,
        _COUNTED.c.soft,
        _COUNTED.c.total,
        ensemble_members.c.role,
        models.c.namespace,
        MODEL_ID.label("model_id"),
        version_heads.c.number,
        version_heads.c.state,
        version_heads.c.blocked,
    )
    .join_from(
        _COUNTED,
        ensemble_members,
        and_(
            ensemble_members.c.ensemble_uid == _COUNTED.c.ensemble_uid,
            ensemble_members.c.ordinal == _COUNTED.c.first,
        ),
    )
    .join(version_heads, version_heads.c.uid == ensemble_members.c.member_uid)
    .join(models, models.c.uid == version_heads.c.model_uid)
    # Those that block an ensemble come last, and stay as the first member.
    .order_by(_COUNTED.c.soft.desc())
)


def unusable_members(connection: Connection, uids: Sequence[UUID]) -> dict[UUID, UnusableMembers]:
    """Return, of each of these ensembles that has some, the direct members that may not be used."""
    found: dict[UUID, UnusableMembers] = {}
    for row in connection.execute(_UNUSABLE, {"uids": uids}):
        known = found.get(row.ensemble_uid, ALL_USABLE)
        found[row.ensemble_uid] = UnusableMembers(
            known.blocking if row.soft else row.total,
            row.total if row.soft else known.soft,
            _first(row),
        )
    return found


def _first(row: Row[*tuple[Any, ...]]) -> UnusableMember:
    name = VersionName(row.namespace, row.model_id, row.number)
    state = member_state(VersionState(row.state), blocked=bool(row.blocked))
    return UnusableMember(row.role, name, state, row.soft)
