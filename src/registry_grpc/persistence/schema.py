"""What all tables share: metadata, names of constraints, and short forms of columns."""

from typing import TypeVar

from sqlalchemy import Column, ForeignKey, MetaData
from sqlalchemy.types import TypeEngine

_T = TypeVar("_T")

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def key(name: str, kind: TypeEngine[_T], references: str | None = None) -> Column[_T]:
    """Return a column of the primary key."""
    foreign = () if references is None else (ForeignKey(references),)
    return Column(name, kind, *foreign, primary_key=True, autoincrement=False)


def column(name: str, kind: TypeEngine[_T], references: str | None = None) -> Column[_T]:
    """Return a column that always has a value."""
    foreign = () if references is None else (ForeignKey(references),)
    return Column(name, kind, *foreign, nullable=False)


def optional(name: str, kind: TypeEngine[_T]) -> Column[_T]:
    """Return a column that may be NULL."""
    return Column(name, kind, nullable=True)
