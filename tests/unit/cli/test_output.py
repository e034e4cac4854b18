"""Text on standard output and standard error."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from modelregistry import errors
from modelregistry.cli import tables, version_page
from modelregistry.cli.output import Output
from modelregistry.cli.versions import versions_table
from modelregistry.types import (
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Environment,
    FileEntry,
    Model,
    Package,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    Version,
    VersionState,
)

NOW = datetime(2026, 10, 4, 12, 0, 0, tzinfo=UTC)
LONG = (
    "a-model-with-a-name-so-long-that-no-terminal-of-eighty-columns-could-ever-show-it-on-one-line"
)


def a_version(**changes: Any) -> Version:  # noqa: ANN401 - fields of Version
    facts: dict[str, Any] = {
        "name": "namespaces/risk/models/fraud/versions/7",
        "number": 7,
        "stage": "production",
        "aliases": ("champion", "shadow"),
        "metrics": {"auc": 0.97},
        "size_bytes": 1536,
        "file_count": 2,
        "creator": "ann",
        "create_time": NOW - timedelta(minutes=3),
    }
    return Version(**(facts | changes))


def test_a_table_in_a_pipe_is_plain_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    versions = [a_version(), a_version(name=f"namespaces/default/models/{LONG}/versions/1")]
    Output(now=NOW).result(versions, versions_table(versions, NOW))
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert len(lines) == 3
    assert "\x1b" not in out
    assert lines[0].split() == [
        *("VERSION", "ALIASES", "STAGE", "METRICS", "SIZE", "FILES", "REGISTERED", "BY")
    ]
    assert lines[1].split("  ")[0] == "risk/fraud/7"
    assert "champion, shadow" in lines[1]
    assert f"{LONG}/1" in lines[2]
    assert all(line == line.rstrip() for line in lines)


def test_numbers_stand_right(capsys: pytest.CaptureFixture[str]) -> None:
    versions = [a_version(file_count=2), a_version(file_count=12_000)]
    Output(now=NOW).result(versions, versions_table(versions, NOW))
    _, small, large = capsys.readouterr().out.splitlines()
    assert small.index("2  3 minutes") == large.index("0  3 minutes")


def test_markup_and_escapes_in_what_others_wrote_are_only_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    version = a_version(creator="[red]ann\x1b[31m", stage="[link=x]", metrics={"[b]": 1.0})
    Output(now=NOW).result(version, *version_page.page(version, [], NOW))
    out = capsys.readouterr().out
    assert "[red]ann\\x1b[31m" in out
    assert "[link=x]" in out
    assert "[b]" in out


def test_a_narrow_screen_shows_names_whole() -> None:
    screen = io.StringIO()
    output = Output(now=NOW)
    output._out = Console(  # noqa: SLF001 - the screen is what is tested
        file=screen, force_terminal=True, width=40, color_system=None, markup=False
    )
    files = [FileEntry(path=LONG, digest="sha256:" + "0" * 64, size_bytes=7)]
    output.result(files, tables.indented(version_page.files_table(files)))
    assert LONG in screen.getvalue()
    assert "sha256:000000000000" in screen.getvalue()


def test_an_empty_list_says_what_to_do_next_beside_the_results(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(now=NOW).listing([], lambda _: tables.table(), "None yet. Push one.")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "None yet. Push one.\n"


def test_an_empty_list_in_json_is_an_empty_array_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(as_json=True).listing([], lambda _: tables.table(), "None yet.")
    captured = capsys.readouterr()
    assert json.loads(captured.out) == []
    assert captured.err == ""


def test_json_replaces_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).result(Model(name="n"), "created n")
    assert json.loads(capsys.readouterr().out)["name"] == "n"


def test_an_error_is_two_lines_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    Output().failure(errors.ModelNotFound("model x does not exist"), "")
    captured = capsys.readouterr()
    assert captured.out == ""
    first, second = captured.err.splitlines()
    assert first == "error: model x does not exist"
    assert second.startswith("hint: ")


def test_an_error_in_json_is_one_object_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(as_json=True).failure(errors.ModelNotFound("gone", metadata={"resource": "r"}), "")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err) == {
        "reason": "MODEL_NOT_FOUND",
        "message": "gone",
        "metadata": {"resource": "r"},
        "violations": [],
    }


def test_the_page_of_a_version_shows_all_it_records(capsys: pytest.CaptureFixture[str]) -> None:
    version = a_version(
        description="Better recall",
        tags={"team": "risk"},
        labels={"reviewed": "yes"},
        state=VersionState.DELETED,
        delete_time=NOW,
        file_count=3,
        slices=(
            SliceMetric(
                dimension="age",
                value="60-69",
                metric="auc",
                result=0.91,
                count=12_000,
                interval=ConfidenceInterval(low=0.9, high=0.93, level=0.95),
            ),
        ),
        params={"lr": "0.01"},
        signature=Signature(inputs=(TensorSpec(name="x", dtype="float32", shape=(-1, 30)),)),
        inputs=(
            DatasetInput(uri="gs://claims/q3", digest="sha256:ab", role=DatasetRole.TRAINING),
            DatasetInput(uri="gs://claims/q4", role=9),
        ),
        parents=("namespaces/default/models/base/versions/2",),
        source=Source(repository="https://git.example/fraud", commit="c" * 40, dirty=True),
        environment=Environment(
            python_version="3.11.7", packages=(Package("numpy", "2.1.0"), Package("attrs", "1"))
        ),
    )
    files = [FileEntry(path="model.bin", digest="sha256:" + "1" * 64, size_bytes=1536)]
    Output(now=NOW).result(version, *version_page.page(version, files, NOW))
    out = capsys.readouterr().out
    for expected in (
        "risk/fraud/7  deleted",
        "2026-10-04 11:57:00 UTC (3 minutes ago) by ann",
        "Better recall",
        "team=risk",
        "reviewed=yes",
        "0.9 to 0.93 (0.95)",
        "12,000",
        "model.bin",
        "2 more files: modelreg versions files risk/fraud/7",
        "(any, 30)",
        "gs://claims/q3",
        "base/2",
        "c" * 40 + " with uncommitted changes",
        "2 pinned, among them numpy 2.1.0",
    ):
        assert expected in out


def test_the_page_of_a_bare_version_has_no_empty_sections(
    capsys: pytest.CaptureFixture[str],
) -> None:
    version = a_version(metrics={}, aliases=(), stage="none")
    Output(now=NOW).result(version, *version_page.page(version, [], NOW))
    out = capsys.readouterr().out
    for heading in ("Metrics", "Signature", "Source", "Environment", "Derived from", "Parameters"):
        assert heading not in out
