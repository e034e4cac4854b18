"""Which denied requests belong in the audit trail: decided for every error there is."""

from registry_grpc.domain import errors
from registry_grpc.domain.denied_request import belongs_in_the_trail

# States that clients meet in normal use, and that no rule has caused.
_DAILY = {
    errors.ModelDeleted,
    errors.ModelNotDeleted,
    errors.ModelNotEmpty,
    errors.ModelPurged,
    errors.ModelRenamed,
    errors.VersionDeleted,
    errors.VersionNotDeleted,
    errors.BlobsMissing,
    errors.BytesNotStored,
    errors.RouteArmBlocked,
    errors.MemberNotCopied,
    errors.MemberSignatureMismatch,
    errors.UploadNotOpen,
    errors.UploadIncomplete,
}


def _made(kind: type[errors.RegistryError]) -> errors.RegistryError:
    """An error of this class, whatever its message would take."""
    return kind.__new__(kind)


def test_every_state_that_forbids_something_is_daily_work_or_a_rule() -> None:
    for kind in errors.leaves(errors.WrongState):
        recorded = belongs_in_the_trail(_made(kind), changing=True)
        assert recorded is (kind not in _DAILY), kind.__name__


def test_of_the_others_only_a_denial_and_a_binding_that_moved_are_recorded() -> None:
    others = set(errors.leaves()) - set(errors.leaves(errors.WrongState))
    recorded = {kind for kind in others if belongs_in_the_trail(_made(kind), changing=True)}
    assert recorded == {errors.PermissionDenied, errors.BindingMismatch}


def test_what_only_reads_is_recorded_when_it_was_denied() -> None:
    recorded = {
        kind for kind in errors.leaves() if belongs_in_the_trail(_made(kind), changing=False)
    }
    assert recorded == {errors.PermissionDenied}
