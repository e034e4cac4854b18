"""How the message of a read from memory is received: at once for so many calls of a caller."""

from typing import cast

from registry_grpc.domain.principal import Principal, Role
from registry_grpc.transport.cached_calls import CachedCalls
from registry_grpc.transport.quick import QuickHandler, QuickHandlers


class Calls:
    """Authenticates every caller that has a name."""

    def known(self, metadata: tuple[tuple[str, str], ...]) -> Principal | None:
        name = dict(metadata).get("name")
        return None if name is None else Principal(name, Role.READER)

    async def quick(self, *_: object) -> bytes:
        return b"quick"

    async def call(self, *_: object) -> bytes:
        return b"call"


def handlers(at_once: int) -> QuickHandlers:
    return QuickHandlers(cast("CachedCalls", Calls()), at_once)


def test_a_caller_who_is_not_known_is_asked_for_the_message_later() -> None:
    found = handlers(1).of(())
    assert not isinstance(found, QuickHandler)
    assert found.request_streaming


def test_only_so_many_messages_of_a_caller_are_received_at_once() -> None:
    chosen, ann, bob = handlers(2), (("name", "ann"),), (("name", "bob"),)
    held = [chosen.of(ann) for _ in range(3)]
    assert [isinstance(one, QuickHandler) for one in held] == [True, True, False]
    assert isinstance(chosen.of(bob), QuickHandler)
    # gRPC lets go of a handler when its call has ended, also when no message ever came.
    del held[0]
    assert isinstance(chosen.of(ann), QuickHandler)
