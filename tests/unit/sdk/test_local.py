"""The local disk: scanning, hashing, replacing, capturing."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelregistry import errors
from modelregistry._local import manifest, provenance, target
from modelregistry._local.files import LocalFile, hash_file, read_file, scan
from modelregistry._local.pieces import PieceReader
from modelregistry._local.provenance import capture_environment
from modelregistry._local.transfer import SMALL_BYTES, batches
from modelregistry.types import FileEntry
from tests.support.conformance import cases, label


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "model"
    root.mkdir()
    return root


def scanned(folder: Path) -> list[str]:
    return [file.name for file in scan(folder)]


def problems(folder: Path) -> dict[str, str]:
    with pytest.raises(errors.InvalidRequest) as caught:
        scan(folder)
    return {violation.field: violation.description for violation in caught.value.violations}


def test_files_come_by_the_bytes_of_their_names(folder: Path) -> None:
    for name in ("b", "B", ".hidden", "é", "a"):
        (folder / name).write_text("x")
    (folder / "B").unlink()
    assert scanned(folder) == [".hidden", "a", "b", "é"]


def test_names_become_nfc(folder: Path) -> None:
    (folder / "e\u0301.bin").write_text("x")
    assert scanned(folder) == ["é.bin"]


def test_links_inside_the_folder_are_followed(folder: Path) -> None:
    (folder / "blobs").mkdir()
    (folder / "blobs" / "one").write_text("x")
    (folder / "link").symlink_to("blobs/one")
    (folder / "again").symlink_to("blobs")
    assert scanned(folder) == ["again/one", "blobs/one", "link"]


def test_links_that_leave_loop_or_lead_nowhere_are_refused_together(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("x")
    (folder / "sub").mkdir()
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "nowhere").symlink_to("missing")
    (folder / "self").symlink_to("self")
    found = problems(folder)
    assert set(found) == {"'out'", "'sub/up'", "'nowhere'", "'self'"}
    assert "out of the folder" in found["'out'"]
    assert "back to a folder above" in found["'sub/up'"]


def test_sockets_and_undecodable_names_are_refused(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        (folder / os.fsdecode(b"\xff.bin")).write_text("x")
        found = problems(folder)
    assert found["'s'"] == "is neither a file nor a folder"
    assert "is not valid Unicode" in found.values()


def test_an_empty_folder_is_no_version(folder: Path) -> None:
    assert "has no files" in next(iter(problems(folder).values()))


def test_nothing_there_is_file_not_found(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(folder / "missing")


PATHS = cases("paths.json")
REASONS = {
    "empty": "has an empty part",
    "too_long": "at most 1024 are allowed",
    "absolute": "is absolute",
    "backslash": "has a backslash",
    "control_character": "has a character that controls",
    "not_nfc": "is not in Unicode form NFC",
    "empty_part": "has an empty part",
    "dot_part": "has a part '.' or '..'",
    "surrounding_space": "has a part with leading or trailing space",
}
CONFLICTS = {
    "repeated": "appears twice",
    "same_caseless": "only in case or Unicode form",
    "file_is_folder": "which is a file",
}


@pytest.mark.parametrize("case", PATHS["invalid"], ids=label)
def test_a_path_that_breaks_a_rule_is_named(case: dict[str, str]) -> None:
    found = manifest.path_violations([case["path"]])
    assert any(REASONS[case["reason"]] in violation.description for violation in found)
    assert {violation.field for violation in found} == {repr(case["path"])}


def test_a_path_with_half_a_character_is_refused() -> None:
    assert manifest.path_violations(["\ud800"])


@pytest.mark.parametrize("path", PATHS["valid"], ids=label)
def test_safe_paths_pass(path: str) -> None:
    assert not manifest.path_violations([path])


@pytest.mark.parametrize("case", PATHS["conflicting"], ids=lambda case: "+".join(case["paths"]))
def test_paths_that_clash_are_refused_in_any_order(case: dict[str, Any]) -> None:
    for listed in (case["paths"], reversed(case["paths"])):
        (violation,) = manifest.path_violations(listed)
        assert CONFLICTS[case["reason"]] in violation.description


@pytest.mark.parametrize("listed", PATHS["compatible"], ids="+".join)
def test_files_side_by_side_in_folders_pass(listed: list[str]) -> None:
    assert not manifest.path_violations(listed)


@given(st.lists(st.text(max_size=8), max_size=6))
def test_checking_paths_never_fails(listed: list[str]) -> None:
    assert isinstance(manifest.path_violations(listed), list)


@pytest.mark.parametrize("case", cases("root_digest.json")["cases"], ids=label)
def test_the_root_digest_is_that_of_the_contract(case: dict[str, Any]) -> None:
    files = [FileEntry(**file) for file in case["files"]]
    assert manifest.root_digest(files) == case["root_digest"]
    assert manifest.root_digest(reversed(files)) == case["root_digest"]


def local(path: Path) -> LocalFile:
    return LocalFile.of(path, path.name, path.stat())


def test_a_file_that_changes_after_the_scan_is_noticed(folder: Path) -> None:
    (folder / "a").write_text("one")
    file = local(folder / "a")
    assert hash_file(file).digest.startswith("sha256:")
    (folder / "a").write_text("longer")
    with pytest.raises(errors.FileChanged):
        hash_file(file)
    (folder / "a").unlink()
    with pytest.raises(errors.FileChanged):
        file.check_unchanged()


@pytest.mark.parametrize("later", ["two", "longer", ""])
def test_a_small_file_that_changes_after_the_scan_is_noticed(folder: Path, later: str) -> None:
    (folder / "a").write_text("one")
    file = local(folder / "a")
    item, data = read_file(file)
    assert data == b"one"
    assert item == hash_file(file)
    (folder / "a").write_text(later)
    os.utime(folder / "a", ns=(0, file.state[0] + 1))
    with pytest.raises(errors.FileChanged):
        read_file(file)
    (folder / "a").unlink()
    with pytest.raises(errors.FileChanged):
        read_file(file)


@pytest.mark.parametrize(
    "name, media_type",
    [
        ("config.json", "application/json"),
        ("a.b/.config.json", "application/json"),
        ("weights.v2.json", "application/json"),
        ("weights.json.gz", ""),
        ("a.json/weights", ""),
        (".json", ""),
        ("weights", ""),
    ],
)
def test_a_media_type_follows_from_how_a_name_ends(
    folder: Path, name: str, media_type: str
) -> None:
    (folder / "a").write_text("{}")
    file = LocalFile.of(folder / "a", name, (folder / "a").stat())
    assert hash_file(file).entry().media_type == media_type


def test_a_piece_reader_ends_quietly_and_tells_afterwards(folder: Path) -> None:
    (folder / "a").write_bytes(b"x" * 10)
    file = local(folder / "a")
    with PieceReader(file, 4, piece_size=4) as reader:
        assert [reader.read().data for _ in range(3)] == [b"xxxx", b"xx", b""]
        reader.check()
    assert reader.read().data == b""
    os.truncate(folder / "a", 5)
    with PieceReader(file, 0, piece_size=8) as reader:
        assert [reader.read().data for _ in range(2)] == [b"x" * 5, b""]
        with pytest.raises(errors.FileChanged):
            reader.check()


@given(
    sizes=st.lists(st.integers(0, 3 * SMALL_BYTES), max_size=30),
    max_bytes=st.integers(1, 4 * SMALL_BYTES),
    max_blobs=st.integers(1, 5),
)
def test_batches_hold_every_blob_once_and_keep_to_the_limits(
    sizes: list[int], max_bytes: int, max_blobs: int
) -> None:
    files = [LocalFile(Path(str(n)), str(n), size, (0, 0, 0)) for n, size in enumerate(sizes)]
    groups = list(batches(files, max_bytes=max_bytes, max_blobs=max_blobs))
    assert sorted(item.name for group in groups for item in group) == sorted(
        file.name for file in files
    )
    for group in groups:
        assert len(group) == 1 or sum(item.size for item in group) <= max_bytes
        assert len(group) <= max_blobs


@pytest.mark.parametrize("exchange", [True, False])
def test_a_target_is_replaced_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, exchange: bool
) -> None:
    if not exchange:
        monkeypatch.setattr(target, "_exchange", lambda _one, _other: False)
    (folder / "old").write_text("old")
    with target.Target(folder) as place:
        (place.stage / "new").write_text("new")
        place.publish()
    assert [child.name for child in folder.iterdir()] == ["new"]
    assert [child.name for child in folder.parent.iterdir()] == ["model"]


def test_a_failed_replacement_leaves_the_target_and_nothing_beside_it(folder: Path) -> None:
    (folder / "old").write_text("old")
    with pytest.raises(FileNotFoundError), target.Target(folder) as place:
        (place.stage / "missing" / "new").write_text("new")
    assert [child.name for child in folder.iterdir()] == ["old"]
    assert [child.name for child in folder.parent.iterdir()] == ["model"]


def test_a_target_that_is_a_link_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(folder)
    with target.Target(tmp_path / "current") as place:
        (place.stage / "new").write_text("new")
        place.publish()
    assert (tmp_path / "current").is_symlink()
    assert (folder / "new").exists()


def test_the_home_folder_is_not_replaced() -> None:
    for path in (Path.home(), Path("/")):
        with pytest.raises(errors.TargetRefused):
            target.Target(path)


def test_packages_are_a_sorted_lock_without_repeats() -> None:
    found = capture_environment()
    keys = [re.sub(r"[-_.]+", "-", package.name).lower() for package in found.packages]
    assert keys == sorted(set(keys))
    assert "pytest" in keys
    assert found.python_version == sys.version.split()[0]


def git(folder: Path, *arguments: str) -> None:
    program = shutil.which("git") or "git"
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run([program, "-C", folder, *identity, *arguments], check=True, capture_output=True)


def test_the_commit_is_captured_with_its_dirty_flag_and_a_clean_remote(folder: Path) -> None:
    assert provenance.capture_source(folder) is None
    git(folder, "init")
    assert provenance.capture_source(folder) is None
    (folder / "train.py").write_text("x")
    git(folder, "add", "train.py")
    git(folder, "commit", "-m", "one")
    git(folder, "remote", "add", "origin", "https://ann:hunter2@git.example/risk.git")
    clean = provenance.capture_source(folder)
    assert clean is not None
    assert re.fullmatch("[0-9a-f]{40}", clean.commit)
    assert (clean.dirty, clean.repository) == (False, "https://git.example/risk.git")
    (folder / "train.py").write_text("y")
    dirty = provenance.capture_source(folder)
    assert dirty is not None
    assert dirty.dirty is True


def test_without_git_nothing_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert provenance.capture_source(folder) is None
