"""Pages of a search: MLflow's page tokens over the registry's.

A token says where the next page begins: at a row of a page of the registry. Reading it costs as
much as reading the first page, however many rows lie before it.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Final, Generic, TypeVar

from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchUtils
from typing_extensions import override

from modelregistry.types import Page

Item = TypeVar("Item")
Pages = Callable[[str], Iterator[Page[Item]]]
"""Yields the pages of a list, from the one that a token of the registry stands for."""

_MOST_ROWS: Final = 1_000
_LATER_ROWS: Final = 100
_TYPES: Final = {"offset": int, "page": str, "skip": int}


@dataclass(frozen=True, slots=True)
class Position:
    """The place where a page of a search begins.

    offset: the number of rows found before. page: the registry's token of the page with the row.
    skip: the number of rows from the beginning of that page to the row.
    """

    offset: int = 0
    page: str = ""
    skip: int = 0

    @classmethod
    def parse(cls, token: str | None) -> "Position":
        """Read a page token; raise MlflowException (INVALID_PARAMETER_VALUE) for any other text."""
        # MLflow's errors for what no token is.
        if not SearchUtils.parse_start_offset_from_page_token(token):
            return cls()
        found = json.loads(base64.b64decode(str(token)))
        if {name: type(value) for name, value in found.items()} != _TYPES:
            message = "Invalid page token: it is of another registry"
            raise MlflowException.invalid_parameter_value(message)
        return cls(**found)

    @override
    def __str__(self) -> str:
        return base64.b64encode(json.dumps(asdict(self)).encode()).decode()


@dataclass(frozen=True, slots=True)
class Found(Generic[Item]):
    """A page of a search. token: that of the next page, None at the end."""

    items: list[Item]
    token: str | None


def growing(listed: Callable[[int], Pages[Item]], most: int) -> Pages[Item]:
    """Return the pages of a list: a first one for `most` rows and one more, then larger ones.

    listed: the pages of the list by their size. The first page is mostly enough. The later ones are
    for filters that the registry evaluates in part only.
    """

    def pages(token: str) -> Iterator[Page[Item]]:
        size = min(most + 1, _MOST_ROWS)
        first = next(listed(size)(token))
        yield first
        if first.next_page_token:
            yield from listed(max(size, _LATER_ROWS))(first.next_page_token)

    return pages


def search(
    pages: Pages[Item], matches: Callable[[Item], bool], most: int, start: Position
) -> Found[Item]:
    """Return the next rows that match, at most `most`, and the token of the page after them."""
    items: list[Item] = []
    page_token, left_out = start.page, start.skip
    for page in pages(start.page):
        for index, item in enumerate(page.items):
            if left_out > 0:
                left_out -= 1
                continue
            if not matches(item):
                continue
            if len(items) == most:
                return Found(items, str(Position(start.offset + most, page_token, index)))
            items.append(item)
        page_token = page.next_page_token
    return Found(items, None)
