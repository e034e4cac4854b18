"""A client of ours, as its users have it. A program too; `client_process` starts it."""

import argparse
import json
from pathlib import Path

from benchmarks import content
from benchmarks.stopwatch import spent
from modelregistry import Cache, Client, Quiet

_MODEL, _WARM_UP = "weights", "warm-up"


def fresh(target: str, home: Path, token: str | None = None) -> Client:
    """Return a client without a cache that remembers in `home`, so in a new one nothing.

    Without a home of its own it would know from the last round what a file hashes to.
    """
    return Client(target, token=token, cache=Cache(folder=home, max_bytes=0))


def _push(client: Client, source: Path, home: Path, size: int) -> dict[str, float]:
    content.write_file(home / "small.bin", content.SMALL)
    client.push(_WARM_UP, home / "small.bin", progress=Quiet())
    content.warm_memory(home, size)
    with spent() as sample:
        client.push(_MODEL, source, progress=Quiet())
    return sample


def _pull(client: Client, place: Path, home: Path, size: int) -> dict[str, float]:
    client.pull(f"{_WARM_UP}@latest", home / "small", progress=Quiet())
    content.warm_memory(home, size)
    with spent() as sample:
        client.pull(f"{_MODEL}@latest", place, progress=Quiet())
    return sample


def main() -> None:
    """Push a file, or pull the one pushed last into a new folder; print the sample as JSON.

    Something small goes the same way first, so that connecting and late imports are not counted.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("push", "pull"))
    parser.add_argument("target")
    parser.add_argument("path", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("size", type=int)
    given = parser.parse_args()
    act = _push if given.action == "push" else _pull
    with fresh(given.target, given.home) as client:
        print(json.dumps(act(client, given.path, given.home, given.size)))


if __name__ == "__main__":
    main()
