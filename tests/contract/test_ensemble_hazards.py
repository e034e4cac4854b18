"""Ensembles on both databases where something else happens to their members at the same time."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from registry_grpc.domain.change import Change
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import MemberState
from registry_grpc.domain.errors import VersionNotFound
from registry_grpc.domain.model import ModelDraft
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.version import VersionAction, VersionState
from registry_grpc.services.ensemble_copying import with_members_in
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.purge import Purges
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.renaming import Renames
from tests.support.ensembles import ensemble, new_model, plain_version
from tests.support.governance import ROOT, Governed, governed

_MANY = 60
"""More versions than one call of a purge deletes."""


@pytest.fixture
def registry(database_url: str) -> Iterator[Governed]:
    with governed(database_url) as opened:
        yield opened


def test_a_purge_in_parts_leaves_no_ensemble_without_its_member(registry: Governed) -> None:
    model = new_model()
    member = plain_version(registry, model)
    first = registry.version(member)
    with registry.database.change(registry.clock) as tx:
        owner = tx.models.get(first.name.parent)
        assert owner is not None
        for _ in range(_MANY):
            another = owner.name.version(tx.models.next_number(owner.uid))
            tx.versions.add(owner, replace(first, name=another, uid=uuid4()), [])
    holder = ensemble(registry, model, ("m", member, False))
    name = ModelName("default", model)
    registry.models.delete(registry.call(ROOT), name, "", "", force=True)
    purges = Purges(Mutations(registry.database, registry.clock))
    purges.model(registry.call(ROOT), name, "", "old", versions=True)
    registry.models.undelete(registry.call(ROOT), name, "")
    assert registry.version(member).state is VersionState.ACTIVE
    assert registry.version(holder).state is VersionState.DELETED


def test_a_version_in_every_role_is_counted_and_named_once(registry: Governed) -> None:
    model = new_model()
    member, other = plain_version(registry, f"{model}-m"), plain_version(registry, f"{model}-m")
    roles = [(f"s{place}", member, True) for place in range(400)]
    roles += [(f"h{place}", member, False) for place in range(500)]
    wide = ensemble(registry, model, ("other", other, False), *roles)
    registry.live(member, VersionState.REVOKED)
    summary = registry.version(wide).ensemble
    assert summary is not None
    assert summary.first is not None
    assert (summary.unusable, summary.unusable_soft) == (500, 400)
    assert (summary.first.role, summary.first.state) == ("h0", MemberState.REVOKED)


def test_a_state_that_is_set_again_brings_up_what_an_earlier_release_left(
    registry: Governed,
) -> None:
    model = new_model()
    member = plain_version(registry, f"{model}-m")
    plain, holder = plain_version(registry, model), ensemble(registry, model, ("m", member, False))
    registry.set_route(f"{model}@checkout", ("a", plain, 5_000), ("b", holder, 5_000))
    with registry.database.change(registry.clock) as tx:  # as a server does that knows none
        owner = tx.models.get(ModelName("default", f"{model}-m"))
        assert owner is not None
        before = tx.versions.get(owner, 1)
        assert before is not None
        after = replace(before, state=VersionState.REVOKED, revision=tx.revision)
        tx.versions.update(after)
        name = str(after.name)
        tx.record([Change(VersionAction.REVOKE, name, "ann", before, after, "leaked")])
    assert not registry.version(holder).blocked
    registry.live(member, VersionState.REVOKED)
    with registry.database.read() as tx:
        events = tx.log.events(tx.revision - 1, 1)
        revision = tx.revision
    assert [event.change.action for event in events] == ["ensemble.block", "route.adjust"]
    assert registry.version(holder).blocked
    registry.live(member, VersionState.REVOKED)
    with registry.database.read() as tx:
        assert tx.revision == revision


def test_a_rename_is_no_change_of_an_ensemble(registry: Governed) -> None:
    model = new_model()
    one, two = plain_version(registry, f"{model}-m"), plain_version(registry, f"{model}-m")
    both = ensemble(registry, model, ("a", one, False), ("b", two, True), ("c", two, True))
    registry.live(one, VersionState.YANKED)
    before = registry.version(both).ensemble
    renames = Renames(Mutations(registry.database, registry.clock))
    renames.rename(registry.call(ROOT), ModelName("default", f"{model}-m"), f"{model}-n", "")
    registry.live(f"{model}-n/2", VersionState.DEPRECATED)
    with registry.database.read() as tx:
        events = tx.log.events(tx.revision - 1, 1)
    assert [event.change.action for event in events] == ["version.deprecate"]
    assert registry.version(both).ensemble == before


def test_a_copy_never_takes_another_version_that_got_the_name_of_a_member(
    registry: Governed,
) -> None:
    model = new_model()
    member = plain_version(registry, f"{model}-m")
    whole = registry.version(ensemble(registry, model, ("m", member, False)))
    with registry.database.read() as tx:
        draft = with_members_in(tx, VersionDraft.copied(whole, []), whole, "default")
    renames = Renames(Mutations(registry.database, registry.clock))

    def meanwhile() -> None:
        name = ModelName("default", f"{model}-m")
        renames.rename(registry.call(ROOT), name, f"{model}-n", "")
        registry.models.create(registry.call(ROOT), name, ModelDraft())
        plain_version(registry, f"{model}-m")

    wanted = Registration(draft, create_model=True, source=whole)
    copy = ModelName("default", f"{model}-copy")
    with pytest.raises(VersionNotFound, match=f"{model}-m/versions/1"):
        registry.registrations.register(registry.call(), copy, wanted, meanwhile)
    with registry.database.read() as tx:
        assert tx.models.get(copy) is None
