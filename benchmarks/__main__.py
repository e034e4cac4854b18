"""The command: measure, print a table, write JSON."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.figure import Outcome
from benchmarks.figures import FIGURES
from benchmarks.machine import machine, software
from benchmarks.report import table, write_json
from benchmarks.run import Run

_LATEST = Path(__file__).resolve().parent / "results" / "latest.json"


def _arguments() -> argparse.Namespace:
    names = [figure.name for figure in FIGURES]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="What the registry costs, against references in the same run.",
    )
    parser.add_argument(
        "--only", action="append", choices=names, help="this figure; may be repeated"
    )
    parser.add_argument("--short", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--json", type=Path, default=_LATEST, help="where the JSON goes")
    parser.add_argument("--dir", type=Path, help="where temporary data goes (32 GiB at most)")
    return parser.parse_args()


def main() -> int:
    """Return 0 when every figure was measured, whatever came out; 1 otherwise."""
    given = _arguments()
    # An end that is asked for cleans up like one that comes by itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    about = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "short": given.short,
        "machine": machine(),
        "software": software(),
    }
    outcomes = _measured(given)
    write_json(given.json, about, outcomes)
    console = Console()
    console.print(table(outcomes))
    console.print(f"\nMedians of the rounds; ratios are taken per round. Written to {given.json}")
    if given.short:
        console.print("A short run shows that it runs: its figures mean nothing.", style="yellow")
    return int(any(outcome.problem for outcome in outcomes))


def _measured(given: argparse.Namespace) -> Sequence[Outcome]:
    errors = Console(stderr=True)
    wanted = [figure for figure in FIGURES if not given.only or figure.name in given.only]
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="registry-bench-", dir=given.dir) as directory:
        for figure in wanted:
            with errors.status(figure.title) as status:
                name = figure.name

                def say(text: str, name: str = name) -> None:
                    status.update(f"{name}: {text}")

                outcomes.append(Run(Path(directory), given.short, say).measure(figure))
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
