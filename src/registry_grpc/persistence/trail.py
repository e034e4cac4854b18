"""Selections of the audit trail as SQL: over changes, and over denied requests.

A page is read from an index in the order of the trail, however long that is: of a model, of what an
actor did, or of an action. Where several of these are wanted, such as all actions of a noun, each
is read for itself, and what comes first of all of them is the page.
"""

import heapq
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import groupby, islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, func, select, true

from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import Wanted, model_of
from registry_grpc.persistence.log_tables import changes, moved_models
from registry_grpc.persistence.watch import is_wanted

Columns = Sequence[ColumnElement[Any]]
_AT_ONCE = 50
"""Rows of which each may have some 500 KiB."""
_MOST_MODELS = 40
"""Of more the trail is read in its order: then those that are wanted are not far apart in it."""
_LAST = chr(0x10FFFF)


def chosen(
    connection: Connection, rows: Table, key: Columns, selection: Selection, span: Span, limit: int
) -> Generator[Row[Any], None, None]:
    """Yield the first `limit` rows in a span of the first column of `key`, ordered by `key`.

    They are read some at a time: to be read to its end or closed.
    """
    by = tuple(is_by(rows, selection))
    leads = _leads(connection, rows, selection)
    statements = [in_order(rows, key, span).where(*by, lead) for lead in leads]
    models = sorted(selection.wanted.models)
    if rows is changes and len(models) <= _MOST_MODELS:
        statements += [_of_moved(model, span).where(*by) for model in models]
    names = [str(column.key) for column in key]

    def place_of(row: Row[Any]) -> list[int]:
        return [getattr(row, name) for name in names]

    with ExitStack() as opened:
        parts = [
            opened.enter_context(closing(some_at_a_time(connection, statement, limit)))
            for statement in statements
        ]
        merged = heapq.merge(*parts, key=place_of, reverse=span.newest_first)
        # A change that moves versions of several models is found by each of them.
        once = (next(same) for _, same in groupby(merged, place_of))
        yield from islice(once, limit)


def some_at_a_time(
    connection: Connection, statement: Select[*tuple[Any, ...]], limit: int
) -> Generator[Row[Any], None, None]:
    """Yield the first `limit` rows of a statement, few of which are in memory at once.

    To be read to its end or closed.
    """
    options = {"yield_per": _AT_ONCE} if limit > _AT_ONCE else {}
    with connection.execute(statement.limit(limit), execution_options=options) as rows:
        yield from rows


def _of_moved(model: str, span: Span) -> Select[*tuple[Any, ...]]:
    """Return the statement that reads a span of what moves versions of a model."""
    moved = moved_models.c
    return (
        in_order(changes, (moved.revision, moved.ordinal), span)
        .where(moved.model == model)
        .join(
            moved_models,
            and_(moved.revision == changes.c.revision, moved.ordinal == changes.c.ordinal),
        )
    )


def in_order(rows: Table, key: Columns, span: Span) -> Select[*tuple[Any, ...]]:
    """Return the statement that reads a span of the first column of `key`, ordered by `key`."""
    statement = select(rows).where(key[0] > span.after)
    if span.upto is not None:
        statement = statement.where(key[0] <= span.upto)
    return statement.order_by(*within(key, newest_first=span.newest_first))


def within(key: Columns, *, newest_first: bool) -> Columns:
    """Return by what to order rows."""
    return [column.desc() for column in key] if newest_first else key


def is_by(rows: Table, selection: Selection) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which a row is selected, none of which chooses an index."""
    yield is_wanted(selection.wanted, rows)
    if selection.actor:
        yield rows.c.actor == selection.actor
    if selection.action:
        whole, size = not selection.action.endswith("."), len(selection.action)
        start = func.substr(rows.c.action, 1, size + 1 if whole else size)
        yield start == selection.action


def _leads(
    connection: Connection, rows: Table, selection: Selection
) -> Sequence[ColumnElement[bool]]:
    """Return conditions, one of which every selected row meets: each leads one of the indexes."""
    models = _models(connection, rows, selection.wanted)
    if models is not None:
        return [rows.c.model == model for model in models]
    if not selection.actor and not selection.action:
        return [true()]
    among = rows.c.actor == selection.actor if selection.actor else true()
    actions = [selection.action]
    if not selection.action or selection.action.endswith("."):
        actions = list(_distinct(connection, rows.c.action, selection.action, among))
    return [and_(among, rows.c.action == action) for action in actions]


def _models(connection: Connection, rows: Table, wanted: Wanted) -> Sequence[str] | None:
    """Return the models that all that is wanted belongs to; None when they are many, or all."""
    if not wanted.models and not wanted.prefixes:
        return None
    found = dict.fromkeys(sorted(wanted.models))
    for prefix in wanted.prefixes:
        model = model_of(prefix)
        inside = prefix.startswith(f"{model}/")
        begun = [model] if inside else _distinct(connection, rows.c.model, prefix)
        found.update(dict.fromkeys(islice(begun, _MOST_MODELS + 1)))
    return list(found) if len(found) <= _MOST_MODELS else None


def _distinct(
    connection: Connection,
    column: ColumnElement[str],
    start: str,
    among: ColumnElement[bool] | None = None,
) -> Iterator[str]:
    """Yield the different values that begin so: a look into the index for each of them."""
    least = select(func.min(column)).where(column < start + _LAST)
    if among is not None:
        least = least.where(among)
    found = connection.scalar(least.where(column >= start))
    while found is not None:
        yield found
        found = connection.scalar(least.where(column > found))
