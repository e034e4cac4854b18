"""LightGBM: its own text format, for boosters and for the estimators of `lightgbm.sklearn`."""

from pathlib import Path
from typing import Any, Final

from modelregistry.errors import ModelDocumentInvalid
from modelregistry.frameworks import parameters
from modelregistry.frameworks.adapter import LoadRequest, Saved, SaveRequest
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.library import library, require_trust_in_parser, unknown_format

_FILE: Final = "model.txt"
_BOOSTER: Final = "Booster"
_ESTIMATORS: Final = ("LGBMClassifier", "LGBMModel", "LGBMRanker", "LGBMRegressor")
_LABEL_KINDS: Final = "biufU"
"""NumPy's kinds of labels that JSON holds exactly; and texts as objects."""
_MAX_LABELS_BYTES: Final = 64 * 1024 * 1024
# A fitted estimator is its booster and these attributes, which LightGBM has no method to restore.
_STATE: Final = {
    "_n_features": int,
    "_n_features_in": int,
    "_n_classes": int,
    "_best_iteration": int,
    "_objective": str,
    "_fitted_with_feature_names": bool,
}


class LightGBMAdapter:
    """Saves `Booster` and the estimators; loads the same class, with trust.

    Estimators keep their parameters and labels, and not the history of their training. One with an
    objective of its own, or labels that are neither numbers nor texts, is left to the adapter of
    scikit-learn, which pickles it.
    """

    name: Final = "lightgbm"
    packages: Final = ("lightgbm",)

    def can_save(self, model: Any) -> bool:
        """Take boosters and fitted estimators of LightGBM itself, not subclasses of them."""
        kind = type(model)
        if kind.__module__.partition(".")[0] != "lightgbm":
            return False
        if kind.__name__ == _BOOSTER:
            return True
        if kind.__name__ not in _ESTIMATORS or not model.__sklearn_is_fitted__():
            return False
        return isinstance(model.objective_, str) and _are_plain(getattr(model, "_classes", None))

    def predict(self, model: Any, example: object) -> object:
        """Return predictions."""
        return model.predict(example)

    def save(self, model: Any, folder: Path, _request: SaveRequest) -> Saved:
        """Write `model.txt`."""
        lightgbm = library("lightgbm", self.name)
        options: dict[str, object] = {"class": type(model).__name__}
        if options["class"] == _BOOSTER:
            model.save_model(str(folder / _FILE))
        else:
            model.booster_.save_model(str(folder / _FILE))
            options["parameters"] = parameters.parameters(model, without=("n_jobs",))
            options["state"] = {
                name: kind(getattr(model, name))
                for name, kind in _STATE.items()
                if getattr(model, name, None) is not None
            }
            classes = getattr(model, "_classes", None)
            if classes is not None:
                options["labels"] = {"dtype": str(classes.dtype), "values": classes.tolist()}
        return Saved(format="text", framework_version=lightgbm.__version__, options=options)

    def check_trust(self, document: ModelDocument, request: LoadRequest) -> None:
        """Require trust: LightGBM does not check the numbers of its file."""
        if document.format == "text":
            require_trust_in_parser(request, _FILE, "LightGBM")

    def load(self, folder: Path, document: ModelDocument, request: LoadRequest) -> object:
        """Make an object of the recorded class, which must be one of LightGBM's, and read it."""
        if document.format != "text":
            unknown_format(document)
        self.check_trust(document, request)
        path, kind = document.file(folder, _FILE), document.text("class", _BOOSTER)
        if kind not in {_BOOSTER, *_ESTIMATORS}:
            message = f"MODEL.json has the class {kind!r}, which is none of LightGBM's"
            raise ModelDocumentInvalid(message)
        lightgbm = library("lightgbm", self.name)
        booster = lightgbm.Booster(model_file=str(path))
        return booster if kind == _BOOSTER else _estimator(lightgbm, kind, booster, document)


def _estimator(lightgbm: Any, kind: str, booster: object, document: ModelDocument) -> object:
    model = getattr(lightgbm, kind)()
    parameters.apply(model, document.table("parameters"))
    for name, value in document.table("state").items():
        if name not in _STATE or type(value) is not _STATE[name]:
            message = f"MODEL.json has the state {name!r}, which an estimator of LightGBM lacks"
            raise ModelDocumentInvalid(message)
        setattr(model, name, value)
    labels = document.table("labels")
    if labels:
        _set_labels(model, labels.get("dtype"), labels.get("values"))
    _set(model, _Booster=booster, fitted_=True)
    return model


def _set_labels(model: Any, dtype: object, values: Any) -> None:
    numpy = library("numpy", "lightgbm")
    try:
        # A width in the type of texts, such as <U9, takes memory for each value.
        takes = numpy.dtype(dtype).itemsize * len(values)
        classes = numpy.array(values if takes <= _MAX_LABELS_BYTES else None, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"MODEL.json has labels that are none: {error}"
        raise ModelDocumentInvalid(message) from error
    if classes.ndim != 1 or not _are_plain(classes):
        message = "MODEL.json has labels that are neither numbers nor texts"
        raise ModelDocumentInvalid(message)
    encoder = library("sklearn.preprocessing", "lightgbm").LabelEncoder()
    encoder.classes_ = classes
    numbers = {label: index for index, label in enumerate(classes)}
    _set(model, _classes=classes, _le=encoder, _class_map=numbers)


def _set(model: object, **attributes: object) -> None:
    for name, value in attributes.items():
        setattr(model, name, value)


def _are_plain(labels: Any) -> bool:
    if labels is None or labels.dtype.kind in _LABEL_KINDS:
        return True
    return labels.dtype.kind == "O" and all(type(label) is str for label in labels)


ADAPTER: Final = LightGBMAdapter()
