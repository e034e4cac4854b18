"""The setting of an attack: a registry with content, a home that must not change, and bounds."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from modelregistry import Cache, Client, SliceMetric
from modelregistry.errors import RegistryError
from modelregistry.types import DatasetInput, Signature, Source, TensorSpec, Version

KIB: Final = 1024
TIMEOUT_S: Final = 2.0
LONGEST_S: Final = 60.0
"""No lie may keep an operation longer than this, on a busy machine too."""
SMALL: Final = {"config.json": b"{}", "empty": b"", "in/vocabulary": b"a b c", "again": b"{}"}
LARGE: Final = {"weights.bin": bytes(range(256)) * 4 * 700}
CONTENT: Final[Mapping[str, bytes]] = {**SMALL, **LARGE}
Result = TypeVar("Result")


def write(folder: Path, content: Mapping[str, bytes]) -> Path:
    """Write files, and the folders above them."""
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def furnish(target: str, folder: Path) -> Version:
    """Fill a registry with something of every kind that clients read; return a version."""
    with Client(target, cache=Cache(folder=folder / "cache")) as client:
        first = client.push("fraud", write(folder / "model", CONTENT))
        client.promote(first, "staging")
        version = client.push(
            "fraud",
            folder / "model",
            alias="champion",
            metrics={"auc": 0.97},
            slices=[SliceMetric(dimension="age", value="40+", metric="auc", result=0.9, count=7)],
            tags={"team": "risk"},
            labels={"reviewed": "yes"},
            annotations={"a b": "c"},
            params={"epochs": "7"},
            inputs=[DatasetInput(uri="gs://claims/q3", digest="sha256:ab")],
            parents=[first],
            signature=Signature(inputs=(TensorSpec(dtype="f4", name="x", shape=(-1, 3)),)),
            source=Source(repository="https://example.org/r", commit="0" * 40, run_id="run"),
        )
        client.submit_evaluation(version, metrics={"auc": 0.96}, dataset_uri="gs://claims/q4")
        client.record_attestation(
            version,
            predicate_type="https://slsa.dev/v1",
            payload_digest=f"sha256:{0:064}",
            signer="ann",
        )
        client.promote(version, "staging", reason="good")
        return version


@dataclass
class Scene:
    """Folders of one attack: what is the user's, and where the client may write."""

    folder: Path
    number: int = 0
    home: Path = field(init=False)

    def __post_init__(self) -> None:
        """Make the home."""
        self.home = write(
            self.folder / "home", {".bashrc": b"mine", "work/notes": b"mine too", "x.bin": b"x"}
        )
        self._before = tree(self.home)

    @property
    def victim(self) -> Path:
        """A file of the user's."""
        return self.home / ".bashrc"

    def fresh(self) -> Path:
        """Return a new folder for the client to work in."""
        self.number += 1
        made = self.folder / str(self.number)
        made.mkdir()
        return made

    def check(self, where: Path, allowed: set[str]) -> None:
        """Raise AssertionError for anything outside that changed, or wrong bytes in the cache."""
        assert tree(self.home) == self._before
        names = {path.name for path in where.iterdir()}
        assert names <= allowed, names - allowed
        assert {path.name for path in self.folder.iterdir()} <= {
            "home",
            *map(str, range(self.number + 1)),
        }
        for path in (where / "cache" / "blobs").rglob("*"):
            if path.is_file():
                assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def opened(target: str, where: Path) -> Client:
    """Return a client with a cache of its own, which does not wait long."""
    return Client(target, timeout=TIMEOUT_S, cache=Cache(folder=where / "cache"))


def outcome(operation: Callable[[], Result]) -> Result | RegistryError:
    """Run an operation in a thread; return its result or its error, which must be a typed one.

    Raises AssertionError when it takes too long.
    """
    ended: list[Result | BaseException] = []

    def run() -> None:
        try:
            ended.append(operation())
        except BaseException as error:  # noqa: BLE001 - looked at below
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LONGEST_S)
    assert ended, f"no end after {LONGEST_S} seconds"
    if isinstance(ended[0], BaseException) and not isinstance(ended[0], RegistryError):
        raise ended[0]
    return ended[0]


def until(seconds: float, end: Callable[[], object]) -> Iterator[None]:
    """Call `end` after so many seconds, unless the block is left before: for contextmanager."""
    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
