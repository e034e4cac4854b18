"""Regular expressions whose matching takes time in proportion to the text, whatever they are.

All ways to match are followed at once, as a set of places in a program (Thompson 1968), so there is
no going back and no text that takes for ever. What follows a set on a character is remembered. What
compiling and searching take is counted as work.
"""

from collections.abc import Iterable

from registry_grpc.domain.work import Work
from registry_grpc.engines.regex.syntax import Chars, Choice, Edge, Node, Repeat, Sequence, parse

MAX_STATES = 1_000
# Of all sets that are remembered, together: some 2 MB.
_MOST_REMEMBERED = 20_000
_UNITS_OF_A_PLACE = 2.0
_UNITS_OF_A_SEARCH = 1.0
_CHARACTERS_PER_UNIT = 12
_UNITS_PER_CHARACTER_OF_A_PATTERN = 3.0

_State = frozenset[int]


class _Set:
    """A set of places. accepting: whether the pattern has matched. following: by characters.

    ending: whether it has at the end of a text; None when that was not asked yet.
    """

    __slots__ = ("accepting", "ending", "following", "places")

    def __init__(self, places: _State, *, accepting: bool) -> None:
        self.places = places
        self.accepting = accepting
        self.ending: bool | None = None
        self.following: dict[str, _Set] = {}


class Regex:
    """A compiled regular expression. Safe to share among threads."""

    def __init__(self, text: str, work: Work | None = None) -> None:
        """Raise ValueError for what is not in the subset, or has too many states."""
        work = work or Work(None)
        work.take(_UNITS_PER_CHARACTER_OF_A_PATTERN * len(text))
        program = _Program(work)
        program.add(parse(text))
        self._chars = program.chars
        self._ways = program.ways
        self._accepted = len(program.ways)
        self._first = self._set(self._closure([0], start=True))
        self._again = self._closure([0])
        self._known: dict[_State, _Set] = {}
        self._remembered = 0

    def search(self, text: str, work: Work | None = None) -> bool:
        """Whether it matches some part of `text`."""
        work = work or Work(None)
        work.take(_UNITS_OF_A_SEARCH + len(text) / _CHARACTERS_PER_UNIT)
        state = self._first
        for char in text:
            if state.accepting:
                return True
            state = state.following.get(char) or self._next(state, char, work)
        if state.accepting:
            return True
        if not text:
            return self._ends(state, work, start=True)
        if state.ending is None:
            state.ending = self._ends(state, work)
        return state.ending

    def _ends(self, state: _Set, work: Work, *, start: bool = False) -> bool:
        work.take(_UNITS_OF_A_PLACE * len(state.places))
        return self._accepted in self._closure(state.places, start=start, end=True)

    def _next(self, state: _Set, char: str, work: Work) -> _Set:
        places = state.places
        work.take(_UNITS_OF_A_PLACE * len(places))
        moved = [at + 1 for at in places if at in self._chars and char in self._chars[at]]
        reached = self._closure(moved) | self._again
        work.take(_UNITS_OF_A_PLACE * len(reached))
        self._remembered += len(reached)
        if self._remembered > _MOST_REMEMBERED:
            # All are found from the first: those that a search is at are let go of with it.
            self._known = {}
            self._first.following = {}
            self._remembered = len(reached)
        found = self._known.get(reached)
        if found is None:
            found = self._known[reached] = self._set(reached)
        state.following[char] = found
        return found

    def _set(self, places: _State) -> _Set:
        return _Set(places, accepting=self._accepted in places)

    def _closure(self, places: Iterable[int], *, start: bool = False, end: bool = False) -> _State:
        """Return all places that are reached from these without a character."""
        reached: set[int] = set()
        waiting = list(places)
        while waiting:
            at = waiting.pop()
            if at in reached:
                continue
            reached.add(at)
            if at == self._accepted:
                continue
            way = self._ways[at]
            if isinstance(way, Edge):
                if start if way.start else end:
                    waiting.append(at + 1)
            else:
                waiting.extend(way)
        return frozenset(reached)


class _Program:
    """ways: for each place, where it leads without a character, or the edge it waits for.

    chars: the places that take a character, and which.
    """

    def __init__(self, work: Work) -> None:
        self._budget = work
        self.ways: list[tuple[int, ...] | Edge] = []
        self.chars: dict[int, Chars] = {}
        self._nodes = 0

    def add(self, node: Node) -> None:
        # Counted apart from the places: what is empty has none, however often it is repeated.
        self._nodes += 1
        self._budget.take(_UNITS_OF_A_PLACE)
        if self._nodes > 2 * MAX_STATES or len(self.ways) >= MAX_STATES:
            message = f"the pattern has more than {MAX_STATES:,} states"
            raise ValueError(message)
        match node:
            case Chars():
                self.chars[len(self.ways)] = node
                self.ways.append(())
            case Edge():
                self.ways.append(node)
            case Sequence(parts):
                for part in parts:
                    self.add(part)
            case Choice(parts):
                self._add_choice(parts)
            case Repeat():
                self._add_repeat(node)

    def _add_choice(self, parts: tuple[Node, ...]) -> None:
        ends = []
        for part in parts[:-1]:
            fork = self._place()
            self.add(part)
            ends.append(self._place())
            self.ways[fork] = (fork + 1, len(self.ways))
        self.add(parts[-1])
        for end in ends:
            self.ways[end] = (len(self.ways),)

    def _add_repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.add(node.part)
        if node.most is None:
            fork = self._place()
            self.add(node.part)
            back = self._place()
            self.ways[back] = (fork,)
            self.ways[fork] = (fork + 1, len(self.ways))
            return
        forks = []
        for _ in range(node.most - node.least):
            forks.append(self._place())
            self.add(node.part)
        for fork in forks:
            self.ways[fork] = (fork + 1, len(self.ways))

    def _place(self) -> int:
        self.ways.append(())
        return len(self.ways) - 1
