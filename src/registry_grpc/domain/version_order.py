"""Orders of lists of versions: the syntax of AIP-132, and the position of a version in one."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.filter_value import FieldType
from registry_grpc.domain.version import Version

MOST_TERMS = 4
MAX_BYTES = 1_024
ORDER_FIELDS = {
    "number": FieldType.INTEGER,
    "size_bytes": FieldType.INTEGER,
    "file_count": FieldType.INTEGER,
    "create_time": FieldType.TIME,
    "metrics": FieldType.NUMBER_MAP,
}
_TERM = re.compile(
    r"""\s*(?P<field>\w+)(?:\.(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<key>[^\s",]+)))?"""
    r"""(?:\s+(?P<way>asc|desc))?\s*(?:(?P<comma>,)|$)"""
)
_LARGEST = 2**63

SortValue = int | float | datetime | None
"""The value of a version for a term; None when it has none, which comes last in both directions."""


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """A field to order by. key: of a metric."""

    field: str
    key: str | None = None
    descending: bool = False

    def value(self, version: Version) -> SortValue:
        """Return the value of a version."""
        match self.field:
            case "number":
                return version.name.number
            case "size_bytes":
                return version.size
            case "file_count":
                return version.file_count
            case "create_time":
                return version.create_time
            case _:
                return version.metrics.get(self.key or "")

    def read(self, text: str) -> SortValue:
        """Return the value of which `sort_text` returned the text; raise ValueError for others.

        A double out of range raises OverflowError.
        """
        if not text and self.key is not None:
            return None
        match ORDER_FIELDS[self.field]:
            case FieldType.INTEGER:
                number = int(text)
                possible = abs(number) < _LARGEST
                value: SortValue = number
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


def parse_order(text: str) -> Sequence[OrderTerm]:
    """Read `metrics.auc desc, create_time`; raise ValueError with a sentence. Empty: no term."""
    if len(text.encode()) > MAX_BYTES or "\0" in text:
        message = f"an order has at most {MAX_BYTES} bytes, and no NUL character"
        raise ValueError(message)
    terms: list[OrderTerm] = []
    place, more = 0, bool(text.strip())
    while more:
        found = _TERM.match(text, place)
        if found is None:
            message = f"cannot be read at character {place + 1}; such as: metrics.auc desc, number"
            raise ValueError(message)
        terms.append(_term(found))
        place, more = found.end(), found["comma"] is not None
    if len(terms) > MOST_TERMS:
        message = f"an order has at most {MOST_TERMS} fields"
        raise ValueError(message)
    if len({(term.field, term.key) for term in terms}) < len(terms):
        message = "an order has each field once"
        raise ValueError(message)
    return terms


def _term(found: re.Match[str]) -> OrderTerm:
    field, quoted = found["field"], found["quoted"]
    kind = ORDER_FIELDS.get(field)
    if kind is None:
        message = f"cannot order by {field[:80]!r}; there are {', '.join(sorted(ORDER_FIELDS))}"
        raise ValueError(message)
    key = found["key"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    if (kind is FieldType.NUMBER_MAP) != (key is not None):
        name = "a name, as in metrics.auc" if key is None else "no fields of its own"
        message = f"{field} has {name}"
        raise ValueError(message)
    return OrderTerm(field, key, found["way"] == "desc")
