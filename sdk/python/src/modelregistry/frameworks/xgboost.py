"""XGBoost: its own UBJSON, for boosters and for the estimators of `xgboost.sklearn`."""

from pathlib import Path
from typing import Any, Final

from modelregistry.errors import ModelDocumentInvalid
from modelregistry.frameworks import parameters
from modelregistry.frameworks.adapter import LoadRequest, Saved, SaveRequest
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.library import library, require_trust_in_parser, unknown_format

_FILE: Final = "model.ubj"
_BOOSTER: Final = "Booster"
_ESTIMATORS: Final = (
    "XGBClassifier",
    "XGBRFClassifier",
    "XGBRFRegressor",
    "XGBRanker",
    "XGBRegressor",
)
# Where it runs is a matter of the loading machine; loading reads the types of the features.
_NOT_RECORDED: Final = ("device", "feature_types", "n_jobs")


class XGBoostAdapter:
    """Saves `Booster` and the estimators; loads the same class, with trust.

    Estimators keep their parameters and not the history of their training. One with an objective or
    a metric of its own is left to the adapter of scikit-learn, which pickles it.
    """

    name: Final = "xgboost"
    packages: Final = ("xgboost",)

    def can_save(self, model: Any) -> bool:
        """Take boosters and fitted estimators of XGBoost itself, not subclasses of them."""
        kind = type(model)
        if kind.__module__.partition(".")[0] != "xgboost":
            return False
        if kind.__name__ == _BOOSTER:
            return True
        own = [model.objective, model.eval_metric] if kind.__name__ in _ESTIMATORS else [len]
        return not any(map(callable, own)) and bool(model.__sklearn_is_fitted__())

    def predict(self, model: Any, example: Any) -> object:
        """Return predictions; a booster gets the example as a DMatrix."""
        if type(model).__name__ != _BOOSTER:
            return model.predict(example)
        xgboost = library("xgboost", self.name)
        return model.predict(xgboost.DMatrix(example, enable_categorical=True))

    def save(self, model: Any, folder: Path, _request: SaveRequest) -> Saved:
        """Write `model.ubj`."""
        xgboost = library("xgboost", self.name)
        model.save_model(folder / _FILE)
        options: dict[str, object] = {"class": type(model).__name__}
        if options["class"] != _BOOSTER:
            options["parameters"] = parameters.parameters(model, without=_NOT_RECORDED)
        return Saved(format="ubj", framework_version=xgboost.__version__, options=options)

    def check_trust(self, document: ModelDocument, request: LoadRequest) -> None:
        """Require trust: XGBoost does not check the numbers of its file."""
        if document.format == "ubj":
            require_trust_in_parser(request, _FILE, "XGBoost")

    def load(self, folder: Path, document: ModelDocument, request: LoadRequest) -> object:
        """Make an object of the recorded class, which must be one of XGBoost's, and read it."""
        if document.format != "ubj":
            unknown_format(document)
        self.check_trust(document, request)
        path, kind = document.file(folder, _FILE), document.text("class", _BOOSTER)
        if kind not in {_BOOSTER, *_ESTIMATORS}:
            message = f"MODEL.json has the class {kind!r}, which is none of XGBoost's"
            raise ModelDocumentInvalid(message)
        model = getattr(library("xgboost", self.name), kind)()
        if kind != _BOOSTER:
            parameters.apply(model, document.table("parameters"))
        model.load_model(path)
        return model


ADAPTER: Final = XGBoostAdapter()
