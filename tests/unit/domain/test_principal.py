from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from registry_grpc.domain.principal import Role, Token

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
TOKEN = Token("id", "ci", Role.WRITER, create_time=NOW - timedelta(days=1))


@pytest.mark.parametrize("role", Role)
def test_a_role_reads_back(role: Role) -> None:
    assert Role.parse(role.label) is role


@pytest.mark.parametrize("text", ["", "Reader", "READER", "owner", "admin ", "admin\n"])
def test_there_are_no_other_roles(text: str) -> None:
    with pytest.raises(ValueError, match="reader, reporter, approver, writer or admin"):
        Role.parse(text)


def test_a_token_is_active_until_the_moment_it_expires() -> None:
    token = replace(TOKEN, expire_time=NOW)
    assert token.active(NOW - MOMENT)
    assert not token.active(NOW)
    assert not token.active(NOW + MOMENT)


def test_a_token_without_an_end_stays_active() -> None:
    assert TOKEN.active(NOW + timedelta(days=10_000))


def test_a_revoked_token_is_never_active() -> None:
    token = replace(TOKEN, revoke_time=NOW)
    assert not token.active(NOW)
    assert not token.active(NOW + timedelta(days=1))
    assert not replace(token, expire_time=NOW + timedelta(days=1)).active(NOW)
