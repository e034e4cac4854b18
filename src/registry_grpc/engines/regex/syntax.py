"""Parser of regular expressions: the subset of ECMA-262 that JSON Schema recommends.

Texts, `.`, `[…]`, escapes, groups, `|`, `^`, `$` and the quantifiers `* + ? {n,m}`, also lazy ones
(which accept the same texts). Other syntax of ECMA-262 is rejected, never reinterpreted.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NoReturn

MAX_REPEAT = 1_000
_MAX_DEPTH = 50
_LAST = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Chars:
    """One character in (or, negated, outside of) these ranges of code points."""

    ranges: Ranges
    negated: bool = False
    _bounds: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Sorted starts and ends of the ranges: a code after an odd number of them is in a range."""

    def __post_init__(self) -> None:
        """Prepare for searches: a class may have thousands of ranges."""
        bounds: list[int] = []
        for low, high in sorted(self.ranges):
            if bounds and low <= bounds[-1]:
                bounds[-1] = max(bounds[-1], high + 1)
            else:
                bounds += (low, high + 1)
        object.__setattr__(self, "_bounds", tuple(bounds))

    def __contains__(self, char: object) -> bool:
        """Return whether this character matches."""
        inside = bisect_right(self._bounds, ord(str(char))) % 2 == 1
        return inside != self.negated


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts in sequence."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Repetition; most is None for no maximum."""

    part: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """The start of the text, or its end."""

    start: bool


Node = Chars | Sequence | Choice | Repeat | Edge

_DIGIT: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE: Ranges = ((0x09, 0x0D), (0x20, 0x20))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D}
_HEX = {"x": 2, "u": 4}
_ANY = Chars(((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)), negated=True)
_SPECIAL = frozenset("^$\\.*+?()[]{}|")
_ESCAPABLE = _SPECIAL | frozenset("/-")
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def parse(text: str) -> Node:
    """Return the syntax tree of a pattern; raise ValueError with a readable sentence."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def parse(self) -> Node:
        node = self._choice()
        if self._at < len(self._text):
            self._refuse("unmatched )")
        return node

    def _choice(self) -> Node:
        parts = [self._sequence()]
        while self._skip("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in {"", "|", ")"}:
            parts.append(self._repeated())
        return Sequence(tuple(parts))

    def _repeated(self) -> Node:
        atom = self._atom()
        limits = self._quantifier()
        if limits is None:
            return atom
        if isinstance(atom, Edge):
            self._refuse("^ and $ cannot be repeated")
        self._skip("?")
        return Repeat(atom, *limits)

    def _atom(self) -> Node:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            return _ANY
        if char in {"^", "$"}:
            return Edge(start=char == "^")
        if char == "\\":
            return self._escape()
        if char in _SPECIAL:
            self._refuse(f"{char} must be escaped")
        return _one(ord(char))

    def _group(self) -> Node:
        if self._skip("?") and not self._skip(":"):
            self._refuse("of groups with (? only (?: is supported")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._refuse(f"more than {_MAX_DEPTH} groups in each other")
        node = self._choice()
        if not self._skip(")"):
            self._refuse("a group is not closed")
        self._depth -= 1
        return node

    def _quantifier(self) -> tuple[int, int | None] | None:
        char = self._peek()
        if char in _QUANTIFIERS:
            self._take()
            return _QUANTIFIERS[char]
        if not self._skip("{"):
            return None
        least = self._number()
        most: int | None = least
        if self._skip(","):
            most = None if self._peek() == "}" else self._number()
        if not self._skip("}"):
            self._refuse("a quantifier looks like {2}, {2,} or {2,5}")
        if most is not None and most < least:
            self._refuse("a quantifier's second number is smaller than its first")
        return least, most

    def _number(self) -> int:
        digits = ""
        while (char := self._peek()).isascii() and char.isdigit():
            digits += self._take()
        if not digits or len(digits) > len(str(MAX_REPEAT)) or int(digits) > MAX_REPEAT:
            self._refuse(f"a quantifier's number is 0 to {MAX_REPEAT:,}")
        return int(digits)

    def _escape(self) -> Chars:
        char = self._take()
        if char.lower() in _CLASSES:
            return Chars(_CLASSES[char.lower()], negated=char.isupper())
        return _one(self._code(char))

    def _code(self, char: str) -> int:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in _HEX:
            digits = "".join(self._take() for _ in range(_HEX[char]))
            if not all(digit in "0123456789abcdefABCDEF" for digit in digits):
                self._refuse(f"\\{char} needs {_HEX[char]} hexadecimal digits")
            return int(digits, 16)
        if char not in _ESCAPABLE:
            self._refuse(f"\\{char} is not supported")
        return ord(char)

    def _class(self) -> Chars:
        negated = self._skip("^")
        ranges: list[tuple[int, int]] = []
        while not self._skip("]"):
            low = self._member()
            if isinstance(low, int) and self._peek() == "-" and self._peek(1) != "]":
                self._take()
                high = self._member()
                if not isinstance(high, int) or high < low:
                    self._refuse("a range goes from a lower to a higher character")
                ranges.append((low, high))
            else:
                ranges.extend([(low, low)] if isinstance(low, int) else low)
        return Chars(tuple(ranges), negated=negated)

    def _member(self) -> int | Ranges:
        char = self._take()
        if char != "\\":
            return ord(char)
        char = self._take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char.lower() in _CLASSES:
            return _outside(_CLASSES[char.lower()])
        return self._code(char)

    def _peek(self, ahead: int = 0) -> str:
        return self._text[self._at + ahead : self._at + ahead + 1]

    def _take(self) -> str:
        char = self._peek()
        if not char:
            self._refuse("it ends too early")
        self._at += 1
        return char

    def _skip(self, char: str) -> bool:
        if self._peek() != char:
            return False
        self._at += 1
        return True

    def _refuse(self, problem: str) -> NoReturn:
        message = f"{problem} (at {self._at} of the pattern {self._text[:80]!r})"
        raise ValueError(message)


def _one(code: int) -> Chars:
    return Chars(((code, code),))


def _outside(ranges: Ranges) -> Ranges:
    starts = [0, *(high + 1 for _, high in ranges)]
    ends = [*(low - 1 for low, _ in ranges), _LAST]
    return tuple((low, high) for low, high in zip(starts, ends, strict=True) if low <= high)
