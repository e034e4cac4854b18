"""Write the synchronous client from the asynchronous one, token by token.

    python scripts/generate_sync.py          writes sdk/python/src/modelregistry/_sync
    python scripts/generate_sync.py --check  fails when what is there differs

The script removes `await` and `async` and replaces a few names, in strings (docstrings,
annotations) too. It covers packages inside `_async` as well. The modules in BY_HAND are written by
hand on both sides. ruff sorts the imports, simplifies the code and formats it.
"""

import argparse
import difflib
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SDK = ROOT / "sdk" / "python" / "src" / "modelregistry"
SOURCE, TARGET = SDK / "_async", SDK / "_sync"
BY_HAND = {"__init__.py", "background.py", "concurrency.py", "streams.py"}
"""Paths below `_async` and `_sync`."""

NAMES = {
    "ArtifactServiceAsyncStub": "ArtifactServiceStub",
    "AsyncClient": "Client",
    "AsyncIterator": "Iterator",
    "AsyncReporter": "Reporter",
    "AsyncResolver": "Resolver",
    "AsyncRouter": "Router",
    "AsyncWatch": "Watch",
    "CatalogServiceAsyncStub": "CatalogServiceStub",
    "LookupServiceAsyncStub": "LookupServiceStub",
    "GovernanceServiceAsyncStub": "GovernanceServiceStub",
    "LineageServiceAsyncStub": "LineageServiceStub",
    "RouteServiceAsyncStub": "RouteServiceStub",
    "DeploymentServiceAsyncStub": "DeploymentServiceStub",
    "MonitoringServiceAsyncStub": "MonitoringServiceStub",
    "StopAsyncIteration": "StopIteration",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "_async": "_sync",
    "aclosing": "closing",
    "asynccontextmanager": "contextmanager",
}
WORD = re.compile(r"\b(" + "|".join(NAMES) + r")\b")

TIDY = ("--select=I001,C416,F811,RUF022,UP028", "--fix", "--unsafe-fixes", "--quiet", "--exit-zero")

HEADER = "# Generated from {source} by scripts/generate_sync.py: never edit this.\n"


def synchronous(source: str) -> str:
    """Return the source with everything asynchronous taken out."""
    lines = source.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for index in reversed(range(len(tokens))):  # from the end, so that positions stay true
        token = tokens[index]
        if token.type == tokenize.NAME and token.string in {"async", "await"}:
            _replace(lines, token.start, tokens[index + 1].start, "")
        elif token.type == tokenize.NAME and token.string == "aio" and index:
            _replace(lines, tokens[index - 1].start, token.end, "")
        elif token.type in {tokenize.NAME, tokenize.STRING}:
            _replace(lines, token.start, token.end, WORD.sub(_renamed, token.string))
    return "".join(lines)


def _renamed(match: re.Match[str]) -> str:
    return NAMES[match.group()]


def _replace(lines: list[str], start: tuple[int, int], end: tuple[int, int], new: str) -> None:
    first, last = start[0] - 1, end[0] - 1
    lines[first : last + 1] = [lines[first][: start[1]] + new + lines[last][end[1] :]]


def _ruff(path: Path, source: str, *command: str) -> str:
    program = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(path), "-"]
    return subprocess.run(
        program, input=source, capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def generate(source: Path) -> str:
    """Return what the synchronous twin of a file should hold."""
    target = TARGET / source.relative_to(SOURCE)
    header = HEADER.format(source=source.relative_to(SDK))
    rough = header + synchronous(source.read_text())
    imports = _ruff(target, rough, "check", *TIDY)
    return _ruff(target, imports, "format", "--quiet")


def _modules(package: Path) -> set[str]:
    return {path.relative_to(package).as_posix() for path in package.rglob("*.py")}


def main() -> int:
    """Write or compare; return 1 when something differs."""
    arguments = argparse.ArgumentParser(description="write the synchronous client")
    arguments.add_argument("--check", action="store_true", help="compare and change nothing")
    check = arguments.parse_args().check
    sources = {name: SOURCE / name for name in _modules(SOURCE) - BY_HAND}
    stale = _modules(TARGET) - set(sources) - BY_HAND
    wrong = [f"{TARGET / name} has no source" for name in sorted(stale)]
    for name, source in sorted(sources.items()):
        target, wanted = TARGET / name, generate(source)
        if not check:
            target.parent.mkdir(exist_ok=True)
            target.write_text(wanted)
            continue
        present = target.read_text() if target.exists() else ""
        wrong += difflib.unified_diff(
            present.splitlines(), wanted.splitlines(), str(target), "generated", lineterm=""
        )
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
