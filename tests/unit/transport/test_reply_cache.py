"""Replies by the bytes of their requests: of one moment, and never too many."""

import pytest

from registry_grpc.domain.principal import Permission
from registry_grpc.domain.scope import REGISTRY
from registry_grpc.services.lookup_cache import LookupCache
from registry_grpc.transport.reply_cache import KeptReply, ReplyCache
from tests.support.history import at

ROOM = 2_000
DEMANDS = ((Permission.READ, REGISTRY),)
MODEL = "namespaces/default/models/fraud"


def reply(encoded: bytes) -> KeptReply:
    return KeptReply(encoded, DEMANDS)


@pytest.fixture
def answers() -> LookupCache[bytes]:
    return LookupCache[bytes](ROOM)


@pytest.fixture
def replies(answers: LookupCache[bytes]) -> ReplyCache:
    return ReplyCache(answers, ROOM)


def test_a_reply_is_kept_by_its_request(replies: ReplyCache) -> None:
    assert replies.get(b"a") is None
    replies.put(b"a", reply(b"1"))
    assert (replies.get(b"a"), replies.get(b"b")) == (reply(b"1"), None)


def test_any_change_forgets_them_all(answers: LookupCache[bytes], replies: ReplyCache) -> None:
    replies.put(b"a", reply(b"1"))
    answers.apply(1, [MODEL])
    assert replies.get(b"a") is None
    replies.put(b"a", reply(b"2"))
    assert replies.get(b"a") == reply(b"2")
    answers.apply(2, [])
    assert replies.get(b"a") is None


def test_another_log_forgets_them_too_though_it_ends_at_the_same_revision(
    answers: LookupCache[bytes], replies: ReplyCache
) -> None:
    answers.apply(1, [MODEL])
    assert replies.get(b"a") is None
    replies.put(b"a", reply(b"1"))
    answers.reset(at(1))
    assert replies.get(b"a") is None


def test_when_there_is_no_room_left_the_least_recently_used_is_evicted(replies: ReplyCache) -> None:
    replies.put(b"used", reply(b"reply"))
    for number in range(100):
        replies.put(b"%d" % number, reply(b"reply"))
        assert replies.get(b"%d" % number) == reply(b"reply")
        assert replies.get(b"used") == reply(b"reply")
    kept = [number for number in range(100) if replies.get(b"%d" % number)]
    assert 0 < len(kept) < 100
    assert kept == list(range(100 - len(kept), 100))


def test_what_is_larger_than_all_room_takes_nobody_elses(replies: ReplyCache) -> None:
    replies.put(b"a", reply(b"1"))
    replies.put(b"b", reply(bytes(ROOM)))
    assert (replies.get(b"a"), replies.get(b"b")) == (reply(b"1"), None)
