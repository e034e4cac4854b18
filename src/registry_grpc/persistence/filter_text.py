"""How filters compare texts in SQL: parts, wildcards, and texts that are numbers."""

import re
from decimal import Decimal
from functools import lru_cache
from sqlite3 import Connection as SqliteConnection
from typing import Any, cast

from sqlalchemy import Boolean, ColumnElement, Engine, Integer, and_, event, func, literal
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from registry_grpc.domain.filter_value import Wildcard
from registry_grpc.domain.number_text import MOST_CHARACTERS, NUMBER, number_order
from registry_grpc.persistence.columns import BYTEWISE
from registry_grpc.persistence.statement_work import COUNT_WORK

_ORDER = "number_order"
# A comparison takes less than a millisecond with a text of so many characters, up to 100 with the
# longest one. SQLite counts no work within a comparison, so it is counted before the long ones.
_SHORT = 4_096
_read = lru_cache(256)(Decimal)


class Place(FunctionElement[int]):
    """The position at which a text contains another, from 1; 0 when it does not.

    LIKE would compare the whole pattern at every position of the text.
    """

    type = Integer()
    inherit_cache = True


class NumberOrder(FunctionElement[int]):
    """The order of a text that is a number and a number, exactly; NULL for other texts.

    Negative, 0 or positive. Arguments: the text, and the number as text. `domain.number_text`
    defines which texts are numbers.
    """

    type = Integer()
    inherit_cache = True


def add_number_order(engine: Engine) -> None:
    """Define the function behind NumberOrder for the connections of an engine of SQLite.

    SQLite itself has only doubles, and no regular expressions.
    """

    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        driver = cast("SqliteConnection", connection)
        driver.create_function(_ORDER, 2, _number_order, deterministic=True)


def matches(text: ColumnElement[Any], wildcard: Wildcard) -> ColumnElement[bool]:
    """Return whether a text matches; NULL for NULL. Bytes are compared, as by `=`."""
    first, *middle, last = wildcard.parts
    taken = func.length(text)
    found = [taken >= len(first) + len(last)]
    if first:
        found.append(func.substr(text, 1, len(first)) == literal(first, BYTEWISE))
    if last:
        found.append(func.substr(text, taken - (len(last) - 1)) == literal(last, BYTEWISE))
    for part in middle:
        # The leftmost one leaves the most for the last part.
        place = Place(func.substr(text, len(first) + 1), literal(part, BYTEWISE))
        ends = len(first) - 1 + len(part) + len(last)
        found += [place > 0, place + ends <= taken]
    return and_(*found)


def like(text: ColumnElement[Any], pattern: str, *, ignore_case: bool) -> ColumnElement[bool]:
    """Return whether a text matches a pattern of SQL with the escape character backslash.

    ignore_case: of ASCII letters.
    """
    if ignore_case:
        return Like(func.lower(text), func.lower(literal(pattern, BYTEWISE)))
    return Like(text, literal(pattern, BYTEWISE), literal(_glob(pattern), BYTEWISE))


class Like(FunctionElement[bool]):
    """Whether a text matches a pattern of SQL, by its bytes.

    SQLite's LIKE ignores the case of ASCII letters; its GLOB does not. Arguments: the text, the
    pattern and, unless case is ignored, the pattern for GLOB.
    """

    type = Boolean()
    inherit_cache = True


def _glob(pattern: str) -> str:
    """Return the pattern for GLOB."""
    found = []
    for escaped, plain in re.findall(r"\\(.)|([^\\])", pattern, flags=re.DOTALL):
        character = escaped or plain
        if plain in _GLOB:
            found.append(_GLOB[plain])
        else:
            found.append(f"[{character}]" if character in "*?[" else character)
    return "".join(found)


_GLOB = {"%": "*", "_": "?"}


class Counted(FunctionElement[bool]):
    """A comparison of a long text, whose work counts. Arguments: the text, the comparison."""

    type = Boolean()
    inherit_cache = True


@compiles(Counted, "sqlite")
def _sqlite_counted(element: Counted, compiler: SQLCompiler, **options: object) -> str:
    of, what = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CASE WHEN length({of}) <= {_SHORT} OR {COUNT_WORK}() THEN {what} END)"


@compiles(Counted, "postgresql")
def _postgresql_counted(element: Counted, compiler: SQLCompiler, **options: object) -> str:
    _, what = element.clauses
    return f"({compiler.process(what, **options)})"


@compiles(Like, "sqlite")
def _sqlite_like(element: Like, compiler: SQLCompiler, **options: object) -> str:
    text, pattern, *glob = element.clauses
    of = compiler.process(text, **options)
    if glob:
        return f"({of} GLOB {compiler.process(glob[0], **options)})"
    return f"({of} LIKE {compiler.process(pattern, **options)} ESCAPE '\\')"


@compiles(Like, "postgresql")
def _postgresql_like(element: Like, compiler: SQLCompiler, **options: object) -> str:
    text, pattern, *_ = element.clauses
    of, what = (compiler.process(clause, **options) for clause in (text, pattern))
    return f"({of} LIKE {what} ESCAPE '\\')"


def _number_order(text: str | None, number: str) -> int | None:
    return number_order(text, _read(number))


@compiles(Place, "sqlite")
def _sqlite_place(element: Place, compiler: SQLCompiler, **options: object) -> str:
    text, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"instr({text}, {part})"


@compiles(Place, "postgresql")
def _postgresql_place(element: Place, compiler: SQLCompiler, **options: object) -> str:
    text, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"strpos({text}, {part})"


@compiles(NumberOrder, "sqlite")
def _sqlite_order(element: NumberOrder, compiler: SQLCompiler, **options: object) -> str:
    text, number = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{_ORDER}({text}, {number})"


@compiles(NumberOrder, "postgresql")
def _postgresql_order(element: NumberOrder, compiler: SQLCompiler, **options: object) -> str:
    text, number = (compiler.process(clause, **options) for clause in element.clauses)
    return (
        f"(CASE WHEN length({text}) <= {MOST_CHARACTERS} AND ({text}) ~ '^{NUMBER}$' "
        f"THEN numeric_cmp(CAST({text} AS numeric), CAST({number} AS numeric)) END)"
    )
