"""Requests that nearly work, to every method: none is a bug, none is costly, nothing is kept."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom

import psutil
import pytest

from tests.support.costs import cpu_seconds, took_less
from tests.support.fuzz.seeds import fill
from tests.support.fuzz.sending import CHUNK, Fuzzer
from tests.support.server import RegistryProcess
from tests.support.stubs import connected

LONG = os.environ.get("REGISTRY_ATTACKS") == "long"
SEED = os.environ.get("REGISTRY_ATTACKS_SEED") or str(SystemRandom().randrange(10**9))
# `make attacks` goes on behind the position that this file names.
POSITION = Path(__file__).parents[2] / "build" / "attacks-position.json"
MIB = 1_024 * 1_024
MOST_GROWTH = 50 * MIB
MOST_CPU_SECONDS = 1.0
# What calls cost on average, at most: above that one of a chunk is looked for.
_CPU_SECONDS_OF_A_CALL = 0.01
_SHORT, _LONG = 100_000 // CHUNK, 10_000_000 // CHUNK
_WARM_UP = 10


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[RegistryProcess, Fuzzer]]:
    """A server with a registered version, and what sends to it."""
    server = RegistryProcess(tmp_path / "registry").start()
    with connected(server.target) as stubs:
        requests = fill(stubs)
    seed, _ = position()
    yield server, Fuzzer(server.target, server.token("admin", "admin"), seed, requests)
    server.stop()


def position() -> tuple[str, int]:
    """Return the seed and the first chunk: those of an interrupted long run, if there was one."""
    if LONG and "REGISTRY_ATTACKS_SEED" not in os.environ and POSITION.exists():
        saved = json.loads(POSITION.read_text())
        return saved["seed"], saved["chunk"]
    return SEED, 0


@pytest.mark.timeout(0 if LONG else 900)
def test_no_mutated_message_is_a_bug_or_costs_much(
    filled: tuple[RegistryProcess, Fuzzer],
) -> None:
    server, fuzzer = filled
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    seed, first = position()
    print(f"repeat with REGISTRY_ATTACKS_SEED={seed}, from chunk {first}")  # noqa: T201
    asyncio.run(fuzzer.send(range(-_WARM_UP, 0)))
    before = process.memory_info().rss
    for number in range(first, _LONG if LONG else _SHORT):
        began = cpu_seconds(process)
        asyncio.run(fuzzer.send([number]))
        taken = cpu_seconds(process) - began
        assert fuzzer.outcome.bugs == [], "\n".join(map(str, fuzzer.outcome.bugs))
        most = MOST_CPU_SECONDS + CHUNK * _CPU_SECONDS_OF_A_CALL
        assert took_less(taken, most), f"chunk {number}: {taken:.2f} s of CPU"
        if LONG:
            POSITION.parent.mkdir(exist_ok=True)
            POSITION.write_text(json.dumps({"seed": seed, "chunk": number + 1}))
    growth = process.memory_info().rss - before
    assert growth <= MOST_GROWTH, f"{growth / MIB:.0f} MiB"
    if LONG:
        POSITION.unlink()
