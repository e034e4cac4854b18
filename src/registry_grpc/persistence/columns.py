"""Column types: one meaning for a Python value in both databases."""

import struct
from datetime import UTC, datetime, timedelta

from sqlalchemy import JSON, BigInteger, Dialect, LargeBinary, String, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from registry_grpc.domain.digest import Digest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# PostgreSQL sorts text by locale by default; SQLite sorts by bytes.
BYTEWISE = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
DOCUMENT = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
UID = Uuid()


class Moment(TypeDecorator[datetime]):
    """Aware datetimes, exact to the microsecond, stored as microseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds; a naive datetime raises TypeError."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Sha256(TypeDecorator[Digest]):
    """Digests, stored as 64 hexadecimal characters."""

    impl = String(64)
    cache_ok = True

    @override
    def process_bind_param(self, value: Digest | None, dialect: Dialect) -> str | None:
        """Return the hexadecimal form."""
        return None if value is None else value.hex

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> Digest | None:
        """Return the digest."""
        return None if value is None else Digest(value)


class Checksums(TypeDecorator[tuple[int, ...]]):
    """Lists of crc32c, stored as four bytes each, the highest first."""

    impl = LargeBinary
    cache_ok = True

    @override
    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> bytes | None:
        """Return the bytes; struct.error for a number that needs more than 32 bits."""
        return None if value is None else struct.pack(f">{len(value)}I", *value)

    @override
    def process_result_value(self, value: bytes | None, dialect: Dialect) -> tuple[int, ...] | None:
        """Return the numbers."""
        return None if value is None else struct.unpack(f">{len(value) // 4}I", value)
