"""Ensembles on both databases: blocked exactly while a member is, in one transaction, and as of."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

import pytest

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import (
    MOST_ENSEMBLES,
    MOST_LEVELS,
    MOST_MEMBERS,
    EnsembleEdge,
    EnsembleSpec,
    EnsembleStatus,
    Member,
    MemberPin,
)
from registry_grpc.domain.ensemble_closure import ClosureMember
from registry_grpc.domain.errors import (
    InvalidRequest,
    LimitExceeded,
    MemberSignatureMismatch,
    MemberUnusable,
    RegistryError,
    VersionInUse,
    VersionYanked,
)
from registry_grpc.domain.facts import Signature, TensorSpec, VersionDetail
from registry_grpc.domain.lineage import Direction, EdgeRole
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.route import ArmState
from registry_grpc.domain.version import VersionState
from registry_grpc.domain.violations import Violations
from registry_grpc.services.closure import Closure, Closures, closure_of
from tests.support.ensembles import ensemble, new_model, plain_version, register, spec_of
from tests.support.faults.amount import amount, examples, randomness
from tests.support.governance import ROOT, Governed, governed
from tests.support.history import NOTHING_SEEN
from tests.support.naive_ensembles import NaiveRegistry, NaiveVersion

_PLAIN = 5
_STEPS = 24
_STATES = (VersionState.YANKED, VersionState.ACTIVE, VersionState.REVOKED, VersionState.ACTIVE)


@pytest.fixture
def registry(database_url: str) -> Iterator[Governed]:
    with governed(database_url) as opened:
        yield opened


def _events(registry: Governed, revision: int) -> list[EnsembleStatus]:
    with registry.database.read() as tx:
        events = tx.log.events(revision - 1, 1)
    statuses = [event.change.after for event in events]
    return [one for one in statuses if isinstance(one, EnsembleStatus)]


def _revision(registry: Governed) -> int:
    with registry.database.read() as tx:
        return tx.revision


def _closure(registry: Governed, ref: str, moment: datetime | None = None) -> Closure:
    closures = Closures(registry.database, registry.clock)
    answer = closures.resolve(ref, "", moment, NOTHING_SEEN).answer
    if isinstance(answer, RegistryError):
        raise answer
    return answer


class _Play:
    """Random changes of a graph of ensembles, with its oracle."""

    def __init__(self, registry: Governed, random: Random) -> None:
        self.registry, self.random, self.model = registry, random, new_model()
        self.naive = NaiveRegistry()
        self.past: list[tuple[datetime, dict[str, object]]] = []
        for _ in range(_PLAIN):
            self.naive.versions[plain_version(registry, self.model)] = NaiveVersion()

    def add(self) -> None:
        """Register an ensemble of usable versions; of an unusable one that is an error."""
        chosen = self.random.sample(sorted(self.naive.versions), self.random.randint(1, 3))
        members = [
            (f"m{place}", key, self.random.random() < 0.3) for place, key in enumerate(chosen)
        ]
        usable = all(
            self.naive.versions[key].state == "active" and not self.naive.blocked(key)
            for key in chosen
        )
        try:
            made = ensemble(self.registry, self.model, *members)
        except RegistryError:
            assert not usable
            return
        assert usable
        self.naive.versions[made] = NaiveVersion(members)

    def stack(self, count: int) -> None:
        """Register ensembles of the last one of each level, with as much more as there is room."""
        below = sorted(self.naive.versions, key=self.naive.depth)
        for number in range(count):
            found = [below[-1 if not number else -2], *self.random.sample(below, 4)]
            members: list[tuple[str, str, bool]] = []
            room = MOST_MEMBERS - MOST_LEVELS
            for key in found:
                room -= 1 + len(self.naive.closure(key))
                if room >= 0 or not members:
                    soft = bool(members) and self.random.random() < 0.3
                    members.append((f"m{len(members)}", key, soft))
            made = ensemble(self.registry, self.model, *members)
            self.naive.versions[made] = NaiveVersion(members)

    def change(self) -> None:
        """Set the state of a version, and compare the events with what changed."""
        key = self.random.choice(sorted(self.naive.versions))
        version, state = self.naive.versions[key], self.random.choice(_STATES)
        before, revision = dict(self.naive.state()), _revision(self.registry)
        if version.state in {"revoked", "deleted"} or version.state == state:
            return
        self.registry.live(key, state)
        version.state = state.value
        assert _revision(self.registry) == revision + 1
        after = self.naive.state()
        changed = {name for name in after if after[name] != before[name]}
        # Of more than the first unusable member, the log has the number.
        events = _events(self.registry, revision + 1)
        heard = [f"{event.name.model}/{event.name.number}" for event in events]
        assert len(heard) == len(set(heard))
        told = {name for name in changed if _shown(after[name]) != _shown(before[name])}
        assert set(heard) == told

    def delete(self) -> None:
        """Delete a version: only one that no ensemble has."""
        key = self.random.choice(sorted(self.naive.versions))
        if self.naive.versions[key].state == "deleted":
            return
        pinned = self.naive.holders(key)
        call, reference = self.registry.call(ROOT), Reference.parse(key)
        if pinned:
            with pytest.raises(VersionInUse) as caught:
                self.registry.versions.delete(call, reference, "", "", force=True)
            named = {cause.rpartition("/")[2] for cause in caught.value.causes}
            assert named == {name.rpartition("/")[2] for name in pinned}
            return
        self.registry.versions.delete(call, reference, "", "", force=True)
        self.naive.versions[key].state = "deleted"

    def compare(self) -> None:
        """Compare every ensemble with the oracle, and remember the state."""
        now = self.shown(None)
        for key, unusable in self.naive.state().items():
            if self.naive.versions[key].state == "revoked":
                assert now[key] == "VERSION_REVOKED"
                continue
            first, *counts = _shown(unusable)
            assert now[key] == (counts, first, self.naive.closure(key), self.naive.depth(key))
        with self.registry.database.read() as tx:
            moment = tx.log.time_of(tx.revision)
        assert moment is not None
        self.past.append((moment, now))
        self.registry.clock.forward(timedelta(seconds=1))

    def shown(self, moment: datetime | None) -> dict[str, object]:
        """Return what each ensemble looks like, or the reason why it does not resolve."""
        found: dict[str, object] = {}
        for key, version in self.naive.versions.items():
            if not version.members:
                continue
            try:
                closure = _closure(self.registry, key, moment)
            except RegistryError as error:
                found[key] = error.reason
                continue
            summary = closure.version.ensemble
            assert summary is not None
            first = summary.first and (summary.first.role, summary.first.state.value)
            members = [
                (one.path, f"{one.pin.version.name.model}/{one.pin.version.name.number}")
                for one in closure.members
            ]
            counts = [summary.unusable, summary.unusable_soft]
            found[key] = (counts, first, members, summary.depth)
        return found


def _shown(unusable: Sequence[tuple[str, str, bool]]) -> tuple[object, int, int]:
    hard = [one for one in unusable if not one[2]]
    first = next(iter(hard or unusable), None)
    return first and first[:2], len(hard), len(unusable) - len(hard)


def test_ensembles_are_blocked_exactly_while_a_member_is(registry: Governed) -> None:
    random = randomness("ensembles")
    for _ in range(examples(4)):
        play = _Play(registry, random)
        for _ in range(_STEPS):
            random.choice((play.add, play.add, play.change, play.change, play.delete))()
            play.compare()
        for moment, then in random.sample(play.past, amount(6, _STEPS)):
            seen = play.shown(moment)
            assert {key: seen[key] for key in then} == then


def test_deep_and_large_graphs_are_blocked_exactly_while_a_member_is(registry: Governed) -> None:
    play = _Play(registry, randomness("deep ensembles"))
    for _ in range(MOST_LEVELS):
        play.stack(amount(1, 12))
    deepest = max(map(play.naive.depth, play.naive.versions))
    assert deepest == MOST_LEVELS
    play.compare()
    for _ in range(amount(4, 100)):
        play.change()
    play.compare()
    moment, then = play.past[0]
    assert play.shown(moment) == then


def test_names_of_a_blocked_ensemble_answer_with_the_member(registry: Governed) -> None:
    model = new_model()
    one, two = plain_version(registry, model), plain_version(registry, model)
    inner = ensemble(registry, model, ("text", one, False))
    outer = ensemble(registry, f"{model}-outer", ("inner", inner, False), ("aid", two, True))
    registry.set_alias("champion", outer)
    registry.live(two, VersionState.YANKED)
    assert registry.version(f"{model}-outer@champion").ensemble is not None
    registry.live(one, VersionState.YANKED)
    for name in (f"{model}-outer@champion", f"{model}-outer@latest"):
        with pytest.raises(MemberUnusable, match="its member inner") as caught:
            registry.version(name)
        assert caught.value.metadata["member"].endswith(f"{model}/versions/{inner[-1]}")
        assert caught.value.metadata["state"] == "blocked"
    assert registry.version(outer).blocked
    with pytest.raises(MemberUnusable):
        registry.set_alias("other", outer)
    with pytest.raises(MemberUnusable):
        registry.set_stage(outer, "staging")
    with pytest.raises(MemberUnusable):
        ensemble(registry, f"{model}-third", ("outer", outer, False))
    with pytest.raises(VersionYanked):
        ensemble(registry, f"{model}-third", ("one", one, True))
    registry.live(one, VersionState.ACTIVE)
    assert not registry.version(f"{model}-outer@champion").blocked


def test_a_route_takes_blocked_ensembles_out_once(registry: Governed) -> None:
    model = new_model()
    member = plain_version(registry, f"{model}-member")
    plain = plain_version(registry, model)
    one = ensemble(registry, model, ("m", member, False))
    two = ensemble(registry, model, ("m", member, False))
    registry.set_route(
        f"{model}@checkout", ("a", plain, 5_000), ("b", one, 3_000), ("c", two, 2_000)
    )
    before = _revision(registry)
    registry.live(member, VersionState.REVOKED)
    with registry.database.read() as tx:
        name = ModelName("default", model).route("checkout")
        route, history = tx.routes.get(name), tx.routes.history(name, None, 10)
        actions = [event.change.action for event in tx.log.events(before, 1)]
    assert route is not None
    assert [(arm.weight, arm.state) for arm in route.plan.arms] == [
        (10_000, ArmState.USABLE),
        (0, ArmState.MEMBER_UNUSABLE),
        (0, ArmState.MEMBER_UNUSABLE),
    ]
    assert [entry.moved for entry in history] == [5_000, 0]
    assert sorted(actions) == ["ensemble.block", "ensemble.block", "route.adjust", "version.revoke"]


def test_members_keep_their_model_and_their_bytes(registry: Governed) -> None:
    model = new_model()
    member = plain_version(registry, f"{model}-member")
    holder = ensemble(registry, model, ("m", member, True))
    name = ModelName("default", f"{model}-member")
    models = registry.models
    with pytest.raises(VersionInUse, match=f"{model}/versions/1"):
        models.delete(registry.call(ROOT), name, "", "", force=True)
    with pytest.raises(VersionInUse, match="delete those first"):
        registry.versions.delete(registry.call(ROOT), Reference.parse(member), "", "", force=True)
    registry.versions.delete(registry.call(ROOT), Reference.parse(holder), "", "", force=False)
    registry.versions.delete(registry.call(ROOT), Reference.parse(member), "", "", force=False)
    assert registry.version(member).state is VersionState.DELETED
    # What was deleted shows what it consisted of.
    then = _closure_of(registry, holder)
    assert [one.pin.version.state for one in then] == [VersionState.DELETED]


def _closure_of(registry: Governed, ref: str) -> Sequence[ClosureMember]:
    with registry.database.read() as tx:
        return closure_of(tx, registry.version(ref))


def test_lineage_has_the_members(registry: Governed) -> None:
    model = new_model()
    member = plain_version(registry, model)
    made = registry.version(ensemble(registry, model, ("a", member, False), ("b", member, True)))
    with registry.database.read() as tx:
        edges = tx.lineage.edges([made.uid], Direction.UP, [EdgeRole.MEMBER_OF], 10)
    assert [(edge.source, edge.target) for edge in edges] == [
        (registry.version(member).uid, made.uid)
    ]
    assert made.detail is not None
    assert made.detail.ensemble is not None
    pins = [one.pin for one in made.detail.ensemble.members]
    stored = registry.version(member)
    assert pins == [MemberPin(str(stored.name), stored.root_digest, stored.uid)] * 2


def test_signatures_fit_or_nothing_is_registered(registry: Governed) -> None:
    model = new_model()
    tensor = TensorSpec("x", "float32", (-1, 4))
    first = plain_version(
        registry, model, Signature((tensor,), (TensorSpec("y", "float32", (-1, 2)),))
    )
    second = plain_version(registry, model, Signature((TensorSpec("y", "float64", (-1, 2)),), ()))
    edge = EnsembleEdge("one", "two", "y", "y")
    spec = spec_of(("one", first, False), ("two", second, False), edges=[edge])
    own = Signature((TensorSpec("z", "float32"),), ())
    with pytest.raises(MemberSignatureMismatch) as caught:
        register(registry, model, VersionDetail(ensemble=spec, signature=own))
    assert list(caught.value.causes) == [
        "one, output 'y' is float32, and two, input 'y' is float64",
        "one, input 'x': the ensemble has no input 'x'",
    ]
    assert registry.version(f"{model}@latest").name.number == 2


def test_ensembles_are_bounded(registry: Governed) -> None:
    model = new_model()
    deep = plain_version(registry, model)
    for _ in range(16):
        deep = ensemble(registry, model, ("m", deep, False))
    with pytest.raises(LimitExceeded, match="levels of an ensemble"):
        ensemble(registry, model, ("m", deep, False))
    plain = plain_version(registry, model)
    wide = ensemble(registry, model, *((f"m{place}", plain, False) for place in range(500)))
    with pytest.raises(LimitExceeded, match="in all levels"):
        ensemble(registry, model, ("a", wide, False), ("b", wide, False))
    full = ensemble(registry, model, *((f"m{place}", plain, False) for place in range(1_000)))
    assert len(_closure(registry, full).members) == 1_000
    with pytest.raises(InvalidRequest, match="namespace"):
        ensemble(registry, model, ("m", f"another/{model}/1", False))
    before = _revision(registry)
    registry.live(f"{model}/1", VersionState.REVOKED)
    assert len(_events(registry, before + 1)) == 16
    assert registry.version(deep).blocked


def test_a_version_is_in_a_bounded_number_of_ensembles(registry: Governed) -> None:
    model = new_model()
    member = registry.version(plain_version(registry, f"{model}-member"))
    first = registry.version(ensemble(registry, model, ("m", f"{model}-member/1", False)))
    with registry.database.change(registry.clock) as tx:
        owner = tx.models.get(first.name.parent)
        assert owner is not None
        for _ in range(MOST_ENSEMBLES - 1):
            name = owner.name.version(tx.models.next_number(owner.uid))
            another = replace(first, name=name, uid=uuid4())
            tx.versions.add(owner, another, [])
            tx.ensembles.add(another, [member])
    with pytest.raises(LimitExceeded, match="ensembles that contain one version"):
        ensemble(registry, model, ("m", f"{model}-member/1", False))
    before = _revision(registry)
    registry.live(f"{model}-member/1", VersionState.REVOKED)
    events = _events(registry, before + 1)
    assert len({event.name for event in events}) == len(events) == MOST_ENSEMBLES


def test_the_draft_of_an_ensemble_is_checked() -> None:
    found = Violations()
    spec = EnsembleSpec(
        (
            Member("Bad role", MemberPin("a/1")),
            Member("x", MemberPin("a/1"), input_names={"i": "j"}),
            Member("x", MemberPin("a/1")),
        ),
        edges=(EnsembleEdge("x", "y"), EnsembleEdge("x", "x", "o", "i")),
    )
    VersionDraft([], detail=VersionDetail(ensemble=spec)).check(found)
    assert [one.field.removeprefix("version.ensemble.") for one in found.error().violations] == [
        "members[0].role",
        "members[2].role",
        "edges[0].target",
        "edges",
    ]
