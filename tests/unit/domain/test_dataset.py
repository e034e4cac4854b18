import pytest

from registry_grpc.domain.dataset import check_no_password
from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.violations import Violations

SECRETS = [
    "https://me:secret@git.example/x",
    "postgresql://me:p@ss:word@host/db",
    "s3://:secret@host/data",
    "https://ghp_token@github.com/x",
    "git+HTTPS://token@github.com/x",
    "see gs://a then http://token@host/ and on",
    "a://b://me:secret@host",
]
HARMLESS = [
    "",
    "gs://claims/2026-10.parquet",
    "ssh://git@github.com/x",
    "s3://me:@host/data",
    "https://host/path@home",
    "https://host/?mail=ann@host",
    "me:secret@host",
    "https://@host/",
]


@pytest.mark.parametrize("uri", SECRETS)
def test_a_password_or_token_is_seen_wherever_it_stands(uri: str) -> None:
    found = Violations()
    check_no_password(found, "uri", uri)
    with pytest.raises(InvalidRequest):
        found.raise_if_any()


@pytest.mark.parametrize("uri", HARMLESS)
def test_a_uri_without_one_is_let_through(uri: str) -> None:
    found = Violations()
    check_no_password(found, "uri", uri)
    found.raise_if_any()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["x", "x.", "a:", "://", "a://", "a://:", "a@", "://a:", "1+"])
def test_a_long_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    found = Violations()
    check_no_password(found, "openlineage_event", piece * 1_000_000)
    found.raise_if_any()
