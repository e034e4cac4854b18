"""The real grpcurl, built once by Go, and the commands that the README shows."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

VERSION = "v1.9.3"
MODULE = "github.com/fullstorydev/grpcurl/cmd/grpcurl"
ROOT = Path(__file__).parents[2]
# build/ is ignored by git and emptied by `make clean`.
HOME = ROOT / "build" / f"grpcurl-{VERSION}"
README_TARGET = "localhost:50051"

_BUILD_SECONDS = 480  # downloads and compiles forty modules
_CALL_SECONDS = 120
_BLOCK = re.compile(r"^<!-- grpcurl -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Outcome:
    """The output of a run of grpcurl."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Grpcurl:
    """grpcurl for one server."""

    binary: Path
    target: str

    def __call__(self, *words: str, data: str = "") -> Outcome:
        """Call `grpcurl -plaintext [-d data] target words…`."""
        body = ("-d", data) if data else ()
        return self.run("-plaintext", *body, self.target, *words)

    def line(self, line: str) -> Outcome:
        """Run a line of shell that calls grpcurl, against this server instead of the README's."""
        program, *words = shlex.split(line)
        assert program == "grpcurl", f"not a call of grpcurl: {line}"
        assert words.count(README_TARGET) == 1, f"not a call of {README_TARGET}: {line}"
        return self.run(*(self.target if word == README_TARGET else word for word in words))

    def run(self, *arguments: str) -> Outcome:
        """Run grpcurl with exactly these arguments."""
        done = subprocess.run(
            [self.binary, *arguments],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=_CALL_SECONDS,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)


def readme_lines() -> list[str]:
    """Return the lines of the README's grpcurl block, in order."""
    blocks = _BLOCK.findall((ROOT / "README.md").read_text())
    assert len(blocks) == 1, "the README has one block after <!-- grpcurl -->"
    return [line for line in blocks[0].splitlines() if line]


def install() -> Path:
    """Return the path of grpcurl, building it when it is not there yet.

    Raises FileNotFoundError without Go and OSError when Go cannot fetch or build it.
    """
    binary = HOME / "grpcurl"
    if binary.exists():
        return binary
    if (go := shutil.which("go")) is None:
        message = "Go is not on this machine"
        raise FileNotFoundError(message)
    HOME.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME.parent) as fresh:
        _build(go, Path(fresh))
        HOME.mkdir(exist_ok=True)
        (Path(fresh) / "grpcurl").replace(binary)  # atomic: other processes may build it too
    return binary


def _build(go: str, folder: Path) -> None:
    done = subprocess.run(
        # Unoptimised, which takes a quarter less time to build.
        [go, "install", "-gcflags=all=-N -l", "-ldflags=-s -w", f"{MODULE}@{VERSION}"],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"},
        text=True,
        timeout=_BUILD_SECONDS,
    )
    if done.returncode != 0:
        raise OSError(done.stderr.strip().rpartition("\n")[2])
