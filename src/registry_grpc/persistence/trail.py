"""Selections of the audit trail as SQL: over changes, and over refused calls.

Each of model, actor and action leads an index of its own, which goes on with the place in the
trail. So a page is read from its index in order, however long the trail is.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select

from registry_grpc.domain.trail import Selection, Span
from registry_grpc.persistence.watch import is_wanted

Columns = Sequence[ColumnElement[Any]]
Rows = list[Row[Any]]


def chosen(
    connection: Connection, rows: Table, key: Columns, selection: Selection, span: Span, limit: int
) -> Rows:
    """Return the first `limit` rows in a span of the first column of `key`, ordered by `key`."""
    place, actor = key[0], selection.actor
    statement = select(rows).where(is_wanted(selection.wanted, rows), place > span.after)
    if span.upto is not None:
        statement = statement.where(place <= span.upto)
    if actor:
        statement = statement.where(rows.c.actor == actor)
    ordered = statement.order_by(*within(key, newest_first=span.newest_first)).limit(limit)
    if not selection.action:
        return list(connection.execute(ordered))
    # Actions one by one, each in the order of its index: those of a noun are few.
    parts = [
        connection.execute(ordered.where(rows.c.action == action)).all()
        for action in _actions(connection, rows, selection.action)
    ]
    names = [str(column.key) for column in key]

    def place_of(row: Row[Any]) -> list[int]:
        return [getattr(row, name) for name in names]

    both = heapq.merge(*parts, key=place_of, reverse=span.newest_first)
    return list(islice(both, limit))


def is_by(rows: Table, selection: Selection) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which a row of `rows` is selected."""
    yield is_wanted(selection.wanted, rows)
    if selection.actor:
        yield rows.c.actor == selection.actor
    if selection.action.endswith("."):
        start = func.substr(rows.c.action, 1, len(selection.action))
        yield start == selection.action
    elif selection.action:
        yield rows.c.action == selection.action


def within(key: Columns, *, newest_first: bool) -> Columns:
    """Return by what to order rows."""
    return [column.desc() for column in key] if newest_first else key


def _actions(connection: Connection, rows: Table, action: str) -> Iterator[str]:
    """Yield the action, or the noun's actions that occur: a look into the index for each."""
    if not action.endswith("."):
        yield action
        return
    last, end = action, action[:-1] + chr(ord(".") + 1)
    following = select(func.min(rows.c.action)).where(rows.c.action < end)
    while found := connection.scalar(following.where(rows.c.action > last)):
        yield found
        last = found
