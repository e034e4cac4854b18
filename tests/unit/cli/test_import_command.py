"""`modelreg import`, with an importer that a distribution offers."""

import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from modelregistry import Client
from modelregistry.cli import app, failures
from modelregistry.types import ImportedVersion, ImportOptions, ImportStatus

_ASKED: list[object] = []
_OUTCOMES: list[ImportedVersion] = []
_NO_SERVER = ("--server", "127.0.0.1:1")


def imports(client: Client, options: ImportOptions) -> Iterator[ImportedVersion]:
    _ASKED[:] = [client.namespace, options]
    yield from _OUTCOMES


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution with an importer of MLflow, as pip would."""
    folder = tmp_path / "importer-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: importer\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[modelregistry.importers]\nmlflow = other:imports\n")
    (tmp_path / "other.py").write_text(f"from {__name__} import imports\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    _OUTCOMES.clear()


def done(number: int, status: ImportStatus, *problems: str) -> ImportedVersion:
    ref = "" if status is ImportStatus.FAILED else f"fraud/{number}"
    return ImportedVersion(model="fraud", number=number, ref=ref, status=status, problems=problems)


@pytest.mark.usefixtures("installed")
def test_each_version_is_a_line_and_the_options_reach_the_importer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _OUTCOMES.extend([done(1, ImportStatus.IMPORTED), done(2, ImportStatus.UNCHANGED)])
    given = ("--tracking-uri", "http://mlflow", "--registry-uri", "sqlite:///a.db")
    chosen = (
        "--model",
        "fraud",
        "--model",
        "My model",
        "--dry-run",
        "-n",
        "risk",
        "--by-reference",
    )
    assert app.run(["import", "mlflow", *given, *chosen, *_NO_SERVER]) == 0
    options = ImportOptions(
        tracking_uri="http://mlflow",
        registry_uri="sqlite:///a.db",
        models=("fraud", "My model"),
        by_reference=True,
        dry_run=True,
    )
    expected = ["risk", options]
    assert expected == _ASKED
    captured = capsys.readouterr()
    assert "imported  fraud/1  from fraud 1\nunchanged fraud/2" in captured.out
    assert "1 imported, 1 unchanged" in captured.err


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "outcome",
    [
        done(1, ImportStatus.FAILED, "s3://bucket/model: access denied"),
        done(1, ImportStatus.IMPORTED, "alias x y: is not an id"),
    ],
    ids=["version", "alias"],
)
def test_a_part_that_fails_is_printed_and_is_code_1(
    outcome: ImportedVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    _OUTCOMES.extend([outcome, done(2, ImportStatus.IMPORTED)])
    given = ("--tracking-uri", "http://mlflow", *_NO_SERVER)
    assert app.run(["import", "mlflow", *given]) == failures.FAILED
    out = capsys.readouterr().out
    assert outcome.problems[0] in out
    assert "fraud/2" in out
    assert app.run(["import", "mlflow", *given, "--json"]) == failures.FAILED
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["problems"] == list(outcome.problems)
    assert second["status"] == "imported"


def test_without_an_importer_the_message_says_what_to_install(
    capsys: pytest.CaptureFixture[str],
) -> None:
    installed = metadata.entry_points(group="modelregistry.importers", name="mlflow")
    assert not installed, "the plugin lives in environments of its own"
    given = ("--tracking-uri", "http://mlflow", *_NO_SERVER)
    assert app.run(["import", "mlflow", *given]) == failures.USAGE
    assert "pip install modelregistry-mlflow" in capsys.readouterr().err
