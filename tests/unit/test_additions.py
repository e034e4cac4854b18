"""README's tables of what to touch name files that exist; `stage_graph` stands for a noun."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("protos", "src", "sdk/python/src", "sdk/conformance", "docs", "deploy", "tests/support")
FILES = [
    f"/{path.relative_to(ROOT).as_posix()}"
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.*")
]
SECTION = (ROOT / "README.md").read_text("utf-8").partition("### To add…")[2].partition("\n## ")[0]
LAYERS = ("domain", "services", "persistence", "transport", "app")


def _named() -> Iterator[str]:
    for row in SECTION.splitlines():
        first = row.strip("| ").partition(" |")[0]
        folder = f"{first}/" if first in LAYERS else ""
        for path in re.findall(r"`([\w<>/.]*(?:[\w>]\.\w+|/))`", row):
            yield folder + path.replace("<noun>", "stage_graph").replace("<subject>", "catalog")


NAMED = sorted(set(_named()))


@pytest.mark.parametrize("path", NAMED)
def test_what_a_newcomer_is_told_to_touch_is_there(path: str) -> None:
    wanted = f"/{path}"
    assert any(wanted in file if path.endswith("/") else file.endswith(wanted) for file in FILES)


def test_paths_were_found() -> None:
    assert {"domain/facts.py", "services/ports/stage_graph.py", "domain/errors/"} <= set(NAMED)
