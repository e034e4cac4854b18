"""Answers kept in memory: never older than what was applied, whatever comes in between."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from registry_grpc.domain.errors import ModelNotFound
from registry_grpc.services.lookup_cache import Answer, LookupCache, Moment
from tests.support.faults.amount import examples
from tests.support.history import at

NAMESPACES = ("namespaces/a", "namespaces/b")
GRAPHS = {f"{namespace}/stageGraph": namespace for namespace in NAMESPACES}
MODELS = ("namespaces/a/models/x", "namespaces/a/models/y", "namespaces/b/models/x")
TOUCHED = (*NAMESPACES, *GRAPHS, *MODELS, *(f"{model}/aliases/best" for model in MODELS))
SOME = st.frozensets(st.sampled_from(TOUCHED), min_size=1, max_size=2)
ROOM = Answer(MODELS[0], b"123").size * 2
SPACIOUS = 100 * ROOM
Question = tuple[str, int]
QUESTIONS = [(model, 0) for model in MODELS]


@dataclass
class Reading:
    """A read on its way. found: the changes that it saw, and of them the last that matters."""

    question: Question
    since: Moment
    tells_revision: bool
    found: tuple[int, int] | None = None


class Interleaved(RuleBasedStateMachine):
    """Reads, changes and their news in any order, against the log as a plain list.

    The answer to a question is the number of the change that last touched its model, its namespace
    or the stages of that; no number is used twice, so that another history has other answers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers = LookupCache[bytes](ROOM)  # until `start`
        self.log: list[tuple[int, frozenset[str]]] = []
        self.numbers = 0
        self.applied = 0
        self.readings: list[Reading] = []
        self.gone_back = False

    @initialize(most_touched=st.sampled_from([1, 2, 100]))
    def start(self, most_touched: int) -> None:
        self.answers = LookupCache[bytes](ROOM, most_touched)

    def truth(self, question: Question, revision: int) -> int:
        """The answer of the database at a revision."""
        model, _ = question
        about = (model, model.partition("/models/")[0])
        touching = [
            number
            for number, names in self.log[:revision]
            if any(
                GRAPHS.get(name, name) in about or name.startswith(f"{model}/") for name in names
            )
        ]
        return touching[-1] if touching else 0

    @rule(
        names=st.frozensets(st.sampled_from(TOUCHED), min_size=1, max_size=2), heard=st.booleans()
    )
    def change(self, names: frozenset[str], heard: bool) -> None:
        """Commit a change. A restored log may not exceed the applied revision undetected."""
        if not self.gone_back or len(self.log) + 1 < self.applied:
            self.numbers += 1
            self.log.append((self.numbers, names))
            if heard and not self.gone_back:
                self.hear()

    @precondition(lambda self: not self.gone_back)
    @rule()
    def hear(self) -> None:
        """All news arrives."""
        while self.applied < len(self.log):
            _, names = self.log[self.applied]
            self.applied += 1
            self.answers.apply(self.applied, names)

    @rule(question=st.sampled_from(QUESTIONS), tells_revision=st.booleans(), at_once=st.booleans())
    def ask(self, question: Question, tells_revision: bool, at_once: bool) -> None:
        """A read begins, and reaches the database at once or later."""
        self.readings.append(Reading(question, self.answers.moment, tells_revision))
        if at_once:
            self.see(self.readings[-1])

    def see(self, reading: Reading) -> None:
        newest = len(self.log)
        reading.found = (newest, self.truth(reading.question, newest))

    @precondition(lambda self: self.readings)
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        """A read sees the database as it is now."""
        self.see(data.draw(st.sampled_from(self.readings)))

    @precondition(lambda self: any(reading.found for reading in self.readings))
    @rule(data=st.data())
    def put(self, data: st.DataObject) -> None:
        """A read comes back."""
        reading = data.draw(st.sampled_from([one for one in self.readings if one.found]))
        self.readings.remove(reading)
        assert reading.found is not None
        revision, number = reading.found
        stated = revision if reading.tells_revision else 0
        answer = Answer(reading.question[0], b"%03d" % number, revision=stated)
        self.answers.put(reading.question, answer, reading.since)

    @precondition(lambda self: self.applied and not self.gone_back)
    @rule(data=st.data())
    def go_back(self, data: st.DataObject) -> None:
        """The database is replaced by an older copy."""
        del self.log[data.draw(st.integers(0, self.applied - 1)) :]
        self.gone_back = True

    @precondition(lambda self: self.gone_back)
    @rule()
    def notice(self) -> None:
        """It is heard of."""
        self.applied = len(self.log)
        self.answers.reset(at(self.applied))
        self.gone_back = False

    @precondition(lambda self: not self.gone_back)
    @invariant()
    def tells_what_is_so(self) -> None:
        """No answer is older than `applied`, or of another history."""
        for question in QUESTIONS:
            answer = self.answers.get(question)
            assert self.answers.get(question, self.applied + 1) is None
            if answer is not None:
                stated, newest = int(answer.value or b""), len(self.log)
                possible = {self.truth(question, at) for at in range(self.applied, newest + 1)}
                assert stated in possible
                assert not answer.revision or stated == self.truth(question, self.applied)

    @invariant()
    def knows_how_far_it_is(self) -> None:
        assert self.answers.applied == self.applied

    @invariant()
    def is_bounded(self) -> None:
        assert self.answers.size <= ROOM
        assert (self.answers.size == 0) == (len(self.answers) == 0)


TestInterleaved = Interleaved.TestCase
TestInterleaved.settings = settings(
    max_examples=examples(400), stateful_step_count=40, deadline=None
)


def kept(
    answers: LookupCache[bytes], question: Question, body: bytes = b"123", revision: int = 0
) -> None:
    """Keep an answer that is of now."""
    answers.put(question, Answer(question[0], body, revision=revision), answers.moment)


def known(answers: LookupCache[bytes]) -> set[Question]:
    questions = {(model, number) for model in MODELS for number in range(9)}
    return {question for question in questions if answers.get(question) is not None}


def test_what_was_read_is_known_until_its_model_changes() -> None:
    answers, one, other = LookupCache[bytes](SPACIOUS), (MODELS[0], 0), (MODELS[1], 0)
    for question in (one, (MODELS[0], 1), other):
        kept(answers, question)
    answers.apply(1, [f"{MODELS[2]}/versions/1"])
    assert len(answers) == 3
    answers.apply(2, [f"{MODELS[0]}/aliases/best"])
    assert known(answers) == {other}


def test_a_change_of_a_namespace_concerns_its_models_and_no_other() -> None:
    answers, inside, outside = LookupCache[bytes](SPACIOUS), (MODELS[0], 0), (MODELS[2], 0)
    beside = ("namespaces/a-2/models/x", 0)
    for question in (inside, outside, beside):
        kept(answers, question)
    answers.apply(1, ["namespaces/a"])
    assert answers.get(inside) is None
    assert answers.get(outside) is not None
    assert answers.get(beside) is not None


def test_what_is_recorded_of_lineage_concerns_no_answer() -> None:
    answers = LookupCache[bytes](SPACIOUS)
    for question in QUESTIONS:
        kept(answers, question)
    answers.apply(1, ["namespaces/a/lineage/records/7"])
    assert known(answers) == set(QUESTIONS)


def test_what_was_refused_before_its_namespace_was_made_is_not_kept_after() -> None:
    answers, question = LookupCache[bytes](SPACIOUS), (MODELS[0], 0)
    before = answers.moment
    answers.apply(1, ["namespaces/a"])
    answers.put(question, Answer(MODELS[0], refusal=ModelNotFound(MODELS[0])), before)
    assert answers.get(question) is None


def test_an_answer_of_a_later_revision_waits_for_it() -> None:
    answers, question = LookupCache[bytes](SPACIOUS), (MODELS[0], 0)
    kept(answers, question, revision=2)
    assert answers.get(question) is None
    answers.apply(1, [MODELS[1]])
    assert answers.get(question) is None
    answers.apply(2, [MODELS[1]])
    assert answers.get(question) is not None


def test_a_revision_that_was_not_applied_is_not_answered_for() -> None:
    answers, question = LookupCache[bytes](SPACIOUS), (MODELS[0], 0)
    kept(answers, question)
    assert answers.get(question, 1) is None
    answers.apply(1, [MODELS[1]])
    assert answers.get(question, 1) is not None


def test_what_was_read_before_the_log_went_back_is_not_kept_after() -> None:
    answers, question = LookupCache[bytes](SPACIOUS), (MODELS[0], 0)
    answers.apply(9, [MODELS[1]])
    early, late = answers.moment, (0, 0)
    answers.reset(at(9))
    for since in (early, late):
        answers.put(question, Answer(MODELS[0], b"old"), since)
    assert len(answers) == 0
    kept(answers, question)
    assert known(answers) == {question}


def test_it_stays_known_when_a_model_was_touched_however_many_are() -> None:
    answers, (x, y, *others) = LookupCache[bytes](SPACIOUS, most_touched=2), MODELS
    answers.apply(1, [x])
    answers.apply(2, [y])
    since = answers.moment
    for revision, model in enumerate([x, *others, "namespaces/b/models/y"], 3):
        answers.apply(revision, [model])
    answers.put((x, 0), Answer(x, b"old"), since)
    assert len(answers) == 0


def test_what_is_unused_for_longest_goes_first() -> None:
    answers = LookupCache[bytes](ROOM)
    for number in (1, 2):
        kept(answers, (MODELS[0], number))
    assert answers.get((MODELS[0], 1)) is not None
    kept(answers, (MODELS[0], 3))
    assert known(answers) == {(MODELS[0], 1), (MODELS[0], 3)}
    assert answers.size == ROOM


def test_an_answer_replaces_the_one_before() -> None:
    answers, question = LookupCache[bytes](ROOM), (MODELS[0], 0)
    kept(answers, question)
    kept(answers, question, b"1234567")
    found = answers.get(question)
    assert found is not None
    assert found.value == b"1234567"
    assert answers.size == found.size
    answers.apply(1, [MODELS[0]])
    assert answers.size == 0


def test_an_answer_larger_than_the_room_is_not_kept_and_drives_nobody_out() -> None:
    answers, question = LookupCache[bytes](ROOM), (MODELS[0], 0)
    kept(answers, question)
    kept(answers, (MODELS[1], 0), bytes(ROOM))
    assert known(answers) == {question}


def test_other_stages_make_every_answer_of_their_namespace_doubtful() -> None:
    answers = LookupCache[bytes](SPACIOUS)
    for model in MODELS:
        answers.put(model, Answer(model), answers.moment)
    late = answers.moment
    answers.apply(1, ["namespaces/a/stageGraph"])
    assert [model for model in MODELS if answers.get(model)] == ["namespaces/b/models/x"]
    answers.put(MODELS[0], Answer(MODELS[0]), late)
    assert answers.get(MODELS[0]) is None
    answers.put(MODELS[0], Answer(MODELS[0]), answers.moment)
    assert answers.get(MODELS[0]) is not None


def test_large_answers_drive_out_one_another_and_not_the_small_ones() -> None:
    answers = LookupCache[bytes](8 * 1_024 * 1_024)
    small = [f"small-{number}" for number in range(100)]
    for name in small:
        answers.put(name, Answer(name, b"x"), answers.moment)
    for number in range(50):
        answers.put(number, Answer("large", b"x" * 1_024 * 1_024), answers.moment)
    assert all(answers.get(name) for name in small)
    assert [number for number in range(50) if answers.get(number)] == [49]
    assert answers.size < 3 * 1_024 * 1_024
    answers.put("too large", Answer("large", b"x" * 3 * 1_024 * 1_024), answers.moment)
    assert answers.get("too large") is None
    answers.apply(answers.applied + 1, ["large"])
    assert answers.get(49) is None
    assert answers.size < 100 * 1_024
