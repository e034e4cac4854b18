"""The promises of `Tokens` and `Replays`."""

from dataclasses import replace

import pytest

from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.services.ports.access import Replay
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import START, a_token, at

_HASH = bytes(range(32))
_REPLAY = Replay("ann", "5f1c", "RegisterVersion:1", b"\x00reply\xff", at(10))


def test_a_token_is_found_by_its_hash_alone(database: Database) -> None:
    token = a_token()
    with database.write() as transaction:
        transaction.tokens.add(token, _HASH)
        assert transaction.tokens.find(_HASH) == token
        assert transaction.tokens.find(_HASH[::-1]) is None


def test_tokens_are_listed_oldest_first(database: Database) -> None:
    second, first = a_token("a", create_time=at(2)), a_token("b", create_time=at(1))
    with database.write() as transaction:
        assert transaction.tokens.all() == []
        transaction.tokens.add(second, b"2")
        transaction.tokens.add(first, b"1")
        assert transaction.tokens.all() == [first, second]


def test_whether_there_is_a_token_does_not_ask_for_its_state(database: Database) -> None:
    with database.write() as transaction:
        assert not transaction.tokens.exist()
        transaction.tokens.add(replace(a_token(), revoke_time=START, expire_time=START), _HASH)
        assert transaction.tokens.exist()


def test_a_revoked_token_is_still_found(database: Database) -> None:
    token = a_token()
    with database.write() as transaction:
        transaction.tokens.add(token, _HASH)
        revoked = replace(token, revoke_time=at(1))
        assert transaction.tokens.revoke(token.id, at(1)) == revoked
        assert transaction.tokens.find(_HASH) == revoked


def test_the_first_moment_of_revocation_stays(database: Database) -> None:
    token = a_token()
    with database.write() as transaction:
        transaction.tokens.add(token, _HASH)
        first = transaction.tokens.revoke(token.id, at(1))
        assert transaction.tokens.revoke(token.id, at(2)) == first


def test_revoking_an_unknown_token_returns_none(database: Database) -> None:
    with database.write() as transaction:
        assert transaction.tokens.revoke("unknown", START) is None


def test_an_answer_is_found_until_it_expires(database: Database) -> None:
    with database.write() as transaction:
        transaction.replays.add(_REPLAY, START)
        find = transaction.replays.find
        assert find("ann", "5f1c", at(9.9)) == _REPLAY
        assert find("ann", "5f1c", at(10)) is None
        assert find("bob", "5f1c", START) is None
        assert find("ann", "0000", START) is None


def test_expired_answers_are_forgotten(database: Database) -> None:
    later = replace(_REPLAY, request_id="later", expire_time=at(20))
    with database.write() as transaction:
        transaction.replays.add(_REPLAY, START)
        transaction.replays.add(later, START)
        transaction.replays.add(replace(_REPLAY, request_id="new", expire_time=at(30)), at(11))
        assert transaction.replays.find("ann", "5f1c", START) is None
        assert transaction.replays.find("ann", "later", at(11)) == later


def test_the_id_of_an_expired_answer_can_be_used_again(database: Database) -> None:
    again = replace(_REPLAY, fingerprint="other", expire_time=at(30))
    with database.write() as transaction:
        transaction.replays.add(_REPLAY, START)
        transaction.replays.add(again, at(10))
        assert transaction.replays.find("ann", "5f1c", at(11)) == again


def test_the_slower_of_two_twins_is_told_to_try_again(database: Database) -> None:
    with database.write() as transaction:
        transaction.replays.add(_REPLAY, START)
    with pytest.raises(DatabaseUnavailable), database.write() as transaction:
        transaction.replays.add(_REPLAY, START)
    with database.read() as transaction:
        assert transaction.replays.find("ann", "5f1c", START) == _REPLAY
