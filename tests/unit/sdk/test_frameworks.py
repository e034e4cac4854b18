"""Model objects go into a folder and come out the same, for each framework that CI installs."""

import json
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import onnx
import pytest
import xgboost
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skops import io as skops

from modelregistry import errors
from modelregistry.frameworks import load_model, read_document, save_model
from tests.support.framework_models import (
    CASES,
    LABELS,
    QUIET,
    ROWS,
    Bomb,
    Case,
    document,
    graph,
)

LINEAR = LogisticRegression().fit(ROWS, LABELS)


class Doubling(BaseEstimator):  # type: ignore[misc]
    """An estimator that scikit-learn does not know."""

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return rows * 2


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_loaded_model_predicts_bit_for_bit_the_same(case: Case, tmp_path: Path) -> None:
    model = case.make()
    saved = save_model(model, tmp_path, example=case.example)
    loaded = load_model(tmp_path, trust=case.trust)

    assert (saved.framework, saved.format) == (case.framework, case.format)
    assert type(loaded) is type(model)
    before, after = case.run(model, case.example), case.run(loaded, case.example)
    if hasattr(before, "toarray"):
        before, after = before.toarray(), after.toarray()
    assert before.dtype == after.dtype
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if case.trust],
    ids=[n for n in CASES if CASES[n].trust],
)
def test_formats_that_run_code_need_trust(case: Case, tmp_path: Path) -> None:
    save_model(case.make(), tmp_path)
    with pytest.raises(errors.TrustRequired) as refused:
        load_model(tmp_path)
    assert any(file.name in refused.value.message for file in tmp_path.iterdir())
    assert "trust=True" in refused.value.hint


@pytest.mark.parametrize("name", ["xgboost-classifier", "lightgbm-words"])
def test_estimators_keep_parameters_and_classes(name: str, tmp_path: Path) -> None:
    model = CASES[name].make()
    save_model(model, tmp_path)
    loaded = load_model(tmp_path, trust=True)
    assert loaded.get_params()["n_estimators"] == 4
    assert loaded.classes_.tolist() == model.classes_.tolist()
    assert loaded.score(ROWS, model.predict(ROWS)) == 1


def test_a_model_is_saved_with_the_same_bytes_again(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        save_model(CASES["xgboost-classifier"].make(), tmp_path / folder, example=ROWS)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["MODEL.json", "model.ubj"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    "model",
    [
        Doubling(),
        make_pipeline(FunctionTransformer(np.abs), Doubling()),
        xgboost.XGBRegressor(n_estimators=2, objective=len),
        lightgbm.LGBMRegressor(**QUIET),  # not fitted
    ],
    ids=["own class", "own class in a pipeline", "own objective", "not fitted"],
)
def test_what_has_no_format_of_its_own_is_pickled(model: object, tmp_path: Path) -> None:
    saved = save_model(model, tmp_path)
    assert (saved.framework, saved.format) == ("sklearn", "joblib")
    with pytest.raises(errors.TrustRequired, match="pickle"):
        load_model(tmp_path)
    assert type(load_model(tmp_path, trust=True)) is type(model)


def test_a_subclass_by_others_does_not_lose_its_class(tmp_path: Path) -> None:
    class Mine(xgboost.XGBClassifier):
        pass

    with pytest.raises(errors.FrameworkError, match="Mine"):  # local: no pickle either
        save_model(Mine(n_estimators=2).fit(ROWS, LABELS), tmp_path)


def test_a_pickle_runs_nothing_without_trust(tmp_path: Path) -> None:
    marker = tmp_path / "exploded"
    joblib.dump(Bomb(marker), tmp_path / "model.joblib")
    with pytest.raises(errors.TrustRequired):
        load_model(document(tmp_path))
    assert not marker.exists()
    load_model(tmp_path, trust=True)
    assert marker.exists()


@pytest.mark.parametrize("trust", [1, "yes", "False", None], ids=repr)
def test_only_true_is_trust(tmp_path: Path, trust: bool) -> None:
    joblib.dump(LINEAR, tmp_path / "model.joblib")
    with pytest.raises(errors.TrustRequired):
        load_model(document(tmp_path), trust=trust)


@pytest.mark.parametrize("trust", [False, True])
def test_another_format_does_not_reach_the_unpickler(tmp_path: Path, trust: bool) -> None:
    marker = tmp_path / "exploded"
    for name in ("model.skops", "model.ubj", "model.txt", "model.onnx", "model.keras"):
        joblib.dump(Bomb(marker), tmp_path / name)
    for framework, form, name in [
        ("sklearn", "skops", "model.skops"),
        ("xgboost", "ubj", "model.ubj"),
        ("lightgbm", "text", "model.txt"),
        ("onnx", "onnx", "model.onnx"),
        ("sklearn", "pickle", "model.skops"),
    ]:
        document(tmp_path, framework=framework, format=form, files=[name])
        with pytest.raises(errors.FrameworkError):
            load_model(tmp_path, trust=trust)
    assert not marker.exists()


def test_types_that_skops_does_not_know_need_trust(tmp_path: Path) -> None:
    skops.dump(Doubling(), tmp_path / "model.skops")
    document(tmp_path, format="skops", files=["model.skops"])
    with pytest.raises(errors.TrustRequired, match="Doubling"):
        load_model(tmp_path)


@pytest.mark.parametrize("framework", ["xgboost", "lightgbm"])
@pytest.mark.parametrize(
    "options",
    [
        {"class": "Popen"},
        {"class": "callback"},
        {"class": 7},
        {"parameters": []},
        {"parameters": {"_Booster": 1}},
        {"parameters": {"predict": 1}},
        {"parameters": {"a b": 1}},
    ],
    ids=str,
)
def test_options_select_only_what_an_estimator_has(
    framework: str, options: dict[str, object], tmp_path: Path
) -> None:
    model = CASES["xgboost-classifier" if framework == "xgboost" else "lightgbm-words"].make()
    save_model(model, tmp_path)
    content = json.loads((tmp_path / "MODEL.json").read_text())
    content["options"] |= options
    (tmp_path / "MODEL.json").write_text(json.dumps(content))
    with pytest.raises(errors.ModelDocumentInvalid):
        load_model(tmp_path, trust=True)


@pytest.mark.parametrize(
    "change",
    [
        {"state": {"__class__": 1}},
        {"state": {"_n_features": True}},
        {"labels": {"dtype": "O", "values": [[1], {}]}},
        {"labels": {"dtype": "no type", "values": [1]}},
        {"labels": {"dtype": "int64", "values": 10**30}},
        {"labels": {"dtype": "int64", "values": [10**30]}},
        {"labels": {"dtype": "<U1000000000", "values": ["a", "b"]}},
        {"labels": {"dtype": "i4,i4", "values": [1, 2]}},
        {"labels": {"dtype": None, "values": None}},
    ],
    ids=str,
)
def test_the_state_of_lightgbm_is_checked(change: dict[str, object], tmp_path: Path) -> None:
    save_model(CASES["lightgbm-words"].make(), tmp_path)
    content = json.loads((tmp_path / "MODEL.json").read_text())
    content["options"] |= change
    (tmp_path / "MODEL.json").write_text(json.dumps(content))
    with pytest.raises(errors.ModelDocumentInvalid):
        load_model(tmp_path, trust=True)


@pytest.mark.parametrize("location", ["/etc/passwd", "../secret", "secret", "a/../../secret"])
def test_weights_outside_the_version_are_not_read(location: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"0" * 32)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "secret").write_bytes(b"0" * 32)  # there, but not listed
    model = graph()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    document(folder, framework="onnx", format="onnx", files=["model.onnx"])
    with pytest.raises(errors.ModelDocumentInvalid, match="does not list"):
        load_model(folder)


def test_a_graph_has_a_signature_without_an_example(tmp_path: Path) -> None:
    saved = save_model(graph(), tmp_path).signature
    assert saved is not None
    assert [(spec.name, spec.dtype, spec.shape) for spec in saved.inputs] == [
        ("rows", "float32", (-1, 4))
    ]
    assert read_document(tmp_path).signature == saved


@pytest.mark.parametrize("example", [ROWS[:, :2], ROWS[:0]], ids=["too narrow", "no rows"])
def test_a_model_that_fails_on_the_example_is_not_saved(example: object, tmp_path: Path) -> None:
    with pytest.raises(
        errors.ExampleFailed, match="LogisticRegression fails on the example: Value"
    ):
        save_model(LINEAR, tmp_path, example=example)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "example", [object(), [[1], [1, 2]], {1, 2}], ids=["object", "ragged", "set"]
)
def test_an_example_without_a_type_says_so(example: object, tmp_path: Path) -> None:
    with pytest.raises(errors.ExampleFailed):
        save_model(LINEAR, tmp_path, example=example)


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(errors.FrameworkError, match="is not empty"):
        save_model(LINEAR, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


@pytest.mark.parametrize(
    "model",
    [object(), 7, None, {"weights": [1]}, LogisticRegression],
    ids=["object", "number", "none", "mapping", "class"],
)
def test_what_no_adapter_saves_is_named(model: object, tmp_path: Path) -> None:
    with pytest.raises(errors.FrameworkUnavailable, match="push that"):
        save_model(model, tmp_path)


def test_an_unknown_framework_is_named_with_the_installed_ones(tmp_path: Path) -> None:
    with pytest.raises(errors.FrameworkUnavailable, match=r"'jax'.*installed: .*sklearn"):
        save_model(LINEAR, tmp_path, framework="jax")
    (tmp_path / "model.joblib").touch()
    with pytest.raises(errors.FrameworkUnavailable, match="'jax'"):
        load_model(document(tmp_path, framework="jax"))


def test_a_framework_that_is_not_installed_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "model.keras").touch()
    document(tmp_path, framework="keras", format="keras", files=["model.keras"])
    with pytest.raises(errors.FrameworkUnavailable, match=r"modelregistry\[keras\]"):
        load_model(tmp_path)


@pytest.mark.parametrize("init", [{"a": object()}, {"a": float("nan")}, {"a": "x" * 300_000}])
def test_arguments_that_json_cannot_hold_are_refused(
    init: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(errors.FrameworkError, match="init"):
        save_model(LINEAR, tmp_path, init=init)
