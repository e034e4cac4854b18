"""Decimal arithmetic on metrics: 0.8 - 0.1 is exactly 0.7, so that ties are exact."""

import math
from decimal import Context, Decimal

from registry_grpc.domain.violations import Violations

# From the first digit of 1e308 to the last one of 5e-324: no sum of two floats is rounded.
_EXACT = Context(prec=700)


def exact(number: float) -> Decimal:
    """Return the shortest decimal that parses to this number."""
    return Decimal(repr(float(number)))


def less(number: float, other: float) -> Decimal:
    """Return `number` - `other`, of finite numbers."""
    return _EXACT.subtract(exact(number), exact(other))


def more(number: float, other: float) -> Decimal:
    """Return `number` + `other`, of finite numbers."""
    return _EXACT.add(exact(number), exact(other))


def times(number: float, other: float) -> Decimal:
    """Return `number` x `other`, of finite numbers."""
    return _EXACT.multiply(exact(number), exact(other))


def at_least(limit: Decimal) -> float:
    """Return the smallest float whose decimal is at or above the limit: 0.7 for 0.7."""
    nearest = float(limit)
    return nearest if exact(nearest) >= limit else math.nextafter(nearest, math.inf)


def at_most(limit: Decimal) -> float:
    """Return the largest float whose decimal is at or below the limit."""
    nearest = float(limit)
    return nearest if exact(nearest) <= limit else math.nextafter(nearest, -math.inf)


def number_text(number: float) -> str:
    """Return a number as text, short if that is exact."""
    short = f"{number:.6g}"
    return short if float(short) == number else repr(number)


def check_limit(found: Violations, path: str, number: float | None, *, least: float) -> None:
    """Add a violation for a limit that is not finite or below `least`."""
    if number is None:
        return
    if not math.isfinite(number):
        found.add(path, f"must be a finite number, not {number}")
    elif number < least:
        found.add(path, f"must be at least {number_text(least)}")
