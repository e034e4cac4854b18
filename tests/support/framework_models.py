"""Small fitted models of the frameworks that CI installs, each with an input of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import lightgbm
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import scipy.sparse
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from typing_extensions import override

Untyped: TypeAlias = Any
"""Models and inputs of libraries without types."""

_RANDOM = np.random.default_rng(7)
ROWS = _RANDOM.normal(size=(120, 4))
LABELS = (ROWS[:, 0] + ROWS[:, 1] > 0).astype(int)
WORDS = np.where(LABELS == 1, "yes", "no")
THREE = _RANDOM.integers(0, 3, len(ROWS))
FRAME = pd.DataFrame(ROWS, columns=list("abcd")).assign(
    kind=pd.Categorical(_RANDOM.choice(["u", "v", "w"], len(ROWS)))
)
SPARSE = scipy.sparse.csr_matrix(ROWS)
TEXTS = ["good model", "bad model"] * 20
QUIET: dict[str, Untyped] = {"n_estimators": 4, "n_jobs": 1, "verbose": -1}
EARLY: dict[str, Untyped] = {
    "eval_X": (ROWS[:40],),
    "eval_y": (THREE[:40][::-1],),
    "callbacks": [lightgbm.early_stopping(1, verbose=False)],
}


@dataclass(frozen=True)
class Case:
    """A model, an input of it, how to run it, and what is expected of its version."""

    make: Callable[[], Untyped]
    example: Untyped
    framework: str
    format: str
    trust: bool = False
    run: Callable[[Untyped, Untyped], Untyped] = lambda model, rows: model.predict(rows)


def _proba(model: Untyped, rows: Untyped) -> Untyped:
    return model.predict_proba(rows)


def _on_matrix(model: Untyped, rows: Untyped) -> Untyped:
    return model.predict(xgboost.DMatrix(rows))


def run_onnx(model: Untyped, rows: Untyped) -> Untyped:
    """Run a graph with one input in onnxruntime."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"rows": rows})[0]


def graph() -> onnx.ModelProto:
    """Return a linear model of four inputs as a graph, for any number of rows."""
    weights = onnx.numpy_helper.from_array(ROWS[:4, :2].astype(np.float32), "weights")
    made = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["rows", "weights"], ["scores"])],
        "linear",
        [onnx.helper.make_tensor_value_info("rows", onnx.TensorProto.FLOAT, ["n", 4])],
        [onnx.helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, ["n", 2])],
        [weights],
    )
    opset = onnx.helper.make_opsetid("", 17)
    return onnx.helper.make_model(made, ir_version=8, opset_imports=[opset])


def _boosted() -> Untyped:
    settings = {"objective": "binary:logistic", "nthread": 1}
    return xgboost.train(settings, xgboost.DMatrix(ROWS, LABELS), 4)


def _missing_is_marked() -> Untyped:
    marked = np.where(ROWS > 1, -1.0, ROWS)
    return xgboost.XGBRegressor(n_estimators=4, n_jobs=1, missing=-1).fit(marked, LABELS)


CASES = {
    "sklearn-linear": Case(
        lambda: make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, WORDS),
        ROWS,
        "sklearn",
        "skops",
        run=_proba,
    ),
    "sklearn-text": Case(
        lambda: make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, [1, 0] * 20),
        TEXTS,
        "sklearn",
        "skops",
        run=_proba,
    ),
    "sklearn-sparse": Case(
        lambda: LogisticRegression().fit(SPARSE, LABELS), SPARSE, "sklearn", "skops", run=_proba
    ),
    "sklearn-transformer": Case(
        lambda: StandardScaler().fit(ROWS),
        ROWS,
        "sklearn",
        "skops",
        run=lambda model, rows: model.transform(rows),
    ),
    "sklearn-forest": Case(
        lambda: RandomForestClassifier(4, random_state=1).fit(ROWS, LABELS),
        ROWS,
        "sklearn",
        "skops",
        trust=True,
        run=_proba,
    ),
    "sklearn-missing-values": Case(
        lambda: HistGradientBoostingClassifier(max_iter=3).fit(ROWS, LABELS),
        np.where(ROWS > 1, np.nan, ROWS),
        "sklearn",
        "skops",
        trust=True,
        run=_proba,
    ),
    "sklearn-neighbours": Case(
        lambda: KNeighborsClassifier().fit(ROWS, LABELS), ROWS, "sklearn", "skops", trust=True
    ),
    "sklearn-with-xgboost": Case(
        lambda: make_pipeline(
            StandardScaler(), xgboost.XGBClassifier(n_estimators=3, n_jobs=1)
        ).fit(ROWS, LABELS),
        ROWS,
        "sklearn",
        "joblib",
        trust=True,
        run=_proba,
    ),
    "xgboost-booster": Case(_boosted, ROWS, "xgboost", "ubj", trust=True, run=_on_matrix),
    "xgboost-classifier": Case(
        lambda: xgboost.XGBClassifier(n_estimators=4, n_jobs=1).fit(ROWS, THREE),
        ROWS,
        "xgboost",
        "ubj",
        trust=True,
        run=_proba,
    ),
    "xgboost-categories": Case(
        lambda: xgboost.XGBClassifier(n_estimators=4, n_jobs=1, enable_categorical=True).fit(
            FRAME, LABELS
        ),
        FRAME,
        "xgboost",
        "ubj",
        trust=True,
        run=_proba,
    ),
    "xgboost-marked-missing": Case(
        _missing_is_marked, np.where(ROWS > 1, -1.0, ROWS), "xgboost", "ubj", trust=True
    ),
    "xgboost-ranker": Case(
        lambda: xgboost.XGBRanker(n_estimators=4, n_jobs=1).fit(ROWS, LABELS, group=[60, 60]),
        ROWS,
        "xgboost",
        "ubj",
        trust=True,
    ),
    "lightgbm-booster": Case(
        lambda: lightgbm.train(
            {"verbose": -1, "num_threads": 1}, lightgbm.Dataset(ROWS, LABELS), 4
        ),
        ROWS,
        "lightgbm",
        "text",
        trust=True,
    ),
    "lightgbm-words": Case(
        lambda: lightgbm.LGBMClassifier(**QUIET).fit(ROWS, WORDS),
        ROWS,
        "lightgbm",
        "text",
        trust=True,
    ),
    "lightgbm-stopped-early": Case(
        lambda: lightgbm.LGBMClassifier(**QUIET | {"n_estimators": 50}).fit(ROWS, THREE, **EARLY),
        ROWS,
        "lightgbm",
        "text",
        trust=True,
        run=_proba,
    ),
    "lightgbm-categories": Case(
        lambda: lightgbm.LGBMRegressor(**QUIET).fit(FRAME, LABELS),
        FRAME,
        "lightgbm",
        "text",
        trust=True,
    ),
    "onnx": Case(graph, ROWS.astype(np.float32), "onnx", "onnx", run=run_onnx),
}


class Bomb:
    """Unpickling it creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @override
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def document(folder: Path, **changes: object) -> Path:
    """Write a MODEL.json, as someone who pushes a folder by hand might."""
    content = {
        "schema": 1,
        "framework": "sklearn",
        "framework_version": "1.9",
        "format": "joblib",
        "files": ["model.joblib"],
        **changes,
    }
    (folder / "MODEL.json").write_text(json.dumps(content))
    return folder
