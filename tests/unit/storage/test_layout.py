import pytest

from registry_grpc.domain.digest import Digest
from registry_grpc.storage import layout

DIGEST = Digest("ab" + "0" * 62)


def test_a_blob_lives_below_its_namespace_and_the_start_of_its_digest() -> None:
    assert layout.blob_key("risk", DIGEST) == f"blobs/risk/sha256/ab/{DIGEST.hex}"


def test_an_upload_waits_below_its_namespace() -> None:
    upload_id = "0190163d-8694-739b-aea5-966c26f8ad91"
    assert layout.upload_key("risk", upload_id) == f"uploads/risk/{upload_id}"


def test_a_prefix_may_be_empty() -> None:
    assert layout.under("team/models", "blobs/x") == "team/models/blobs/x"
    assert layout.under("", "blobs/x") == "blobs/x"


def test_an_error_names_the_blob_and_not_its_place() -> None:
    assert layout.blob_name("risk", DIGEST) == f"namespaces/risk/blobs/{DIGEST}"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "/etc", ".x", "-x", "a\n", "a\x00", "é", "x" * 129],
)
def test_a_segment_that_could_climb_or_hide_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a path segment"):
        layout.blob_key(name, DIGEST)
    with pytest.raises(ValueError, match="not a path segment"):
        layout.upload_key(name, "upload")
    with pytest.raises(ValueError, match="not a path segment"):
        layout.upload_key("risk", name)


def test_a_blobs_key_is_read_back() -> None:
    assert layout.read_blob_key(layout.blob_key("risk", DIGEST)) == ("risk", DIGEST)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "blobs",
        f"blobs/risk/sha256/cd/{DIGEST.hex}",
        f"blobs/risk/sha256/ab/{DIGEST.hex}x",
        f"blobs/risk/sha256/ab/{DIGEST.hex.upper()}",
        f"blobs/../sha256/ab/{DIGEST.hex}",
        f"team/blobs/risk/sha256/ab/{DIGEST.hex}",
        "uploads/risk/upload",
    ],
)
def test_any_other_key_is_no_blobs(key: str) -> None:
    assert layout.read_blob_key(key) is None


def test_what_is_under_a_prefix_is_found_below_it() -> None:
    for prefix in ("", "team", "team/models"):
        assert layout.below(prefix, layout.under(prefix, "blobs/x")) == "blobs/x"
