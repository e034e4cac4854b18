"""The rule of `registry_grpc.domain.watch` as SQL."""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Table, Text, and_, exists, false, func, or_, true

from registry_grpc.domain.watch import Wanted, namespace_of
from registry_grpc.persistence.log_tables import changes, moved_models


def is_wanted(wanted: Wanted, rows: Table = changes) -> ColumnElement[bool]:
    """Return whether an entry is about a resource that `wanted.matches`.

    rows: changes, or another table with the columns namespace, model and name.
    """
    model = wanted.only_model
    if model is not None:
        return _within(rows, wanted, model)
    conditions: list[ColumnElement[bool]] = []
    if wanted.namespace is not None:
        conditions.append(rows.c.namespace == wanted.namespace)
    if wanted.models or wanted.prefixes:
        conditions.append(or_(*_named(rows.c.name, wanted), *_moves(rows, wanted)))
    return and_(true(), *conditions)


def _within(rows: Table, wanted: Wanted, model: str) -> ColumnElement[bool]:
    # The namespace is left out of it: of two columns that could lead, the model is to lead.
    if wanted.namespace not in {None, namespace_of(model)}:
        return false()
    of_model: ColumnElement[bool] = rows.c.model == model
    if wanted.models:
        return or_(of_model, *_moves(rows, wanted))
    return and_(of_model, *_named(rows.c.name, wanted))


def _named(name: ColumnElement[str], wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.models:
        yield name.in_(sorted(wanted.models))
    # One look into a set for each length, however many there are: a condition for each of them
    # would be compared with every row, and SQLite does not nest more than 1,000.
    by_length: dict[int, set[str]] = defaultdict(set)
    for start in (*wanted.prefixes, *(f"{model}/" for model in wanted.models)):
        by_length[len(start)].add(start)
    for length, starts in sorted(by_length.items()):
        # A function, which no index has: so the log is read in its order, whatever is wanted.
        yield func.substr(name, 1, length, type_=Text()).in_(sorted(starts))


def _moves(rows: Table, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if not wanted.models or rows is not changes:  # a denied request moved nothing
        return
    moved = moved_models.alias("moves").c
    same = and_(moved.revision == changes.c.revision, moved.ordinal == changes.c.ordinal)
    # A function again: one look for each change, not one for each model that is wanted.
    model = func.substr(moved.model, 1, type_=Text())
    yield exists().where(same, model.in_(sorted(wanted.models)))
