"""The Python values that texts and numbers of a record may be given as.

`sdk/conformance/values.json` has the cases. Each function raises TypeError or ValueError with a
sentence about the value.
"""

import math
from numbers import Integral, Real
from typing import Final

NOT_EXACT: Final = "is an integer that a double does not hold exactly; give a float"
_NUMPY_BOOLS: Final = frozenset({"bool", "bool_"})


def text_of(value: object) -> str:
    """Return the text of a parameter, tag or label: texts as they are, others as in JSON.

    So True is `true`, 0.1 is `0.1` and 1e-05 is `1e-05`. Accepts the scalars of NumPy too.
    """
    if isinstance(value, str):
        return value
    if _is_bool(value):
        return "true" if value else "false"
    if isinstance(value, Integral):
        return _digits(int(value))
    if isinstance(value, Real):
        return repr(_finite(value))
    raise TypeError(_wrong("a text, a bool or a number", value))


def number_of(value: object) -> float:
    """Return a metric: a number that a double holds; an integer is held exactly.

    NaN and infinities pass: the registry rejects them, together with all else that is wrong.
    """
    if _is_bool(value) or not isinstance(value, Real):
        raise TypeError(_wrong("a number", value))
    number = _double(value)
    if isinstance(value, Integral) and not is_exact(int(value)):
        raise ValueError(NOT_EXACT)
    return number


def is_exact(value: int) -> bool:
    """Return whether a double holds an integer exactly."""
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def _finite(value: Real) -> float:
    number = _double(value)
    if not math.isfinite(number):
        message = f"must be a finite number, not {number}"
        raise ValueError(message)
    return number


def _double(value: Real) -> float:
    try:
        return float(value)
    except OverflowError:
        message = "must be a number that a double holds, not one this large"
        raise ValueError(message) from None


def _is_bool(value: object) -> bool:
    # NumPy's bool is a scalar of its own, neither a bool nor a number; NumPy may not be installed.
    kind = type(value)
    return isinstance(value, bool) or (kind.__module__ == "numpy" and kind.__name__ in _NUMPY_BOOLS)


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        message = "is an integer of too many digits; give it as text"
        raise ValueError(message) from None


def _wrong(wanted: str, value: object) -> str:
    return f"must be {wanted}, not {type(value).__name__}"
