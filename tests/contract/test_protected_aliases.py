"""After any moves no alias references a version in a stage that the graph forbids for it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.change import Event
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.model import ModelDraft
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, AliasRule, Stage, StageGraph
from registry_grpc.services.model import Models
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.reply_memory import ReplyMemory
from tests.support.faults.amount import examples
from tests.support.governance import Governed, governed

_RUNS = count(1)
_ALIASES = ("champion", "champion-eu", "free")
_STAGES = DEFAULT_GRAPH.names
_ROOMY = (Stage("none"), Stage("staging"), Stage("production", 2), Stage("archived"))
_GRAPHS = (
    DEFAULT_GRAPH,
    replace(DEFAULT_GRAPH, alias_rules=(AliasRule("champ*", ("production",)),)),
    replace(
        DEFAULT_GRAPH,
        stages=_ROOMY,
        alias_rules=(
            AliasRule("champ*", ("production", "staging")),
            AliasRule("*-eu", ("production", "archived")),
        ),
    ),
)
Step = Callable[[Governed, str], object]
_NUMBERS = st.integers(1, 4)
_STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda number, stage: lambda on, model: on.set_stage(f"{model}/{number}", stage),
        _NUMBERS,
        st.sampled_from(_STAGES),
    ),
    st.builds(
        lambda number, alias: lambda on, model: on.set_alias(alias, f"{model}/{number}"),
        _NUMBERS,
        st.sampled_from(_ALIASES),
    ),
    st.builds(lambda graph: lambda on, _: on.set_graph(graph), st.sampled_from(_GRAPHS)),
    st.builds(
        lambda alias: lambda on, model: _register(on, model, alias),
        st.sampled_from(("", *_ALIASES)),
    ),
    st.builds(lambda number: lambda on, model: _delete(on, f"{model}/{number}"), _NUMBERS),
    st.builds(
        lambda together: (
            lambda on, model: on.rollback(f"{model}@production", with_aliases=together)
        ),
        st.booleans(),
    ),
)


def _register(on: Governed, model: str, alias: str) -> None:
    wanted = Registration(VersionDraft([]), alias=alias)
    on.registrations.register(on.call(), ModelName("default", model), wanted)


def _delete(on: Governed, text: str) -> None:
    on.versions.delete(on.call(), Reference.parse(text), "", "", force=True)


def test_no_alias_names_what_the_stages_forbid(database_url: str) -> None:
    with governed(database_url) as registry:
        mutations = Mutations(registry.database, registry.clock)
        models = Models(registry.database, mutations, uuid4, ReplyMemory(MIB))

        @settings(max_examples=examples(25))
        @given(st.lists(_STEPS, min_size=8, max_size=25))
        def holds(steps: list[Step]) -> None:
            model = f"m{next(_RUNS)}"
            models.create(registry.call(), ModelName("default", model), ModelDraft())
            for _ in range(2):
                _register(registry, model, "")
            for step in steps:
                _take(registry, model, step)
                _check(registry, model)
            # The next run begins with a graph that everything fits.
            registry.set_graph(StageGraph(_ROOMY, DEFAULT_GRAPH.edges))

        holds()


def _take(registry: Governed, model: str, step: Step) -> None:
    with registry.database.read() as tx:
        before = tx.revision
    try:
        step(registry, model)
    except RegistryError as error:
        assert error.reason != "DATABASE_UNAVAILABLE"  # noqa: PT017 - others are part of it
    with registry.database.read() as tx:
        events = tx.log.events(before, 1)
    _check_events(events)


def _check_events(events: Sequence[Event]) -> None:
    """Each moved resource has one event, which states the move."""
    moved = [e.change.name for e in events if e.change.action.startswith(("alias.", "version.st"))]
    assert len(moved) == len(set(moved))


def _check(registry: Governed, model: str) -> None:
    with registry.database.read() as tx:
        graph = tx.graphs.get("default", None)
        found = tx.models.get(ModelName("default", model))
        assert found is not None
        for alias in tx.aliases.page(found, None, 10):
            version = tx.versions.get(found, alias.version.number)
            assert version is not None
            assert graph.broken(alias.name.alias, version.stage) is None
        for stage in graph.stages:
            if stage.capacity:
                assert len(tx.stages.holders(found, stage.id, None)) <= stage.capacity
