"""An upper bound on the cost of an expression, known before evaluation: CEL cannot be interrupted.

cel-cpp ends an expression after about 10,000 rounds of its macros, whatever a round does. So the
relevant cost is that of operations on large values in each round, such as `slices == slices`, and
on long texts, such as `version.description + version.description`. A selected entry of a large
value, `metrics["auc"]`, is small, and so is the variable of a macro over a list of facts.
Everything else in the body of a macro counts as large as all facts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

Facts = Mapping[str, object]

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z_]\w*)|(?P<sign>[^\s\w])"""
)
_TIMES = re.compile(r"\{(\d*),?(\d*)\}")
_TEXT = '""'
_MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_ROOTS = frozenset({"slices", "metrics", "version", "baseline"})
_COLLECTIONS = ("slices", "metrics", "labels", "tags", "params", "attestations")
_SCALARS = (
    *("name", "number", "creator", "description", "stage", "size_bytes", "file_count"),
    "by_reference",
)
_SLICE_FIELDS = ("dimension", "value", "count", "metric", "result", "low", "high", "level")
_COPYING = frozenset({"map", "filter"})
_COPYING_TEXTS = frozenset({"+", "string", "bytes"})
_MOST_ROUNDS = 10_000
# `map` and `filter` copy their result in each round.
_UNITS_OF_A_COPY = 0.03
_UNITS_OF_AN_ENTRY = 0.25
_UNITS_OF_A_CHARACTER = 0.012
# A pattern is compiled each time, and all its states are followed at once.
_UNITS_OF_A_PATTERN = 30
_UNITS_OF_A_REPEATED_PATTERN = 2_000
_UNITS_OF_A_CHARACTER_OF_A_PATTERN = 40
_UNITS_OF_A_STATE = 0.0175
_MOST_STATES = 10_000


@dataclass(frozen=True, slots=True)
class _Body:
    """The arguments of a macro, up to the parenthesis at `depth`. small: size of its variable."""

    depth: int
    variable: str
    small: bool


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of facts. entries, characters: of everything. longest: its longest text.

    rounds: of a macro over the longest of them. small: the longest text of a slice and the longest
    key. version: of each field the longest text.
    """

    rounds: int
    entries: int
    characters: int
    longest: int
    small: int
    version: dict[str, int]


def expression_units(expression: str, sizes: Sizes) -> float:
    """Return the maximum units of work of an expression over facts of these sizes."""
    # A literal in the expression may be larger than all facts.
    length = len(expression)
    sizes = replace(sizes, entries=sizes.entries + length, longest=max(sizes.longest, length))
    rounds = min(_MOST_ROUNDS, max(sizes.rounds, expression.count(",") + 1))
    tokens = list(_TOKEN.finditer(expression))
    words = [_TEXT if match.lastgroup == "text" else match.group() for match in tokens]
    copies = 1 + sum(word in _COPYING_TEXTS for word in words)
    units = float(length)
    for at, bodies in _in_bodies(words):
        times = rounds if bodies else 1
        # A text may double at each level of nested macros.
        growing = copies * (2 ** len(bodies[1:]) if copies > 1 else 1)
        if words[at] in _COPYING:
            units += rounds * rounds * _UNITS_OF_A_COPY
        if words[at] == "matches":
            literal = words[at + 1 : at + 3] == ["(", _TEXT]
            pattern = tokens[at + 2].group() if literal else None
            text = _text_of(words[:at], bodies, sizes) * growing
            units += times * _pattern_units(pattern, text, sizes.longest * growing)
            continue
        if _is_large(words, at, bodies):
            units += times * sizes.entries * _UNITS_OF_AN_ENTRY
        characters = _characters(words, at, bodies, sizes)
        units += times * characters * growing * _UNITS_OF_A_CHARACTER
    return units


def _pattern_units(pattern: str | None, text: int, longest: int) -> float:
    """Return the cost of one search. pattern: None if it is not constant. text: its length."""
    if pattern is None:
        compiled = longest * _UNITS_OF_A_CHARACTER_OF_A_PATTERN
        return _UNITS_OF_A_REPEATED_PATTERN + compiled + text * _MOST_STATES * _UNITS_OF_A_STATE
    states = len(pattern)
    for numbers in _TIMES.findall(pattern):
        states *= max(1, *(int(number[:9] or 0) for number in numbers))
    states = min(states, _MOST_STATES)
    compiled = _UNITS_OF_A_REPEATED_PATTERN if "{" in pattern else _UNITS_OF_A_PATTERN
    return compiled + text * states * _UNITS_OF_A_STATE


def _text_of(before: Sequence[str], bodies: tuple[_Body, ...], sizes: Sizes) -> int:
    """Return the length of the text whose method is called next."""
    match before[-4:]:
        case ["version", ".", field, "."] if field in _SCALARS:
            return sizes.version.get(field, 0)
        case [name, ".", field, "."] if field in _SLICE_FIELDS and _is_small(name, bodies):
            return sizes.small
        case [_, _, name, "."] if _is_small(name, bodies):
            return sizes.small
        case _:
            return sizes.longest


def _is_small(name: str, bodies: tuple[_Body, ...]) -> bool:
    return next((body.small for body in reversed(bodies) if body.variable == name), False)


def _characters(words: Sequence[str], at: int, bodies: tuple[_Body, ...], sizes: Sizes) -> int:
    """Return the length of the texts that a word may refer to."""
    name, after = words[at], words[at + 1 : at + 5]
    if at and words[at - 1] == ".":
        return 0
    if _is_large(words, at, bodies):
        return sizes.characters
    if any(body.variable == name for body in bodies):
        return sizes.small
    if name == "baseline" and after[:2] == [".", "version"]:
        return sizes.version.get(after[3] if after[2:3] == ["."] and after[3:] else "", 0)
    if name == "version" and after[:1] == ["."] and after[1:]:
        return sizes.version.get(after[1], 0)
    return sizes.small if name in _ROOTS else 0


def _in_bodies(words: list[str]) -> Iterator[tuple[int, tuple[_Body, ...]]]:
    """Yield the position of each word, and the enclosing bodies of macros."""
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
    """Return whether a list or map of facts, with small entries, precedes the dot."""
    before = words[max(0, dot - 3) : dot]
    if not before or before[-1] not in _COLLECTIONS:
        return False
    return before[-2:-1] != ["."] or before[0] in {"version", "baseline"}


def _is_large(words: Sequence[str], at: int, bodies: tuple[_Body, ...]) -> bool:
    if at and words[at - 1] == ".":
        return False  # a field or a function of the preceding value
    if at > 1 and words[at - 1] == "(" and words[at - 2] in _MACROS:
        return False  # the declaration of the variable
    name, after = words[at], words[at + 1 : at + 7]
    if at > 1 and words[at - 2 : at] == ["size", "("] and after[:1] == [")"]:
        return False  # entries are counted, not read
    for body in reversed(bodies):
        if name == body.variable:
            field = after[1:2] if after[:1] == ["."] else []
            return not body.small and not (field and field[0] in _SLICE_FIELDS)
    if name == "baseline":
        # The following words state the value and field, or they are unknown.
        if after[:1] != ["."] or after[1:2] not in (["version"], ["metrics"], ["slices"]):
            return not _is_compared_with_null(after)
        name, after = after[1], after[2:]
    return _is_large_fact(name, after)


def _is_large_fact(name: str, after: Sequence[str]) -> bool:
    if name != "version":
        return name in _ROOTS and not _is_picked(after)
    if after[:1] != ["."] or not after[1:]:
        return True
    return after[1] not in _SCALARS and not _is_picked(after[2:])


def _is_compared_with_null(after: Sequence[str]) -> bool:
    return after[:1] in (["="], ["!"]) and after[1:3] == ["=", "null"]


def _is_picked(after: Sequence[str]) -> bool:
    """Return whether `[…]`, a macro or `size` follows, which access entries."""
    return after[:1] == ["["] or _looks_inside(after)


def _looks_inside(after: Sequence[str]) -> bool:
    return after[:1] == ["."] and after[1:2] != [] and after[1] in _MACROS | {"size"}


def _longest(value: object) -> int:
    if isinstance(value, dict):
        return max(len(value), *map(_longest, value.values()), 0)
    if isinstance(value, list):
        # The entries of a list of facts are small maps.
        return len(value)
    return 0


def sizes_of(facts: Facts) -> Sizes:
    """Measure facts, for `expression_units` of any expression over them."""
    baseline = facts.get("baseline")
    both: list[Facts] = [facts, baseline] if isinstance(baseline, dict) else [facts]
    keys: list[object] = []
    version: dict[str, int] = {}
    for each in both:
        keys += [each.get("slices", ()), list(_keys(each.get("metrics", {})))]
        fields = each.get("version", {})
        for name, value in fields.items() if isinstance(fields, dict) else ():
            version[name] = max(version.get(name, 0), *_texts(value), 0)
            keys += [list(_keys(value)), value if isinstance(value, list) else ""]
    lengths = list(_texts(facts))
    return Sizes(
        rounds=_longest(facts),
        entries=_entries(facts),
        characters=sum(lengths),
        longest=max(*lengths, 0, 0),
        small=max(*(length for key in keys for length in _texts(key)), 0, 0),
        version=version,
    )


def _keys(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value


def _texts(value: object) -> Iterator[int]:
    """Yield the lengths of all texts in a value."""
    if isinstance(value, str):
        yield len(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield len(key)
            yield from _texts(item)
    elif isinstance(value, list):
        # The field names of thousands of slices are not values that an expression can use.
        for item in value:
            if isinstance(item, dict):
                yield from [len(each) for each in item.values() if isinstance(each, str)]
            else:
                yield from _texts(item)


def _entries(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_entries, value.values()))
    if isinstance(value, list):
        return 1 + sum(1 + len(item) if isinstance(item, dict) else 1 for item in value)
    return 1
