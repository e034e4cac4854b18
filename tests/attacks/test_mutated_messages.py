"""Nearly valid requests to every method: none causes a bug, high cost or leftover state."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.costs import cpu_seconds, took_less
from tests.support.fuzz.seeds import METHODS, fill
from tests.support.fuzz.sending import CHUNK, Fuzzer
from tests.support.fuzz.taken import rejected, requests_taken
from tests.support.progress import BRIEF, LONG, Progress
from tests.support.server import RegistryProcess
from tests.support.stubs import connected

MIB = 1_024 * 1_024
MOST_GROWTH = 50 * MIB
MOST_CPU_SECONDS = 1.0
_MESSAGES = 10_000_000 if LONG else 20_000 if BRIEF else 100_000
_WARM_UP = 10


@pytest.fixture
def progress() -> Progress:
    """Where the attack stands: at its beginning, or where a long one was interrupted."""
    return Progress("mutated-messages")


@pytest.fixture
def filled(tmp_path: Path, progress: Progress) -> Iterator[tuple[RegistryProcess, Fuzzer]]:
    """A server with a registered version, and what sends to it."""
    server = RegistryProcess(tmp_path / "registry").start()
    with connected(server.target) as stubs:
        taken = requests_taken(stubs, fill(stubs))
        metadata = (("authorization", f"Bearer {server.token('admin', 'admin')}"),)
        taken += rejected(stubs, taken, metadata)
    assert {name for name, _ in taken} == {method.name for method in METHODS}
    yield server, Fuzzer(server.target, metadata, progress.seed, taken)
    server.stop()


@pytest.mark.timeout(0 if LONG else 900)
def test_no_mutated_message_is_a_bug_or_costs_much(
    filled: tuple[RegistryProcess, Fuzzer], progress: Progress
) -> None:
    server, fuzzer = filled
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    print(f"REGISTRY_TEST_ATTACKS_SEED={progress.seed}, from chunk {progress.done}")  # noqa: T201
    asyncio.run(fuzzer.send(range(-_WARM_UP, 0)))
    before = process.memory_info().rss
    for number in progress.left(range(_MESSAGES // CHUNK)):
        began = cpu_seconds(process)
        asyncio.run(fuzzer.send([number]))
        taken = cpu_seconds(process) - began
        assert fuzzer.outcome.bugs == [], "\n".join(map(str, fuzzer.outcome.bugs))
        if taken >= MOST_CPU_SECONDS:  # so one of them may have taken as much
            most, sent = asyncio.run(fuzzer.costliest(number, lambda: cpu_seconds(process)))
            assert took_less(most, MOST_CPU_SECONDS), f"chunk {number}: {most:.2f} s: {sent}"
    growth = process.memory_info().rss - before
    assert growth <= MOST_GROWTH, f"{growth / MIB:.0f} MiB"
