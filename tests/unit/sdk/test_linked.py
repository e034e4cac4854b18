"""A link that changes from version to version in one step."""

import os
import threading
from pathlib import Path

import pytest

from modelregistry import Version
from modelregistry._local.linked_folder import LinkedFolder
from modelregistry.errors import TargetRefused


def a_version(number: int) -> Version:
    digest = f"sha256:{number:064x}"
    return Version(
        name=f"namespaces/default/models/m/versions/{number}", number=number, root_digest=digest
    )


@pytest.fixture
def linked(tmp_path: Path) -> LinkedFolder:
    return LinkedFolder(tmp_path / "serving" / "fraud")


def put(linked: LinkedFolder, number: int) -> Path:
    """Put a version into place, whose one file holds its number."""
    place = linked.folder_of(a_version(number))
    place.mkdir(parents=True, exist_ok=True)
    (place / "number").write_text(str(number))
    before = linked.current()
    linked.switch_to(place)
    linked.remove_others(place, before)
    return place


def test_the_link_names_what_was_put_into_place(linked: LinkedFolder) -> None:
    assert linked.current() is None
    with linked.locked():
        place = put(linked, 7)
    assert linked.current() == place
    assert place.name == "7-000000000000"
    assert (linked.link / "number").read_text() == "7"
    assert linked.link.readlink() == Path(".fraud.versions", place.name)


def test_the_folder_above_may_be_moved(linked: LinkedFolder, tmp_path: Path) -> None:
    with linked.locked():
        put(linked, 7)
    (tmp_path / "serving").rename(tmp_path / "moved")
    moved = LinkedFolder(tmp_path / "moved" / "fraud")
    assert moved.current() is not None
    assert (moved.link / "number").read_text() == "7"


def test_the_version_before_is_kept_and_older_ones_and_leftovers_are_not(
    linked: LinkedFolder,
) -> None:
    with linked.locked():
        first, second = put(linked, 1), put(linked, 2)
        leftover = second.with_name(".2-x.0000.new")
        leftover.mkdir()
        third = put(linked, 3)
        linked.set_done(third)
        put(linked, 3)
    assert [first.exists(), leftover.exists(), third.exists()] == [False, False, True]
    assert sorted(path.name for path in third.parent.iterdir() if path.is_dir()) == [third.name]


def test_a_reader_finds_a_whole_version_at_any_moment(linked: LinkedFolder) -> None:
    ended, read = threading.Event(), set()

    def reading() -> None:
        while not ended.is_set():
            folder = os.open(linked.link, os.O_RDONLY)
            try:
                file = os.open("number", os.O_RDONLY, dir_fd=folder)
                read.add(os.read(file, 9))
                os.close(file)
            finally:
                os.close(folder)

    with linked.locked():
        place = {number: linked.folder_of(a_version(number)) for number in (1, 2)}
        for number, folder in place.items():
            folder.mkdir()
            (folder / "number").write_text(str(number))
        linked.switch_to(place[1])
        reader = threading.Thread(target=reading)
        reader.start()
        for turn in range(400):
            linked.switch_to(place[turn % 2 + 1])
        ended.set()
        reader.join(30)
    assert read <= {b"1", b"2"}
    assert read
    assert sorted(path.name for path in linked.link.parent.iterdir()) == [
        *(".fraud.versions", "fraud")
    ]


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_it_did_not_make_is_not_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "fraud"
    if kind == "folder":
        target.mkdir()
    elif kind == "file":
        target.write_text("x")
    else:
        target.symlink_to(tmp_path)
    with pytest.raises(TargetRefused):
        LinkedFolder(target)


def test_what_took_the_place_of_the_link_meanwhile_is_not_replaced(linked: LinkedFolder) -> None:
    with linked.locked():
        place = put(linked, 1)
        linked.link.unlink()
        linked.link.mkdir()
        with pytest.raises(TargetRefused):
            linked.switch_to(place)


def test_a_link_to_what_is_gone_is_as_good_as_none(linked: LinkedFolder) -> None:
    with linked.locked():
        place = put(linked, 1)
        (place / "number").unlink()
        place.rmdir()
        assert linked.current() is None
        put(linked, 1)
        assert linked.current() == place


def test_one_process_at_a_time_keeps_a_link(linked: LinkedFolder) -> None:
    with linked.locked(), pytest.raises(TargetRefused, match="another process"):  # noqa: SIM117
        with LinkedFolder(linked.link).locked():
            pass
    with linked.locked():
        pass


def test_what_was_done_is_known_to_the_next_run(linked: LinkedFolder) -> None:
    with linked.locked():
        place = put(linked, 1)
        assert not linked.is_done(place)
        linked.set_done(place)
    again = LinkedFolder(linked.link)
    assert again.is_done(place)
    assert not again.is_done(again.folder_of(a_version(2)))


def test_the_root_is_no_link() -> None:
    with pytest.raises(TargetRefused):
        LinkedFolder(Path("/"))
