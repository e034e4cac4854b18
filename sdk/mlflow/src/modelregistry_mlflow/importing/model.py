"""The import of one model: its own facts, then its versions by number."""

from collections.abc import Iterator, Mapping
from typing import Final

from mlflow.entities.model_registry import ModelVersion, RegisteredModel

from modelregistry import Client
from modelregistry.errors import ModelNotFound
from modelregistry.types import ImportedVersion, ImportOptions, ImportStatus, Model, Version
from modelregistry_mlflow.importing import marks
from modelregistry_mlflow.importing.origin import Origin
from modelregistry_mlflow.importing.pointers import Pointers
from modelregistry_mlflow.importing.registration import Registration

_WAITS: Final = "waits for version {}, so that its number stays the same"


class ModelImport:
    """Imports one registered model of MLflow, and goes on where an earlier run stopped."""

    def __init__(
        self, client: Client, origin: Origin, source: RegisteredModel, options: ImportOptions
    ) -> None:
        self._client = client
        self._origin = origin
        self._source = source
        self._options = options

    def run(self) -> Iterator[ImportedVersion]:
        """Import the model and its versions; yield each when it is done."""
        versions = self._origin.versions(self._source.name)
        model = self._model()
        known = self._known(model)
        if self._options.dry_run:
            yield from (_planned(each, known.get(int(each.version))) for each in versions)
            return
        if model is None:
            model = self._created()
        else:
            self._update(model)
        if not versions:
            status = ImportStatus.UNCHANGED if known else ImportStatus.IMPORTED
            yield ImportedVersion(model=self._source.name, ref=model.ref, status=status)
        yield from self._versions(model, versions, known)

    def _versions(
        self, model: Model, versions: list[ModelVersion], known: Mapping[int, Version]
    ) -> Iterator[ImportedVersion]:
        registration = Registration(self._client, self._origin, model, self._options)
        pointers = Pointers(self._client, model)
        missing = 0
        for version in versions:
            number = int(version.version)
            if number not in known and missing and not self._options.skip_failed:
                yield self._failed(version, _WAITS.format(missing))
                continue
            try:
                yield self._version(registration, pointers, version, known.get(number))
            except Exception as error:  # noqa: BLE001 - of any answer that another registry gives
                missing = missing or number
                yield self._failed(version, str(error) or type(error).__name__)
        pointers.remove_aliases_except(set(self._source.aliases))

    def _version(
        self,
        registration: Registration,
        pointers: Pointers,
        source: ModelVersion,
        here: Version | None,
    ) -> ImportedVersion:
        notes: list[str] = []
        status = ImportStatus.IMPORTED
        if here is None:
            here, notes = registration.register(source)
        elif here.delete_time is not None:
            status = ImportStatus.DELETED
        else:
            status = ImportStatus.UNCHANGED
            if self._update_version(here, source):
                status = ImportStatus.UPDATED
        problems: list[str] = []
        if status is not ImportStatus.DELETED:
            moved = pointers.update(here, source, self._aliases_of(source))
            problems, notes = moved.problems, [*notes, *moved.notes]
            if moved.changed and status is ImportStatus.UNCHANGED:
                status = ImportStatus.UPDATED
        return ImportedVersion(
            model=source.name,
            number=int(source.version),
            ref=here.ref,
            status=status,
            problems=tuple(problems),
            notes=tuple(notes),
        )

    def _aliases_of(self, version: ModelVersion) -> list[str]:
        number = int(version.version)
        return sorted(alias for alias, of in self._source.aliases.items() if int(of) == number)

    def _model(self) -> Model | None:
        try:
            model = self._client.get_model(self._name())
        except ModelNotFound:
            return None
        return None if model.purge_time is not None else model

    def _name(self) -> str:
        return f"namespaces/{self._client.namespace}/models/{self._source.name}"

    def _created(self) -> Model:
        return self._client.create_model(
            self._name(),
            description=self._source.description or "",
            annotations=self._source._tags,  # noqa: SLF001 - `tags` hides those of MLflow itself
        )

    def _update(self, model: Model) -> None:
        tags = marks.changed(model.annotations, self._source._tags)  # noqa: SLF001 - as above
        description = self._source.description or ""
        changed = description != model.description and description
        if tags or changed:
            self._client.update_model(
                model, description=description if changed else None, annotations=tags or None
            )

    def _update_version(self, here: Version, source: ModelVersion) -> bool:
        tags = marks.changed(here.annotations, source.tags)
        description = source.description or ""
        changed = description != here.description and description
        if tags or changed:
            self._client.update_version(
                here, description=description if changed else None, annotations=tags or None
            )
        return bool(tags or changed)

    def _known(self, model: Model | None) -> Mapping[int, Version]:
        """Return the versions that earlier runs imported, by their number in MLflow."""
        if model is None:
            return {}
        found = self._client.list_versions(model, show_deleted=True, full=True)
        return {
            number: version
            for version in found
            if (number := marks.number(version, self._origin.id)) is not None
        }

    def _failed(self, version: ModelVersion, problem: str) -> ImportedVersion:
        return ImportedVersion(
            model=version.name,
            number=int(version.version),
            status=ImportStatus.FAILED,
            problems=(problem,),
        )


def _planned(version: ModelVersion, here: Version | None) -> ImportedVersion:
    status = ImportStatus.PLANNED
    if here is not None:
        status = ImportStatus.DELETED if here.delete_time else ImportStatus.UNCHANGED
    return ImportedVersion(
        model=version.name,
        number=int(version.version),
        ref=here.ref if here else "",
        status=status,
    )
