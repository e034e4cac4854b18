"""Governance under random actions in random order: the rules are always enforced.

Every action is applied to a registry and to a model of it that was written without its code,
`tests/support/account`. Both must agree on errors and their reasons, on all stages and aliases, on
the events, and on the state at any moment.
"""

from collections import Counter
from contextlib import ExitStack
from datetime import datetime

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.transition import TransitionState
from registry_grpc.domain.version import VersionState
from tests.support.account import moves, rules, versions
from tests.support.account.both import Both
from tests.support.account.choices import (
    ALIASES,
    CHARTS,
    DEFAULT,
    GOOD,
    MODELS,
    MOST_VERSIONS,
    PAUSES,
    PEOPLE,
    RESULTS,
    SELDOM,
    STAGES,
    STATES,
    WRITERS,
    evaluations,
    policies,
    seats,
    slices,
)
from tests.support.account.places import Id, Seat
from tests.support.account.requests import Request
from tests.support.account.returns import Wish
from tests.support.databases import Fresh
from tests.support.faults.amount import LONG, amount
from tests.support.governance import ANN, BOB, EVE, ROOT, governed

_WAY = ("staging", "production")
_VERBS = ("approve", "approve", "reject", "cancel")
_DEEDS = {
    "register": 1,
    "evaluate": 2,
    "live": 2,
    "name": 2,
    "change_policy": 2,
    "set_graph": 2,
    "set_stage": 2,
    "request": 6,
    "decide": 3,
    "many_approve": 4,
    "rollback": 4,
    "let_time_pass": 4,
    "look_back": 1,
}
"""The possible steps and their weights: requests are frequent enough that most lead to a change."""
_WORTH_REACHING = {
    *(f"left {state}" for state in TransitionState),
    *(f"roll {many} back{to}: done" for many in ("one", "several") for to in ("", " to a time")),
    "settle: waiting to applied",
    "set graph: done",
    "set graph: StageGraphInUse",
    "delete: done",
}
"""Without these a run of many steps has tested little."""


class GovernanceMachine(RuleBasedStateMachine):
    """People promote, approve, measure, change rules and roll back; two models in one namespace."""

    def __init__(self, fresh_database: Fresh, reached: Counter[str]) -> None:
        super().__init__()
        self._opened = ExitStack()
        url = self._opened.enter_context(fresh_database())
        self.both = Both(self._opened.enter_context(governed(url)), reached)
        self._deeds: list[str] = []
        rules.set_graph(self.both, DEFAULT)
        for model in MODELS:
            self._begin_with(model)

    def _begin_with(self, model: str) -> None:
        """Have a version in production, two that were there before, and one that may be next."""
        for number, stages in ((1, _WAY), (2, _WAY), (3, _WAY), (4, _WAY[:1])):
            versions.register(self.both, model, ANN, 0.9, GOOD)
            for stage in stages:
                moves.set_stage(self.both, (model, number), stage, ROOT)
            if number in {2, 3}:  # the one before, and the present one
                versions.set_alias(self.both, (model, "champion"), number)

    @initialize(draft=policies(), without=st.sets(st.sampled_from(sorted(_DEEDS)), max_size=4))
    def begin(self, draft: PolicyDraft, without: set[str]) -> None:
        """Let something guard a stage from the start, and some things never be done."""
        rules.put_policy(self.both, "first", draft)
        self._deeds = [deed for deed, n in _DEEDS.items() if deed not in without for _ in range(n)]

    @rule(data=st.data())
    def somebody_acts(self, data: st.DataObject) -> None:
        """Do something that can be done."""
        asked = self.both.account.requests.all
        waiting = any(one.is_open for one in asked)
        ready = {"decide": bool(asked), "many_approve": waiting}
        deed = data.draw(st.sampled_from([d for d in self._deeds if ready.get(d, True)]))
        getattr(self, deed)(data)

    @invariant()
    def the_registry_is_as_its_account_says(self) -> None:
        """Compare everything."""
        self.both.compare()

    @override
    def teardown(self) -> None:
        """Look at the whole log once more, and close the database."""
        with self._opened:
            self.both.witness.check_log()
        self.both.reached.update(f"left {one.state}" for one in self.both.account.requests.all)

    # --- Versions --------------------------------------------------------------------------

    def register(self, data: st.DataObject) -> None:
        """Register a version, unless there are many."""
        model = data.draw(st.sampled_from(MODELS))
        if (model, MOST_VERSIONS) not in self.both.account.places.kept:
            actor, parts = data.draw(st.sampled_from([ANN, BOB])), data.draw(slices())
            versions.register(self.both, model, actor, data.draw(RESULTS), parts)

    def evaluate(self, data: st.DataObject) -> None:
        """Measure a version again, most often one that is asked for: approvals fall by that."""
        requests = self.both.account.requests.all
        asked = [who for one in requests if one.is_open for who, _, _ in one.steps]
        chosen = asked and not data.draw(SELDOM)
        who = data.draw(st.sampled_from(asked)) if chosen else self._version(data)
        versions.evaluate(self.both, who, data.draw(evaluations()))

    def live(self, data: st.DataObject) -> None:
        """Deprecate, yank, restore, revoke or delete a version."""
        who, state, actor = self._version(data), data.draw(STATES), data.draw(WRITERS)
        if state is VersionState.DELETED:
            versions.delete(self.both, who, actor, force=data.draw(st.booleans()))
        else:
            versions.live(self.both, who, state, actor)

    def name(self, data: st.DataObject) -> None:
        """Point an alias at a version, or remove it."""
        (model, number), alias = self._version(data), data.draw(st.sampled_from(ALIASES))
        if data.draw(SELDOM):
            versions.delete_alias(self.both, (model, alias))
        else:
            versions.set_alias(self.both, (model, alias), number)

    # --- Rules -----------------------------------------------------------------------------

    def change_policy(self, data: st.DataObject) -> None:
        """Change what guards a stage, or end that."""
        name = data.draw(st.sampled_from(["first", "second"]))
        if data.draw(SELDOM):
            rules.delete_policy(self.both, name)
        else:
            rules.put_policy(self.both, name, data.draw(policies()))

    def set_graph(self, data: st.DataObject) -> None:
        """Change stages, the ways between them, their limits and what aliases demand."""
        rules.set_graph(self.both, data.draw(CHARTS))

    # --- Moves -----------------------------------------------------------------------------

    def set_stage(self, data: st.DataObject) -> None:
        """Move a version at once."""
        who = self._version(data)
        moves.set_stage(self.both, who, self._target(data, who), data.draw(WRITERS))

    def request(self, data: st.DataObject) -> None:
        """Ask for the move of one version, or of several together."""
        chosen = [self._version(data) for _ in range(data.draw(st.sampled_from([1, 1, 2, 3])))]
        wanted = [(who, self._target(data, who)) for who in chosen]
        moves.request(self.both, wanted, data.draw(WRITERS))

    def decide(self, data: st.DataObject) -> None:
        """Say yes or no to something, or give it up."""
        actor, verb = data.draw(PEOPLE), data.draw(st.sampled_from(_VERBS))
        moves.decide(self.both, self._request(data), verb, actor)

    def many_approve(self, data: st.DataObject) -> None:
        """Several people say yes to something, who may and who may not."""
        one, people = self._request(data), data.draw(st.permutations([ANN, BOB, EVE, ROOT]))
        for actor in people[: data.draw(st.sampled_from([4, 2, 3]))]:
            moves.decide(self.both, one, "approve", actor)

    def rollback(self, data: st.DataObject) -> None:
        """Roll back to the previous version, a given version, or the state at a moment."""
        count = data.draw(st.sampled_from([1, 1, 2, 3]))
        wanted = data.draw(st.lists(seats(), min_size=count, max_size=count, unique=True))
        moment = data.draw(st.none() | st.sampled_from(self._moments(wanted[0])))
        number = st.none() if moment else st.sampled_from([None, None, None, 1, 2])
        wishes = [Wish(seat, data.draw(number), data.draw(st.booleans())) for seat in wanted]
        moves.rollback(self.both, wishes, moment, data.draw(WRITERS))

    # --- Time ------------------------------------------------------------------------------

    def let_time_pass(self, data: st.DataObject) -> None:
        """Advance the clock, so that waits end and requests expire; settle them or not."""
        moves.let_time_pass(self.both, data.draw(PAUSES), settle=not data.draw(SELDOM))

    def look_back(self, data: st.DataObject) -> None:
        """Ask what was so at a moment."""
        past = [moment for moment, _ in self.both.account.past]
        self.both.look_back(data.draw(st.sampled_from(past)))

    # --- Help ------------------------------------------------------------------------------

    def _request(self, data: st.DataObject) -> Request:
        """Choose an open one, if there is any."""
        found = self.both.account.requests.all
        return data.draw(st.sampled_from([one for one in found if one.is_open] or found[-3:]))

    def _version(self, data: st.DataObject) -> Id:
        """Choose one, most often one that may be followed."""
        places = self.both.account.places
        known = sorted(places.kept)
        usable = [who for who in known if places.may_be_followed(who)]
        return data.draw(st.sampled_from([*usable, *usable, *usable, *known]))

    def _target(self, data: st.DataObject, who: Id) -> str:
        """Choose a stage, most often one to which there is a way, and that something guards."""
        places = self.both.account.places
        ways = sorted(to for stage, to in places.chart.ways if stage == places.kept[who].stage)
        guarded = [d.to_stage for _, d in self.both.account.judgement.policies.values()]
        watched = [stage for stage in ways if stage in guarded]
        sensible = not data.draw(SELDOM) and [*(watched * 3), *ways]
        return data.draw(st.sampled_from(sensible or STAGES))

    def _moments(self, seat: Seat) -> list[datetime]:
        """Return those at which something else was there than now, if there are any."""
        places, past = self.both.account.places, self.both.account.past
        other = [at for at, then in past if then.present(seat) not in ([], places.present(seat))]
        return other or [moment for moment, _ in past]


@pytest.mark.timeout(3_600)
def test_whatever_people_do_the_rules_hold(fresh_database: Fresh) -> None:
    reached = Counter[str]()
    run_state_machine_as_test(
        lambda: GovernanceMachine(fresh_database, reached),  # type: ignore[arg-type] # it calls it
        settings=settings(
            max_examples=amount(6, 300),
            stateful_step_count=amount(25, 60),
            deadline=None,
            phases=set(Phase) - {Phase.explain},  # it would trace every line
            suppress_health_check=list(HealthCheck),
        ),
    )
    for what, times in sorted(reached.items()):
        print(f"{times:6} {what}")  # noqa: T201 - pytest shows it
    if LONG:
        assert reached.keys() >= _WORTH_REACHING
