"""Tokens in SQL: hashes, never secrets."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    Table,
    UniqueConstraint,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from registry_grpc.domain.principal import Role, Token
from registry_grpc.persistence.columns import BYTEWISE, Moment
from registry_grpc.persistence.schema import METADATA, column, key, optional

tokens = Table(
    "tokens",
    METADATA,
    key("id", BYTEWISE),
    column("secret_hash", LargeBinary()),
    column("principal", BYTEWISE),
    column("role", BYTEWISE),
    column("create_time", Moment()),
    optional("expire_time", Moment()),
    optional("revoke_time", Moment()),
    optional("use_time", Moment()),
    UniqueConstraint("secret_hash"),
)

_SHOWN = tuple(column for column in tokens.c if column.name != "secret_hash")


class SqlTokens:
    """Implements `registry_grpc.services.ports.access.Tokens`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: Token, secret_hash: bytes) -> None:
        """Store a new one."""
        values = {
            "id": token.id,
            "secret_hash": secret_hash,
            "principal": token.principal,
            "role": token.role.label,
            "create_time": token.create_time,
            "expire_time": token.expire_time,
            "revoke_time": token.revoke_time,
            "use_time": token.use_time,
        }
        self._connection.execute(insert(tokens), values)

    def find(self, secret_hash: bytes) -> Token | None:
        """Return the token with this hash, whatever its state, or None."""
        statement = select(*_SHOWN).where(tokens.c.secret_hash == secret_hash)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _token(row)

    def all(self) -> Sequence[Token]:
        """Return every token, oldest first."""
        statement = select(*_SHOWN).order_by(tokens.c.create_time, tokens.c.id)
        return [_token(row) for row in self._connection.execute(statement)]

    def exist(self) -> bool:
        """Whether there is any token, whatever its state."""
        return self._connection.scalar(select(tokens.c.id).limit(1)) is not None

    def use(self, token_id: str, moment: datetime, before: datetime) -> bool:
        """Note that it is used, unless it was at or after `before`; return whether it was noted."""
        used = tokens.c.use_time
        statement = (
            update(tokens)
            .where(tokens.c.id == token_id, or_(used.is_(None), used < before))
            .values(use_time=moment)
        )
        return self._connection.execute(statement).rowcount == 1

    def revoke(self, token_id: str, moment: datetime) -> Token | None:
        """Mark it revoked (the first moment stays) and return it, or None if there is none."""
        statement = (
            update(tokens)
            .where(tokens.c.id == token_id)
            .values(revoke_time=func.coalesce(tokens.c.revoke_time, literal(moment, Moment())))
            .returning(*_SHOWN)
        )
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _token(row)


def _token(row: Row[*tuple[object, ...]]) -> Token:
    return Token(
        id=row.id,
        principal=row.principal,
        role=Role.parse(row.role),
        create_time=row.create_time,
        expire_time=row.expire_time,
        revoke_time=row.revoke_time,
        use_time=row.use_time,
    )
