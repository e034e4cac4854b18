"""The progress of a long attack: `make attacks` continues there after an interruption."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import SystemRandom
from typing import Final, TypeVar

FOLDER: Final = Path(__file__).parents[2] / "build" / "attacks"
"""One file for each attack. `make attacks` removes it once all of them have ended well."""
_FORM: Final = os.environ.get("REGISTRY_TEST_ATTACKS", "")
LONG: Final = _FORM == "long"
BRIEF: Final = _FORM == "brief"
"""Within a run of all tests, which attacks are not to take most of."""
Item = TypeVar("Item")


class Progress:
    """The seed of an attack and how many of its items are done; only a long form keeps them.

    A seed that is given (`REGISTRY_TEST_ATTACKS_SEED`) begins at the first item.
    """

    def __init__(self, name: str, *, seed: str = "") -> None:
        """seed: the one to take when none is given; by default another one each time."""
        given = os.environ.get("REGISTRY_TEST_ATTACKS_SEED")
        self._file = FOLDER / f"{name}.json"
        self.seed = given or seed or str(SystemRandom().randrange(10**9))
        self.done = 0
        if LONG and not given and self._file.exists():
            kept = json.loads(self._file.read_text())
            self.seed, self.done = kept["seed"], kept["done"]

    def left(self, items: Sequence[Item]) -> Iterator[Item]:
        """Yield the items that are not done, each of which is done when the next is asked for."""
        for item in items[self.done :]:
            yield item
            self.done += 1
            if LONG:
                self._keep()

    def _keep(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"seed": self.seed, "done": self.done}))
        fresh.replace(self._file)
