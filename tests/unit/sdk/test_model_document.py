"""MODEL.json comes from any caller who can push: its faults are found before it is used."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelregistry import Signature, TensorSpec
from modelregistry.errors import FrameworkError, ModelDocumentInvalid
from modelregistry.frameworks import document, load_model
from modelregistry.frameworks.document import ModelDocument

GOOD = {
    "schema": 1,
    "framework": "sklearn",
    "framework_version": "1.9.1",
    "format": "skops",
    "files": ["model.skops"],
    "options": {},
    "signature": None,
}


def written(folder: Path, content: object) -> Path:
    (folder / "model.skops").touch()
    (folder / "MODEL.json").write_text(json.dumps(content))
    return folder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "wörter.bin").touch()
    given_document = ModelDocument(
        framework="acme_net",
        framework_version="2",
        format="own",
        files=("a/wörter.bin",),
        options={"depth": 3, "names": ["ä", None]},
        signature=Signature(
            inputs=(TensorSpec(dtype="float32", name="x", shape=(-1, 4)),),
            outputs=(TensorSpec(dtype="string"),),
        ),
    )
    document.write(tmp_path, given_document)
    assert document.read(tmp_path) == given_document


@pytest.mark.parametrize(
    "path",
    [
        *("../secret", "/etc/passwd", "a/../../secret", "a//b", "./model.skops", "", ".", ".."),
        *("C:\\model", "C:model", "a\\b", "a\0b", "absent", "model.skops/", "\ud800", "MODEL.jso"),
        *(7, None, ["model.skops"]),
    ],
    ids=ascii,
)
def test_files_outside_the_version_are_refused(path: object, tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    (tmp_path / "model").mkdir()
    with pytest.raises(ModelDocumentInvalid, match=r"MODEL\.json"):
        document.read(written(tmp_path / "model", {**GOOD, "files": [path]}))


def test_a_link_out_of_the_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(ModelDocumentInvalid, match="is no file of the version"):
        document.read(written(folder, {**GOOD, "files": ["link"]}))


_WRONG: dict[str, tuple[object, ...]] = {
    "schema": (0, -1, 1.0, True, "1", None, []),
    "framework": ("", "os.path", "../x", "A", "a" * 65, 7, None, "a\n"),
    "format": ("", "a b", 7, None),
    "framework_version": (7, None, "x" * 513),
    "files": (None, "model.skops", {}, 7),
    "options": (None, [], "x"),
    "signature": ([], "x", {"inputs": {}}, {"inputs": [7]}),
}


@pytest.mark.parametrize(
    "change",
    [
        *({key: value} for key, values in _WRONG.items() for value in values),
        {"signature": {"inputs": [{"dtype": "x", "shape": [-2]}]}},
        {"signature": {"inputs": [{"dtype": "x", "shape": [True]}]}},
        {"signature": {"inputs": [{"dtype": "x", "shape": [1] * 33}]}},
        {"signature": {"inputs": [{"dtype": 7}]}},
        {"signature": {"inputs": [{"dtype": "x"}] * 1001}},
    ],
    ids=lambda change: str(change)[:60],
)
def test_wrong_types_are_refused(change: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ModelDocumentInvalid):
        document.read(written(tmp_path, {**GOOD, **change}))


def test_a_later_schema_asks_for_an_update(tmp_path: Path) -> None:
    with pytest.raises(ModelDocumentInvalid, match=r"schema 2.*update modelregistry"):
        load_model(written(tmp_path, {**GOOD, "schema": 2}))


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b"null", b"\xff", b"{", b'{"schema": NaN}', b'{"schema": ' + b"1" * 5000),
        b"[" * 100_000,
        b'{"options": ' + b'{"a":' * 50_000,
        b" " * (1024 * 1024 + 1),
    ],
    ids=lambda data: repr(data[:16]),
)
def test_what_is_not_json_of_bounded_size_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "MODEL.json").write_bytes(data)
    with pytest.raises(ModelDocumentInvalid):
        document.read(tmp_path)


def test_a_version_without_it_says_how_to_get_the_files(tmp_path: Path) -> None:
    with pytest.raises(ModelDocumentInvalid, match="not saved by log_model; use pull"):
        load_model(tmp_path)


def test_text_in_messages_does_not_control_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(ModelDocumentInvalid) as refused:
        document.read(written(tmp_path, {**GOOD, "files": ["\x1b]0;owned\x07", "\u202e"]}))
    assert refused.value.message.isprintable()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first text loads Unicode's tables
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), _JSON))
def test_any_change_loads_or_is_refused_with_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, change: dict[str, object]
) -> None:
    with pytest.raises(FrameworkError):  # the file of the model itself is empty
        load_model(written(tmp_path_factory.mktemp("document"), {**GOOD, **change}))
