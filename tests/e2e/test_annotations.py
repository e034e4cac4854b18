"""Annotations and changeable descriptions through the SDK, on both databases."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from modelregistry import Client, errors
from modelregistry.cli import app
from modelregistry.types import AnnotationChange, Model, Version
from tests.support.server import RegistryProcess

Run = Callable[..., str]
STRANGE = {
    "mlflow.prompt.is_prompt": "true",
    "a b,c/ÄÖ:*": "",
    "labels.team": "größer\n\tzwei",
    "\U0001d518": "\U0001d4b3" * 100_000,
}
MIB = 1_024 * 1_024


@pytest.fixture
def client(registry_on_either: RegistryProcess) -> Iterator[Client]:
    with Client(registry_on_either.target, cache=False) as made:
        yield made


@pytest.fixture
def files(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def modelreg(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `modelreg` and returns what it prints."""

    def run(*arguments: str) -> str:
        code = app.run(list(arguments))
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    return run


def sha256(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_annotations_are_set_changed_and_removed_one_by_one(client: Client, files: Path) -> None:
    made = client.create_model("fraud", annotations=STRANGE)
    version = client.push("fraud", files, annotations={**STRANGE, "n": 1, "yes": True})
    assert made.annotations == client.get_model("fraud").annotations == STRANGE
    assert version.annotations == {**STRANGE, "n": "1", "yes": "true"}
    changed = client.update_model("fraud", annotations={"new": "1", "labels.team": None})
    kept = {key: text for key, text in STRANGE.items() if key != "labels.team"}
    assert changed.annotations == client.get_model("fraud").annotations == {**kept, "new": "1"}
    client.update_version("fraud/1", annotations=dict.fromkeys(version.annotations))
    assert client.get_version("fraud/1").annotations == {}
    # A change to the present values takes no revision.
    again = client.update_model("fraud", annotations={"new": "1", "gone": None})
    assert again.revision == changed.revision
    assert again.etag == changed.etag != made.etag
    with pytest.raises(errors.EtagMismatch):
        client.update_model("fraud", annotations={"new": "2"}, etag=made.etag)


def test_lists_have_annotations_only_when_asked_for_all(client: Client, files: Path) -> None:
    client.create_model("fraud", annotations={"k": "v"})
    client.push("fraud", files, annotations={"k": "v"})
    listed: list[Model | Version] = [*client.list_models(), *client.list_versions("fraud")]
    assert [one.annotations for one in listed] == [{}, {}]
    assert client.resolve("fraud/1").annotations == {}
    whole: list[Model | Version] = [
        *client.list_models(full=True),
        *client.list_models(full=True, order_by="update_time desc"),
        *client.list_versions("fraud", full=True),
    ]
    assert [one.annotations for one in whole] == [{"k": "v"}] * 3


def test_a_past_moment_has_the_annotations_and_the_description_of_then(
    client: Client, files: Path
) -> None:
    first = client.push("fraud", files, description="one", annotations={"a": "1", "b": "1"})
    second = client.update_version(first, annotations={"a": "2", "b": None, "c": "1"})
    third = client.update_version(first, description="two")
    client.update_version(first, annotations={"a": None, "c": None}, description="")
    wanted: list[tuple[Version, str, Mapping[str, str]]] = [
        (first, "one", {"a": "1", "b": "1"}),
        (second, "one", {"a": "2", "c": "1"}),
        (third, "two", {"a": "2", "c": "1"}),
    ]
    for then, description, annotations in wanted:
        found = client.resolve("fraud/1", as_of=then.update_time, full=True)
        assert (found.description, found.annotations) == (description, annotations)
        assert found.etag == then.etag
    now = client.get_version("fraud/1")
    assert (now.description, now.annotations) == ("", {})


def test_the_log_has_the_digests_of_what_changed_and_no_texts(client: Client, files: Path) -> None:
    client.create_model("fraud", annotations={"a": "1"})
    client.push("fraud", files)
    client.update_model("fraud", annotations={"a": "2", "b": "x" * 400_000})
    client.update_version("fraud/1", description="new", annotations={"a": "1"})
    client.update_version("fraud/1", annotations={"a": None})
    client.label_version("fraud/1", {"team": "risk"})
    events = list(client.list_changes())
    changes = [(event.action, event.annotation_changes) for event in events]
    assert changes == [
        ("model.create", (AnnotationChange(key="a", after_digest=sha256("1")),)),
        ("version.register", ()),
        (
            "model.update",
            (
                AnnotationChange(key="a", before_digest=sha256("1"), after_digest=sha256("2")),
                AnnotationChange(key="b", after_digest=sha256("x" * 400_000)),
            ),
        ),
        ("version.update", (AnnotationChange(key="a", after_digest=sha256("1")),)),
        ("version.update", (AnnotationChange(key="a", before_digest=sha256("1")),)),
        ("version.label", ()),
    ]
    for event in events:
        for state in (event.before, event.after):
            assert not isinstance(state, (Model, Version)) or state.annotations == {}
    described = events[3]
    assert isinstance(described.before, Version)
    assert isinstance(described.after, Version)
    assert (described.before.description, described.after.description) == ("", "new")


def test_filters_find_annotations_and_models_without_one(client: Client) -> None:
    client.create_model("prompt", annotations={"mlflow.prompt.is_prompt": "true"})
    client.create_model("other", annotations={"mlflow.prompt.is_prompt": "false"})
    client.create_model("plain", labels={"team": "Risk"})

    def found(text: str) -> list[str]:
        return [model.id for model in client.list_models(filter=text)]

    key = 'annotations["mlflow.prompt.is_prompt"]'
    assert found(f'NOT {key} = "true"') == ["other", "plain"]
    assert found(f'{key} != "true"') == ["other"]
    assert found(f'ilike({key}, "TR_E")') == ["prompt"]
    assert found(f"{key}:*") == ["other", "prompt"]
    assert found('like(id, "p%") AND NOT like(id, "pl_in")') == ["prompt"]
    assert found('ilike(labels.team, "%RISK")') == ["plain"]
    assert [model.id for model in client.list_models(order_by="create_time desc")] == [
        *("plain", "other", "prompt")
    ]


@pytest.mark.parametrize(
    "annotations, problem",
    [
        ({"": "x"}, "1 to 1024 bytes|needs a key"),
        ({"k" * 1_025: "x"}, "1 to 1024 bytes"),
        ({"a\nb": "x"}, "without control characters"),
        ({"a\u202eb": "x"}, "without control characters"),
        ({"k": "x" * 400_001}, "at most 400000 bytes"),
        ({"k": "a\0b"}, "NUL"),
        ({f"k{n}": "" for n in range(1_001)}, "at most 1000 pairs"),
        ({f"k{n}": "x" * 399_000 for n in range(3)}, "at most 1048576 bytes"),
    ],
)
def test_what_is_out_of_bounds_changes_nothing(
    client: Client, files: Path, annotations: dict[str, str], problem: str
) -> None:
    client.create_model("fraud", annotations={"kept": "1"})
    client.push("fraud", files, annotations={"kept": "1"})
    for change in (
        lambda: client.create_model("new", annotations=annotations),
        lambda: client.push("fraud", files, annotations=annotations),
        lambda: client.update_model("fraud", description="no", annotations=annotations),
        lambda: client.update_version("fraud/1", description="no", annotations=annotations),
    ):
        with pytest.raises(errors.InvalidRequest, match=problem):
            change()
    model, version = client.get_model("fraud"), client.get_version("fraud/1")
    assert (model.description, model.annotations) == ("", {"kept": "1"})
    assert (version.description, version.annotations) == ("", {"kept": "1"})
    assert [found.id for found in client.list_models()] == ["fraud"]
    assert model.latest_version == 1


def test_the_bound_is_of_all_pairs_together_also_over_several_changes(client: Client) -> None:
    client.create_model("fraud", annotations={f"k{n}": "x" * 399_000 for n in range(2)})
    room = MIB - 2 * 399_002 - 2
    client.update_model("fraud", annotations={"k9": "x" * room})
    for more in ({"k": ""}, {"k9": "x" * (room + 1)}):
        with pytest.raises(errors.InvalidRequest, match="together"):
            client.update_model("fraud", annotations=more)
    # In one change another one makes room.
    client.update_model("fraud", annotations={"k0": None, "k8": "x" * 399_000})
    (model,) = client.list_models(full=True)
    assert len(model.annotations) == 3


def test_a_reader_changes_no_annotations(own_registry: RegistryProcess) -> None:
    tokens = {role: own_registry.token(role, role) for role in ("reader", "writer")}
    own_registry.start()
    with (
        Client(own_registry.target, token=tokens["writer"], cache=False) as writer,
        Client(own_registry.target, token=tokens["reader"], cache=False) as reader,
    ):
        writer.create_model("fraud", annotations={"a": "1"})
        with pytest.raises(errors.PermissionDenied):
            reader.update_model("fraud", annotations={"a": "2"})
        assert reader.get_model("fraud").annotations == {"a": "1"}


def test_annotations_survive_deletion_and_restart(own_registry: RegistryProcess) -> None:
    own_registry.start()
    with Client(own_registry.target, cache=False) as client:
        client.create_model("fraud", annotations={"a": "1"})
        client.delete_model("fraud")
        with pytest.raises(errors.ModelDeleted):
            client.update_model("fraud", annotations={"a": "2"})
    own_registry.restart()
    with Client(own_registry.target, cache=False) as client:
        assert client.undelete_model("fraud").annotations == {"a": "1"}


def test_the_command_line_sets_shows_and_removes_annotations(
    own_registry: RegistryProcess, files: Path, modelreg: Run
) -> None:
    server = ("--server", own_registry.start().target)
    with Client(own_registry.target, cache=False) as client:
        client.push("fraud", files)
    modelreg("models", "update", "fraud", "--annotate", "note=a b=c", *server)
    modelreg("versions", "update", "fraud/1", "--annotate", f"long={'x' * 600}", *server)
    modelreg("versions", "update", "fraud/1", "--description", "better", *server)
    model = json.loads(modelreg("models", "show", "fraud", "--json", *server))
    version = json.loads(modelreg("versions", "show", "fraud/1", "--json", *server))
    assert model["annotations"] == {"note": "a b=c"}
    assert (version["description"], version["annotations"]) == ("better", {"long": "x" * 600})
    assert "100 more characters" in modelreg("versions", "show", "fraud/1", *server)
    assert f"annotations.note  - → {sha256('a b=c')[:19]}" in modelreg("audit", "-v", *server)
    modelreg("models", "update", "fraud", "--annotate", "note-", *server)
    assert "annotations" not in modelreg("models", "show", "fraud", *server).lower()
