import pytest

from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.reason import check_reason


@pytest.mark.parametrize("reason", ["", "because", "é" * 2_048])
def test_a_reason_may_be_anything_short(reason: str) -> None:
    check_reason(reason)


@pytest.mark.parametrize("reason", ["é" * 2_048 + "x", "a\0b"])
def test_a_reason_that_cannot_be_kept_is_refused(reason: str) -> None:
    with pytest.raises(InvalidRequest, match="reason: "):
        check_reason(reason)
