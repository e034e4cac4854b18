"""ReplyMemory for large replies: bounded, waited for, given back."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry_grpc.domain.errors import ServerOverloaded
from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.services.reply_memory import ReplyMemory

LARGE = MIB


def test_small_replies_take_no_room() -> None:
    room = ReplyMemory(MIB, wait=0)
    with room.building(16 * MIB), room.building(64 * KIB):
        assert room.taken == MIB


def test_what_is_taken_is_given_back_however_it_ends() -> None:
    room = ReplyMemory(64 * MIB)
    with pytest.raises(ZeroDivisionError), room.building(LARGE):
        room.taken // 0
    assert room.taken == 0


def test_who_finds_no_room_in_time_is_told_so() -> None:
    room = ReplyMemory(64 * MIB, wait=0)
    with room.building(64 * MIB):
        with pytest.raises(ServerOverloaded), room.building(LARGE):
            pass
        assert room.taken == 64 * MIB
    with room.building(LARGE):
        pass


def test_who_waits_goes_on_when_there_is_room() -> None:
    room, begun = ReplyMemory(64 * MIB, wait=60), threading.Event()

    def build() -> int:
        begun.set()
        with room.building(64 * MIB):
            return room.taken

    with ThreadPoolExecutor(1) as pool:
        with room.building(64 * MIB):
            waiting = pool.submit(build)
            begun.wait()
        assert waiting.result() == 64 * MIB
    assert room.taken == 0


def test_many_at_once_never_take_more_than_there_is() -> None:
    room, most = ReplyMemory(20 * MIB, wait=60), []

    def build(_: int) -> None:
        with room.building(MIB):
            most.append(room.taken)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(build, range(100)))
    assert max(most) <= 20 * MIB
    assert room.taken == 0
