"""PROFILE.json: the file of a version that has the profile of its reference data.

Every caller who can push can write this file, so reading checks everything: its size, its types,
and that its numbers agree with each other.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from typing import Final, NoReturn

from modelregistry._convert.writing import invalid
from modelregistry._visible import visible
from modelregistry.drift.fields import Fields, Malformed
from modelregistry.drift.profiles import ColumnKind, ColumnProfile, Profile
from modelregistry.errors import ProfileInvalid

FILE_NAME: Final = "PROFILE.json"
SCHEMA: Final = 1
"""The schema that this release writes, and the latest that it reads."""
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_COLUMNS: Final = 10_000
MAX_NAME: Final = 256
"""Characters of the name of a column, and of a category."""
MAX_SAMPLE: Final = 100_000
MAX_CATEGORIES: Final = 1_000
_MAX_EDGES: Final = 64
_MOST_ROWS: Final = 2**53
_TRUTHS: Final = ("false", "true")


def to_bytes(profile: Profile) -> bytes:
    """Return PROFILE.json, in ASCII; equal profiles have equal bytes.

    Raises InvalidRequest for more than 32 MiB.
    """
    content = {
        "schema": SCHEMA,
        "rows": profile.rows,
        "columns": [
            {field.name: getattr(column, field.name) for field in fields(column)}
            for column in profile.columns
        ],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    if len(text) >= MAX_BYTES:
        size = f"would have {len(text):,} bytes, more than {MAX_BYTES:,}"
        raise invalid("profile", f"{size}: select fewer columns, or a smaller sample_size")
    return f"{text}\n".encode("ascii")


def digest(profile: Profile) -> str:
    """Return `sha256:<hex>` of PROFILE.json as `to_bytes` writes it."""
    return f"sha256:{hashlib.sha256(to_bytes(profile)).hexdigest()}"


def absent() -> ProfileInvalid:
    """Return the error for a version without PROFILE.json."""
    message = f"there is no {FILE_NAME}: the version was pushed without a profile"
    return ProfileInvalid(message)


def parse(data: bytes) -> Profile:
    """Check the bytes of PROFILE.json; raises ProfileInvalid, also for more than 32 MiB."""
    try:
        return _profile(_parsed(data))
    except Malformed as error:
        message = f"{FILE_NAME} {visible(str(error))}"
        raise ProfileInvalid(message) from error


def _parsed(data: bytes) -> Fields:
    if len(data) > MAX_BYTES:
        message = f"exceeds {MAX_BYTES:,} bytes"
        raise Malformed(message)
    try:
        return Fields.of(json.loads(data.decode("utf-8"), parse_constant=_not_a_number), "")
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError too
        message = f"is not JSON: {error}"
        raise Malformed(message) from error


def _not_a_number(text: str) -> NoReturn:
    message = f"{text} is not JSON"
    raise ValueError(message)


def _profile(content: Fields) -> Profile:
    schema = content.count("schema", _MOST_ROWS)
    if schema > SCHEMA:
        message = f"has schema {schema}; this release reads up to {SCHEMA}: update modelregistry"
        raise Malformed(message)
    rows = content.count("rows", _MOST_ROWS)
    columns = tuple(_column(each, rows) for each in content.objects("columns", MAX_COLUMNS))
    if len({column.name for column in columns}) < len(columns):
        message = "columns must have different names"
        raise Malformed(message)
    return Profile(rows=rows, columns=columns)


def _column(content: Fields, rows: int) -> ColumnProfile:
    column = ColumnProfile(
        name=content.text("name", MAX_NAME),
        kind=content.member("kind", ColumnKind),
        missing=content.count("missing", rows),
        infinite=content.count("infinite", rows),
        edges=content.numbers("edges", _MAX_EDGES),
        categories=content.texts("categories", MAX_CATEGORIES, MAX_NAME),
        counts=content.counts("counts", MAX_CATEGORIES + 1, rows),
        minimum=content.optional_number("minimum"),
        maximum=content.optional_number("maximum"),
        mean=content.optional_number("mean"),
        deviation=content.optional_number("deviation"),
        sample=content.numbers("sample", MAX_SAMPLE),
    )
    for problem in _problems(column, rows):
        content.fail(problem)
    return column


def _problems(column: ColumnProfile, rows: int) -> Iterator[str]:
    """Yield in which ways the parts of a column contradict each other."""
    if not column.name:
        yield "name must not be empty"
    if column.missing + column.values != rows:
        yield "counts and missing must be all rows together"
    if len(column.counts) != len(column.edges) + len(column.categories) + 1:
        yield "counts must have one number for each bin"
    yield from (
        _problems_of_numbers(column) if column.kind.is_ordered else _problems_of_texts(column)
    )


def _problems_of_numbers(column: ColumnProfile) -> Iterator[str]:
    finite = column.values - column.infinite
    if any(low >= high for low, high in pairwise(column.edges)):
        yield "edges must ascend"
    if any(low > high for low, high in pairwise(column.sample)):
        yield "sample must be in ascending order"
    if not min(max(finite, 0), 1) <= len(column.sample) <= finite:
        yield "sample and infinite must be of the values"
    if column.categories:
        yield "categories are not those of numbers"


def _problems_of_texts(column: ColumnProfile) -> Iterator[str]:
    if len(set(column.categories)) < len(column.categories):
        yield "categories must be different"
    if column.edges or column.sample or column.infinite:
        yield "edges, sample and infinite are those of numbers"
    if column.kind == ColumnKind.BOOLEAN and column.categories != _TRUTHS:
        yield "categories of booleans are false and true"
