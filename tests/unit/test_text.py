"""Text that other people wrote: the cases that the server and every SDK share."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import modelregistry.cli
import registry_grpc.cli
from modelregistry import _visible as sdk
from modelregistry._local.manifest import path_violations
from registry_grpc.domain import characters as server
from registry_grpc.domain.manifest import path_problem
from tests.support.conformance import cases

CASES = cases("text.json")
BOTH = pytest.mark.parametrize("side", [server, sdk], ids=["server", "sdk"])
Problem = Callable[[str], object]
PATHS = pytest.mark.parametrize(
    "problem", [path_problem, lambda path: path_violations([path])], ids=["server", "sdk"]
)
# The only files that may write to a terminal, and what they may call for it.
WRITERS = {
    Path(registry_grpc.cli.__file__).parent / "terminal.py",
    Path(modelregistry.cli.__file__).parent / "output.py",
    Path(modelregistry.cli.__file__),  # words of its own, before rich is there
}


@BOTH
def test_what_steers_a_terminal_is_shown(side: ModuleType) -> None:
    for text, shown in CASES["shown"]:
        assert side.visible(text) == side.visible_line(text) == shown
        assert side.visible(shown) == shown
    for text, shown in CASES["shown_on_one_line"]:
        assert side.visible_line(text) == shown


@BOTH
def test_no_character_of_unicode_that_steers_is_left(side: ModuleType) -> None:
    everything = "".join(map(chr, range(0x110000)))
    left = side.visible_line(everything)
    assert not side.has_control_characters(left)
    assert len(left.splitlines()) == 1


@BOTH
def test_lines_of_a_paragraph_stay(side: ModuleType) -> None:
    assert side.visible("one\ntwo\u2028three") == "one\ntwo\\u2028three"


@PATHS
def test_paths_refuse_what_steers(problem: Problem) -> None:
    for character in CASES["refused_in_names_and_paths"]:
        assert problem(f"a{character}b/model.bin"), ascii(character)
    for path in CASES["accepted_in_paths"]:
        assert not problem(path), path


def test_the_command_lines_print_in_one_place_only() -> None:
    found = {
        f"{path.relative_to(folder.parent)}: {called}"
        for folder in {path.parent for path in WRITERS}
        for path in sorted(folder.rglob("*.py"))
        if path not in WRITERS
        for called in _printing(ast.parse(path.read_text(encoding="utf-8")))
    }
    # The stream of the user's own program, the pipe that a worker speaks through, the question
    # whether a person is there, and the repair of streams that are closed or full.
    assert found == {
        "cli/mirror.py: sys.stderr",
        "cli/serve.py: sys.stderr",
        "cli/serve.py: sys.stdout",
        "cli/session.py: sys.stderr",
        "cli/standard_streams.py: sys.stderr",
        "cli/standard_streams.py: sys.stdout",
    }


def _printing(tree: ast.Module) -> Iterator[str]:
    """Yield each use of what writes to a terminal."""
    for node in ast.walk(tree):
        called = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
        if called in {"print", "sys.stdout", "sys.stderr", "Console", "Progress"} or (
            called.rpartition(".")[2]
            in {"echo", "secho", "echo_via_pager", "Console", "print_json"}
        ):
            yield called
