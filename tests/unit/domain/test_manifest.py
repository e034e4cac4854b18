import hashlib
import random
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import InvalidRequest, Violation
from registry_grpc.domain.manifest import (
    MAX_FILES,
    MAX_SIZE,
    FileEntry,
    check_files,
    path_problem,
    root_digest,
)
from registry_grpc.domain.violations import Violations
from tests.support.conformance import cases, label
from tests.support.costs import took_less
from tests.support.faults.amount import examples

_quick = settings(max_examples=examples(60))
DIGEST = Digest("ab" * 32)

parts = (
    st.text("abcXYZ019._- éñ日本", min_size=1, max_size=8)
    .map(lambda part: unicodedata.normalize("NFC", part))
    .filter(lambda part: part == part.strip() and part not in {".", ".."})
)
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)
digests = st.binary(min_size=32, max_size=32).map(lambda raw: Digest(raw.hex()))
files_of = st.builds(FileEntry, paths, digests, st.integers(0, MAX_SIZE), st.text(max_size=10))


def a_file(path: str, size: int = 1, media_type: str = "") -> FileEntry:
    return FileEntry(path, DIGEST, size, media_type)


def violations(*files: FileEntry) -> list[Violation]:
    found = Violations()
    check_files(found, "files", files)
    try:
        found.raise_if_any()
    except InvalidRequest as refusal:
        return list(refusal.violations)
    return []


def fields(*files: FileEntry) -> list[str]:
    return [violation.field for violation in violations(*files)]


@given(paths)
@_quick
def test_an_ordinary_path_is_accepted(path: str) -> None:
    assert path_problem(path) is None


CASES = cases("paths.json")
REASONS = {
    "empty": "a path has 1 to",
    "too_long": "a path has 1 to",
    "absolute": "a path is relative",
    "backslash": "a path may not contain a backslash",
    "control_character": "characters that control text or terminals",
    "not_nfc": "must be in Unicode form NFC",
    "empty_part": "may not have the part ''",
    "dot_part": "may not have the part '.",
    "surrounding_space": "may not start or end with a space",
}
CONFLICTS = {
    "repeated": "repeats",
    "same_caseless": "differs only in case or form",
    "file_is_folder": "is a file, not a folder",
}


@pytest.mark.parametrize("path", CASES["valid"], ids=label)
def test_an_unusual_but_safe_path_is_accepted(path: str) -> None:
    assert path_problem(path) is None


@pytest.mark.parametrize("case", CASES["invalid"], ids=label)
def test_a_path_that_could_do_harm_is_refused(case: dict[str, str]) -> None:
    assert REASONS[case["reason"]] in str(path_problem(case["path"]))
    assert "files[0].path" in fields(a_file(case["path"]))


def test_a_path_with_half_a_character_is_refused_like_any_other() -> None:
    assert path_problem("a\ud800b")


@given(st.text(max_size=30) | st.text("./\\ aA\n\0é", max_size=12))
@_quick
def test_an_accepted_path_stays_below_its_folder(path: str) -> None:
    if path_problem(path) is not None:
        return
    assert not path.startswith("/")
    assert not {"", ".", ".."} & set(path.split("/"))
    assert "\n" not in path
    assert unicodedata.normalize("NFC", path) == path


@pytest.mark.parametrize("case", CASES["conflicting"], ids=lambda case: "+".join(case["paths"]))
def test_paths_that_conflict_are_refused_in_any_order(case: dict[str, Any]) -> None:
    for paths_sent in (case["paths"], reversed(case["paths"])):
        (violation,) = violations(*map(a_file, paths_sent))
        assert CONFLICTS[case["reason"]] in violation.description
    if case["reason"] != "file_is_folder":
        assert fields(*map(a_file, case["paths"])) == ["files[1].path"]


def test_a_repeated_path_is_called_so() -> None:
    (violation,) = violations(a_file("a"), a_file("a"))
    assert "repeats" in violation.description
    (violation,) = violations(a_file("a"), a_file("A"))
    assert "differs only in case" in violation.description


def _caseless(text: str) -> str:
    """Compatibility caseless form (Unicode, chapter 3.13, D146)."""
    once = unicodedata.normalize("NFD", text).casefold()
    twice = unicodedata.normalize("NFKC", once).casefold()
    return unicodedata.normalize("NFKC", twice)


@given(st.data())
@_quick
def test_no_two_accepted_files_are_the_same_where_case_does_not_count(data: st.DataObject) -> None:
    path = data.draw(paths | st.text(min_size=1, max_size=6))
    changed = data.draw(st.sampled_from([path.upper(), path.lower(), path.title(), path]))
    compatible = unicodedata.normalize("NFKC", changed) if data.draw(st.booleans()) else changed
    other = unicodedata.normalize("NFC", compatible)
    if path_problem(path) is None and path_problem(other) is None:
        same = _caseless(path) == _caseless(other)
        assert not same or violations(a_file(path), a_file(other))


@given(st.lists(st.text("\0/.aA\n", max_size=5), max_size=5))
@_quick
def test_whatever_the_paths_the_answer_is_a_list_of_violations(paths_sent: list[str]) -> None:
    found = violations(*map(a_file, paths_sent))
    assert found or (paths_sent and not any(map(path_problem, paths_sent)))


@pytest.mark.parametrize("listed", CASES["compatible"], ids="+".join)
def test_files_side_by_side_in_folders_are_fine(listed: list[str]) -> None:
    assert violations(*map(a_file, listed)) == []


def test_empty_files_and_equal_contents_are_allowed() -> None:
    assert violations(a_file("a", 0), a_file("b", 0)) == []


def test_a_version_without_files_is_refused() -> None:
    assert fields() == ["files"]


def test_sizes_are_checked_one_by_one_and_together() -> None:
    assert fields(a_file("a", -1)) == ["files[0].size_bytes"]
    assert fields(a_file("a", MAX_SIZE)) == []
    assert fields(a_file("a", MAX_SIZE), a_file("b", 1)) == ["files"]


def test_a_media_type_is_limited() -> None:
    assert fields(a_file("a", media_type="x" * 128)) == []
    assert fields(a_file("a", media_type="x" * 129)) == ["files[0].media_type"]
    assert fields(a_file("a", media_type="\0")) == ["files[0].media_type"]


def test_the_number_of_files_is_limited() -> None:
    files = [a_file(f"dir/{index}") for index in range(MAX_FILES + 1)]
    assert violations(*files[:-1]) == []
    assert fields(*files) == ["files"]


def test_everything_wrong_is_noted_with_the_index_of_its_file() -> None:
    found = fields(a_file("ok"), a_file("/x", -1), a_file("OK"), a_file("../y"))
    assert sorted(found) == [
        "files[1].path",
        "files[1].size_bytes",
        "files[2].path",
        "files[3].path",
    ]


def test_a_request_full_of_deep_paths_is_checked_in_reasonable_time() -> None:
    # 4 MiB, the largest request, of the longest paths with the most parts. The check holds the
    # interpreter lock: no other call moves meanwhile.
    files = [a_file("a/" * 509 + f"{index:04}") for index in range(1_000)]
    started = time.process_time()
    assert violations(*files) == []
    assert took_less(time.process_time() - started, 0.5)


def _recomputed(files: list[FileEntry]) -> str:
    """The formula of version.proto, said again: sort by UTF-8 bytes, one line each, hash all."""
    lines = [
        b"%s %d %s\n" % (file.digest.hex.encode("ascii"), file.size, file.path.encode("utf-8"))
        for file in files
    ]
    order = sorted(range(len(files)), key=lambda index: files[index].path.encode("utf-8"))
    return "sha256:" + hashlib.sha256(b"".join(lines[index] for index in order)).hexdigest()


@given(st.lists(files_of, max_size=12, unique_by=lambda file: file.path), st.randoms())
@_quick
def test_the_root_digest_is_the_contracts_formula_whatever_the_order(
    files: list[FileEntry], chance: random.Random
) -> None:
    expected = _recomputed(files)
    chance.shuffle(files)
    assert str(root_digest(files)) == expected


@pytest.mark.parametrize("case", cases("root_digest.json")["cases"], ids=label)
def test_the_root_digest_of_a_known_manifest_never_changes(case: dict[str, Any]) -> None:
    files = [
        FileEntry(file["path"], Digest.parse(file["digest"]), file["size_bytes"])
        for file in case["files"]
    ]
    assert str(root_digest(files)) == case["root_digest"] == _recomputed(files)


@given(st.lists(files_of, min_size=1, max_size=5, unique_by=lambda file: file.path))
@_quick
def test_media_types_are_not_part_of_the_root_digest(files: list[FileEntry]) -> None:
    bare = [FileEntry(file.path, file.digest, file.size) for file in files]
    assert root_digest(bare) == root_digest(files)
