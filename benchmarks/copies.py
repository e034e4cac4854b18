"""Copies of one real registration: its rows under other names, numbers, uids and times. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Table

from registry_grpc.persistence import catalog_tables, log_tables
from registry_grpc.persistence.codec import encode

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[Table, Sequence[Row]]

_OF_VERSION = frozenset(
    {catalog_tables.versions, catalog_tables.version_heads, catalog_tables.version_files}
)
COPIED = (
    catalog_tables.models,
    catalog_tables.aliases,
    catalog_tables.alias_entries,
    catalog_tables.versions,
    catalog_tables.version_heads,
    catalog_tables.version_files,
    log_tables.changes,
)
"""In the order in which rows can be inserted."""
_REGISTER = "version.register"
_TICK = timedelta(microseconds=1)


def model_id(index: int) -> str:
    """Return the id of a model, that of the original for 0; ids are in this order."""
    return f"model-{index:07}"


@dataclass(frozen=True, slots=True)
class Copy:
    """Version `number` of a model, registered `index` revisions after the original."""

    original: Rows
    index: int
    model: int
    number: int

    def rows(self) -> Iterator[tuple[Table, Row]]:
        """Yield the rows; a model's first version brings the model and its alias."""
        of_version = self._changed(self._uid(catalog_tables.versions, self.index))
        of_model = self._changed(self._uid(catalog_tables.models, self.model))
        for table in COPIED:
            for row in self.original[table]:
                if table in _OF_VERSION or row.get("action") == _REGISTER:
                    yield table, self._row(row, of_version)
                elif self.number == 1:
                    yield table, self._row(row, of_model)

    def _changed(self, uid: UUID) -> Row:
        original = self.original[catalog_tables.versions][0]
        revision = self.original[catalog_tables.version_heads][0]["revision"] + self.index
        moment = original["create_time"] + self.index * _TICK
        return {
            "uid": uid,
            "version_uid": self._uid(catalog_tables.versions, self.index),
            "model_uid": self._uid(catalog_tables.models, self.model),
            "model_id": model_id(self.model),
            "number": self.number,
            **dict.fromkeys(("revision", "stage_revision"), revision),
            **dict.fromkeys(("create_time", "update_time", "time"), moment),
        }

    def _uid(self, table: Table, index: int) -> UUID:
        uid: UUID = self.original[table][0]["uid"]
        return UUID(int=uid.int + index)  # later ones are higher, as with those of the server

    def _row(self, row: Row, changed: Row) -> Row:
        copy = _like(row, changed)
        if "after" in row:
            copy |= {key: self._renamed(row[key]) for key in ("model", "name")}
            copy["after"] = self._document(row["after"], changed)
        return copy

    def _document(self, document: Row, changed: Row) -> Row:
        copy: dict[str, Any] = {
            key: encode(value) for key, value in _like(document, changed).items()
        }
        names = {key: self._renamed(copy[key]) for key in ("name", "version") if key in copy}
        return copy | names

    def _renamed(self, name: str) -> str:
        renamed = name.replace(model_id(0), model_id(self.model))
        return renamed.replace("/versions/1", f"/versions/{self.number}")


def _like(row: Row, changed: Row) -> dict[str, Any]:
    return {key: changed.get(key, value) for key, value in row.items()}
