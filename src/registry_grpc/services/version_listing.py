"""Pages of lists of versions: of a model or of all, filtered, in any order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from uuid import UUID

from registry_grpc.domain.filter import Node
from registry_grpc.domain.list_order import OrderTerm, sort_text
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.version import Version
from registry_grpc.services.listing import (
    Listed,
    filtered,
    listed,
    number_of,
    require_page,
    sort_values,
)
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.version_list import Place, SortKey, VersionQuery
from registry_grpc.services.reading import require_model, require_namespace
from registry_grpc.services.stage_names import require_stages_of

_NEWEST = (OrderTerm("number", descending=True),)
_BY_MODEL = (OrderTerm("model"), *_NEWEST)


@dataclass(frozen=True, slots=True)
class WantedVersions:
    """The request of a list. parent: a model, or a namespace for all of its models.

    order: the newest first if empty; of all models by the id of the model, then the newest.
    newest_in_stages: of a model, only the newest active or deprecated version of each stage.
    """

    parent: ModelName | NamespaceName
    where: Node | None
    order: Sequence[OrderTerm]
    show_deleted: bool
    newest_in_stages: bool = False

    @property
    def shape(self) -> tuple[type[str] | type[int], ...]:
        """The types of the parts of a page's key."""
        if self.order:
            return (*(str for _ in self.order), str, int)
        return (int,) if isinstance(self.parent, ModelName) else (str, int)


def versions_page(
    tx: Transaction,
    query: Query,
    page: Page,
    wanted: WantedVersions,
    measure: Callable[[Version], int],
) -> Listed[Version]:
    """Return a page of versions.

    Raises ModelNotFound, NamespaceNotFound, or InvalidRequest for a stage that never existed.
    """
    namespace, model = wanted.parent.namespace, None
    if isinstance(wanted.parent, ModelName):
        model = require_model(tx, wanted.parent)
    else:
        require_namespace(tx, namespace)
    require_stages_of(tx, namespace, wanted.where)
    asked = VersionQuery(namespace, model, wanted.where, wanted.show_deleted)
    if model is not None and wanted.newest_in_stages:
        stages = tx.graphs.stages_ever(namespace)
        few: Sequence[UUID] | None = tx.version_lists.newest_in_stages(model, stages)
    else:
        few = tx.version_lists.candidates(asked)
    asked = replace(asked, among=few)
    if wanted.order:
        return _ordered(tx, query, page, asked, wanted.order, measure)
    if few is not None:
        return _of_few(tx, query, page, asked, measure)
    if model is None:
        return _across(tx, query, page, asked, measure)
    return _of_model(tx, query, page, asked, model, measure)


def _ordered(
    tx: Transaction,
    query: Query,
    page: Page,
    asked: VersionQuery,
    order: Sequence[OrderTerm],
    measure: Callable[[Version], int],
) -> Listed[Version]:
    require_page(page, tx.head)
    after = None if page.after is None else _sort_key(order, page.after)
    # Without an index an order is made of all keys: so they are read once, and not by portions.
    rest: Iterator[UUID] = iter(tx.version_lists.ordered(asked, order, after, page.size + 1))

    def rows(_: Key | None, limit: int) -> Sequence[Version]:
        return tx.version_lists.read(list(islice(rest, limit)))

    def key(version: Version) -> Key:
        texts = (sort_text(term.value(version)) for term in order)
        return (*texts, *_place(version))

    return listed(query, page, tx.head, rows, key, measure=measure)


def _of_few(
    tx: Transaction,
    query: Query,
    page: Page,
    asked: VersionQuery,
    measure: Callable[[Version], int],
) -> Listed[Version]:
    """Return a page of few versions, in the order and with the tokens of the others."""
    order = _NEWEST if asked.model is not None else _BY_MODEL

    def rows(after: Key | None, limit: int) -> Sequence[Version]:
        place = None if after is None else (str(after[0]), int(after[-1]))
        key = None if place is None else SortKey(after or (), place)
        return tx.version_lists.read(tx.version_lists.ordered(asked, order, key, limit))

    def key(version: Version) -> Key:
        return (version.name.number,) if asked.model is not None else _place(version)

    return listed(query, page, tx.head, rows, key, measure=measure)


def _across(
    tx: Transaction,
    query: Query,
    page: Page,
    asked: VersionQuery,
    measure: Callable[[Version], int],
) -> Listed[Version]:
    lists = tx.version_lists

    def rows(after: Key | None, upto: Key | None, limit: int) -> Sequence[Version]:
        return lists.read(lists.across(asked, _place_of(after), _place_of(upto), limit))

    def end(after: Key | None, count: int) -> Key | None:
        return lists.place_behind(asked.namespace, _place_of(after), count)

    if asked.where is not None:
        return filtered(query, page, tx.head, rows, end, _place, measure=measure)
    return listed(
        query, page, tx.head, lambda after, n: rows(after, None, n), _place, measure=measure
    )


def _of_model(
    tx: Transaction,
    query: Query,
    page: Page,
    asked: VersionQuery,
    model: Model,
    measure: Callable[[Version], int],
) -> Listed[Version]:
    def rows(after: Key | None, upto: Key | None, limit: int) -> Sequence[Version]:
        return tx.versions.page(
            model,
            asked.where,
            number_of(after),
            limit,
            show_deleted=asked.show_deleted,
            downto=number_of(upto),
        )

    def end(after: Key | None, count: int) -> Key | None:
        number = tx.versions.number_behind(model, number_of(after), count)
        return None if number is None else (number,)

    def key(version: Version) -> Key:
        return (version.name.number,)

    if asked.where is not None:
        return filtered(query, page, tx.head, rows, end, key, measure=measure)
    return listed(query, page, tx.head, lambda after, n: rows(after, None, n), key, measure=measure)


def _place(version: Version) -> Place:
    return version.name.model, version.name.number


def _place_of(key: Key | None) -> Place | None:
    return None if key is None else (str(key[0]), int(key[1]))


def _sort_key(order: Sequence[OrderTerm], key: Key) -> SortKey:
    *texts, model, number = key
    return SortKey(sort_values(order, tuple(texts)), (str(model), int(number)))
