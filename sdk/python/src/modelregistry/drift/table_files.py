"""Tables in files: Parquet and CSV."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from modelregistry._convert.writing import invalid
from modelregistry._local.folder_tree import naming
from modelregistry.errors import DriftUnavailable, InvalidRequest

MAX_CSV_BYTES: Final = 1024 * 1024 * 1024
_MAX_CELL: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts whose types are unknown, as CSV has them; None is a missing value."""

    cells: Sequence[str | None]


def read_table(path: str | Path) -> Mapping[str, object]:
    """Return the table in a file, for `profile` and `compare`, by its ending.

    Of `.parquet` each column is read when it is needed, by pyarrow. `.csv` is UTF-8 with commas and
    a line of names first; it may have 1 GiB, and a cell 1 MiB. An empty cell is a missing value. A
    column is numeric, boolean (`true` and `false`) or of times (ISO 8601) if all its cells are, and
    else one of texts; a comparison reads it as the kind that the profile states.

    Raises InvalidRequest for another ending and for a malformed file, DriftUnavailable without
    pyarrow, and OSError.
    """
    path = Path(path)
    match path.suffix.lower():
        case ".parquet":
            return _ParquetFile(path)
        case ".csv":
            with naming(path):
                return _csv(path)
    raise invalid(str(path), "must be a file with the ending .parquet or .csv")


class _ParquetFile(Mapping[str, object]):
    """The columns of a Parquet file, each read when it is looked up."""

    def __init__(self, path: Path) -> None:
        try:
            self._parquet = import_module("pyarrow.parquet")
        except ImportError as error:
            message = f"pyarrow reads Parquet ({error}): pip install 'modelregistry[parquet]'"
            raise DriftUnavailable(message) from error
        self._path = path
        with naming(path), path.open("rb"):
            pass  # so that a file that cannot be read is an OSError with its name
        self._names: list[str] = self._read(lambda file: file.schema_arrow.names)

    @override
    def __getitem__(self, name: str) -> object:
        table = self._read(lambda file: file.read(columns=[name]))
        return table.column(name)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    @override
    def __len__(self) -> int:
        return len(self._names)

    def _read(self, ask: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
        try:
            with self._parquet.ParquetFile(self._path) as file:
                return ask(file)
        except (OSError, ValueError, KeyError, NotImplementedError) as error:
            raise _malformed(self._path, str(error)) from error


def _csv(path: Path) -> Mapping[str, object]:
    if (size := path.stat().st_size) > MAX_CSV_BYTES:
        problem = f"has {size:,} bytes, more than {MAX_CSV_BYTES:,}: use Parquet"
        raise invalid(str(path), problem)
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return _cells(path, csv.reader(file, strict=True))
        except (csv.Error, UnicodeDecodeError) as error:
            raise _malformed(path, str(error)) from error


def _cells(path: Path, rows: Iterator[list[str]]) -> Mapping[str, object]:
    names = next(rows, [])
    if not names or len(set(names)) < len(names):
        raise invalid(str(path), "must begin with a line of different names of columns")
    columns: list[list[str | None]] = [[] for _ in names]
    for number, row in enumerate(rows, start=2):
        if not row and len(names) > 1:
            continue  # an empty line
        if len(row) not in {len(names), 0}:
            raise _malformed(path, f"row {number} has {len(row)} cells, not {len(names)}")
        for column, cell in zip(columns, row or [""], strict=True):
            column.append(cell or None)
    return {name: Texts(cells) for name, cells in zip(names, columns, strict=True)}


def _malformed(path: Path, problem: str) -> InvalidRequest:
    return invalid(str(path), f"cannot be read as a table: {problem}")
