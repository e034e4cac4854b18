"""A client process that pushes one file. A program; the memory figure starts many of them."""

import argparse
from pathlib import Path

from benchmarks import bare_client, registry_client
from modelregistry import Quiet


def main() -> None:
    """Push to a registry under the model's name, or to a bare server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("registry", "bare"))
    parser.add_argument("target")
    parser.add_argument("model")
    parser.add_argument("source", type=Path)
    parser.add_argument("home", type=Path)
    given = parser.parse_args()
    if given.kind == "bare":
        bare_client.push(given.target, given.source)
        return
    with registry_client.fresh(given.target, given.home) as client:
        client.push(given.model, given.source, progress=Quiet())


if __name__ == "__main__":
    main()
