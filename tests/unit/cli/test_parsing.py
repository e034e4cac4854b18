"""Arguments of the command line, and messages about wrong ones."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from modelregistry.cli import json_files, parsing
from modelregistry.types import (
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Signature,
    SliceMetric,
    TensorSpec,
)

NOW = datetime(2026, 10, 4, 12, 0, 0, tzinfo=UTC)


def test_pairs_keep_what_stands_behind_the_first_equals_sign() -> None:
    given = ["team=risk", "query=a=b", "empty="]
    assert parsing.pairs("--tag", given) == {"team": "risk", "query": "a=b", "empty": ""}


@pytest.mark.parametrize("given", [["team"], ["=risk"], [""], ["a=1", "a=2"]])
def test_pairs_that_are_none_or_come_twice_are_refused(given: list[str]) -> None:
    with pytest.raises(typer.BadParameter, match=r"KEY=VALUE|given twice"):
        parsing.pairs("--tag", given)


def test_metrics_are_finite_numbers() -> None:
    assert parsing.numbers("--metric", ["auc=0.97", "loss=-3e-2"]) == {"auc": 0.97, "loss": -0.03}


@pytest.mark.parametrize("text", ["auc=nan", "auc=inf", "auc=-Infinity", "auc=high", "auc="])
def test_metrics_that_are_not_finite_numbers_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="finite number"):
        parsing.numbers("--metric", [text])


@pytest.mark.parametrize(
    "text,expected",
    [
        ("1", 1),
        ("1048576", 1024**2),
        ("7B", 7),
        ("500GiB", 500 * 1024**3),
        ("500 GiB", 500 * 1024**3),
        (" 1TB ", 1000**4),
        ("7EiB", 7 * 1024**6),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_sizes_are_bytes_or_have_a_unit(text: str, expected: int) -> None:
    assert parsing.byte_count("--quota", text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "0", "0GiB", "-1", "1.5GiB", "GiB", "1gib", "1G", "1 XB", "8EiB", "1" * 30, "\u0661GiB"],
)
def test_sizes_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="500GiB"):
        parsing.byte_count("--quota", text)


def test_a_trailing_minus_removes_a_label() -> None:
    changes = parsing.label_changes(["team=risk", "old-", "range=1-"])
    assert changes == {"team": "risk", "range": "1-", "old": None}


@pytest.mark.parametrize("given", [["-"], ["a=1", "a-"], ["word"], ["a=1", "a=2"]])
def test_label_changes_that_make_no_sense_are_refused(given: list[str]) -> None:
    with pytest.raises(typer.BadParameter):
        parsing.label_changes(given)


@pytest.mark.parametrize(
    "text,expected",
    [
        ("training=gs://claims/q3.parquet", ("gs://claims/q3.parquet", "", DatasetRole.TRAINING)),
        (
            "test=gs://claims/q4.parquet@sha256:0123456789abcdef",
            ("gs://claims/q4.parquet", "sha256:0123456789abcdef", DatasetRole.TEST),
        ),
        (
            "validation=postgresql://ann@db.example:5432/claims?a=b",
            ("postgresql://ann@db.example:5432/claims?a=b", "", DatasetRole.VALIDATION),
        ),
        ("training=db://ann@host:5432", ("db://ann@host:5432", "", DatasetRole.TRAINING)),
    ],
)
def test_an_input_is_a_role_a_place_and_perhaps_a_digest(
    text: str, expected: tuple[str, str, DatasetRole]
) -> None:
    uri, digest, role = expected
    assert parsing.dataset_input(text) == DatasetInput(uri=uri, digest=digest, role=role)


@pytest.mark.parametrize("text", ["gs://claims/q3.parquet", "train=gs://x", "training=", "=gs://x"])
def test_an_input_without_a_known_role_and_a_place_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="training, validation, test"):
        parsing.dataset_input(text)


@pytest.mark.parametrize(
    "text,expected",
    [
        ("2026-05-03T12:00:00Z", datetime(2026, 5, 3, 12, tzinfo=UTC)),
        ("2026-05-03 14:00+02:00", datetime(2026, 5, 3, 12, tzinfo=UTC)),
        ("30m", datetime(2026, 10, 4, 11, 30, tzinfo=UTC)),
        ("1w", datetime(2026, 9, 27, 12, tzinfo=UTC)),
    ],
)
def test_a_time_is_a_moment_or_an_age(text: str, expected: datetime) -> None:
    assert parsing.moment("--as-of", text, NOW) == expected


@pytest.mark.parametrize(
    "text,problem",
    [("2026-05-03T12:00:00", "time zone"), ("yesterday", "age such as"), ("0d", "age such as")],
)
def test_a_time_that_could_mean_several_moments_is_refused(text: str, problem: str) -> None:
    with pytest.raises(typer.BadParameter, match=problem):
        parsing.moment("--as-of", text, NOW)


def test_a_version_is_a_number_or_a_reference() -> None:
    assert parsing.version_of("7") == 7
    assert parsing.version_of("fraud@latest") == "fraud@latest"
    assert parsing.version_of("\u0667") == "\u0667"


def test_slices_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "slices.json"
    interval = {"low": 0.9, "high": 0.93, "level": 0.95}
    first = {"dimension": "age", "value": "60-69", "metric": "auc", "result": 0.91}
    path.write_text(json.dumps([first | {"count": 7, "interval": interval}, first]))
    assert json_files.slices(path) == (
        SliceMetric(
            dimension="age",
            value="60-69",
            metric="auc",
            result=0.91,
            count=7,
            interval=ConfidenceInterval(low=0.9, high=0.93, level=0.95),
        ),
        SliceMetric(dimension="age", value="60-69", metric="auc", result=0.91),
    )


@pytest.mark.parametrize(
    "text,problem",
    [
        ("{", "not JSON"),
        ("{}", "must be an array"),
        ("[1]", r"\[0\]: must be an object"),
        ('[{"dimension": "age"}]', "value must be a text"),
        (
            '[{"dimension": "a", "value": "b", "metric": "c", "result": "d"}]',
            "result must be a num",
        ),
        ('[{"dimension": "a", "value": "b", "metric": "c", "result": true}]', "result must be a n"),
        ('[{"segment": "a"}]', "unknown field segment"),
    ],
)
def test_a_slices_file_that_is_wrong_is_refused_with_the_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "slices.json"
    path.write_text(text)
    with pytest.raises(typer.BadParameter, match=problem):
        json_files.slices(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="No such file"):
        json_files.slices(tmp_path / "none.json")


def test_a_signature_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "signature.json"
    sides = {
        "inputs": [{"name": "x", "dtype": "float32", "shape": [-1, 30]}],
        "outputs": [{"dtype": "int64", "shape": []}],
    }
    path.write_text(json.dumps(sides))
    assert json_files.signature(path) == Signature(
        inputs=(TensorSpec(name="x", dtype="float32", shape=(-1, 30)),),
        outputs=(TensorSpec(dtype="int64"),),
    )


@pytest.mark.parametrize(
    "text,problem",
    [
        ("[]", "must be an object"),
        ('{"inputs": {}}', "inputs must be an array"),
        ('{"output": []}', "unknown field output"),
        ('{"outputs": [{"dtype": "int64", "shape": ["any"]}]}', r"outputs\[0\]: shape must be"),
        ('{"inputs": [{"name": "x"}]}', r"inputs\[0\]: dtype must be a text"),
    ],
)
def test_a_signature_file_that_is_wrong_is_refused_with_the_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "signature.json"
    path.write_text(text)
    with pytest.raises(typer.BadParameter, match=problem):
        json_files.signature(path)


@pytest.mark.parametrize(
    "text,expected", [("17", ("", 17)), ("5c0ffee15bad51de:17", ("5c0ffee15bad51de", 17))]
)
def test_a_position_is_a_revision_perhaps_with_its_history(
    text: str, expected: tuple[str, int]
) -> None:
    assert parsing.position("--from", text) == expected


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "x", "5c0ffee15bad51de:", ":7", "5C0FFEE1:7", "7 "]
)
def test_another_text_is_no_position(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="5c0ffee15bad51de:17"):
        parsing.position("--from", text)
