"""`modelreg import mlflow`: the models of a registry of MLflow, imported again and again."""

import hashlib
import shutil
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from modelregistry import Client, errors
from modelregistry.types import (
    DatasetRole,
    ImportedVersion,
    ImportOptions,
    ImportStatus,
    LineageRole,
    RunNode,
)
from modelregistry_mlflow.importing import import_models
from tests.support.mlflow.registry import Registry

IMPORTED, UNCHANGED, UPDATED, FAILED = (
    ImportStatus.IMPORTED,
    ImportStatus.UNCHANGED,
    ImportStatus.UPDATED,
    ImportStatus.FAILED,
)


class Source:
    """A registry of MLflow, with runs and artifacts in a folder."""

    def __init__(self, uri: str, folder: Path) -> None:
        self.uri = uri
        self.client = MlflowClient(uri, uri)
        self.folder = folder

    def model(self, name: str, *contents: str) -> None:
        """Create a model with a version for each content."""
        self.client.create_registered_model(name, tags={"team": "risk"}, description=f"of {name}")
        for content in contents:
            self.version(name, content)

    def version(self, name: str, content: str) -> str:
        """Log a model in a run of its own, and register it; return the run."""
        with mlflow.start_run() as run:
            mlflow.log_metric("auc", 0.9)
            mlflow.log_param("epochs", 9)
            data = mlflow.data.from_numpy(np.zeros(3), source=f"s3://data/{content}")
            mlflow.log_input(data, context="validation")
            mlflow.log_text(content, "model/weights.txt")
        place = f"{run.info.artifact_uri}/model"
        self.client.create_model_version(
            name, place, run.info.run_id, tags={"content": content}, description=content
        )
        return str(run.info.run_id)


@pytest.fixture
def source(tracking_uri: str, tmp_path: Path) -> Source:
    return Source(tracking_uri, tmp_path / "runs")


@pytest.fixture
def target(registry: Registry, namespace: str) -> Iterator[Client]:
    with registry.client(namespace) as client:
        yield client


def imported(source: Source, target: Client, **options: Any) -> list[ImportedVersion]:  # noqa: ANN401 - as declared there
    given = {"artifact_roots": (source.folder,), **options}
    return list(import_models(target, ImportOptions(tracking_uri=source.uri, **given)))


def statuses(outcomes: list[ImportedVersion]) -> list[tuple[str, int, ImportStatus]]:
    return [(each.model, each.number, each.status) for each in outcomes]


def content(target: Client, ref: str, folder: Path) -> str:
    return (target.pull(ref, folder) / "weights.txt").read_text()


def test_models_come_with_versions_runs_files_aliases_tags_and_stages(
    source: Source, target: Client, tmp_path: Path
) -> None:
    source.model("Production_RF", "one", "two", "three")
    source.model("My model 2")
    source.client.delete_model_version("Production_RF", "2")
    source.client.set_registered_model_alias("Production_RF", "Champion", "1")
    source.client.set_registered_model_alias("Production_RF", "1st", "1")
    source.client.transition_model_version_stage("Production_RF", "3", "Production")

    done = imported(source, target)

    assert statuses(done) == [
        ("My model 2", 0, IMPORTED),
        ("Production_RF", 1, IMPORTED),
        ("Production_RF", 3, IMPORTED),
    ]
    assert all(not each.problems for each in done)
    model = target.get_model("Production_RF")
    assert (model.description, model.annotations) == ("of Production_RF", {"team": "risk"})
    assert target.resolve("Production_RF@Champion").number == 1
    assert target.resolve("Production_RF@production").number == 3
    first = target.get_version("Production_RF/1")
    assert target.resolve("Production_RF@1st").number == 1
    with pytest.raises(errors.VersionDeleted):
        target.resolve("Production_RF/2")
    assert first.description == "one"
    assert first.annotations["content"] == "one"
    assert first.annotations["mlflow.version"] == "1"
    assert first.metrics == {"auc": 0.9}
    assert first.params == {"epochs": "9"}
    assert [(each.uri, each.role) for each in first.inputs] == [
        ("s3://data/one", DatasetRole.VALIDATION)
    ]
    assert content(target, "Production_RF@Champion", tmp_path / "pulled") == "one"
    steps = target.lineage(first).steps
    [run] = [step.node for step in steps if step.edge.role is LineageRole.PRODUCED_BY]
    assert isinstance(run, RunNode)
    assert run.run_id == source.client.get_model_version("Production_RF", "1").run_id


def test_a_second_run_imports_what_is_new_and_follows_what_moved(
    source: Source, target: Client
) -> None:
    source.model("fraud", "one", "two")
    source.client.set_registered_model_alias("fraud", "champion", "1")
    source.client.set_registered_model_alias("fraud", "old", "1")
    imported(source, target)
    assert statuses(imported(source, target)) == [("fraud", 1, UNCHANGED), ("fraud", 2, UNCHANGED)]

    source.version("fraud", "three")
    source.client.set_registered_model_alias("fraud", "champion", "2")
    source.client.delete_registered_model_alias("fraud", "old")
    source.client.set_model_version_tag("fraud", "1", "checked", "yes")
    done = imported(source, target)

    assert statuses(done) == [("fraud", 1, UPDATED), ("fraud", 2, UPDATED), ("fraud", 3, IMPORTED)]
    assert target.resolve("fraud@champion").number == 2
    assert target.get_version("fraud/1").annotations["checked"] == "yes"
    with pytest.raises(errors.AliasNotFound):
        target.resolve("fraud@old")


def test_aliases_and_stages_that_were_changed_here_stay(source: Source, target: Client) -> None:
    source.model("fraud", "one", "two")
    source.client.set_registered_model_alias("fraud", "champion", "1")
    source.client.transition_model_version_stage("fraud", "1", "Production")
    imported(source, target)
    target.set_alias("fraud", "champion", 2, reason="better")
    target.set_stage("fraud/1", "archived", reason="old")

    first, second = imported(source, target)

    assert target.resolve("fraud@champion").number == 2
    assert target.get_version("fraud/1").stage == "archived"
    assert first.notes == (
        "it was moved to archived here and stays there",
        "alias champion was set to " + second.ref + " here and stays there",
    )


def test_a_version_without_readable_files_stops_its_model_and_no_other(
    source: Source, target: Client, tmp_path: Path
) -> None:
    source.model("a", "one", "two", "three")
    source.model("b", "one")
    lost = source.client.get_model_version("a", "2").source
    shutil.move(lost.removeprefix("file://"), tmp_path / "away")

    first, second, third, other = imported(source, target)

    assert [each.status for each in (first, second, third, other)] == [
        *(IMPORTED, FAILED, FAILED, IMPORTED)
    ]
    assert f"the files at {lost} cannot be read" in second.problems[0]
    assert third.problems == ("waits for version 2, so that its number stays the same",)

    shutil.move(tmp_path / "away", lost.removeprefix("file://"))
    done = imported(source, target)
    assert [each.status for each in done] == [UNCHANGED, IMPORTED, IMPORTED, UNCHANGED]
    assert target.resolve("a@latest").number == 3


@pytest.mark.parametrize("way", ["by_reference", "skip_failed"])
def test_a_version_without_readable_files_keeps_the_numbers_of_the_others(
    source: Source, target: Client, way: str
) -> None:
    source.model("fraud", "one", "two", "three")
    lost = source.client.get_model_version("fraud", "2").source
    shutil.rmtree(lost.removeprefix("file://"))

    _, second, third = imported(source, target, **{way: True})

    assert third.status is IMPORTED
    assert target.get_version("fraud/3").annotations["mlflow.version"] == "3"
    if way == "by_reference":
        version = target.get_version("fraud/2")
        assert version.by_reference
        assert version.source is not None
        assert version.source.uri == lost
        assert second.notes[-1].startswith(f"registered by reference: its files stay at {lost}")
    else:
        assert second.status is FAILED
        with pytest.raises(errors.VersionDeleted):
            target.resolve("fraud/2")


def test_versions_that_were_registered_here_before_shift_the_numbers(
    source: Source, target: Client, tmp_path: Path
) -> None:
    (tmp_path / "own.bin").write_bytes(b"own")
    target.push("fraud", tmp_path / "own.bin", environment=None, source=None)
    source.model("fraud", "one")

    [done] = imported(source, target)

    assert done.ref.endswith("fraud/2")
    assert done.notes == ("it is number 2 here: 1 was taken",)
    assert statuses(imported(source, target)) == [("fraud", 1, UNCHANGED)]


def test_two_imports_at_once_import_each_version_once(source: Source, target: Client) -> None:
    source.model("fraud", "one", "two")
    source.client.delete_model_version("fraud", "1")
    given = ImportOptions(tracking_uri=source.uri, artifact_roots=(source.folder,))
    late = import_models(target, given)
    first = next(late)  # it has read what exists, and registered the first
    assert first.number == 2
    imported(source, target)
    assert list(late) == []
    versions = list(target.list_versions("fraud", show_deleted=True))
    assert [version.number for version in versions] == [2, 1]


def test_a_dry_run_changes_nothing(source: Source, target: Client) -> None:
    source.model("fraud", "one")
    planned = imported(source, target, dry_run=True)
    assert statuses(planned) == [("fraud", 1, ImportStatus.PLANNED)]
    assert list(target.list_models()) == []


def test_what_was_deleted_here_is_not_imported_again(source: Source, target: Client) -> None:
    source.model("fraud", "one", "two")
    imported(source, target)
    target.delete_version("fraud/1")
    assert statuses(imported(source, target)) == [
        ("fraud", 1, ImportStatus.DELETED),
        ("fraud", 2, UNCHANGED),
    ]


def test_a_name_or_alias_that_the_registry_refuses_is_a_problem_and_the_rest_is_imported(
    source: Source, target: Client
) -> None:
    source.model("50% off", "one")
    source.model("fraud", "one")
    source.client.set_registered_model_alias("fraud", "production", "1")
    refused, done = imported(source, target)
    assert refused.status is FAILED
    assert refused.problems
    assert done.status is IMPORTED
    assert done.problems[0].startswith("alias production: ")


def test_prompts_are_imported_and_load_from_here(
    source: Source, target: Client, registry: Registry, namespace: str
) -> None:
    source.client.register_prompt("greeting", "Hello {{name}}")
    source.client.set_prompt_alias("greeting", "live", 1)
    [done] = imported(source, target)
    assert (done.status, done.problems) == (IMPORTED, ())
    client = MlflowClient(source.uri, registry.uri(namespace))
    assert client.load_prompt("prompts:/greeting@live").template == "Hello {{name}}"


def test_one_model_can_be_chosen_and_a_missing_one_is_an_error(
    source: Source, target: Client
) -> None:
    source.model("a", "one")
    source.model("b", "one")
    assert [each.model for each in imported(source, target, models=("b",))] == ["b"]
    with pytest.raises(errors.InvalidRequest, match="Registered Model with name=c not found"):
        imported(source, target, models=("c",))


def test_a_registry_of_our_own_is_refused_as_source(target: Client, registry_uri: str) -> None:
    given = ImportOptions(tracking_uri=registry_uri)
    with pytest.raises(errors.ConfigurationError, match="modelreg copy"):
        list(import_models(target, given))


def test_a_number_that_a_killed_import_was_leaving_out_is_deleted_by_the_next(
    source: Source, target: Client
) -> None:
    source.model("fraud", "one", "two")
    source.client.delete_model_version("fraud", "1")
    target.create_model("fraud")
    # The killed import had done this: it registered the number, and did not delete it yet.
    description = "deleted in MLflow before the import"
    target.register_reference("fraud", "mlflow-deleted:1", description=description)

    [second] = imported(source, target)

    assert (second.number, second.status) == (2, IMPORTED)
    assert [version.number for version in target.list_versions("fraud")] == [2]
    assert statuses(imported(source, target)) == [("fraud", 2, UNCHANGED)]


def test_records_that_cannot_be_imported_are_problems_of_their_versions(
    source: Source, target: Client
) -> None:
    for name in ("dated", "numbered", "sound"):
        source.model(name, "one")
    with closing(sqlite3.connect(source.uri.removeprefix("sqlite:///"))) as database, database:
        change = "UPDATE model_versions SET {} WHERE name = ?"
        database.execute(change.format("creation_time = 1000000000000000000"), ["dated"])
        database.execute(change.format("version = 2000000000"), ["numbered"])

    dated, numbered, sound = imported(source, target)

    assert (dated.status, sound.status) == (FAILED, IMPORTED)
    assert numbered.status is IMPORTED
    assert numbered.notes[-1] == "it is number 1 here: 2000000000 was taken"


def test_a_copy_is_imported_with_the_files_of_its_original(
    source: Source, target: Client, tmp_path: Path
) -> None:
    source.model("fraud", "one")
    source.client.copy_model_version("models:/fraud/1", "copy")

    first, second = imported(source, target)

    assert (first.model, first.status, second.status) == ("copy", IMPORTED, IMPORTED)
    assert content(target, "copy/1", tmp_path / "pulled") == "one"


def test_files_of_this_machine_are_read_below_allowed_folders_only(
    source: Source, target: Client, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (private / "key").write_text("secret")
    (source.folder / "link").mkdir(parents=True)
    (source.folder / "link" / "keys").symlink_to(private)
    places = [
        *(str(private), f"file://{private}", f"file://localhost{private}", f"file://h{private}"),
        *(f"{source.folder}/../private", f"{source.folder}/link/keys", "models:/m-1", "file:///"),
    ]
    source.model("fraud")
    runs = [source.version("fraud", "one") for _ in places]
    # What a hostile server answers, and what older ones take from any caller.
    with closing(sqlite3.connect(source.uri.removeprefix("sqlite:///"))) as database, database:
        for number, (place, run) in enumerate(zip(places, runs, strict=True), 1):
            database.execute("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", [place, run])
            database.execute(
                "UPDATE model_versions SET source = ?, storage_location = ? WHERE version = ?",
                [f"runs:/{run}/" if number % 2 else place, place, number],
            )
    source.version("fraud", "sound")

    done = imported(source, target, by_reference=True)

    assert [each.status for each in done] == [IMPORTED] * (len(places) + 1)
    *hostile, sound = list(target.list_versions("fraud", full=True))[::-1]
    assert [each.by_reference for each in hostile] == [True] * len(places)
    assert (sound.by_reference, sound.file_count) == (False, 1)
    with pytest.raises(errors.NotFound):
        [*target.read_blob("sha256:" + hashlib.sha256(b"secret").hexdigest())]


def test_a_folder_of_this_machine_needs_the_word_of_the_user(
    source: Source, target: Client
) -> None:
    source.model("fraud", "one")
    [refused] = imported(source, target, artifact_roots=())
    assert refused.status is FAILED
    assert str(source.folder) in refused.problems[0]
    assert "--artifact-root" in refused.problems[0]
    assert list(target.list_versions("fraud")) == []


def test_no_text_of_an_import_has_the_password_of_mlflows_address(
    target: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for uri in (
        "http://bob:s3cr3t@127.0.0.1:1",
        "nosuch://bob:s3/cr3t@h",
        "mysql://bob:s3cr3t@h/d",
    ):
        given = ImportOptions(tracking_uri=uri, registry_uri=uri)
        with pytest.raises(errors.InvalidRequest, match="MLflow: ") as refused:
            list(import_models(target, given))
        assert "cr3t" not in "".join(traceback.format_exception(refused.value)), uri
