"""The law of `as_of`: a lookup of a past moment returns exactly the reply of that moment.

Use cases make a random history, and after each of its steps every reference is looked up. Then all
lookups are repeated for each of these moments.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.manifest import FileEntry, root_digest
from registry_grpc.domain.map_patch import MapPatch
from registry_grpc.domain.model import ModelDraft
from registry_grpc.domain.names import ModelName, NamespaceName, StageGraphName
from registry_grpc.domain.namespace import NamespaceDraft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, AliasRule, Stage, StageEdge, StageGraph
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.services.alias import Aliases
from registry_grpc.services.model import Models
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.namespace import Namespaces
from registry_grpc.services.ports.expressions import NoExpressions
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.services.stage import Stages
from registry_grpc.services.stage_graph import StageGraphs
from registry_grpc.services.version import VersionPatch
from registry_grpc.services.version_state import VersionStates
from tests.support.faults.amount import amount
from tests.support.resolutions import lookups_of, resolved
from tests.support.services import LocalRegistry, digest_of, local_registry

Answer = Version | tuple[str, str]
Step = Callable[["History"], object]

_RUNS = count(1)
_CONTENTS = [[FileEntry("model.bin", digest_of(data), len(data))] for data in (b"one", b"two")]
_ALIASES = ("champion", "a.b")
_STAGES = ("staging", "production", "archived", "none", "a.b")
# One that protects aliases, and one that makes a stage of what may have been an alias.
_GRAPHS = (
    DEFAULT_GRAPH,
    replace(DEFAULT_GRAPH, alias_rules=(AliasRule("champ*", ("production", "staging", "none")),)),
    StageGraph(
        (Stage("none"), Stage("a.b", 1), Stage("staging"), Stage("archived")),
        tuple(
            StageEdge(source, target)
            for source in ("none", "a.b", "staging", "archived")
            for target in ("none", "a.b", "staging", "archived")
            if source != target
        ),
    ),
)
_NUMBERS = st.integers(1, 3)
_PAUSES = st.sampled_from([timedelta(microseconds=1), timedelta(milliseconds=1), timedelta(days=9)])


@dataclass
class History:
    """One model in a namespace of its own, what happens to it, and what was answered meanwhile."""

    registry: LocalRegistry
    namespace: str
    answers: list[tuple[datetime, Sequence[Answer], int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Wire the use cases."""
        database, clock = self.registry.database, self.registry.clock
        mutations = Mutations(database, clock)
        self.model = ModelName(self.namespace, "fraud")
        self.namespaces = Namespaces(database, mutations)
        self.models = Models(database, mutations, uuid4, ReplyMemory(MIB))
        self.aliases = Aliases(database, mutations)
        self.stages = Stages(database, mutations, NoExpressions())
        self.lives = VersionStates(mutations)
        self.graphs = StageGraphs(database, mutations)
        self.lookups = lookups_of(database, clock)
        selectors = ["/1", "/2", "/3", "@latest", *(f"@{stage}" for stage in _STAGES[:3])]
        selectors += [f"@{alias}" for alias in _ALIASES]
        selectors += [f"@{root_digest(files)}" for files in _CONTENTS]
        self.refs = [f"{self.namespace}/fraud{selector}" for selector in selectors]
        self.refs.append(str(self.model.alias("champion")))

    def version(self, number: int) -> Reference:
        return Reference.parse(str(self.model.version(number)))

    def ask(self, moment: datetime | None) -> tuple[Sequence[Answer], int]:
        answers, revision = resolved(self.lookups, self.refs, moment)
        return [_comparable(answer) for answer in answers], revision

    def step(self, pause: timedelta, act: Step) -> None:
        """Let time pass, do something that may be refused, and note every answer."""
        self.registry.clock.forward(pause)
        try:
            act(self)
        except RegistryError as error:
            assert error.reason != "DATABASE_UNAVAILABLE"  # noqa: PT017 - others are part of it
        self.answers.append((self.registry.clock.now, *self.ask(None)))


def _comparable(answer: Version | RegistryError) -> Answer:
    return answer if isinstance(answer, Version) else (answer.reason, str(answer))


def _register(content: int, alias: str, labels: dict[str, str]) -> Step:
    def act(history: History) -> None:
        detail = VersionDetail(params={"content": str(content)})
        draft = VersionDraft(_CONTENTS[content], labels=labels, detail=detail)
        wanted = Registration(draft, alias=alias, create_model=True)
        registry = history.registry
        registry.registrations.register(registry.call(), history.model, wanted)

    return act


def _create_namespace(history: History) -> None:
    name = NamespaceName(history.namespace)
    history.namespaces.create(history.registry.call(), name, NamespaceDraft())


def _create_model(history: History) -> None:
    history.models.create(history.registry.call(), history.model, ModelDraft())


def _set_alias(alias: str, number: int) -> Step:
    return lambda history: history.aliases.set(
        history.registry.call(), history.model.alias(alias), history.version(number), "", ""
    )


def _delete_alias(alias: str) -> Step:
    return lambda history: history.aliases.delete(
        history.registry.call(), history.model.alias(alias), "", ""
    )


def _set_stage(number: int, stage: str) -> Step:
    return lambda history: history.stages.set(
        history.registry.call(), history.version(number), stage, "", ""
    )


def _set_graph(graph: StageGraph) -> Step:
    return lambda history: history.graphs.set(
        history.registry.call(), StageGraphName(history.namespace), "", graph, ""
    )


def _label(number: int, labels: dict[str, str]) -> Step:
    return lambda history: history.registry.versions.update(
        history.registry.call(), history.version(number), "", VersionPatch(MapPatch(labels))
    )


def _live(number: int, state: VersionState) -> Step:
    return lambda history: history.lives.set(
        history.registry.call(), history.version(number), state, "", "because"
    )


def _delete_version(number: int) -> Step:
    return lambda history: history.registry.versions.delete(
        history.registry.call(), history.version(number), "", "", force=True
    )


def _delete_model(history: History) -> None:
    history.models.delete(history.registry.call(), history.model, "", "", force=True)


def _undelete_model(history: History) -> None:
    history.models.undelete(history.registry.call(), history.model, "")


_YANKED_OR_NOT = st.sampled_from(
    [VersionState.ACTIVE, VersionState.DEPRECATED, VersionState.YANKED, VersionState.YANKED]
)
_LABELS = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["", "x"]))
_REGISTER = st.builds(_register, st.integers(0, 1), st.sampled_from(["", *_ALIASES]), _LABELS)
_STEPS: st.SearchStrategy[Step] = st.one_of(
    _REGISTER,
    _REGISTER,
    st.builds(_set_alias, st.sampled_from(_ALIASES), _NUMBERS),
    st.builds(_set_alias, st.sampled_from(_ALIASES), _NUMBERS),
    st.builds(_delete_alias, st.sampled_from(_ALIASES)),
    st.builds(_set_stage, _NUMBERS, st.sampled_from(_STAGES)),
    st.builds(_set_stage, _NUMBERS, st.sampled_from(_STAGES)),
    st.builds(_set_graph, st.sampled_from(_GRAPHS)),
    st.builds(_set_graph, st.sampled_from(_GRAPHS)),
    st.builds(_label, _NUMBERS, _LABELS),
    st.builds(_live, _NUMBERS, _YANKED_OR_NOT),
    st.builds(_live, _NUMBERS, _YANKED_OR_NOT),
    st.builds(_live, _NUMBERS, st.just(VersionState.REVOKED)),
    st.builds(_delete_version, _NUMBERS),
    st.sampled_from([_create_model, _delete_model, _undelete_model, _undelete_model]),
)


@pytest.mark.timeout(600)  # a failure takes its time to become simple
def test_every_moment_has_the_answers_it_had(database_url: str, tmp_path: Path) -> None:
    with local_registry(database_url, tmp_path) as registry:

        @settings(max_examples=amount(12, 60))
        @given(st.lists(st.tuples(_PAUSES, _STEPS), min_size=6, max_size=16))
        def holds(steps: list[tuple[timedelta, Step]]) -> None:
            history = History(registry, f"n{next(_RUNS)}")
            history.step(timedelta(days=1), lambda _: None)
            history.step(timedelta(days=1), _create_namespace)
            for data in (b"one", b"two"):
                _store(registry, history.namespace, data)
            for content in (0, 1):
                history.step(timedelta(days=1), _register(content, "champion", {}))
            for pause, act in steps:
                history.step(pause, act)
            registry.clock.forward(timedelta(days=1))
            _check(history)

        holds()


def _check(history: History) -> None:
    moments = [moment for moment, _, _ in history.answers]
    until = [*moments[1:], history.registry.clock.now]
    for (moment, answers, revision), following in zip(history.answers, until, strict=True):
        assert history.ask(moment) == (answers, revision)
        just_before = following - timedelta(microseconds=1)
        if just_before > moment:
            assert history.ask(just_before) == (answers, revision)


def _store(registry: LocalRegistry, namespace: str, data: bytes) -> None:
    (answer,) = registry.batches.store(namespace, [(digest_of(data), data)])
    assert answer is None
