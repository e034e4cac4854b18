"""Actions of users on versions and aliases, in the model."""

from collections.abc import Sequence

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import (
    AliasNotFound,
    AliasProtected,
    InvalidRequest,
    VersionDeleted,
    VersionInUse,
    VersionRevoked,
)
from registry_grpc.domain.evaluation import EvaluationDraft
from registry_grpc.domain.evidence import Record
from registry_grpc.domain.facts import SliceMetric, VersionDetail
from registry_grpc.domain.names import AliasName, ModelName
from registry_grpc.domain.principal import Principal
from registry_grpc.domain.version import VersionState
from registry_grpc.services.registration_check import Registration
from tests.support.account.both import Both, reference, text
from tests.support.account.places import Id, Kept, No, Seat
from tests.support.account.requests import UNUSABLE


def register(
    both: Both, model: str, actor: Principal, result: float, parts: Sequence[SliceMetric]
) -> None:
    """Register a version with what was measured of it."""
    places, registry = both.account.places, both.registry
    detail = VersionDetail(slices=(*parts,))
    draft = VersionDraft([], metrics={"auc": result}, detail=detail)
    name, wanted = ModelName("default", model), Registration(draft, create_model=True)
    number = len([owner for owner, _ in places.kept if owner == model]) + 1

    def act() -> None:
        registry.registrations.register(registry.call(actor), name, wanted)
        version = registry.version(f"{model}/{number}")
        assert version.stage == "none"
        places.kept[model, number] = Kept(version, places.now)

    if number == 1:
        both.account.note("model.create", str(name))
    both.do("register", lambda: None, act)


def evaluate(both: Both, who: Id, draft: EvaluationDraft) -> None:
    """Measure a version again."""
    places, registry = both.account.places, both.registry

    def expect() -> None:
        kept = places.kept[who]
        if kept.state in {VersionState.DELETED, VersionState.REVOKED}:
            raise No(UNUSABLE[kept.state])
        cells = frozenset((part.dimension, part.metric) for part in draft.slices)
        count = f"{len(kept.records)}"
        record = Record(count, places.now, metrics=draft.metrics, cells=cells)
        places.change(who, records=((record, draft.slices), *kept.records))

    call = registry.call()
    both.do("evaluate", expect, lambda: registry.evaluations.submit(call, reference(who), draft))


def live(both: Both, who: Id, state: VersionState, actor: Principal) -> None:
    """Deprecate, yank, restore or revoke a version."""
    before = both.account.places.kept[who].state

    def expect() -> None:
        if before is VersionState.DELETED:
            raise No(VersionDeleted)
        if before is VersionState.REVOKED and state is not before:
            raise No(VersionRevoked)
        both.account.places.change(who, state=state)

    both.do(f"{before} to {state}", expect, lambda: both.registry.live(text(who), state, actor))


def delete(both: Both, who: Id, actor: Principal, *, force: bool) -> None:
    """Delete a version for good."""
    places, registry = both.account.places, both.registry

    def expect() -> None:
        kept = places.kept[who]
        if kept.state is VersionState.DELETED:
            raise No(VersionDeleted)
        if (places.names_of(who) or kept.stage == "production") and not force:
            raise No(VersionInUse)
        for seat in places.names_of(who):
            del places.aliases[seat]
        if kept.stage != "none":
            places.move(who, "archived")
        places.change(who, state=VersionState.DELETED)

    def act() -> None:
        registry.versions.delete(registry.call(actor), reference(who), "", "", force=force)

    both.do("delete", expect, act)


def set_alias(both: Both, seat: Seat, number: int) -> None:
    """Point an alias at a version."""
    places = both.account.places
    model, alias = seat

    def expect() -> None:
        kept = places.kept[model, number]
        if alias in places.chart.rooms:
            raise No(InvalidRequest)
        if kept.state in UNUSABLE:
            raise No(UNUSABLE[kept.state])
        if places.aliases.get(seat) == number:
            return
        if places.chart.forbids(alias, kept.stage):
            raise No(AliasProtected)
        places.point(seat, number)

    both.do("set alias", expect, lambda: both.registry.set_alias(alias, f"{model}/{number}"))


def delete_alias(both: Both, seat: Seat) -> None:
    """Remove an alias."""
    aliases, registry = both.account.places.aliases, both.registry

    def expect() -> None:
        if aliases.pop(seat, None) is None:
            raise No(AliasNotFound)

    name = AliasName("default", *seat)
    both.do("delete alias", expect, lambda: registry.aliases.delete(registry.call(), name, "", ""))
