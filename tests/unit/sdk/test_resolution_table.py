"""The rules by which answers stay right, against a registry that is two dictionaries."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from modelregistry import Version, errors
from modelregistry._watching.resolution import Answer, Resolution, differ
from modelregistry._watching.resolution_table import Lookup, ResolutionTable
from modelregistry._watching.watch_position import MAX_MODELS, WatchPlan
from tests.support.faults.amount import examples

REFS = {f"{model}@{alias}": model for model in ("a", "b") for alias in ("x", "y")}
SILENCE = 1000


def name(model: str) -> str:
    return f"namespaces/default/models/{model}"


def answer(number: int) -> Answer:
    if not number:
        return errors.AliasNotFound("none")
    return Version(name=f"v{number}", uid=str(number))


def number_of(entry: Resolution) -> int:
    return int(entry.version.uid) if entry.version else 0


@dataclass
class Registry:
    """The present and the previous state, and the time of the change."""

    values: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REFS, 0))
    states: list[dict[str, int]] = field(default_factory=lambda: [dict.fromkeys(REFS, 0)])
    log: list[str] = field(default_factory=list)

    @property
    def revision(self) -> int:
        return len(self.log)

    def change(self, model: str, moves: dict[str, int]) -> None:
        self.values = self.values | moves
        self.log.append(model)
        self.states.append(self.values)

    def restore(self, revision: int) -> None:
        del self.log[revision:], self.states[revision + 1 :]
        self.values = self.states[-1]


@dataclass
class Connection:
    """The messages that the registry has not sent yet."""

    plan: WatchPlan
    sent: int
    greeted: bool = False
    dead: bool = False


class Life(RuleBasedStateMachine):
    """Everything that can happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.registry = Registry()
        self.table = ResolutionTable(SILENCE)
        self.entries: dict[str, Resolution] = {}
        self.connection: Connection | None = None
        self.asked: tuple[Lookup, dict[str, int], int] | None = None
        self.truths: dict[str, list[tuple[float, int]]] = {ref: [(0, 0)] for ref in REFS}
        self.numbers = 0

    # --- The registry --------------------------------------------------------------------

    @rule(ref=st.sampled_from(list(REFS)), gone=st.booleans())
    def move(self, ref: str, *, gone: bool) -> None:
        self.numbers += 1
        self.registry.change(name(REFS[ref]), {ref: 0 if gone else self.numbers})

    @rule()
    def change_another(self) -> None:
        self.registry.change(name("another"), {})

    @rule(back=st.integers(0, 5))
    def restore(self, back: int) -> None:
        self.registry.restore(max(0, self.registry.revision - back))
        if self.connection:
            self.connection.dead = True

    # --- The client ----------------------------------------------------------------------

    @rule(ref=st.sampled_from(list(REFS)))
    def join(self, ref: str) -> None:
        if ref not in self.entries:
            self.entries[ref] = self.table.subscribe(ref, name(REFS[ref]))

    @rule(ref=st.sampled_from(list(REFS)))
    def leave(self, ref: str) -> None:
        if ref in self.entries:
            self.table.unsubscribe(self.entries.pop(ref))

    @rule()
    def connect(self) -> None:
        """Take up the watch, or extend it."""
        if not self.table.models:
            return
        if self.connection:
            if self.connection.dead:
                self.lose()
            elif not self.table.is_outdated(self.connection.plan):
                return
        plan = self.table.position.next_plan(self.table.models)
        newest = self.registry.revision
        if plan.start_revision > newest + 1:
            self.table.reset()
            self.connection = None
            return
        self.connection = Connection(plan, (plan.start_revision or newest + 1) - 1)

    @precondition(lambda self: self.connection)
    @rule()
    def hear(self) -> None:
        """Get one message: a greeting, a change, or a bookmark."""
        connection = self.connection
        assert connection
        if connection.dead:
            self.lose()
            return
        models = []
        if not connection.greeted:
            connection.greeted = True
        elif connection.sent < self.registry.revision:
            connection.sent += 1
            models = [self.registry.log[connection.sent - 1]]
        covered = [model for model in models if model in connection.plan.models]
        self.table.apply_message(connection.plan, connection.sent, covered, self.now)

    @precondition(lambda self: self.connection)
    @rule()
    def lose(self) -> None:
        self.table.disconnect()
        self.connection = None

    @precondition(lambda self: not self.asked)
    @rule()
    def ask(self) -> None:
        lookup = self.table.next_lookup(self.now)
        if lookup:
            if lookup.min_revision > self.registry.revision:
                self.table.reset()
                self.connection = None
                return
            self.asked = lookup, self.registry.values, self.registry.revision

    @precondition(lambda self: self.asked)
    @rule(late=st.booleans())
    def be_answered(self, *, late: bool) -> None:
        """Get the answer: what was so when it was asked, or is so now."""
        assert self.asked
        (lookup, values, revision), self.asked = self.asked, None
        if late and lookup.min_revision <= self.registry.revision:
            values, revision = self.registry.values, self.registry.revision
        answers = [answer(values[entry.ref]) for entry in lookup.resolutions]
        before = {entry.ref: entry.version for entry in lookup.resolutions}
        changed = self.table.apply_answers(lookup, answers, revision)
        for entry in lookup.resolutions:
            assert (entry in changed) == differ(before[entry.ref], entry.version)

    @rule(seconds=st.integers(1, 5))
    def wait(self, seconds: int) -> None:
        """Let time pass; what a registry that is there has to tell takes none to come."""
        while self.connection and not self.connection.dead:
            if self.connection.greeted and self.connection.sent >= self.registry.revision:
                break
            self.hear()
        self.now += seconds

    # --- What must hold ------------------------------------------------------------------

    @invariant()
    def an_answer_is_never_said_to_be_younger_than_it_is(self) -> None:
        for ref, truths in self.truths.items():
            if truths[-1][1] != self.registry.values[ref]:
                truths.append((self.now, self.registry.values[ref]))
        for ref, entry in self.entries.items():
            if entry.answer is not None:
                wrong_since = self.end_of(ref, number_of(entry))
                assert self.table.position.age(entry, self.now) >= self.now - wrong_since

    def end_of(self, ref: str, number: int) -> float:
        """When the reference last named this; now, if it still does."""
        truths = self.truths[ref]
        ends = [moment for moment, _ in truths[1:]] + [self.now]
        return max(end for end, (_, named) in zip(ends, truths, strict=True) if named == number)

    @invariant()
    def what_is_not_stale_is_right_once_everything_was_told(self) -> None:
        greeted = self.connection and not self.connection.dead and self.connection.greeted
        if not greeted or self.connection.sent < self.registry.revision:  # type: ignore[union-attr]
            return
        for ref, entry in self.entries.items():
            if not self.table.position.is_stale(entry, self.now):
                assert number_of(entry) == self.registry.values[ref]

    @override
    def teardown(self) -> None:
        """Once the registry is idle, everything becomes right and stays so."""
        for _ in range(8):
            for _ in range(2):
                if not self.asked:
                    self.ask()
                if self.asked:
                    self.be_answered(late=False)
            self.connect()
            for _ in range(self.registry.revision + 2):
                if self.connection:
                    self.hear()
        for ref, entry in self.entries.items():
            assert number_of(entry) == self.registry.values[ref]
            assert not self.table.position.is_stale(entry, self.now)
            assert self.table.position.age(entry, self.now) == 0


Life.TestCase.settings = settings(max_examples=examples(100), stateful_step_count=40)
TestLife = Life.TestCase


@pytest.fixture
def table() -> ResolutionTable:
    return ResolutionTable(30)


def settled(
    table: ResolutionTable, ref: str = "a@x", revision: int = 5, now: float = 0
) -> Resolution:
    entry = table.subscribe(ref, name(ref[0]))
    look_up(table, revision, now)
    plan = table.position.next_plan(table.models)
    table.apply_message(plan, revision, [], now)
    look_up(table, revision, now)
    table.apply_message(plan, revision, [], now)
    return entry


def look_up(table: ResolutionTable, revision: int, now: float) -> None:
    lookup = table.next_lookup(now)
    assert lookup is not None
    table.apply_answers(lookup, [answer(7)] * len(lookup.resolutions), revision)


def test_an_answer_is_as_old_as_the_last_word_of_the_registry(table: ResolutionTable) -> None:
    entry = settled(table, now=100)
    assert table.position.age(entry, 104) == 4
    live = table.position.active_plan
    assert live is not None
    table.apply_message(live, 6, [], 110)
    assert table.position.age(entry, 111) == 1
    assert not table.position.is_stale(entry, 111)


def test_an_answer_that_changed_is_stale_until_the_new_one_is_there(table: ResolutionTable) -> None:
    entry = settled(table, now=100)
    live = table.position.active_plan
    assert live is not None
    table.apply_message(live, 8, [name("a")], 110)
    assert table.position.is_stale(entry, 110)
    assert table.position.age(entry, 110) == 10
    lookup = table.next_lookup(110)
    assert lookup is not None
    assert lookup.min_revision == 8
    assert table.apply_answers(lookup, [answer(8)], 8) == [entry]
    assert not table.position.is_stale(entry, 110)
    assert table.next_lookup(110) is None


def test_changes_while_a_lookup_runs_cost_one_more_and_those_it_saw_none(
    table: ResolutionTable,
) -> None:
    entry = settled(table)
    live = table.position.active_plan
    assert live is not None
    table.apply_message(live, 6, [name("a")], 1)
    lookup = table.next_lookup(1)
    assert lookup is not None
    for revision in (7, 8, 9):
        table.apply_message(live, revision, [name("a")], 2)
    table.apply_answers(lookup, [answer(8)], 8)
    again = table.next_lookup(3)
    assert again is not None
    assert again.min_revision == 9
    table.apply_answers(again, [answer(9)], 20)
    table.apply_message(live, 15, [name("a")], 4)
    assert table.next_lookup(5) is None
    assert entry.revision == 20


def test_a_silent_watch_makes_everything_stale_before_anybody_notices(
    table: ResolutionTable,
) -> None:
    entry = settled(table, now=100)
    assert not table.position.is_stale(entry, 130)
    assert table.position.is_stale(entry, 131)


def test_an_answer_of_an_earlier_run_has_its_true_age_and_is_stale(table: ResolutionTable) -> None:
    entry = table.subscribe("a@x", name("a"))
    table.restore(entry, answer(7), -3600)
    assert table.position.age(entry, 0) == 3600
    assert table.position.is_stale(entry, 0)
    assert table.models == {name("a")}
    lookup = table.next_lookup(0)
    assert lookup is not None
    assert table.apply_answers(lookup, [answer(7)], 3) == []


def test_a_refusal_reaches_who_waits_and_is_not_asked_for_again(table: ResolutionTable) -> None:
    known, waiting = settled(table), table.subscribe("b@x", name("b"))
    lookup = table.next_lookup(0)
    assert lookup is not None
    assert lookup.resolutions == [waiting]
    table.apply_refusal(lookup, errors.TokenInvalid("no"))
    assert isinstance(waiting.refusal, errors.TokenInvalid)
    assert table.next_lookup(0) is None
    assert known.version is not None
    assert table.models == {name("a")}


def test_an_item_that_is_refused_is_no_answer_and_one_that_cannot_be_told_is_due(
    table: ResolutionTable,
) -> None:
    wrong, later, none = (table.subscribe(ref, name("a")) for ref in ("a", "a@x", "a@y"))
    lookup = table.next_lookup(0)
    assert lookup is not None
    found = [errors.InvalidRequest("?"), errors.DatabaseUnavailable("later"), answer(0)]
    table.apply_answers(lookup, found, 4)
    assert isinstance(wrong.refusal, errors.InvalidRequest)
    assert isinstance(none.answer, errors.AliasNotFound)
    assert none.version is None
    again = table.next_lookup(0)
    assert again is not None
    assert again.resolutions == [later]


def test_the_watch_of_a_few_names_them_and_of_very_many_names_none() -> None:
    few = WatchPlan(frozenset({name("a"), "namespaces/risk/models/b"}), 0, 0)
    assert few.parent == "namespaces/-"
    assert few.listed_models == (name("a"), "namespaces/risk/models/b")
    many = WatchPlan(frozenset(name(f"m{number}") for number in range(MAX_MODELS + 1)), 0, 0)
    assert (many.parent, many.listed_models) == ("namespaces/default", ())


def test_a_watch_that_began_before_the_registry_went_back_is_not_listened_to(
    table: ResolutionTable,
) -> None:
    settled(table)
    plan = table.position.active_plan
    assert plan is not None
    lookup = Lookup(table.resolutions, 0, table.position.generation, table.position.connection, 0)
    table.reset()
    assert table.is_outdated(plan)
    table.apply_message(plan, 99, [name("a")], 1)
    assert table.position.next_plan(table.models).start_revision == 0
    assert table.apply_answers(lookup, [answer(99)], 99) == []


def test_two_users_of_a_reference_share_it_until_both_have_left(table: ResolutionTable) -> None:
    first = settled(table)
    assert table.subscribe("a@x", name("a")) is first
    table.unsubscribe(first)
    assert table.models == {name("a")}
    table.unsubscribe(first)
    assert table.models == frozenset()
    assert table.resolutions == []


FIRST, SECOND = "5c0ffee15bad51de", "0123456789abcdef"


def in_history(table: ResolutionTable, history: str) -> Lookup:
    """Have an answer of revision 9 of a history; return what was asked."""
    table.subscribe("a@x", name("a"))
    lookup = table.next_lookup(0)
    assert lookup is not None
    table.apply_answers(lookup, [answer(1)], 9, history)
    return lookup


def test_a_history_is_asked_for_with_its_revisions() -> None:
    table = ResolutionTable(30)
    in_history(table, FIRST)
    plan = table.position.next_plan(table.models)
    assert (plan.start_revision, plan.history) == (0, FIRST)
    table.apply_message(plan, 9, [], 1, FIRST)
    assert table.position.next_plan(table.models).history == FIRST


@pytest.mark.parametrize("how", ["watch", "lookup"])
def test_with_another_history_everything_is_read_again_and_served_meanwhile(how: str) -> None:
    table = ResolutionTable(30)
    lookup = in_history(table, FIRST)
    plan = table.position.next_plan(table.models)
    table.apply_message(plan, 12, [], 1, FIRST)
    before = table.resolutions[0].answer
    if how == "watch":
        table.apply_message(plan, 13, [], 2, SECOND)
    else:
        assert table.apply_answers(lookup, [answer(7)], 13, SECOND) == []
    assert table.resolutions[0].answer is before
    assert table.is_outdated(plan)
    again = table.next_lookup(3)
    assert again is not None
    assert (again.min_revision, again.history) == (0, "")
    table.apply_answers(again, [answer(7)], 6, SECOND)
    assert table.position.history == SECOND
    assert table.resolutions[0].answer == answer(7)
