"""The files of a version as artifacts of MLflow."""

from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from modelregistry_mlflow.artifacts import VersionArtifacts
from tests.support.mlflow.models import folder


@pytest.fixture
def artifacts(client: MlflowClient, tmp_path: Path) -> VersionArtifacts:
    """The files of a registered version."""
    client.create_registered_model("My model 2")
    client.create_model_version("My model 2", folder(tmp_path / "source"))
    return VersionArtifacts(client.get_model_version_download_uri("My model 2", 1))


def test_folders_are_listed_one_by_one(artifacts: VersionArtifacts) -> None:
    def listed(path: str | None) -> list[tuple[str, bool, int | None]]:
        return [(each.path, each.is_dir, each.file_size) for each in artifacts.list_artifacts(path)]

    assert listed(None) == listed("") == [("MLmodel", False, 12), ("data", True, None)]
    assert listed("data") == listed("data/") == [("data/model.bin", False, 16)]
    assert listed("data/model.bin") == listed("nowhere") == listed("dat") == []


def test_the_whole_version_a_folder_and_a_file_can_be_read(
    artifacts: VersionArtifacts, tmp_path: Path
) -> None:
    def read(path: str | None, name: str) -> list[str]:
        (tmp_path / name).mkdir()
        place = artifacts.download_artifacts(path, str(tmp_path / name))
        assert place == str(tmp_path / name / path if path else tmp_path / name)
        return sorted(
            str(each.relative_to(tmp_path / name))
            for each in (tmp_path / name).rglob("*")
            if each.is_file()
        )

    assert read("", "all") == ["MLmodel", "data/model.bin"]
    assert read("data", "folder") == ["data/model.bin"]
    assert read("data/model.bin", "file") == ["data/model.bin"]
    assert (tmp_path / "file/data/model.bin").read_text() == "bytes of a model"
    single = tmp_path / "single"
    artifacts._download_file("data/model.bin", str(single))  # noqa: SLF001 - MLflow calls it
    assert single.read_text() == "bytes of a model"


def test_addresses_of_a_version_and_of_its_files_can_be_read(
    artifacts: VersionArtifacts, tmp_path: Path
) -> None:
    uri = artifacts.artifact_uri
    download = mlflow.artifacts.download_artifacts

    whole = Path(download(uri))
    assert (whole / "data/model.bin").read_text() == "bytes of a model"
    assert (Path(download(f"{uri}/data")) / "model.bin").read_text() == "bytes of a model"
    assert Path(download(f"{uri}/data/model.bin", dst_path=str(tmp_path))) == tmp_path / "model.bin"
    listed = mlflow.artifacts.list_artifacts(f"{uri}/data")
    assert [each.path for each in listed] == ["data/model.bin"]
    for wrong in (f"{uri}/nowhere", f"{uri}0", uri.replace("versions/1", "versions/x")):
        with pytest.raises(MlflowException) as raised:
            download(wrong)
        assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    with pytest.raises(MlflowException, match="Invalid artifact path"):
        VersionArtifacts(f"{uri}/%2e%2e%2fdata")


def test_a_new_folder_is_made_where_none_is_given(artifacts: VersionArtifacts) -> None:
    first, second = (Path(artifacts.download_artifacts("")) for _ in range(2))

    assert first != second
    assert (first / "data/model.bin").read_text() == "bytes of a model"


def test_other_files_of_the_folder_stay(artifacts: VersionArtifacts, tmp_path: Path) -> None:
    place = tmp_path / "place"
    (place / "data").mkdir(parents=True)
    (place / "data" / "mine.txt").write_text("mine")
    (place / "MLmodel").write_text("old")

    artifacts.download_artifacts("", str(place))

    assert (place / "data" / "mine.txt").read_text() == "mine"
    assert (place / "MLmodel").read_text() == "flavors: {}\n"
    assert sorted(each.name for each in place.iterdir()) == ["MLmodel", "data"]


def test_what_is_downloaded_may_be_written_to(artifacts: VersionArtifacts) -> None:
    first = Path(artifacts.download_artifacts(""))
    for file in (first / "MLmodel", first / "data/model.bin"):
        assert file.stat().st_nlink == 1  # no link into a cache
        file.write_text("changed")
    (first / "registered_model_meta").write_text("as MLflow does")

    assert (Path(artifacts.download_artifacts("")) / "MLmodel").read_text() == "flavors: {}\n"


@pytest.mark.parametrize(
    "path", ["../x", "data/../../x", "/etc/passwd", "data//model.bin", "./data", "data\\x", ".."]
)
def test_a_path_that_leaves_the_version_is_refused(
    artifacts: VersionArtifacts, path: str, tmp_path: Path
) -> None:
    (tmp_path / "place").mkdir()
    for call in (
        lambda: artifacts.list_artifacts(path),
        lambda: artifacts.download_artifacts(path, str(tmp_path / "place")),
    ):
        with pytest.raises(MlflowException, match="Invalid artifact path") as raised:
            call()
        assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
    assert list((tmp_path / "place").iterdir()) == []


def test_a_link_in_the_folder_leads_nowhere_else(
    artifacts: VersionArtifacts, tmp_path: Path
) -> None:
    elsewhere, place = tmp_path / "elsewhere", tmp_path / "place"
    elsewhere.mkdir()
    place.mkdir()
    (place / "data").symlink_to(elsewhere)
    (place / "MLmodel").symlink_to(elsewhere / "file")

    artifacts.download_artifacts("", str(place))

    assert list(elsewhere.iterdir()) == []
    assert (place / "data/model.bin").read_text() == "bytes of a model"


def test_what_is_not_there_is_an_error(artifacts: VersionArtifacts, tmp_path: Path) -> None:
    for path, place in (("nowhere", tmp_path), ("", tmp_path / "missing"), ("dat", tmp_path)):
        with pytest.raises(MlflowException) as raised:
            artifacts.download_artifacts(path, str(place))
        assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_version_never_changes(artifacts: VersionArtifacts, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new")
    for call in (
        lambda: artifacts.log_artifact(str(tmp_path / "new")),
        lambda: artifacts.log_artifacts(str(tmp_path)),
        lambda: artifacts.delete_artifacts("MLmodel"),
    ):
        with pytest.raises(MlflowException, match="immutable") as raised:
            call()
        assert raised.value.error_code == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    "more", [{}, {"tracking_uri": None}, {"tracking_uri": "file:x", "registry_uri": None}]
)
def test_the_constructor_takes_what_this_release_passes(
    artifacts: VersionArtifacts, more: dict[str, Any]
) -> None:
    known = VersionArtifacts.__mro__[1].__init__.__code__.co_varnames
    if not set(more) <= set(known):
        more = {}
    again = VersionArtifacts(artifacts.artifact_uri, **more)

    assert [each.path for each in again.list_artifacts()] == ["MLmodel", "data"]


def test_a_deleted_version_has_no_files(client: MlflowClient, artifacts: VersionArtifacts) -> None:
    uri = artifacts.artifact_uri
    client.delete_model_version("My model 2", 1)

    with pytest.raises(MlflowException) as raised:
        VersionArtifacts(uri).download_artifacts("")

    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_token_goes_only_to_the_configured_registry(
    artifacts: VersionArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELREG_TOKEN", "mrk_secret")
    VersionArtifacts(artifacts.artifact_uri)
    stranger = "modelreg://127.0.0.1:1/default/models/m/versions/1"
    with pytest.raises(MlflowException, match="is not the configured one") as raised:
        VersionArtifacts(stranger)
    assert raised.value.error_code == "PERMISSION_DENIED"

    monkeypatch.setenv("MODELREG_SERVER", "127.0.0.1:1")
    VersionArtifacts(stranger)


def test_the_address_of_a_version_does_not_lower_the_protection_of_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MODELREG_TOKEN", "mrk_secret")
    options = "?plaintext=true&token_in_plaintext=true"
    version = "modelreg://registry.example:443/default/models/m/versions/1"
    mlflow.set_registry_uri("modelreg://registry.example:443/default")
    for server in ("", "registry.example:443"):
        monkeypatch.setenv("MODELREG_SERVER", server)
        VersionArtifacts(version)
        with pytest.raises(MlflowException, match="another protection") as raised:
            VersionArtifacts(version + options)
        assert raised.value.error_code == "PERMISSION_DENIED"

    mlflow.set_registry_uri(f"modelreg://registry.example:443/default{options}")
    VersionArtifacts(version + options)


def test_the_file_of_mlflow_is_added_to_a_copy(artifacts: VersionArtifacts) -> None:
    place = mlflow.artifacts.download_artifacts("models:/My model 2/1")

    assert (Path(place) / "registered_model_meta").exists()
    assert [each.path for each in artifacts.list_artifacts()] == ["MLmodel", "data"]
