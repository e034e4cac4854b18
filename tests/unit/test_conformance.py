"""The conformance cases are documented: a new SDK finds every table in the README beside them."""

from pathlib import Path

import pytest

from tests.support.conformance import FOLDER, cases


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.name)
def test_the_readme_names_every_file_and_table(path: Path) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"`{path.name}`" in readme
    tables = cases(path.name).keys() - {"about"}
    assert tables
    assert {table for table in tables if f"`{table}`" not in readme} == set()
