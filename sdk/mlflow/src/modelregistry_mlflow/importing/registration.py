"""The registration of one version of MLflow, under its own number."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mlflow.entities.model_registry import ModelVersion
from mlflow.prompt.registry_utils import has_prompt_tag

from modelregistry import Client
from modelregistry._sync.push import PushFacts
from modelregistry.errors import RegistryError
from modelregistry.types import ImportOptions, Model, Source, Version
from modelregistry_mlflow import model_facts, run_facts, source
from modelregistry_mlflow.importing import datasets, marks
from modelregistry_mlflow.importing.origin import Origin
from modelregistry_mlflow.source import Files

_GAP: Final = "deleted in MLflow before the import"
_GAP_URI: Final = "mlflow-deleted:"
_MOST_GAPS: Final = 10_000
"""Each takes two calls; a number beyond that is an error of MLflow's registry, or an attack."""
_IDS: Final = uuid.UUID("6f0f7f1c-5f0c-4c3a-9d1e-2b7a6f1a0c55")


@contextmanager
def _files(
    version: ModelVersion, uri: str, tracking_uri: str, allowed: Sequence[Path]
) -> Iterator[Files]:
    """Read the files of a version; of a prompt its text is the file."""
    if has_prompt_tag(version.tags):
        with source.prompt_file(version.tags) as path:
            yield Files(path)
    else:
        with source.folder(uri, tracking_uri, allowed) as files:
            yield files


class NotReadableError(Exception):
    """The files of a version cannot be read."""


class Registration:
    """Registers versions of one model in the order of their numbers."""

    def __init__(
        self, client: Client, origin: Origin, model: Model, options: ImportOptions
    ) -> None:
        self._client = client
        self._origin = origin
        self._model = model
        self._options = options
        self._delete_gaps()
        newest = client.list_versions(model, show_deleted=True, page_size=1)
        self._last = next((version.number for version in newest), 0)

    def register(self, version: ModelVersion) -> tuple[Version, list[str]]:
        """Register a version; return it with notes about what differs from MLflow.

        Raises NotReadableError when its files cannot be read, and the errors of a push.
        """
        number = int(version.version)
        notes: list[str] = []
        run = self._origin.run(version.run_id) if version.run_id else None
        if version.run_id and run is None:
            notes.append(f"the run {version.run_id} does not exist any more: no metrics, no params")
        tracking = self._origin.tracking_uri
        place = self._origin.place(version)
        origin = source.resolve(place, "", version.run_id or "", tracking)
        known = run_facts.read(origin.run_id, origin.model_id, tracking)
        facts = PushFacts(
            description=version.description or "",
            annotations=marks.of(version, self._origin.id),
            metrics=known.metrics,
            params=known.params,
            inputs=datasets.inputs(run.inputs.dataset_inputs if run and run.inputs else ()),
            environment=None,
            source=Source(
                uri=version.source or "", run_id=origin.run_id, run_link=version.run_link or ""
            ),
            create_model=False,
        )
        with _files(version, origin.uri, tracking, self._options.artifact_roots) as files:
            if files.path is None and not self._options.by_reference:
                message = (
                    f"the files at {source.shown(origin.uri)} cannot be read: {files.problem}. Run "
                    "the command where they can be, with --artifact-root for each folder of this "
                    "machine that may be read; or use --by-reference, or --skip-failed"
                )
                raise NotReadableError(message)
            self._leave_out(number, notes)
            request_id = self._request_id("version", number)
            if files.path is None:
                uri = source.shown(origin.uri)
                notes.append(f"registered by reference: its files stay at {uri} ({files.problem})")
                made = self._client.register_reference(
                    self._model, origin.uri, request_id=request_id, **facts
                )
            else:
                facts["signature"] = model_facts.signature(files.path)
                facts["environment"] = model_facts.environment(files.path)
                made = self._client.push(self._model, files.path, request_id=request_id, **facts)
        self._last = max(self._last, made.number)
        if made.number != number:
            notes.append(f"it is number {made.number} here: {number} was taken")
        return made, notes

    def _leave_out(self, number: int, notes: list[str]) -> None:
        """Use up the numbers before a version that MLflow no longer has, by deleted versions."""
        if number - self._last > _MOST_GAPS:
            notes.append(f"the {number - self._last - 1} numbers before it are not left out")
            return
        while self._last + 1 < number:
            gap = self._last + 1
            try:
                made = self._client.register_reference(
                    self._model,
                    f"{_GAP_URI}{gap}",
                    description=_GAP,
                    environment=None,
                    source=None,
                    create_model=False,
                    request_id=self._request_id("gap", gap),
                )
                self._client.delete_version(made, force=True, reason=_GAP)
            except RegistryError as error:
                notes.append(f"number {gap} cannot be left out: {error.message}")
                return
            self._last = max(gap, made.number)

    def _delete_gaps(self) -> None:
        """Delete what an import that was killed has registered for a gap and not deleted."""
        left = self._client.list_versions(self._model, filter=f'like(source.uri, "{_GAP_URI}%")')
        for version in left:
            if version.by_reference and version.description == _GAP:
                self._client.delete_version(version, force=True, reason=_GAP)

    def _request_id(self, what: str, number: int) -> str:
        """Return the request id of a change: two imports at once make it once."""
        return str(uuid.uuid5(_IDS, f"{self._model.uid}/{self._origin.id}/{what}/{number}"))
