"""The amount of injected faults, and their seed.

REGISTRY_TEST_FAULTS=long selects the long form, REGISTRY_TEST_FAST=1 that of `make test-fast`.
REGISTRY_TEST_FAULTS_SEED repeats a run: every test prints the seed it used.
"""

import os
from random import Random, SystemRandom

LONG = os.environ.get("REGISTRY_TEST_FAULTS") == "long"
FAST = os.environ.get("REGISTRY_TEST_FAST") == "1"
SEED = os.environ.get("REGISTRY_TEST_FAULTS_SEED") or str(SystemRandom().randrange(10**9))


def amount(short: int, long: int) -> int:
    """Return how many in this form."""
    return long if LONG else examples(short)


def examples(usual: int) -> int:
    """Return how many cases are drawn: a quarter of them in `make test-fast`."""
    return max(2, usual // 4) if FAST else usual


def randomness(what: str) -> Random:
    """Return the random choices of one test; shown when it fails."""
    print(f"{what}: repeat with REGISTRY_TEST_FAULTS_SEED={SEED}")  # noqa: T201 - pytest shows it
    return Random(f"{SEED} {what}")  # noqa: S311 - hides nothing
