"""Signatures say what the example and the output are."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from modelregistry import TensorSpec, errors
from modelregistry.frameworks import describe
from modelregistry.frameworks.example import specs

FRAME = pd.DataFrame(
    {
        "age": [1, 2],
        "score": [0.5, float("nan")],
        "name": ["a", None],
        "sex": pd.Categorical(["f", "m"]),
        "band": pd.Categorical([1, 2]),
        "born": pd.to_datetime(["2020-01-01", "2020-01-02"]),
        "mixed": pd.Series(["a", 1], dtype=object),
        "flag": [True, False],
    }
)


def plain(found: tuple[TensorSpec, ...]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(spec.name, spec.dtype, spec.shape) for spec in found]


@pytest.mark.parametrize(
    "value,expected",
    [
        (np.zeros((3, 4)), [("", "float64", (-1, 4))]),
        (np.full((1, 2, 2), np.nan, np.float32), [("", "float32", (-1, 2, 2))]),
        (np.zeros((0, 4)), [("", "float64", (-1, 4))]),
        (np.array(["a"]), [("", "string", (-1,))]),
        (np.float32(1), [("", "float32", ())]),
        ([[1, 2], [3, 4]], [("", "int64", (-1, 2))]),
        (["a", "b"], [("", "string", (-1,))]),
        ("text", [("", "string", ())]),
        (b"bytes", [("", "bytes", ())]),
        (1.5, [("", "float64", ())]),
        (scipy.sparse.eye(3, format="csr"), [("", "float64", (-1, 3))]),
        (
            {"ids": np.zeros((2, 5), np.int64), "mask": np.zeros((2, 5), bool)},
            [("ids", "int64", (-1, 5)), ("mask", "bool", (-1, 5))],
        ),
        (
            (np.zeros((2, 1)), np.zeros(2, np.int8)),
            [("0", "float64", (-1, 1)), ("1", "int8", (-1,))],
        ),
        (pd.Series([1, 2], name="age"), [("age", "int64", (-1,))]),
        (None, []),
    ],
    ids=[
        *("matrix", "missing values", "no rows", "array of texts", "number of NumPy"),
        *("nested lists", "list of texts", "text", "bytes", "number", "sparse"),
        *("mapping", "several arrays", "series", "none"),
    ],
)
def test_a_value_says_its_types(value: object, expected: object) -> None:
    assert plain(specs(value)) == expected


def test_a_frame_has_an_entry_for_each_column() -> None:
    found = {spec.name: spec.dtype for spec in specs(FRAME)}
    assert found.pop("born").startswith("datetime64")
    assert found == {
        "age": "int64",
        "score": "float64",
        "name": "string",
        "sex": "categorical[string]",
        "band": "categorical[int64]",
        "mixed": "object",
        "flag": "bool",
    }
    certain = FRAME.drop(columns="mixed")
    assert specs(certain.head(1)) == specs(certain)


@pytest.mark.parametrize(
    "frame,expected",
    [
        (pd.DataFrame(np.zeros((1, 1001))), ("", "float64", (-1, 1001))),
        (pd.DataFrame([[1, 0.5]], columns=["a", "a"]), ("", "mixed", (-1, 2))),
        (pd.DataFrame([[1]], columns=["x" * 257]), ("", "int64", (-1, 1))),
        (pd.DataFrame([[1]], columns=["a\0b"]), ("", "int64", (-1, 1))),
    ],
    ids=["too many", "equal names", "long name", "nul"],
)
def test_columns_that_the_registry_does_not_take_become_one_entry(
    frame: pd.DataFrame, expected: object
) -> None:
    assert plain(specs(frame)) == [expected]


def test_an_output_without_a_type_is_left_out() -> None:
    assert describe(np.zeros(2), object()).outputs == ()
    with pytest.raises(errors.ExampleFailed, match="no signature can be made"):
        describe(object(), np.zeros(2))
