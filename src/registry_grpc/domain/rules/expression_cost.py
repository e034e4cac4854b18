"""What evaluating an expression may take, known before it begins: CEL cannot be stopped on its way.

cel-cpp ends an expression after some 10,000 rounds of its macros, whatever a round does. So what
counts is what may be done with a large value in each round, such as `slices == slices`. An entry of
a large value that is picked out, `metrics["auc"]`, is small, and so is the variable of a macro over
a list of facts. Everything else in the body of a macro is taken to be as large as all facts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.rules.check import Facts

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z_]\w*)|(?P<sign>[^\s\w])"""
)
_MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_ROOTS = frozenset({"slices", "metrics", "version", "baseline"})
_COLLECTIONS = ("slices", "metrics", "labels", "tags", "params", "attestations")
_SCALARS = ("name", "number", "creator", "description", "stage", "size_bytes", "file_count")
_SLICE_FIELDS = ("dimension", "value", "count", "metric", "result", "low", "high", "level")
_COPYING = frozenset({"map", "filter"})
_MOST_ROUNDS = 10_000
# `map` and `filter` copy what they have at each round.
_UNITS_OF_A_COPY = 0.03
_UNITS_OF_AN_ENTRY = 0.25
_UNITS_OF_A_PATTERN = 30
_UNITS_OF_A_REPEATED_PATTERN = 2_000


@dataclass(frozen=True, slots=True)
class _Body:
    """The arguments of a macro, until the parenthesis at this depth. small: its variable is."""

    depth: int
    variable: str
    small: bool


def expression_units(expression: str, facts: Facts) -> float:
    """Return how many units of work an expression over these facts may take."""
    entries = _entries(facts) + len(expression)
    rounds = min(_MOST_ROUNDS, max(_longest(facts), expression.count(",") + 1))
    tokens = [match for match in _TOKEN.finditer(expression) if match.lastgroup != "text"]
    words = [match.group() for match in tokens]
    repeated = "{" in expression
    units = float(len(expression))
    for at, bodies in _in_bodies(words):
        times = rounds if bodies else 1
        if words[at] in _COPYING:
            units += rounds * rounds * _UNITS_OF_A_COPY
        if words[at] == "matches":
            each = _UNITS_OF_A_REPEATED_PATTERN if repeated else _UNITS_OF_A_PATTERN
            units += times * each
        elif _is_large(words, at, bodies):
            units += times * entries * _UNITS_OF_AN_ENTRY
    return units


def _in_bodies(words: list[str]) -> Iterator[tuple[int, tuple[_Body, ...]]]:
    """Yield the place of each word, and the bodies of macros that it is in."""
    bodies: tuple[_Body, ...] = ()
    depth = 0
    for at, word in enumerate(words):
        if word in "([{":
            depth += 1
            if at > 1 and words[at - 1] in _MACROS and words[at - 2] == ".":
                variable = words[at + 1] if at + 1 < len(words) else ""
                small = _is_collection(words, at - 2)
                bodies = (*bodies, _Body(depth, variable, small))
        elif word in ")]}":
            depth -= 1
            bodies = tuple(body for body in bodies if body.depth <= depth)
        elif word.isidentifier():
            yield at, bodies


def _is_collection(words: list[str], dot: int) -> bool:
    """Whether what stands before the dot is a list or map of facts, whose entries are small."""
    before = words[max(0, dot - 3) : dot]
    if not before or before[-1] not in _COLLECTIONS:
        return False
    return before[-2:-1] != ["."] or before[0] in {"version", "baseline"}


def _is_large(words: list[str], at: int, bodies: tuple[_Body, ...]) -> bool:
    if at and words[at - 1] == ".":
        return False  # a field or a function of what stands before it
    if at > 1 and words[at - 1] == "(" and words[at - 2] in _MACROS:
        return False  # where the variable is named
    name, after = words[at], words[at + 1 : at + 5]
    for body in reversed(bodies):
        if name == body.variable:
            field = after[1:2] if after[:1] == ["."] else []
            return not body.small and not (field and field[0] in _SLICE_FIELDS)
    if name not in _ROOTS:
        return False
    if name == "version" and after[:1] == ["."] and after[1:2] and after[1] in _SCALARS:
        return False
    return not _is_picked(after)


def _is_picked(after: list[str]) -> bool:
    """Whether `[…]`, a macro or `size` follows, perhaps behind a field: they look at entries."""
    if after[:1] == ["."] and not _looks_inside(after):
        after = after[2:]
    return after[:1] == ["["] or _looks_inside(after)


def _looks_inside(after: list[str]) -> bool:
    return after[:1] == ["."] and after[1:2] != [] and after[1] in _MACROS | {"size"}


def _longest(value: object) -> int:
    if isinstance(value, dict):
        return max(len(value), *map(_longest, value.values()), 0)
    if isinstance(value, list):
        # The entries of a list of facts are small maps.
        return len(value)
    return 0


def _entries(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_entries, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_entries, value))
    return 1
