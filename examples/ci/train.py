"""A training job without dependencies: a threshold that separates two groups of numbers.

Writes the model to model/threshold.json, and its accuracy on numbers that it has not seen to
metrics.txt, as `name=number` lines.
"""

import json
import random
from pathlib import Path

_SEED, _MANY = 7, 2_000


def _sample(chance: random.Random) -> list[tuple[float, bool]]:
    return [
        (chance.gauss(1.0 if label else -1.0, 0.5), label)
        for label in (chance.random() < 0.5 for _ in range(_MANY))  # noqa: PLR2004 - a fair coin
    ]


def main() -> None:
    """Train and measure."""
    chance = random.Random(_SEED)  # noqa: S311 - the same model from the same data
    training, holdout = _sample(chance), _sample(chance)
    threshold = sum(value for value, _ in training) / len(training)
    right = sum((value > threshold) == label for value, label in holdout)
    folder = Path("model")
    folder.mkdir(exist_ok=True)
    (folder / "threshold.json").write_text(json.dumps({"threshold": threshold}), "utf-8")
    Path("metrics.txt").write_text(f"accuracy={right / len(holdout)}\n", "utf-8")


if __name__ == "__main__":
    main()
