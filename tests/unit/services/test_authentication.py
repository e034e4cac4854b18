"""Cached authentication: valid for a second, and for longer only if the call requests it."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest

from registry_grpc.domain.errors import TokenInvalid, TokenRequired
from registry_grpc.domain.principal import Role
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.access import LOCAL, Authentication, Tokens
from tests.support.services import MovableClock

FRESH = Authentication.FRESH


@dataclass
class Gate:
    """Authentication on a real database, with clocks that a test moves."""

    database: SqlDatabase
    trust_loopback: bool = True
    most_known: int = 10
    now: float = 0.0
    clock: MovableClock = field(default_factory=MovableClock)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.database, self.clock, uuid4, lambda: uuid4().hex)
        self.authentication = Authentication(
            self.database,
            self.clock,
            lambda: self.now,
            trust_loopback=self.trust_loopback,
            most_known=self.most_known,
        )

    def create(self, name: str = "ann", valid_for: timedelta | None = None) -> tuple[str, str]:
        token, secret = self.tokens.create(name, Role.READER, valid_for)
        return token.id, secret

    def name(self, secret: str | None) -> str:
        return self.authentication.authenticate(secret).name

    def remembered(self, secret: str | None) -> str | None:
        found = self.authentication.cached(secret)
        return None if found is None else found.name

    def last_known(self, secret: str | None) -> str | None:
        found = self.authentication.last_cached(secret)
        return None if found is None else found.name


@pytest.fixture
def gate(database: SqlDatabase) -> Gate:
    return Gate(database)


def test_a_token_is_remembered_for_a_second_after_it_was_looked_up(gate: Gate) -> None:
    _, secret = gate.create()
    assert gate.remembered(secret) is None
    assert gate.name(secret) == "ann"
    assert gate.remembered(secret) == "ann"
    gate.now += FRESH - 0.001
    assert gate.remembered(secret) == "ann"
    gate.now += 0.001
    assert gate.remembered(secret) is None
    assert gate.last_known(secret) == "ann"


def test_a_revoked_token_stops_working_within_a_second(gate: Gate) -> None:
    token_id, secret = gate.create()
    assert gate.name(secret) == "ann"
    gate.tokens.revoke(token_id)
    gate.now += FRESH
    assert gate.remembered(secret) is None
    assert gate.last_known(secret) == "ann"  # it has no news of the token
    with pytest.raises(TokenInvalid):
        gate.name(secret)
    assert gate.last_known(secret) is None


def test_a_token_that_ran_out_is_not_believed_however_fresh(gate: Gate) -> None:
    _, secret = gate.create(valid_for=timedelta(minutes=1))
    assert gate.name(secret) == "ann"
    gate.clock.forward(timedelta(minutes=1))
    assert gate.remembered(secret) is None
    assert gate.last_known(secret) is None
    with pytest.raises(TokenInvalid):
        gate.name(secret)


def test_an_unknown_token_is_never_known(gate: Gate) -> None:
    gate.create()
    with pytest.raises(TokenInvalid):
        gate.name("mrt_unknown")
    assert gate.remembered("mrt_unknown") is None
    assert gate.last_known("mrt_unknown") is None


def test_the_machine_itself_is_trusted_until_a_second_after_the_first_token(gate: Gate) -> None:
    assert gate.remembered(None) is None
    assert gate.last_known(None) is None
    assert gate.name(None) == LOCAL.name
    gate.create()
    assert gate.remembered(None) == LOCAL.name
    gate.now += FRESH
    assert gate.remembered(None) is None
    assert gate.last_known(None) == LOCAL.name  # it has no news of tokens
    with pytest.raises(TokenRequired):
        gate.name(None)
    assert gate.last_known(None) is None


def test_where_the_machine_is_not_trusted_nobody_without_a_token_is_known(
    database: SqlDatabase,
) -> None:
    gate = Gate(database, trust_loopback=False)
    with pytest.raises(TokenRequired):
        gate.name(None)
    assert gate.remembered(None) is None
    assert gate.last_known(None) is None


def test_of_more_tokens_than_are_kept_the_one_read_least_recently_is_evicted(
    database: SqlDatabase,
) -> None:
    gate = Gate(database, most_known=2)
    (_, ann), (_, ben), (_, eve) = (gate.create(name) for name in ("ann", "ben", "eve"))
    assert [gate.name(ann), gate.name(ben)] == ["ann", "ben"]
    gate.now += FRESH
    assert [gate.name(ann), gate.name(eve)] == ["ann", "eve"]
    assert list(map(gate.remembered, (ann, ben, eve))) == ["ann", None, "eve"]
    assert list(map(gate.last_known, (ann, ben, eve))) == ["ann", None, "eve"]
