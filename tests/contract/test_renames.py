"""Names of models over time, on both databases: what each leads to, now and as of every moment.

Use cases create, rename, delete and purge models of a namespace that reuses names. After each step
every name is looked up; then all lookups are repeated for each of these moments.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.map_patch import MapPatch
from registry_grpc.domain.model import ModelDraft
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.namespace import NamespaceDraft
from registry_grpc.domain.preset import preset
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.transition import TransitionState
from registry_grpc.domain.version import Version
from registry_grpc.domain.watch import Wanted
from registry_grpc.services.alias import Aliases
from registry_grpc.services.model import Models
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.namespace import Namespaces
from registry_grpc.services.purge import Purges
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.renaming import Renames
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.services.version import VersionPatch
from tests.support.faults.amount import amount
from tests.support.governance import Governed
from tests.support.history import NOTHING_SEEN
from tests.support.resolutions import lookups_of, resolved
from tests.support.services import LocalRegistry, local_registry
from tests.support.staged import GUARDED, events

Answer = Version | tuple[str, str, str]
Step = Callable[["Past"], object]

_RUNS = count(1)
# The last is equal to the first by its key.
_IDS = ("fraud", "other", "Fraud")
_NAMES = st.sampled_from(_IDS)
_PAUSES = st.sampled_from([timedelta(microseconds=1), timedelta(days=9)])


@dataclass
class Past:
    """A namespace, what happens in it, and what was answered meanwhile."""

    registry: LocalRegistry
    namespace: str
    answers: list[tuple[datetime, Sequence[Answer]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Wire the use cases."""
        database, clock = self.registry.database, self.registry.clock
        mutations = Mutations(database, clock)
        self.models = Models(database, mutations, uuid4, ReplyMemory(MIB))
        self.renames = Renames(mutations)
        self.purges = Purges(mutations)
        self.aliases = Aliases(database, mutations)
        self.lookups = lookups_of(database, clock)
        name = NamespaceName(self.namespace)
        Namespaces(database, mutations).create(
            self.registry.call(), name, NamespaceDraft(), preset("mlflow")
        )
        self.refs = [
            f"{self.namespace}/{model}{selector}"
            for model in _IDS
            for selector in ("/1", "/2", "@latest", "@champion")
        ]

    def name(self, model: str) -> ModelName:
        return ModelName(self.namespace, model)

    def ask(self, moment: datetime | None) -> Sequence[Answer]:
        answers, _ = resolved(self.lookups, self.refs, moment)
        return [
            answer if isinstance(answer, Version) else (answer.reason, answer.message, answer.model)
            for answer in answers
        ]

    def step(self, pause: timedelta, act: Step) -> None:
        """Let time pass, do something that may be refused, and note every answer.

        A watch of the name of a reference, and of the model that it led to, learns of each change.
        """
        self.registry.clock.forward(pause)
        with self.registry.database.read() as tx:
            before = tx.revision
        try:
            act(self)
        except RegistryError as error:
            assert error.reason != "DATABASE_UNAVAILABLE"  # noqa: PT017 - others are part of it
        answers = self.ask(None)
        for ref, was, now in zip(self.refs, self._latest, answers, strict=False):
            if now != was:
                self._assert_reported(before, ref, was)
        self.answers.append((self.registry.clock.now, answers))

    @property
    def _latest(self) -> Sequence[Answer]:
        return self.answers[-1][1] if self.answers else ()

    def _assert_reported(self, after: int, ref: str, was: Answer) -> None:
        led_to = str(was.name.parent) if isinstance(was, Version) else was[2]
        model = re.split("[/@]", ref)[1]
        watched = Wanted(None, frozenset({str(self.name(model)), led_to} - {""}))
        with self.registry.database.read() as tx:
            found, recorded = tx.log.events(after, 100, watched), tx.log.events(after, 100)
        assert found, f"a watch of {sorted(watched.models)} misses that {ref} was {was}"
        matching = [e for e in recorded if watched.matches(e.change.name, e.change.moved)]
        assert matching == found


def _register(model: str) -> Step:
    def act(past: Past) -> None:
        wanted = Registration(VersionDraft([]), alias="champion", create_model=True)
        past.registry.registrations.register(past.registry.call(), past.name(model), wanted)

    return act


def _rename(model: str, new: str) -> Step:
    return lambda past: past.renames.rename(past.registry.call(), past.name(model), new, "")


def _create(model: str) -> Step:
    return lambda past: past.models.create(past.registry.call(), past.name(model), ModelDraft())


def _delete(model: str) -> Step:
    return lambda past: past.models.delete(
        past.registry.call(), past.name(model), "", "", force=True
    )


def _purge(model: str) -> Step:
    return lambda past: past.purges.model(
        past.registry.call(), past.name(model), "", "", versions=True
    )


def _label(model: str, text: str) -> Step:
    def act(past: Past) -> None:
        reference = Reference.parse(f"{past.namespace}/{model}/1")
        patch = VersionPatch(labels=MapPatch({"a": text}))
        past.registry.versions.update(past.registry.call(), reference, "", patch)

    return act


def _alias(model: str, number: int) -> Step:
    def act(past: Past) -> None:
        name = past.name(model)
        reference = Reference.parse(str(name.version(number)))
        past.aliases.set(past.registry.call(), name.alias("champion"), reference, "", "")

    return act


_STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(_rename, _NAMES, _NAMES),
    st.builds(_rename, _NAMES, _NAMES),
    st.builds(_register, _NAMES),
    st.builds(_label, _NAMES, st.sampled_from("xyz")),
    st.builds(_create, _NAMES),
    st.builds(_alias, _NAMES, st.integers(1, 2)),
    st.builds(_delete, _NAMES),
    st.builds(_purge, _NAMES),
    st.builds(_purge, _NAMES),
)


@pytest.mark.timeout(600)  # a failure takes its time to become simple
def test_every_moment_has_the_answers_it_had(database_url: str, tmp_path: Path) -> None:
    with local_registry(database_url, tmp_path) as registry:

        @settings(max_examples=amount(10, 60))
        @given(st.lists(st.tuples(_PAUSES, _STEPS), min_size=6, max_size=16))
        def holds(steps: list[tuple[timedelta, Step]]) -> None:
            past = Past(registry, f"n{next(_RUNS)}")
            for model in ("fraud", "fraud", "other"):
                past.step(timedelta(days=1), _register(model))
            for pause, act in steps:
                past.step(pause, act)
            registry.clock.forward(timedelta(days=1))
            until = [*(moment for moment, _ in past.answers[1:]), registry.clock.now]
            for (moment, answers), following in zip(past.answers, until, strict=True):
                assert past.ask(moment) == answers
                just_before = following - timedelta(microseconds=1)
                if just_before > moment:
                    assert past.ask(just_before) == answers

        holds()


def test_an_open_transition_moves_the_same_version_after_a_rename(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    call, models = staged.call(), ModelName("default", "fraud")
    mutations = Mutations(staged.database, staged.clock)
    Renames(mutations).rename(call, models, "credit", "")
    Models(staged.database, mutations, uuid4, ReplyMemory(MIB)).create(
        staged.call(), models, ModelDraft()
    )
    other = staged.register(auc=0.1)
    assert staged.transitions.get(made.name, NOTHING_SEEN).cause == ""
    done = staged.approve(made.name)
    assert (done.state, done.cause) == (TransitionState.APPLIED, "")
    assert [str(move.version.parent) for move in done.moves] == ["namespaces/default/models/credit"]
    assert staged.version("credit@production").name.number == 2
    assert staged.version(f"fraud/{other.name.number}").stage == "none"
    assert [e.change.action for e in events(staged)].count("model.rename") == 1
