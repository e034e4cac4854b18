"""Orders of lists of models and versions: the syntax of AIP-132, and the position in one."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.filter_value import FieldType, Schema
from registry_grpc.domain.model import Model
from registry_grpc.domain.version import Version

MOST_TERMS = 4
MAX_BYTES = 1_024
MODEL_ORDER: Schema = {
    "id": FieldType.TEXT,
    "create_time": FieldType.TIME,
    "update_time": FieldType.TIME,
    "activity_time": FieldType.TIME,
}
VERSION_ORDER: Schema = {
    "number": FieldType.INTEGER,
    "size_bytes": FieldType.INTEGER,
    "file_count": FieldType.INTEGER,
    "create_time": FieldType.TIME,
    "update_time": FieldType.TIME,
    "metrics": FieldType.NUMBER_MAP,
}
ALL_VERSIONS_ORDER: Schema = {**VERSION_ORDER, "model": FieldType.TEXT}
"""Of lists of the versions of all models."""
_FIELDS: Schema = {**MODEL_ORDER, **ALL_VERSIONS_ORDER}
_TERM = re.compile(
    r"""\s*(?P<field>\w+)(?:\.(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<key>[^\s",]+)))?"""
    r"""(?:\s+(?P<way>asc|desc))?\s*(?:(?P<comma>,)|$)"""
)
_LARGEST = 2**63

SortValue = int | float | str | datetime | None
"""The value of a model or version for a term.

None when it has none, which comes last in both directions.
"""


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """A field to order by. key: of a metric."""

    field: str
    key: str | None = None
    descending: bool = False

    def value(self, item: Model | Version) -> SortValue:
        """Return the value of a model or version that has the field."""
        if self.key is not None and isinstance(item, Version):
            return item.metrics.get(self.key)
        values: dict[str, SortValue] = {
            "id": item.name.model,
            "model": item.name.model,
            "create_time": item.create_time,
            "update_time": item.update_time,
        }
        if isinstance(item, Model):
            values["activity_time"] = item.activity_time
        else:
            values["number"] = item.name.number
            values["size_bytes"] = item.size
            values["file_count"] = item.file_count
        return values[self.field]

    def read(self, text: str) -> SortValue:
        """Return the value of which `sort_text` returned the text; raise ValueError for others.

        A double out of range raises OverflowError.
        """
        if not text and self.key is not None:
            return None
        value: SortValue
        match _FIELDS[self.field]:
            case FieldType.TEXT:
                possible, value = True, text
            case FieldType.INTEGER:
                number = int(text)
                possible = abs(number) < _LARGEST
                value = number
            case FieldType.TIME:
                moment = datetime.fromisoformat(text)
                possible = moment.tzinfo is not None
                value = moment
            case _:
                value = float.fromhex(text)
                possible = math.isfinite(value)
        if not possible:
            message = f"no value of {self.field}"
            raise ValueError(message)
        return value


def sort_text(value: SortValue) -> str:
    """Return a value exactly, as a text for page tokens."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, float) else str(value)


def parse_order(text: str, schema: Schema) -> Sequence[OrderTerm]:
    """Read `metrics.auc desc, create_time`; raise ValueError with a sentence. Empty: no term."""
    if len(text.encode()) > MAX_BYTES or "\0" in text:
        message = f"an order has at most {MAX_BYTES} bytes, and no NUL character"
        raise ValueError(message)
    terms: list[OrderTerm] = []
    place, more = 0, bool(text.strip())
    while more:
        found = _TERM.match(text, place)
        if found is None:
            message = f"cannot be read at character {place + 1}; such as: create_time desc"
            raise ValueError(message)
        terms.append(_term(found, schema))
        place, more = found.end(), found["comma"] is not None
    if len(terms) > MOST_TERMS:
        message = f"an order has at most {MOST_TERMS} fields"
        raise ValueError(message)
    if len({(term.field, term.key) for term in terms}) < len(terms):
        message = "an order has each field once"
        raise ValueError(message)
    return terms


def _term(found: re.Match[str], schema: Schema) -> OrderTerm:
    field, quoted = found["field"], found["quoted"]
    kind = schema.get(field)
    if kind is None:
        message = f"cannot order by {field[:80]!r}; there are {', '.join(sorted(schema))}"
        raise ValueError(message)
    key = found["key"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    if (kind is FieldType.NUMBER_MAP) != (key is not None):
        name = "a name, as in metrics.auc" if key is None else "no fields of its own"
        message = f"{field} has {name}"
        raise ValueError(message)
    return OrderTerm(field, key, found["way"] == "desc")
