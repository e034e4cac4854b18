"""Governance at random: whoever does what in whichever order, the rules hold."""

from collections.abc import Callable
from datetime import timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.policy import ApprovalRequirement, PolicyDraft
from registry_grpc.domain.principal import Principal
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH
from registry_grpc.domain.transition import Transition, TransitionKind, TransitionState
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.persistence.migrate import migrate
from tests.support.faults.amount import amount
from tests.support.governance import ANN, BOB, EVE, MODEL, ROOT, Governed, governed

PEOPLE = st.sampled_from([ANN, BOB, EVE, ROOT])
WRITERS = st.sampled_from([ANN, BOB, ROOT])
STAGES = st.sampled_from(["none", "staging", "production", "archived"])
STATES = st.sampled_from([state for state in VersionState if state is not VersionState.DELETED])
RESULTS = st.sampled_from([0.5, 0.8, 0.95])
FOLLOWED = {VersionState.ACTIVE, VersionState.DEPRECATED}
NAMES = ["fraud@production", "fraud@staging", "fraud@latest"]
MOVE, ARCHIVED = "version.stage", "archived"
MINUTE = timedelta(minutes=1)
Moment = tuple[object, dict[str, int | None]]


class GovernanceMachine(RuleBasedStateMachine):
    """People promote, approve, measure, change rules and roll back. The bound is what they fear."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        url = f"sqlite:///{self._folder.name}/facts.db"
        migrate(url)
        self._opened = governed(url)
        self.registry: Governed = self._opened.__enter__()
        self.count = 0
        self.minimum: float | None = None  # what the policy in force demands of auc
        self.needed = 0  # how many approvals
        self.measured: dict[int, float] = {}  # the newest auc of each version
        self.seen: list[Event] = []
        self.then: list[Moment] = []
        self.register(0.95)

    @override
    def teardown(self) -> None:
        """Close the database."""
        self._opened.__exit__(None, None, None)
        self._folder.cleanup()

    # --- What people do --------------------------------------------------------------------

    @precondition(lambda self: self.count < 6)
    @rule(result=RESULTS)
    def register(self, result: float) -> None:
        """Register a version with a result."""
        self.count += 1
        self.registry.register(auc=result)
        self.measured[self.count] = result

    @rule(data=st.data(), result=RESULTS)
    def evaluate(self, data: st.DataObject, result: float) -> None:
        """Measure a version again."""
        number = self._version(data)
        part = SliceMetric("age", "old", 10, "recall", result)
        if self._tries(lambda: self.registry.evaluate(f"fraud/{number}", part, auc=result)):
            self.measured[number] = result

    @rule(minimum=st.sampled_from([None, 0.7, 0.9]), needed=st.integers(0, 2))
    def put_policy(self, minimum: float | None, needed: int) -> None:
        """Change what guards production."""
        rules = () if minimum is None else (Rule("auc", bound=MetricBound("auc", minimum=minimum)),)
        approvals = (ApprovalRequirement("review", count=needed),) if needed else ()
        if not rules and not approvals:
            return
        self.registry.put(
            "quality", PolicyDraft("production", "*", rules=rules, approvals=approvals)
        )
        self.minimum, self.needed = minimum, needed

    @rule(data=st.data(), stage=STAGES, actor=WRITERS)
    def set_stage(self, data: st.DataObject, stage: str, actor: Principal) -> None:
        """Move a version at once."""
        number = self._version(data)
        before = self._stage(number)
        moved = self._tries(lambda: self.registry.set_stage(f"fraud/{number}", stage, actor))
        if moved and stage == "production" and before != stage:
            self._must_pass(number)
            assert self.needed == 0

    @rule(data=st.data(), stage=STAGES, actor=WRITERS)
    def request(self, data: st.DataObject, stage: str, actor: Principal) -> None:
        """Ask for a move."""
        number = self._version(data)
        made: list[Transition] = []

        def act() -> None:
            made.append(self.registry.request((f"fraud/{number}", stage), actor=actor))

        if self._tries(act) and made[0].state is TransitionState.APPLIED:
            self._was_right(made[0])

    @rule(data=st.data(), actor=PEOPLE)
    def approve(self, data: st.DataObject, actor: Principal) -> None:
        """Say yes to something."""
        waiting = [item for item in self._transitions() if item.is_open]
        if not waiting:
            return
        chosen = data.draw(st.sampled_from(waiting))
        made: list[Transition] = []
        if self._tries(lambda: made.append(self.registry.approve(chosen.name, actor))):
            assert actor.name not in {chosen.requester, *chosen.authors}
            if made[0].state is TransitionState.APPLIED:
                self._was_right(made[0])

    @rule(data=st.data(), actor=PEOPLE)
    def reject(self, data: st.DataObject, actor: Principal) -> None:
        """Say no to something."""
        waiting = [item for item in self._transitions() if item.is_open]
        if waiting:
            chosen = data.draw(st.sampled_from(waiting))
            self._tries(lambda: self.registry.reject(chosen.name, actor))

    @rule(actor=WRITERS)
    def rollback(self, actor: Principal) -> None:
        """Bring the last holder of production back."""
        holders_before = set(self._history_of("production"))
        done: list[Transition] = []
        if self._tries(
            lambda: done.append(self.registry.rollback("fraud@production", actor=actor))
        ):
            assert {move.version.number for move in done[0].moves} <= holders_before

    @rule(data=st.data(), state=STATES, actor=WRITERS)
    def live(self, data: st.DataObject, state: VersionState, actor: Principal) -> None:
        """Deprecate, yank, restore or revoke a version."""
        number = self._version(data)
        before = self.registry.version(f"fraud/{number}").state
        final = before in {VersionState.REVOKED, VersionState.DELETED}
        done = self._tries(lambda: self.registry.live(f"fraud/{number}", state, actor))
        assert done == (not final or before is state)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Delete a version for good."""
        number = self._version(data)
        registry = self.registry
        reference = Reference.parse(f"fraud/{number}")
        self._tries(
            lambda: registry.versions.delete(registry.call(), reference, "", "", force=False)
        )

    @rule()
    def let_time_pass(self) -> None:
        """Let a minute pass, and settle what is due."""
        self.registry.later(MINUTE)
        self.then.append((self.registry.clock.now, self._answers(None)))
        self.registry.clock.forward(MINUTE)

    # --- What always holds -----------------------------------------------------------------

    @invariant()
    def no_stage_holds_more_than_it_may(self) -> None:
        """Count the holders."""
        with self.registry.database.read() as tx:
            model = tx.models.get(MODEL)
            assert model is not None
            for stage in DEFAULT_GRAPH.stages:
                holders = tx.stages.holders(model, stage.id, None)
                assert not stage.capacity or len(holders) <= stage.capacity

    @invariant()
    def history_is_only_added_to(self) -> None:
        """Compare the log with what was seen of it, and follow each transition through it."""
        with self.registry.database.read() as tx:
            events = list(tx.log.events(0, 100_000))
        assert events[: len(self.seen)] == self.seen
        states: dict[str, object] = {}
        for event in events:
            change = event.change
            if change.action.startswith("transition."):
                assert states.get(change.name) == change.before
                states[change.name] = change.after
        current = {str(item.name): item.brief() for item in self._transitions()}
        assert states == current
        self.seen = events

    @invariant()
    def nobody_enters_a_stage_or_is_followed_who_may_not_be(self) -> None:
        """Look at the state of all who moved, but to the archive, and of all that names lead to."""
        moves = [event.change.after for event in self.seen if event.change.action == MOVE]
        entered = [item for item in moves if isinstance(item, Version) and item.stage != ARCHIVED]
        found = self.registry.lookups.resolve(NAMES, None, 0).answers
        followed = [item for item in found if isinstance(item, Version)]
        assert {item.state for item in (*entered, *followed)} <= FOLLOWED

    @invariant()
    def the_past_stays_what_it_was(self) -> None:
        """Ask again what a few moments of the past answered."""
        for moment, answers in self.then[-2:]:
            assert self._answers(moment) == answers

    # --- Help ------------------------------------------------------------------------------

    def _tries(self, act: Callable[[], object]) -> bool:
        """Return whether it was allowed."""
        try:
            act()
        except RegistryError:
            return False
        return True

    def _version(self, data: st.DataObject) -> int:
        return data.draw(st.integers(1, self.count))

    def _stage(self, number: int) -> str:
        return self.registry.version(f"fraud/{number}").stage

    def _must_pass(self, number: int) -> None:
        """Judge naively what the policy in force says of a version."""
        assert self.minimum is None or self.measured[number] >= self.minimum

    def _was_right(self, done: Transition) -> None:
        for move in done.moves:
            if move.to_stage == "production" and done.category is TransitionKind.PROMOTION:
                self._must_pass(move.version.number)
        if any(move.to_stage == "production" for move in done.moves):
            valid = {item.actor for item in done.approvals if item.binding == done.binding}
            assert len(valid) >= self.needed
            assert not valid & {done.requester, *done.authors}

    def _transitions(self) -> list[Transition]:
        with self.registry.database.read() as tx:
            return list(tx.transitions.page("default", None, (), None, 1_000))

    def _history_of(self, stage: str) -> list[int]:
        with self.registry.database.read() as tx:
            model = tx.models.get(MODEL)
            assert model is not None
            entries = tx.stages.history(model, None, 1_000)
        return [entry.version.number for entry in entries if entry.stage == stage]

    def _answers(self, moment: object) -> dict[str, int | None]:
        found = self.registry.lookups.resolve(NAMES, moment, 0).answers  # type: ignore[arg-type]
        return {
            ref: None if isinstance(answer, RegistryError) else answer.name.number
            for ref, answer in zip(NAMES, found, strict=True)
        }


TestGovernance = pytest.mark.timeout(3_600)(GovernanceMachine.TestCase)
TestGovernance.settings = settings(
    max_examples=amount(15, 300),
    stateful_step_count=amount(25, 60),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
