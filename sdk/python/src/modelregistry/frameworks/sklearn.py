"""scikit-learn: skops for estimators of known packages, joblib (a pickle) for the others."""

from pathlib import Path
from typing import Any, Final

from modelregistry.frameworks.adapter import LoadRequest, Saved, SaveRequest
from modelregistry.frameworks.archive import require_bounded
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.library import library, unknown_format, version

_SKOPS: Final = "model.skops"
_JOBLIB: Final = "model.joblib"
_KNOWN_PACKAGES: Final = frozenset({"numpy", "scipy", "sklearn"})


class SklearnAdapter:
    """Saves every estimator and pipeline.

    skops stores data. It loads without trust when skops trusts all types in it: not decision trees,
    for example, whose crafted contents could crash the process. An estimator with types of other
    packages than scikit-learn, NumPy and SciPy is saved with joblib, which pickles it.
    """

    name: Final = "sklearn"
    packages: Final = ("sklearn",)

    def can_save(self, model: object) -> bool:
        """Take estimators, and subclasses of them by others."""
        base = library("sklearn.base", self.name).BaseEstimator
        return isinstance(model, base)

    def predict(self, model: Any, example: object) -> object:
        """Return predictions, or what a transformer makes of the example."""
        for method in ("predict", "transform"):
            if hasattr(model, method):
                return getattr(model, method)(example)
        return None

    def save(self, model: object, folder: Path, _request: SaveRequest) -> Saved:
        """Write `model.skops` or `model.joblib`."""
        sklearn = library("sklearn", self.name)
        if not _saved_by_skops(model, folder / _SKOPS):
            library("joblib", self.name).dump(model, folder / _JOBLIB)
        form = "skops" if (folder / _SKOPS).exists() else "joblib"
        return Saved(format=form, framework_version=version("scikit-learn", sklearn))

    def check_trust(self, document: ModelDocument, request: LoadRequest) -> None:
        """Require trust for a pickle."""
        if document.format == "joblib":
            request.require_trust(
                f"{_JOBLIB} is a pickle, and unpickling runs any code that its author put in it"
            )

    def load(self, folder: Path, document: ModelDocument, request: LoadRequest) -> object:
        """Load either format; a pickle, and types that skops does not know, need trust."""
        self.check_trust(document, request)
        if document.format == "skops":
            return _load_skops(document.file(folder, _SKOPS), request)
        if document.format == "joblib":
            path = document.file(folder, _JOBLIB)
            return library("joblib", self.name).load(path)
        return unknown_format(document)


def _saved_by_skops(model: object, path: Path) -> bool:
    """Write a file of skops; False, and no file, when skops or its types are not fit for it."""
    try:
        skops = library("skops.io", "sklearn")
        skops.dump(model, path)
        unknown = skops.get_untrusted_types(file=path)
        if {name.partition(".")[0] for name in unknown} <= _KNOWN_PACKAGES:
            skops.load(path, trusted=unknown)  # some types are written and then not read
            return True
    except Exception:  # noqa: BLE001, S110 - whatever keeps skops from saving, joblib saves it
        pass
    path.unlink(missing_ok=True)
    return False


def _load_skops(path: Path, request: LoadRequest) -> object:
    skops = library("skops.io", "sklearn")
    require_bounded(path)
    unknown = skops.get_untrusted_types(file=path)
    if unknown:
        types = ", ".join(map(str, unknown[:10]))
        request.require_trust(
            f"{_SKOPS} has types that skops does not trust, because their code would run, or "
            f"crafted contents could crash the process: {types}"
        )
    return skops.load(path, trusted=unknown)


ADAPTER: Final = SklearnAdapter()
