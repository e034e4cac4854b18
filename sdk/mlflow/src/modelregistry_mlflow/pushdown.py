"""The part of a search that the registry evaluates: a filter and an order in its language.

The filter may let more through than the search: everything is evaluated again by `conditions`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import IS_PROMPT_TAG_KEY
from mlflow.utils.search_utils import SearchModelVersionUtils, SearchUtils

from modelregistry_mlflow.conditions import Condition, Conditions

_MODEL_FIELDS: Final = {"name": "id"}
_VERSION_FIELDS: Final = {
    "name": "model",
    "version_number": "number",
    "run_id": "run_id",
    "source_path": "source.uri",
}
_VERSION_ORDER: Final = {
    "name": "model",
    "version_number": "number",
    "creation_timestamp": "create_time",
    "last_updated_timestamp": "update_time",
}
_DEFAULT_ORDER: Final = ("last_updated_timestamp DESC", "name ASC", "version_number DESC")
_MOST_BYTES: Final = 16_000
"""Of a filter; the registry takes 16,384."""
_LONGEST_PATTERN: Final = 256
_LONGEST_VALUE: Final = 2_048
_MOST_VALUES: Final = 200
_NOT_PROMPTS: Final = f'NOT annotations["{IS_PROMPT_TAG_KEY}"] = "true"'


def of_models(conditions: Conditions) -> str:
    """Return the filter of a list of models."""
    return _filter(conditions, _MODEL_FIELDS)


def of_versions(conditions: Conditions, *, one_model: bool) -> str:
    """Return the filter of a list of versions. one_model: the list is of one model, by its name."""
    fields = {key: name for key, name in _VERSION_FIELDS.items() if key != "name" or not one_model}
    return _filter(conditions, fields)


def only_model(conditions: Conditions) -> str | None:
    """Return the name that versions must have, if a search is of one model."""
    return next(
        (
            each.value
            for each in conditions.attributes
            if (each.key, each.comparator) == ("name", "=")
        ),
        None,
    )


def order_of_models(order_by: Sequence[str] | None) -> str:
    """Return the order of a list of models; MlflowException for a wrong one."""
    keys: dict[str, bool] = {}
    for clause in order_by or ():
        token, ascending = SearchUtils.parse_order_by_for_search_registered_models(clause)
        known = {
            "name": "id",
            **dict.fromkeys(SearchUtils.VALID_TIMESTAMP_ORDER_BY_KEYS, "activity_time"),
        }
        if token not in known:
            raise MlflowException.invalid_parameter_value(
                f"Invalid order by key '{token}' specified.Valid keys are "
                f"'{SearchUtils.RECOMMENDED_ORDER_BY_KEYS_REGISTERED_MODELS}'"
            )
        _add(keys, known[token], order_by, ascending=ascending)
    keys.setdefault("id", True)
    # By id alone is the registry's own order, and the cheapest.
    return "" if keys == {"id": True} else _order(keys)


def order_of_versions(order_by: Sequence[str] | None, *, one_model: bool) -> str:
    """Return the order of a list of versions; MlflowException for a wrong one."""
    keys: dict[str, bool] = {}
    clauses = list(order_by or ()) or list(_DEFAULT_ORDER)
    for clause in clauses:
        _, key, ascending = SearchModelVersionUtils.parse_order_by_for_search_model_versions(clause)
        if key not in _VERSION_ORDER:
            raise MlflowException.invalid_parameter_value(
                f"Invalid order by key '{key}' specified. Valid keys are "
                f"{SearchModelVersionUtils.VALID_ORDER_BY_ATTRIBUTE_KEYS}"
            )
        _add(keys, _VERSION_ORDER[key], clauses, ascending=ascending)
    keys.setdefault("model", True)
    keys.setdefault("number", False)
    if one_model:
        del keys["model"]
    return "" if one_model and keys == {"number": False} else _order(keys)


def _add(keys: dict[str, bool], key: str, clauses: object, *, ascending: bool) -> None:
    if key in keys:
        message = f"`order_by` contains duplicate fields: {clauses}"
        raise MlflowException(message)
    keys[key] = ascending


def _order(keys: Mapping[str, bool]) -> str:
    return ", ".join(key if ascending else f"{key} desc" for key, ascending in keys.items())


def _filter(conditions: Conditions, fields: Mapping[str, str]) -> str:
    parts = [] if conditions.prompts else [_NOT_PROMPTS]
    pushed = [each for each in conditions.attributes if each.key in fields and _is_exact(each)]
    parts += [_comparison(fields[each.key], each) for each in pushed]
    parts += [_comparison(f"annotations[{_quoted(each.key)}]", each) for each in conditions.tags]
    text, sep = "", ""
    for part in filter(None, parts):
        if len(f"{text}{sep}{part}".encode()) <= _MOST_BYTES:
            text, sep = f"{text}{sep}{part}", " AND "
    return text


def _is_exact(condition: Condition) -> bool:
    """Return whether the registry sees the value that MLflow sees: not the source of a copy."""
    if condition.key != "source_path":
        return True
    return condition.comparator == "=" and not condition.value.startswith("models:")


def _comparison(field: str, condition: Condition) -> str:
    """Return a comparison, empty for one that the registry does not evaluate."""
    value, comparator = condition.value, condition.comparator
    if isinstance(value, int):
        return f"{field} {comparator} {value}"
    if comparator in {"LIKE", "ILIKE"}:
        escaped = value.replace("\\", "\\\\")
        if len(escaped) > _LONGEST_PATTERN:
            return ""
        return f"{comparator.lower()}({field}, {_quoted(escaped)})"
    values = sorted(value) if comparator in {"IN", "NOT IN"} else [value]
    if len(values) > _MOST_VALUES or any(len(each.encode()) > _LONGEST_VALUE for each in values):
        return ""
    exact = [_quoted(each).replace("*", "\\*") for each in values]
    sign = "!=" if comparator in {"!=", "NOT IN"} else "="
    return f"{field} {sign} {exact[0] if len(exact) == 1 else '(' + ' OR '.join(exact) + ')'}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
