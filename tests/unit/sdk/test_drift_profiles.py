"""PROFILE.json: equal bytes for equal data, and no document that contradicts itself is read."""

import json
import math
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelregistry import drift, errors

ROWS = np.random.default_rng(7).normal(size=300)
TABLE = {"x": [*ROWS[:-1], math.inf], "c": ["a", "b", None] * 100, "b": [True, False, None] * 100}
GOOD = json.loads(drift.profile_bytes(drift.profile(TABLE)))
LARGE = [f"{n}{'ж' * 250}" for n in range(1_000)]
CELLS = st.lists(
    st.none() | st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=40
)
WORDS = st.lists(st.none() | st.text(max_size=300), min_size=1, max_size=40)


@settings(deadline=None, max_examples=30)
@given(CELLS, WORDS, st.randoms())
def test_a_profile_is_read_as_it_was_written_whatever_the_order_of_rows(
    numbers: list[float | None], words: list[str | None], random: Random
) -> None:
    for cells in (numbers, words):
        profile = drift.profile({"x": cells})
        data = drift.profile_bytes(profile)
        assert drift.parse_profile(data) == profile
        assert data.isascii()
        mixed = [*cells]
        random.shuffle(mixed)
        assert drift.profile_bytes(drift.profile({"x": mixed})) == data


def test_it_states_what_the_reference_is() -> None:
    profile = drift.profile(TABLE)
    x, c, b = profile.columns
    assert profile.rows == 300
    assert profile.names == ["x", "c", "b"]
    assert (x.infinite, x.missing, len(x.sample), len(x.edges)) == (1, 0, 299, 9)
    assert (x.minimum, x.maximum) == (min(ROWS[:-1]), max(ROWS[:-1]))
    assert x.mean == pytest.approx(np.mean(ROWS[:-1]))
    assert x.deviation == pytest.approx(np.std(ROWS[:-1]))
    assert (c.categories, c.counts, c.missing) == (("a", "b"), (100, 100, 0), 100)
    assert (b.categories, b.counts, b.missing) == (("false", "true"), (100, 100, 0), 100)
    assert profile.column("c") is c
    assert profile.column("nothing") is None


def changed(change: Callable[[Any], object]) -> bytes:
    document = json.loads(json.dumps(GOOD))
    change(document)
    return json.dumps(document).encode()


def column(index: int, name: str, value: object) -> bytes:
    return changed(lambda document: document["columns"][index].__setitem__(name, value))


HOSTILE = {
    b"": "is not JSON",
    b"\xff": "is not JSON",
    b"[" * 100_000: "is not JSON",
    b"null": "must be an object",
    b"NaN": "is not JSON",
    b'{"schema":1e999,"rows":1,"columns":[]}': "schema must be an integer",
    b" " * (32 * 1024 * 1024 + 1): "exceeds 33,554,432 bytes",
    b'{"schema":1,"rows":%s,"columns":[]}' % (b"9" * 4000): "rows must be an integer",
    changed(lambda document: document.update(schema=2)): "update modelregistry",
    changed(lambda document: document.update(schema=True)): "schema must be an integer",
    changed(lambda document: document.update(rows=-1)): "rows must be an integer",
    changed(lambda document: document.update(rows=301)): "must be all rows together",
    changed(lambda document: document.update(columns={})): "columns must be a list",
    changed(lambda document: document.update(columns=[1])): "must be an object",
    changed(lambda document: document.update(columns=[{}] * 10_001)): "at most 10,000",
    changed(lambda document: document["columns"].append(document["columns"][0])): "different names",
    changed(lambda document: document["columns"][0].pop("edges")): "edges must be a list",
    column(0, "name", ""): "must not be empty",
    column(0, "name", "x" * 257): "at most 256 characters",
    column(0, "name", 7): "at most 256 characters",
    column(0, "kind", "complex"): "must be one of numeric, categorical, boolean, datetime",
    column(0, "kind", ["numeric"]): "kind must be text",
    column(0, "kind", "categorical"): "edges, sample and infinite are those of numbers",
    column(0, "missing", 1): "must be all rows together",
    column(0, "missing", 1.0): "missing must be an integer",
    column(0, "infinite", 300): "sample and infinite must be of the values",
    column(0, "edges", [2.0, 1.0]): "counts must have one number for each bin",
    column(0, "edges", [*range(9, 0, -1)]): "edges must ascend",
    column(0, "edges", [1.0] * 65): "at most 64",
    column(0, "edges", ["1"] * 9): "edges must be finite numbers, not str",
    column(0, "edges", [10**400] * 9): "edges must be finite numbers",
    column(0, "mean", "0"): "mean must be finite numbers",
    column(0, "counts", [300]): "counts must have one number for each bin",
    column(0, "counts", [-1] * 10): "counts must be integers",
    column(0, "counts", [True] * 10): "counts must be integers",
    column(0, "counts", [0] * 1_002): "at most 1,001",
    column(0, "sample", []): "sample and infinite must be of the values",
    column(0, "sample", [0.0] * 300): "sample and infinite must be of the values",
    column(0, "sample", [1.0, 0.0]): "ascending order",
    column(0, "sample", [0.0] * 100_001): "at most 100,000",
    column(0, "sample", [1e999]): "is not JSON",
    column(1, "categories", ["a", "a"]): "categories must be different",
    column(1, "categories", ["a", "b" * 257]): "at most 256 characters",
    column(2, "categories", ["no", "yes"]): "categories of booleans are false and true",
}


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_a_malformed_file_is_refused(data: bytes) -> None:
    with pytest.raises(errors.ProfileInvalid) as caught:
        drift.parse_profile(data)
    assert HOSTILE[data] in caught.value.message
    assert caught.value.message.startswith("PROFILE.json ")


def test_text_of_a_hostile_file_cannot_control_a_terminal() -> None:
    with pytest.raises(errors.ProfileInvalid) as caught:
        drift.parse_profile(b'{"\x1b[31m"')
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize(
    "table, options, field",
    [
        ({"x": [1, "a"]}, {}, "table['x']"),
        ({"x": [object()]}, {}, "table['x']"),
        ({"x": [1], "y": [1, 2]}, {}, "table['y']"),
        ({"x": [1], "": [1]}, {}, "table"),
        ({1: [1], "1": [1]}, {}, "table"),
        ([1, 2], {}, "table"),
        ({"x": [1]}, {"columns": ["y"]}, "columns"),
        ({"x": [1]}, {"columns": "x"}, "columns"),
        ({"x": [1]}, {"columns": []}, "columns"),
        ({"x": [1]}, {"categorical": ["y"]}, "categorical"),
        ({"x": [1]}, {"sample_size": 99}, "sample_size"),
        ({"x": [1]}, {"sample_size": 1e3}, "sample_size"),
        ({"x": [1]}, {"max_categories": 1_001}, "max_categories"),
        ({"x": [DAY := np.datetime64("2026-05-03")]}, {"categorical": ["x"]}, "table['x']"),
        ({str(n): LARGE for n in range(24)}, {"max_categories": 1_000}, "profile"),
    ],
)
def test_wrong_arguments_are_named(table: object, options: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        drift.profile(table, **options)
    assert [each.field for each in caught.value.violations] == [field]


def test_columns_of_different_lengths_are_refused_in_a_comparison() -> None:
    profile = drift.profile({"x": [1], "y": [1]})
    with pytest.raises(errors.InvalidRequest, match="2 values, others have 1"):
        drift.compare(profile, {"x": [1], "y": [1, 2]})
    with pytest.raises(errors.InvalidRequest, match="must be a Profile, not bytes"):
        drift.compare(b"{}", {"x": [1]})  # type: ignore[arg-type] # as a caller might
