"""Version states: which references may resolve to a version, and which changes need a reason."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    InvalidRequest,
    RegistryError,
    VersionDeleted,
    VersionRevoked,
    VersionYanked,
)
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.domain.version_state import ACTIONS, check_explained

_NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
_CUT_OFF = {VersionState.YANKED, VersionState.REVOKED}


def _version(state: VersionState) -> Version:
    return Version(
        name=ModelName("default", "fraud").version(7),
        uid=UUID(int=7),
        root_digest=Digest("ab" * 32),
        size=1,
        file_count=1,
        creator="ann",
        create_time=_NOW,
        update_time=_NOW,
        revision=1,
        state=state,
    )


def _refusal(check: Callable[[], None]) -> type[RegistryError] | None:
    try:
        check()
    except RegistryError as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    "state, exactly, followed",
    [
        (VersionState.ACTIVE, None, None),
        (VersionState.DEPRECATED, None, None),
        (VersionState.YANKED, None, VersionYanked),
        (VersionState.REVOKED, VersionRevoked, VersionRevoked),
        (VersionState.DELETED, VersionDeleted, VersionDeleted),
    ],
)
def test_what_may_be_named_exactly_and_what_may_be_followed(
    state: VersionState, exactly: type[RegistryError] | None, followed: type[RegistryError] | None
) -> None:
    version = _version(state)
    assert _refusal(version.require_usable) is exactly
    assert _refusal(version.require_followed) is followed


def test_a_yanked_version_says_which_name_leads_to_it() -> None:
    with pytest.raises(VersionYanked, match=r"fraud@champion references .*versions/7") as caught:
        _version(VersionState.YANKED).require_followed("fraud@champion")
    assert caught.value.metadata["name"] == "fraud@champion"
    with pytest.raises(VersionYanked, match="can reference it") as caught:
        _version(VersionState.YANKED).require_followed()
    assert "name" not in caught.value.metadata


@pytest.mark.parametrize("state", sorted(ACTIONS))
def test_only_what_cuts_others_off_has_to_be_explained(state: VersionState) -> None:
    check_explained(state, "leaks")
    for missing in ("", " \n"):
        refused = _refusal(lambda: check_explained(state, missing))  # noqa: B023 - called here
        assert refused is (InvalidRequest if state in _CUT_OFF else None)


@pytest.mark.parametrize("state", sorted(ACTIONS))
def test_a_reason_that_cannot_be_kept_is_refused(state: VersionState) -> None:
    with pytest.raises(InvalidRequest):
        check_explained(state, "x" * 4_097)


def test_every_state_but_deleted_is_reached_by_an_action_of_its_own() -> None:
    assert set(ACTIONS) == set(VersionState) - {VersionState.DELETED}
    assert len(set(ACTIONS.values())) == len(ACTIONS)
