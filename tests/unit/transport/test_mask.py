import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from modelregistry.v1 import model_pb2, version_pb2
from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.map_patch import MapPatch
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.mask import map_patch, masked

OUTPUT_ONLY = set(model_pb2.Model.DESCRIPTOR.fields_by_name)
VERSION_FIELDS = set(version_pb2.Version.DESCRIPTOR.fields_by_name)
VALUES = {"description": "new", "labels": {"team": "risk"}, "owner": ""}
BEFORE = {"team": "fraud", "tier": "gold"}


def problems(found: Violations) -> list[str]:
    try:
        found.raise_if_any()
    except InvalidRequest as refusal:
        return [f"{item.field}: {item.description}" for item in refusal.violations]
    return []


@pytest.mark.parametrize(
    "paths, selected",
    [
        ([], {"description": "new", "labels": {"team": "risk"}}),
        (["*"], VALUES),
        (["owner"], {"owner": ""}),
        (["description", "owner"], {"description": "new", "owner": ""}),
        (["owner", "owner"], {"owner": ""}),
        (["labels"], {"labels": {"team": "risk"}}),
        (["name", "etag", "create_time", "revision"], {}),
        (["create_time", "owner"], {"owner": ""}),
    ],
)
def test_a_mask_selects_what_it_names(paths: list[str], selected: dict[str, object]) -> None:
    found = Violations()
    assert masked(FieldMask(paths=paths), VALUES, OUTPUT_ONLY, found) == selected
    assert problems(found) == []


def test_without_a_mask_a_number_is_set_when_it_is_there_even_if_it_is_0() -> None:
    found = Violations()
    for number, selected in ((None, {}), (0, {"quota": 0}), (5, {"quota": 5})):
        assert masked(FieldMask(), {"quota": number}, OUTPUT_ONLY, found) == selected
    assert masked(FieldMask(paths=["quota"]), {"quota": None}, (), found) == {"quota": None}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "colour",
        "Description",
        "description.text",
        "labels.team",
        "model.description",
        "create_time.seconds",
        "updateTime",
        "description ",
        "owner,description",
        "**",
    ],
)
def test_an_unknown_path_is_noted(path: str) -> None:
    found = Violations()
    masked(FieldMask(paths=["owner", path]), VALUES, OUTPUT_ONLY, found)
    (problem,) = problems(found)
    assert problem.startswith(f"update_mask: unknown path {path!r}")
    assert "description, labels, owner" in problem


def test_every_unknown_path_is_noted() -> None:
    found = Violations()
    masked(FieldMask(paths=["a", "owner", "b"]), VALUES, OUTPUT_ONLY, found)
    assert len(problems(found)) == 2


def test_a_star_beside_other_paths_is_not_a_path() -> None:
    found = Violations()
    masked(FieldMask(paths=["*", "owner"]), VALUES, OUTPUT_ONLY, found)
    assert len(problems(found)) == 1


def test_a_huge_path_is_not_repeated_whole() -> None:
    found = Violations()
    masked(FieldMask(paths=["x" * 100_000]), VALUES, OUTPUT_ONLY, found)
    assert len(problems(found)[0]) < 300


@pytest.mark.parametrize(
    "paths, given_labels, after",
    [
        # Without a mask, with `labels` or `*`: what is given replaces all.
        ([], {"team": "risk"}, {"team": "risk"}),
        ([], {}, {}),
        (["labels"], {"team": "risk"}, {"team": "risk"}),
        (["labels"], {}, {}),
        (["*"], {"new": "1"}, {"new": "1"}),
        (["*"], {}, {}),
        # One label: set when it is given, removed when it is not, the others stay.
        (["labels.team"], {"team": "risk"}, {"team": "risk", "tier": "gold"}),
        (["labels.team"], {}, {"tier": "gold"}),
        (["labels.team"], {"team": "risk", "tier": "no"}, {"team": "risk", "tier": "gold"}),
        (["labels.team"], {"tier": "no"}, {"tier": "gold"}),
        (["labels.new"], {"new": "1"}, {**BEFORE, "new": "1"}),
        (["labels.new"], {}, BEFORE),
        (["labels.team", "labels.tier"], {"team": "risk"}, {"team": "risk"}),
        (["labels.a.b/c"], {"a.b/c": "1"}, {**BEFORE, "a.b/c": "1"}),
        (["labels.team"], {"team": ""}, {"team": "", "tier": "gold"}),
        # Output-only fields are ignored: alone, nothing changes.
        (["create_time"], {"team": "risk"}, BEFORE),
        (["etag", "labels.team"], {"team": "risk"}, {"team": "risk", "tier": "gold"}),
        (["etag", "labels"], {"team": "risk"}, {"team": "risk"}),
        # The whole includes its parts.
        (["labels", "labels.team"], {"new": "1"}, {"new": "1"}),
    ],
)
def test_a_mask_says_how_labels_change(
    paths: list[str], given_labels: dict[str, str], after: dict[str, str]
) -> None:
    found = Violations()
    mask = FieldMask(paths=paths)
    masked(mask, {}, VERSION_FIELDS, found, ("labels",))
    patch = map_patch(mask, "labels", given_labels, found, clears=True)
    assert problems(found) == []
    assert patch.apply(BEFORE) == after


@pytest.mark.parametrize("path", ["colour", "label.team", "labels.", "Labels", "aliases.x", ""])
def test_an_unknown_path_of_a_label_change_is_noted(path: str) -> None:
    for others in ([], ["labels.team"], ["labels"]):
        found = Violations()
        mask = FieldMask(paths=[*others, path])
        masked(mask, {}, VERSION_FIELDS, found, ("labels",))
        map_patch(mask, "labels", {"team": "x"}, found)
        (problem,) = problems(found)
        assert problem.startswith("update_mask: ")


def test_a_patch_does_not_hold_on_to_the_message() -> None:
    message = version_pb2.Version(labels={"team": "risk"})
    patch = map_patch(FieldMask(), "labels", message.labels, Violations())
    message.labels["team"] = "other"
    assert patch == MapPatch({"team": "risk"})
