# Generated from _async/framework_models.py by scripts/generate_sync.py: never edit this.
"""Model objects of frameworks as versions."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from modelregistry import frameworks
from modelregistry._convert.writing import invalid
from modelregistry._local.temporary import temporary_folder
from modelregistry._sync.concurrency import run_blocking
from modelregistry._sync.pull import PullMethods
from modelregistry._sync.push import PushFacts, PushMethods
from modelregistry.frameworks import ModelDocument
from modelregistry.frameworks.document import FILE_NAME, MAX_BYTES, absent, parse, require_listed
from modelregistry.frameworks.storing import check_loadable
from modelregistry.progress import Progress
from modelregistry.types import Model, Version
from modelregistry.types.version import Scalar


class FrameworkMethods(PushMethods, PullMethods):
    """log_model and load_model."""

    def log_model(
        self,
        model: str | Model,
        value: object,
        *,
        example: object = None,
        framework: str = "",
        init: Mapping[str, object] | None = None,
        progress: Progress | None = None,
        request_id: str = "",
        **facts: Unpack[PushFacts],
    ) -> Version:
        """Save a model object in the format of its framework and register it as the next version.

        The facts are those of `push`. With an `example`, an input that the model accepts, the model
        runs on it first: if that fails, nothing is saved or sent; else the signature of the version
        is that of the example and of the output, unless `signature` is given. The example itself is
        not stored. The version has the tags `framework`, `framework_version` and
        `framework_format`, and the file `MODEL.json`, by which `load_model` loads it.

        `framework` names the adapter; by default the class of the object decides. `init` are the
        arguments, as JSON values, that construct the class of a PyTorch module again.

        The files are in a temporary folder (`TMPDIR`) until they are sent.

        Raises ExampleFailed, FrameworkUnavailable when no installed adapter saves such objects,
        FrameworkError when the framework fails to save it, and the errors of `push`.
        """
        with run_blocking(temporary_folder) as folder:
            save = partial(
                frameworks.save_model,
                value,
                folder,
                example=example,
                framework=framework,
                init=init,
                signature=facts.get("signature"),
            )
            document = run_blocking(save)
            facts["signature"] = document.signature
            facts["tags"] = _tags(document, facts.get("tags") or {})
            return self.push(model, folder, progress=progress, request_id=request_id, **facts)

    def load_model(
        self,
        ref: str | Version,
        *,
        trust: bool = False,
        into: object = None,
        path: str | Path | None = None,
        as_of: datetime | None = None,
        progress: Progress | None = None,
    ) -> Any:  # noqa: ANN401 - the class is that of the framework
        """Pull a version that `log_model` registered, and return its model object.

        The files are pulled and verified as by `pull`, into `path` or into a temporary folder
        (`TMPDIR`) that is removed once the object is loaded. Files in the local cache are not
        downloaded again.

        Some formats run code from the files when they are loaded: pickles (joblib), programs of
        torch.export, Lambda layers of Keras, models of Transformers with code of their own. Others
        have readers that a crafted file makes access memory that is not theirs: XGBoost and
        LightGBM. All need `trust=True`, else TrustRequired is raised before the files are read.
        Pass it only if you trust all callers who can push to the model. `into` is a PyTorch module
        that receives the weights and is returned, which needs no trust.

        Raises ModelDocumentInvalid for a version without a valid `MODEL.json`,
        FrameworkUnavailable when its framework is not installed here, FrameworkError when the
        framework fails to load it, and the errors of `pull`.
        """
        if not isinstance(trust, bool):
            raise invalid("trust", "must be True or False")
        version = ref if isinstance(ref, Version) else self.resolve(ref, as_of=as_of)
        load = partial(frameworks.load_model, trust=trust, into=into, title=version.ref)
        document = self._document(version)
        check = partial(check_loadable, document, trust=trust, into=into, title=version.ref)
        run_blocking(check)
        if path is not None:
            folder = self.pull(version, path, progress=progress)
            return run_blocking(load, folder)
        with run_blocking(temporary_folder) as place:
            folder = self.pull(version, place / "model", progress=progress)
            return run_blocking(load, folder)

    def _document(self, version: Version) -> ModelDocument:
        """Read and check MODEL.json, before anything else of the version is downloaded."""
        files = {file.path: file for file in self._manifest(version)}
        entry = files.get(FILE_NAME)
        if entry is None:
            raise absent()
        document = parse(self._small_file(version, entry, MAX_BYTES))
        require_listed(document.files, files)
        return document


def _tags(document: ModelDocument, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return the given tags and those of the framework, which may not contradict each other."""
    ours = {
        "framework": document.framework,
        "framework_version": document.framework_version,
        "framework_format": document.format,
    }
    for key, value in ours.items():
        if given.get(key, value) != value:
            field, problem = f"tags[{key!r}]", f"is set by log_model, to {value!r}"
            raise invalid(field, problem)
    return {**given, **{key: value for key, value in ours.items() if value}}
