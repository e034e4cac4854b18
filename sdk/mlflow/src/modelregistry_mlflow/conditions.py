"""The conditions of a search of MLflow, evaluated as its SQL store does.

MLflow parses the text. A search is the conjunction of its conditions. The registry evaluates what
it can (`pushdown`); what it returns is evaluated again here, so both agree with MLflow.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import IS_PROMPT_TAG_KEY
from mlflow.utils.search_utils import SearchModelUtils, SearchModelVersionUtils

Text = str | None
_TAG: Final = ("=", "!=", "LIKE", "ILIKE")
_LISTS: Final = ("IN", "NOT IN")
_LISTED: Final = getattr(SearchModelVersionUtils, "LIST_SUPPORTED_KEYS", ("run_id",))
_COMPARATORS: Final = SearchModelVersionUtils.VALID_STRING_ATTRIBUTE_COMPARATORS
"""Of texts: NOT IN is none of them in older releases."""
_NUMBER: Final = "version_number"


@lru_cache(maxsize=256)
def _pattern(like: str, *, ignore_case: bool) -> re.Pattern[str]:
    """Return a pattern of SQL as a regular expression: `%` is any text, `_` one character."""
    parts = {"%": ".*", "_": "."}
    text = "".join(parts.get(char) or re.escape(char) for char in like)
    # SQLite and PostgreSQL fold different letters; ASCII is what both do.
    flags = re.DOTALL | (re.IGNORECASE | re.ASCII if ignore_case else 0)
    return re.compile(text, flags)


_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "IN": lambda left, right: left in right,
    "NOT IN": lambda left, right: left not in right,
    "LIKE": lambda left, right: _pattern(right, ignore_case=False).fullmatch(left) is not None,
    "ILIKE": lambda left, right: _pattern(right, ignore_case=True).fullmatch(left) is not None,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of an attribute or a tag."""

    key: str
    comparator: str
    value: Any
    is_tag: bool = False

    def holds(self, left: str | int | None) -> bool:
        """Return whether a value satisfies it. As in SQL, no value (None) satisfies any."""
        return left is not None and _OPERATORS[self.comparator](left, self.value)


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of a search. prompts: whether it finds prompts too; otherwise models only."""

    attributes: Sequence[Condition] = ()
    tags: Sequence[Condition] = field(default=())
    prompts: bool = False

    def hold(self, attributes: Mapping[str, str | int | None], tags: Mapping[str, str]) -> bool:
        """Return whether a model or version satisfies them."""
        if not self.prompts and tags.get(IS_PROMPT_TAG_KEY) == "true":
            return False
        return all(each.holds(attributes[each.key]) for each in self.attributes) and all(
            each.holds(tags.get(each.key)) for each in self.tags
        )


Parsed = Sequence[Mapping[str, Any]]


def parsed_of_models(text: str | None) -> Parsed:
    """Parse the filter of a search of registered models; MlflowException for a wrong text."""
    parsed: Parsed = SearchModelUtils.parse_search_filter(text)
    return parsed


def of_models(parsed: Parsed) -> Conditions:
    """Read a parsed filter; MlflowException for a wrong one.

    MLflow looks at the order of a search before it does so.
    """
    return _conditions(parsed, _check_model_attribute)


def of_versions(text: str | None) -> Conditions:
    """Read the filter of a search of versions; MlflowException for a wrong one."""
    return _conditions(SearchModelVersionUtils.parse_search_filter(text), _check_version_attribute)


def _conditions(parsed: Parsed, check: Callable[[Condition], Condition]) -> Conditions:
    attributes, tags = [], []
    for each in parsed:
        condition = Condition(each["key"], each["comparator"], each["value"], each["type"] == "tag")
        if each["type"] == "attribute":
            attributes.append(check(condition))
        elif each["type"] != "tag":
            raise _invalid(f"Invalid token type: {each['type']}")
        elif condition.comparator not in _TAG:
            raise _invalid(f"Invalid comparator for tag: {condition.comparator}")
        else:
            tags.append(condition)
    prompts = _finds_prompts(tags)
    if not prompts:
        # MLflow drops what such a search says of this tag, and leaves prompts out.
        tags = [each for each in tags if each.key != IS_PROMPT_TAG_KEY]
    return Conditions(tuple(attributes), tuple(tags), prompts)


def _finds_prompts(tags: Sequence[Condition]) -> bool:
    for each in tags:
        if each.key == IS_PROMPT_TAG_KEY:
            wanted = (each.comparator, str(each.value).lower())
            return wanted in {("=", "true"), ("!=", "false")}
    return False


def _check_model_attribute(condition: Condition) -> Condition:
    if condition.key != "name":
        raise _invalid(f"Invalid attribute name: {condition.key}")
    if condition.comparator not in (*_TAG, *_LISTS):
        raise _invalid(f"Invalid comparator for attribute: {condition.comparator}")
    return condition


def _check_version_attribute(condition: Condition) -> Condition:
    key, comparator = condition.key, condition.comparator
    if key not in SearchModelVersionUtils.VALID_SEARCH_ATTRIBUTE_KEYS:
        raise _invalid(f"Invalid attribute name: {key}")
    if key == _NUMBER:
        if comparator not in SearchModelVersionUtils.VALID_NUMERIC_ATTRIBUTE_COMPARATORS:
            raise _invalid(f"Invalid comparator for attribute {key}: {comparator}")
        return Condition(key, comparator, _whole(key, condition.value))
    listed = comparator in _LISTS and key not in _LISTED
    if comparator not in _COMPARATORS or listed:
        raise _invalid(f"Invalid comparator for attribute: {comparator}")
    return condition


def _whole(key: str, value: Any) -> int:
    try:
        if not isinstance(value, float):
            return int(value)
    except (TypeError, ValueError):
        pass
    raise _invalid(f"Invalid value for numeric attribute '{key}': {value!r}")


def _invalid(message: str) -> MlflowException:
    return MlflowException.invalid_parameter_value(message)
