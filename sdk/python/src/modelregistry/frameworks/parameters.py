"""Hyperparameters of estimators as JSON values."""

import json
import math
from collections.abc import Collection, Mapping
from typing import Any

from modelregistry.errors import ModelDocumentInvalid


def parameters(model: Any, *, without: Collection[str] = ()) -> dict[str, object]:
    """Return the parameters of an estimator that JSON can hold; None and NaN are left out."""
    found = {name: _plain(value) for name, value in model.get_params(deep=False).items()}
    return {name: found[name] for name in found if name not in without and _is_json(found[name])}


def apply(model: Any, given: Mapping[str, object]) -> None:
    """Set recorded parameters; raises ModelDocumentInvalid for what is no parameter.

    Estimators also take parameters of their engine that they do not know, by any name that is not
    one of their attributes.
    """
    known = model.get_params(deep=False)
    wrong = sorted(name for name in given if name not in known and not _is_new(model, name))
    if wrong:
        message = f"MODEL.json has parameters that {type(model).__name__} lacks: {wrong[:10]}"
        raise ModelDocumentInvalid(message)
    model.set_params(**given)


def _is_new(model: object, name: str) -> bool:
    taken = hasattr(model, name) or hasattr(model, f"_{name}")
    return name.isidentifier() and not name.startswith("_") and not taken


def _plain(value: Any) -> object:
    """Return a scalar of NumPy as one of Python."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value


def _is_json(value: object) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    try:
        return bool(json.loads(json.dumps(value, allow_nan=False)) == value)
    except (TypeError, ValueError, RecursionError):
        return False
