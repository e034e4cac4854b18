"""Replays in SQL: what was answered before."""

from datetime import datetime

from sqlalchemy import Connection, Index, LargeBinary, Table, delete, insert, select

from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.persistence.columns import BYTEWISE, Moment
from registry_grpc.persistence.failures import refusing
from registry_grpc.persistence.schema import METADATA, column, key
from registry_grpc.services.ports.access import Replay

request_replays = Table(
    "request_replays",
    METADATA,
    key("principal", BYTEWISE),
    key("request_id", BYTEWISE),
    column("fingerprint", BYTEWISE),
    column("reply", LargeBinary()),
    column("expire_time", Moment()),
    Index(None, "expire_time"),
)


class SqlReplays:
    """Implements `registry_grpc.services.ports.access.Replays`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, principal: str, request_id: str, now: datetime) -> Replay | None:
        """Return the unexpired answer, or None."""
        statement = select(request_replays).where(
            request_replays.c.principal == principal,
            request_replays.c.request_id == request_id,
            request_replays.c.expire_time > now,
        )
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        return Replay(
            principal=row.principal,
            request_id=row.request_id,
            fingerprint=row.fingerprint,
            reply=row.reply,
            expire_time=row.expire_time,
        )

    def add(self, replay: Replay, now: datetime) -> None:
        """Store it; forget those that expired.

        A twin of the request that stored its answer first makes this one raise
        DatabaseUnavailable: tried again, it finds that answer.
        """
        self._connection.execute(
            delete(request_replays).where(request_replays.c.expire_time <= now)
        )
        values = {
            "principal": replay.principal,
            "request_id": replay.request_id,
            "fingerprint": replay.fingerprint,
            "reply": replay.reply,
            "expire_time": replay.expire_time,
        }
        with refusing("pk_request_replays", DatabaseUnavailable()):
            self._connection.execute(insert(request_replays), values)
