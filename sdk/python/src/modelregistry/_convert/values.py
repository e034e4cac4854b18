"""The Python values that texts and numbers of a record may be given as.

`sdk/conformance/values.json` has the cases. Each function raises TypeError or ValueError with a
sentence about the value.
"""

import math
from numbers import Integral, Real


def text_of(value: object) -> str:
    """Return the text of a parameter, tag or label: texts as they are, others as in JSON.

    So True is `true`, 0.1 is `0.1` and 1e-05 is `1e-05`. Accepts the scalars of NumPy too.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Integral):
        return str(int(value))  # raises ValueError for thousands of digits
    if isinstance(value, Real):
        return repr(_finite(value))
    raise TypeError(_wrong("a text, a bool or a number", value))


def number_of(value: object) -> float:
    """Return a metric: a finite number that a double holds; an integer is held exactly."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(_wrong("a number", value))
    number = _finite(value)
    if isinstance(value, Integral) and int(number) != int(value):
        message = "is an integer that a double does not hold exactly; give a float"
        raise ValueError(message)
    return number


def _finite(value: Real) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        message = f"must be a finite number that a double holds, not {_shown(value)}"
        raise ValueError(message)
    return number


def _shown(value: object) -> str:
    return str(value) if isinstance(value, float) else "one this large"


def _wrong(wanted: str, value: object) -> str:
    return f"must be {wanted}, not {type(value).__name__}"
