"""Sends mutated requests to a server concurrently, and records how they end."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from typing_extensions import override

from tests.support.fuzz.mutation import mutated
from tests.support.fuzz.seeds import METHODS, nearly_valid

CHUNK = 250
_AT_ONCE = 32
_CALL_S = 60.0
_HEARD_S = 0.2
_BUGS = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)


@dataclass(frozen=True)
class Sent:
    """One mutated request and how it ended."""

    method: MethodDescriptor
    encoded: bytes
    code: grpc.StatusCode
    text: str

    @override
    def __str__(self) -> str:
        """Everything that is needed to send it again."""
        return f"{self.method.full_name} {self.encoded.hex()[:4000]}: {self.code.name} {self.text}"


@dataclass
class Outcome:
    """bugs: requests that ended INTERNAL or UNKNOWN. codes: how many ended how."""

    bugs: list[Sent] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)


class Fuzzer:
    """Sends the requests of a seed; the same seed and chunk give the same requests."""

    def __init__(
        self,
        target: str,
        metadata: Sequence[tuple[str, str]],
        seed: str,
        taken: Sequence[tuple[str, Message]],
    ) -> None:
        """taken: requests that the server takes, by method."""
        self._target = target
        self._metadata = tuple(metadata)
        self._seed = seed
        self.outcome = Outcome()
        seeds: Mapping[str, list[Message]] = {m.name: [nearly_valid(m)] for m in METHODS}
        for name, request in taken:
            seeds[name].append(request)
        self._seeds = seeds

    def chunk(self, number: int) -> list[tuple[MethodDescriptor, bytes]]:
        """Return the requests of one chunk."""
        chance = Random(f"{self._seed} {number}")  # noqa: S311 - hides nothing
        chosen = [chance.choice(METHODS) for _ in range(CHUNK)]
        return [(m, mutated(chance.choice(self._seeds[m.name]), chance)) for m in chosen]

    async def send(self, numbers: Sequence[int]) -> None:
        """Send chunks, one after the other, but each all at once."""
        async with grpc.aio.insecure_channel(self._target) as channel:
            turns = asyncio.Semaphore(_AT_ONCE)
            for number in numbers:
                # What is waited for goes first, so that nothing has to wait for it at the end.
                chunk = sorted(self.chunk(number), key=lambda each: not each[0].server_streaming)
                calls = (self._one(channel, turns, *each) for each in chunk)
                await asyncio.gather(*calls)

    async def costliest(self, number: int, spent: Callable[[], float]) -> tuple[float, str]:
        """Send a chunk again, one by one; return the most that one took, by what is spent."""
        found = (0.0, "")
        async with grpc.aio.insecure_channel(self._target) as channel:
            for method, encoded in self.chunk(number):
                before = spent()
                code, text = await self._ended(channel, method, encoded)
                taken = spent() - before
                found = max(found, (taken, str(Sent(method, encoded, code, text))))
        return found

    async def _one(
        self,
        channel: grpc.aio.Channel,
        turns: asyncio.Semaphore,
        method: MethodDescriptor,
        encoded: bytes,
    ) -> None:
        async with turns:
            code, text = await self._ended(channel, method, encoded)
        self.outcome.codes[code.name] += 1
        if code in _BUGS:
            self.outcome.bugs.append(Sent(method, encoded, code, text))

    async def _ended(
        self, channel: grpc.aio.Channel, method: MethodDescriptor, encoded: bytes
    ) -> tuple[grpc.StatusCode, str]:
        path = f"/{method.containing_service.full_name}/{method.name}"
        method_call: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(path)
        call = method_call(iter([encoded]), _CALL_S, self._metadata)
        try:
            # A stream that lasts is left after a moment.
            patience = _HEARD_S if method.server_streaming else _CALL_S
            async with asyncio.timeout(patience):
                async for _ in call:
                    pass
        except TimeoutError:
            call.cancel()
        except grpc.aio.AioRpcError as error:
            return error.code(), str(error.details())
        return grpc.StatusCode.OK, ""
