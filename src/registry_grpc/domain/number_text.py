"""Texts that are numbers: those that filters compare as numbers, exactly."""

import re
from decimal import Decimal

MOST_CHARACTERS = 4_096
NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?0*[0-9]{1,4})?"
"""The syntax of a number in JSON, with an exponent from -9999 to 9999: for any engine."""
_NUMBER = re.compile(NUMBER)


def number_of(text: str) -> Decimal | None:
    """Return the exact value of a text that is a number, else None.

    A number has the syntax of JSON, at most 4,096 characters, and an exponent from -9999 to 9999:
    not ` 5`, `+5`, `007`, `0x10`, `1e99999` or `nan`.
    """
    if len(text) > MOST_CHARACTERS or _NUMBER.fullmatch(text) is None:
        return None
    return Decimal(text)


def number_order(text: str | None, number: Decimal) -> int | None:
    """Return -1, 0 or 1 when a text is a number below, equal to or above `number`, else None."""
    value = None if text is None else number_of(text)
    return None if value is None else (value > number) - (value < number)
