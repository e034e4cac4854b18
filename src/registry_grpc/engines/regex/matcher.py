"""Regular expressions with matching time linear in the text.

A pattern is compiled to an NFA (Thompson 1968). A search follows all of its states at once and
caches each set of them as a state of a DFA, so there is no backtracking. The work of
compiling and searching is counted.
"""

from collections.abc import Iterable

from registry_grpc.domain.work import Work
from registry_grpc.engines.regex.syntax import Chars, Choice, Edge, Node, Repeat, Sequence, parse

MAX_STATES = 1_000
# Total NFA states in all cached DFA states of a pattern: about 2 MB.
_MOST_CACHED = 20_000
_UNITS_OF_A_STATE = 2.0
_UNITS_OF_A_SEARCH = 1.0
_CHARACTERS_PER_UNIT = 12
_UNITS_PER_CHARACTER_OF_A_PATTERN = 3.0

_NfaStates = frozenset[int]


class _DfaState:
    """A set of NFA states. accepting: whether the pattern has matched. next: by character.

    accepting_at_end: whether it has at the end of a text; None until that is computed.
    """

    __slots__ = ("accepting", "accepting_at_end", "next", "nfa_states")

    def __init__(self, nfa_states: _NfaStates, *, accepting: bool) -> None:
        self.nfa_states = nfa_states
        self.accepting = accepting
        self.accepting_at_end: bool | None = None
        self.next: dict[str, _DfaState] = {}


class Regex:
    """A compiled regular expression. Safe to share among threads."""

    def __init__(self, text: str, work: Work | None = None) -> None:
        """Raise ValueError for a pattern outside of the subset, or with too many states."""
        work = work or Work(None)
        work.take(_UNITS_PER_CHARACTER_OF_A_PATTERN * len(text))
        nfa = _Nfa(work)
        nfa.add(parse(text))
        self._chars = nfa.chars
        self._epsilons = nfa.epsilons
        self._accepted = len(nfa.epsilons)
        self._start = self._dfa_state(self._closure([0], start=True))
        self._restart = self._closure([0])
        self._cache: dict[_NfaStates, _DfaState] = {}
        self._cached = 0

    def search(self, text: str, work: Work | None = None) -> bool:
        """Return whether it matches a part of `text`."""
        work = work or Work(None)
        work.take(_UNITS_OF_A_SEARCH + len(text) / _CHARACTERS_PER_UNIT)
        state = self._start
        for char in text:
            if state.accepting:
                return True
            state = state.next.get(char) or self._step(state, char, work)
        if state.accepting:
            return True
        if not text:
            return self._accepts_at_end(state, work, start=True)
        if state.accepting_at_end is None:
            state.accepting_at_end = self._accepts_at_end(state, work)
        return state.accepting_at_end

    def _accepts_at_end(self, state: _DfaState, work: Work, *, start: bool = False) -> bool:
        work.take(_UNITS_OF_A_STATE * len(state.nfa_states))
        return self._accepted in self._closure(state.nfa_states, start=start, end=True)

    def _step(self, state: _DfaState, char: str, work: Work) -> _DfaState:
        before = state.nfa_states
        work.take(_UNITS_OF_A_STATE * len(before))
        moved = [at + 1 for at in before if at in self._chars and char in self._chars[at]]
        reached = self._closure(moved) | self._restart
        work.take(_UNITS_OF_A_STATE * len(reached))
        self._cached += len(reached)
        if self._cached > _MOST_CACHED:
            # The start state refers to all others; a running search keeps its own until its end.
            self._cache = {}
            self._start.next = {}
            self._cached = len(reached)
        found = self._cache.get(reached)
        if found is None:
            found = self._cache[reached] = self._dfa_state(reached)
        state.next[char] = found
        return found

    def _dfa_state(self, nfa_states: _NfaStates) -> _DfaState:
        return _DfaState(nfa_states, accepting=self._accepted in nfa_states)

    def _closure(
        self, states: Iterable[int], *, start: bool = False, end: bool = False
    ) -> _NfaStates:
        """Return all states that are reachable from these without a character."""
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            at = waiting.pop()
            if at in reached:
                continue
            reached.add(at)
            if at == self._accepted:
                continue
            epsilon = self._epsilons[at]
            if isinstance(epsilon, Edge):
                if start if epsilon.start else end:
                    waiting.append(at + 1)
            else:
                waiting.extend(epsilon)
        return frozenset(reached)


class _Nfa:
    """epsilons: for each state its transitions without a character, or the edge it requires.

    chars: the characters of the states that consume one; each leads to the next state.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self.epsilons: list[tuple[int, ...] | Edge] = []
        self.chars: dict[int, Chars] = {}
        self._nodes = 0

    def add(self, node: Node) -> None:
        # Counted apart from the states: an empty node has none, however often it is repeated.
        self._nodes += 1
        self._work.take(_UNITS_OF_A_STATE)
        if self._nodes > 2 * MAX_STATES or len(self.epsilons) >= MAX_STATES:
            message = f"the pattern has more than {MAX_STATES:,} states"
            raise ValueError(message)
        match node:
            case Chars():
                self.chars[len(self.epsilons)] = node
                self.epsilons.append(())
            case Edge():
                self.epsilons.append(node)
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
            fork = self._state()
            self.add(part)
            ends.append(self._state())
            self.epsilons[fork] = (fork + 1, len(self.epsilons))
        self.add(parts[-1])
        for end in ends:
            self.epsilons[end] = (len(self.epsilons),)

    def _add_repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.add(node.part)
        if node.most is None:
            fork = self._state()
            self.add(node.part)
            back = self._state()
            self.epsilons[back] = (fork,)
            self.epsilons[fork] = (fork + 1, len(self.epsilons))
            return
        forks = []
        for _ in range(node.most - node.least):
            forks.append(self._state())
            self.add(node.part)
        for fork in forks:
            self.epsilons[fork] = (fork + 1, len(self.epsilons))

    def _state(self) -> int:
        self.epsilons.append(())
        return len(self.epsilons) - 1
