"""Tables of every library give the same profile, and files are read strictly."""

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelregistry import drift, errors

DAY = dt.datetime(2026, 5, 3, tzinfo=dt.UTC)
TIMES = [DAY, None, DAY + dt.timedelta(hours=1, microseconds=5)]
LISTS: dict[str, list[Any]] = {
    "number": [1.5, None, -0.0],
    "integer": [1, 2, 3],
    "text": ["a", None, "b"],
    "truth": [True, None, False],
    "time": TIMES,
}
VIEWS = pa.array(["b", "a"], pa.string_view())
EXPECTED = drift.profile(LISTS)


class Shared:
    """A table that has nothing but Arrow's PyCapsule, as those of polars or DuckDB have it."""

    def __init__(self) -> None:
        self._table = pa.table(LISTS)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the capsule."""
        return self._table.__arrow_c_stream__(requested_schema)


def of_pandas() -> pd.DataFrame:
    frame = pd.DataFrame(LISTS)
    frame["text"] = frame["text"].astype("category")
    frame["truth"] = frame["truth"].astype("boolean")
    frame["integer"] = frame["integer"].astype("Int64")
    return frame


TABLES = {
    "pandas": of_pandas,
    "pandas with Arrow": lambda: pa.table(LISTS).to_pandas(types_mapper=pd.ArrowDtype),
    "pyarrow": lambda: pa.table(LISTS),
    "a batch of pyarrow": lambda: pa.RecordBatch.from_pydict(LISTS),
    "dictionaries of pyarrow": lambda: pa.table(LISTS).set_column(
        2, "text", pa.chunked_array([pa.array(LISTS["text"]).dictionary_encode()])
    ),
    "dictionaries of views, as of polars": lambda: pa.table(LISTS).set_column(
        2, "text", [pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.uint32()), VIEWS)]
    ),
    "a PyCapsule": Shared,
    "series": lambda: dict(of_pandas().items()),
    "arrays": lambda: {
        "number": np.array([1.5, np.nan, -0.0], dtype=np.float32),
        "integer": np.array([1, 2, 3], dtype=np.uint8),
        "text": np.array(LISTS["text"], dtype=object),
        "truth": np.ma.array([True, False, False], mask=[False, True, False]),
        "time": np.array(
            [str(t)[:26] if t else "NaT" for t in (t and t.replace(tzinfo=None) for t in TIMES)],
            "M8[us]",
        ),
    },
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_all_libraries_are_profiled_alike(name: str) -> None:
    table = TABLES[name]()
    assert drift.profile(table) == EXPECTED
    found = drift.compare(EXPECTED, table)
    assert len(found.results) == 3 * 4 + 2 * 3
    assert all(each.statistic == 0 for each in found.results)
    assert not found.skipped


def test_a_categorical_type_makes_categories_of_numbers() -> None:
    codes = pa.array([2, None, 10]).dictionary_encode()
    profile = drift.profile({"arrow": codes, "pandas": pd.Series([2, None, 10], dtype="category")})
    for column in profile.columns:
        assert (column.kind, column.missing) == (drift.ColumnKind.CATEGORICAL, 1)
        assert column.categories == ("10", "2")


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[1], None]),
        pa.array([{"a": 1}]),
        pa.array([None, dt.time(1)]),
    ],
)
def test_other_types_of_arrow_are_refused(values: pa.Array) -> None:
    with pytest.raises(errors.InvalidRequest, match="which cannot be compared"):
        drift.profile({"x": values})


def test_a_structured_array_is_a_table() -> None:
    rows = np.array([(1, b"a"), (2, b"b")], dtype=[("x", "i4"), ("c", "S1")])
    assert drift.profile(rows) == drift.profile({"x": [1, 2], "c": ["a", "b"]})


def test_columns_of_a_frame_may_have_numbers_for_names_but_not_one_name_twice() -> None:
    assert drift.profile(pd.DataFrame([[1, 2]])).names == ["0", "1"]
    with pytest.raises(errors.InvalidRequest, match="several columns of one name"):
        drift.profile(pd.DataFrame([[1, 2]], columns=["x", "x"]))


@pytest.mark.parametrize(
    "values, numbers",
    [
        ([Decimal("1.5"), Decimal("NaN"), None], [1.5, None, None]),
        ([dt.timedelta(seconds=2), None], [2, None]),
        (np.array([2, "NaT"], "m8[s]"), [2, None]),
        (np.array([1, 2], np.float16), [1, 2]),
        ([np.int64(1), np.float32(2)], [1, 2]),
        (pd.Series([1, None], dtype="Int8"), [1, None]),
    ],
)
def test_numbers_of_other_types_are_numbers(values: object, numbers: list[float | None]) -> None:
    assert drift.profile({"x": values}) == drift.profile({"x": numbers})


@pytest.mark.parametrize(
    "values",
    [
        [dt.date(2026, 5, 3), None],
        np.array(["2026-05-03", "NaT"], "M8[D]"),
        [pd.Timestamp("2026-05-03T02:00+02:00"), pd.NaT],
        [np.datetime64("2026-05-03"), np.datetime64("NaT")],
    ],
)
def test_dates_and_zones_are_instants(values: object) -> None:
    column = drift.profile({"x": values}).columns[0]
    assert (column.kind, column.missing) == (drift.ColumnKind.DATETIME, 1)
    assert column.sample == (DAY.timestamp(),)


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_files_of_both_formats_are_the_same_table(tmp_path: Path) -> None:
    pq.write_table(pa.table(LISTS), tmp_path / "table.parquet")
    path = written(
        tmp_path,
        "\ufeffnumber,integer,text,truth,time\r\n"
        "1.5,1,a,true,2026-05-03T00:00:00Z\r\n"
        ",2,,,\r\n"
        "-0.0,3,b,False,2026-05-03T03:00:00.000005+02:00\r\n",
    )
    for file in (tmp_path / "table.parquet", path):
        assert drift.profile(drift.read_table(file)) == EXPECTED
        assert not drift.compare(EXPECTED, drift.read_table(file)).skipped


def test_cells_are_read_as_the_profile_states(tmp_path: Path) -> None:
    profile = drift.profile(
        drift.read_table(written(tmp_path, "zip,n\n00501,1\n501,2\n")), categorical=["zip"]
    )
    assert profile.columns[0].categories == ("00501", "501")
    found = drift.compare(profile, drift.read_table(written(tmp_path, "zip,n\n00501,x\n")))
    assert [each.current for each in found.columns[0].bins] == [1, 0, 0]
    assert [each.reason for each in found.columns[1].skipped] == [
        "the table has the text 'x', the profile numeric values"
    ]


def test_a_csv_of_one_column_may_have_empty_cells(tmp_path: Path) -> None:
    table = drift.read_table(written(tmp_path, "x\n1\n\n3\n"))
    assert drift.profile(table) == drift.profile({"x": [1, None, 3]})


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.csv", b""),
        ("a.csv", b"x,x\n1,2\n"),
        ("a.csv", b"x,y\n1\n"),
        ("a.csv", b"x\n\xff\n"),
        ("a.csv", b'x\n"1\n'),
        ("a.csv", b"x\n" + b"1" * 200_000 + b"\n"),
        ("a.parquet", b""),
        ("a.parquet", b"PAR1" + bytes(64) + b"PAR1"),
        ("a.txt", b"x\n1\n"),
    ],
)
def test_malformed_files_are_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(errors.InvalidRequest):
        drift.profile(drift.read_table(tmp_path / name))


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_file_that_is_absent_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        drift.read_table(tmp_path / name)
    assert caught.value.filename == str(tmp_path / name)


WITHOUT = """
import sys
for name in sys.argv[1:]:
    sys.modules[name] = None
import modelregistry
from modelregistry import drift, errors
assert "numpy" not in sys.modules or sys.modules["numpy"] is None, "imported too early"
profile = drift.parse_profile(b'{"schema":1,"rows":0,"columns":[]}')
for run in (lambda: drift.profile({"x": [1]}), lambda: drift.compare(profile, {})):
    try:
        run()
    except errors.DriftUnavailable as error:
        sys.stdout.write(str(error))
"""


@pytest.mark.parametrize("absent, failures", [("numpy", 2), ("scipy", 1)])
def test_without_the_extra_the_error_names_it(absent: str, failures: int) -> None:
    program = [sys.executable, "-c", WITHOUT, absent]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("pip install 'modelregistry[drift]'") == failures


def test_without_pyarrow_the_error_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shared = Shared()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    for run in (lambda: drift.profile(shared), lambda: drift.read_table(tmp_path / "a.parquet")):
        with pytest.raises(errors.DriftUnavailable, match=r"modelregistry\[parquet\]"):
            run()
