"""Each promise of the threat model is held by a test that exists."""

import ast
import re
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::([\w:]+))?`")


def named() -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    return sorted(set(NAMED.findall(text)))


def functions_of(path: Path) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if is_function(each)}
        elif is_function(node):
            found.add(node.name)
    return found


def is_function(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def test_promises_are_named() -> None:
    assert len(named()) > 40


@pytest.mark.parametrize("file,name", named())
def test_the_test_that_holds_a_promise_exists(file: str, name: str) -> None:
    path = ROOT / file
    assert path.is_file()
    assert not name or name in functions_of(path)
